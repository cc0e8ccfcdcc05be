// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using {id, calldataId} for Update global;

/// A statement about one account of A: "at this final root the account has this storage root and code hash,
/// and relative to the parent update exactly these slots changed to these values".
struct Update {
    uint64 feed;
    /// Id of the update this one builds on. A feed starts with a genesis update: empty storage, all else zero.
    bytes32 parent;
    /// Block of A whose final root this update speaks of, its timestamp and its state root.
    uint64 number;
    uint64 timestamp;
    bytes32 stateRoot;
    /// Storage root of the parent update.
    bytes32 oldStorageRoot;
    bytes32 storageRoot;
    /// Zero for an account that does not exist, as EXTCODEHASH has it.
    bytes32 codeHash;
    /// Commitment to the changed slots, see Deltas.sol.
    bytes32 deltas;
    uint32 count;
    address proposer;
    /// Who proposed the root claim; earns a share of the fee.
    address rootProposer;
    /// Wei set aside from the feed's funds for this update.
    uint96 reserve;
}

function id(Update memory update) pure returns (bytes32) {
    return keccak256(abi.encode(update));
}

/// The same for an update in calldata, which has the form to be hashed already.
/// @dev What does not fill its word with zeros has another id and is no update that anybody knows.
function calldataId(Update calldata update) pure returns (bytes32 hash) {
    // The copy goes to free memory without claiming it; the compiler would copy field by field, twice.
    assembly ("memory-safe") {
        let scratch := mload(0x40)
        calldatacopy(scratch, update, 416)
        hash := keccak256(scratch, 416)
    }
}

/// What is recorded about an update, in one slot.
struct UpdateRecord {
    UpdateStatus status;
    /// Another update builds on this one: the queue is linear.
    bool extended;
    /// Last second, on the protocol clock, before it may be applied.
    uint40 deadline;
    /// Chunks and values written so far.
    uint16 appliedChunks;
    uint32 changed;
}

enum UpdateStatus {
    /// Never posted.
    None,
    /// Warm: queued, its window open or over.
    Pending,
    /// Warm: some chunks are written and some are not; reads of the feed revert.
    Applying,
    /// Cold unless a later proof shows it false, which freezes the feed.
    Applied,
    /// Cold: a court rejected it; its bond was slashed.
    Rejected,
    /// Cold: its parent died, its feed froze, or refund mode began; its bond went back.
    Released
}
