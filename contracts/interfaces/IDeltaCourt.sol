// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Update} from "../types/Update.sol";
import {IFeeds} from "./IFeeds.sol";

/// The proof shows what the update says.
error AccountTrue(bytes32 update, bytes32 storageRoot, bytes32 codeHash);
error KeyTrue(bytes32 update, bytes32 key, uint256 before, uint256 later);
/// The key does not lie in the interval that the chunk decides.
error KeyOutsideChunk(bytes32 key, bytes32 previous, bytes32 last);
/// The chunk or its digests are not those of the update.
error ChunkForeign(bytes32 got, bytes32 wanted);

/// The court for "this update does not say how the account's storage changed". One transaction, no bond, at any time:
/// before an update is applied the proof kills it, afterwards it freezes the feed.
///
/// The right deltas follow from two storage roots: a slot belongs in the list, with its new value, exactly if its
/// values under the old and the new root differ. A wrong value, an omitted slot and an unchanged slot smuggled in are
/// therefore one lie: what the update says about a key is not what the roots say. Proofs are by hashed key, so an
/// omission needs no preimage.
interface IDeltaCourt {
    /// One chunk of an update, with what ties it to the update's commitment.
    struct ChunkProof {
        /// Digests of all chunks; empty, like everything here, for an update without deltas.
        bytes32[] digests;
        uint256 index;
        /// Hashed slot before the chunk, zero for the first.
        bytes32 previous;
        bytes chunk;
    }

    event AccountLieProven(
        bytes32 indexed update,
        address indexed challenger,
        bytes32 storageRoot,
        bytes32 codeHash
    );
    event KeyLieProven(
        bytes32 indexed update,
        address indexed challenger,
        bytes32 indexed key,
        uint256 before,
        uint256 later
    );

    /// Proves that the account has another storage root or code hash at the update's root.
    /// @param proof Merkle proof of the account, or of its absence, under the update's state root.
    function disproveAccount(Update calldata update, bytes[] calldata proof) external;

    /// Proves that the update says something else about one storage key than its two storage roots do.
    /// @param key keccak256 of the slot.
    /// @param oldProof Merkle proof of the key, or of its absence, under the old storage root.
    /// @param newProof The same under the new storage root.
    /// @param said The chunk whose interval holds the key.
    function disproveKey(
        Update calldata update,
        bytes32 key,
        bytes[] calldata oldProof,
        bytes[] calldata newProof,
        ChunkProof calldata said
    ) external;

    function FEEDS() external view returns (IFeeds);
}
