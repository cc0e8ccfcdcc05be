// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using {id, calldataId} for Update global;
using {headId} for Head global;

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
    /// The account's.
    bytes32 storageRoot;
}

/// An update as far as one that is proven on top of it has to know it.
struct Head {
    uint64 feed;
    /// Hash of all other fields.
    bytes32 link;
    bytes32 storageRoot;
}

// An update's id is made in two steps, so that who has to show just the storage root can do it in two words:
//
//     link = keccak256(all fields but the last, a word each)
//     id   = keccak256(link . storageRoot)

function id(Update memory update) pure returns (bytes32 hash) {
    // In memory a struct has the form to be hashed already.
    assembly ("memory-safe") {
        mstore(0x00, keccak256(update, 384))
        mstore(0x20, mload(add(update, 384)))
        hash := keccak256(0x00, 0x40)
    }
}

/// The same for an update in calldata.
/// @dev What does not fill its word with zeros has another id and is no update that anybody knows.
function calldataId(Update calldata update) pure returns (bytes32 hash) {
    // The copy goes to free memory without claiming it; the compiler would copy field by field, twice.
    assembly ("memory-safe") {
        let scratch := mload(0x40)
        calldatacopy(scratch, update, 416)
        mstore(0x00, keccak256(scratch, 384))
        mstore(0x20, mload(add(scratch, 384)))
        hash := keccak256(0x00, 0x40)
    }
}

/// The same for what is told of an update. The feed is within the link, so nobody compares it.
function headId(Head calldata head) pure returns (bytes32 hash) {
    // Two words fit the scratch space.
    assembly ("memory-safe") {
        calldatacopy(0x00, add(head, 32), 64)
        hash := keccak256(0x00, 0x40)
    }
}

/// What is recorded about an update, in one slot.
struct UpdateRecord {
    UpdateStatus status;
    /// Another update builds on this one: the queue is linear. Once it is its feed's head, the feed says so instead.
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
