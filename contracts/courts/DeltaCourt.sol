// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IDeltaCourt,
    AccountTrue,
    KeyTrue,
    KeyOutsideChunk,
    ChunkForeign
} from "../interfaces/IDeltaCourt.sol";
import {IFeeds, NotDeltaCourt} from "../interfaces/IFeeds.sol";
import {MerklePatricia} from "../libraries/MerklePatricia.sol";
import {Account} from "../types/Account.sol";
import {Deltas} from "../types/Deltas.sol";
import {Update} from "../types/Update.sol";

/// The rules are told in IDeltaCourt.
contract DeltaCourt is IDeltaCourt {
    using Deltas for bytes;

    IFeeds public immutable FEEDS;

    constructor(IFeeds feeds) {
        require(feeds.DELTA_COURT() == address(this), NotDeltaCourt(address(this)));
        FEEDS = feeds;
    }

    /// @inheritdoc IDeltaCourt
    function disproveAccount(Update calldata update, bytes[] calldata proof) external {
        bytes32 id = update.id();
        // An absent account reads as one with an empty storage trie and no code hash, which is what an update about
        // it has to say.
        (Account memory account, ) = MerklePatricia.accountAt(
            update.stateRoot,
            FEEDS.feedOf(update.feed).account,
            proof
        );
        require(
            account.storageRoot != update.storageRoot || account.codeHash != update.codeHash,
            AccountTrue(id, account.storageRoot, account.codeHash)
        );
        emit AccountLieProven(id, msg.sender, account.storageRoot, account.codeHash);

        // Feeds knows whether such an update was ever posted.
        FEEDS.reject(update, msg.sender);
    }

    /// @inheritdoc IDeltaCourt
    function disproveKey(
        Update calldata update,
        bytes32 key,
        bytes[] calldata oldProof,
        bytes[] calldata newProof,
        ChunkProof calldata said
    ) external {
        bytes32 id = update.id();
        uint256 before = MerklePatricia.slotAt(update.oldStorageRoot, key, oldProof);
        uint256 later = MerklePatricia.slotAt(update.storageRoot, key, newProof);
        (bool listed, uint256 value) = _lookup(update.deltas, key, said);
        bool changed = before != later;
        require(listed != changed || (listed && value != later), KeyTrue(id, key, before, later));
        emit KeyLieProven(id, msg.sender, key, before, later);

        FEEDS.reject(update, msg.sender);
    }

    /// What the update says about a key: whether it lists it, and with which value.
    function _lookup(
        bytes32 deltas,
        bytes32 key,
        ChunkProof calldata said
    ) private pure returns (bool listed, uint256 value) {
        bytes32 committed = Deltas.commit(said.digests);
        require(committed == deltas, ChunkForeign(committed, deltas));
        // No chunks: no key is listed.
        if (said.digests.length == 0) return (false, 0);

        bytes32 wanted = said.digests[said.index];
        bytes32 digest = said.chunk.digest(said.previous);
        require(digest == wanted, ChunkForeign(digest, wanted));
        // The chunk decides the keys after `previous` up to its own last one; the last chunk decides all the rest.
        // Staged chunks are never empty, so there is a last key.
        bytes32 last = said.chunk.lastKey();
        require(
            key > said.previous && (key <= last || said.index == said.digests.length - 1),
            KeyOutsideChunk(key, said.previous, last)
        );
        return said.chunk.find(key);
    }
}
