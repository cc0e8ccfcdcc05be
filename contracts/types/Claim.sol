// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using {id, calldataId} for Claim global;

/// A statement about source chain A: "the block with this hash is on A's canonical chain".
/// The contract fills every field from the header itself, so a claim cannot misstate its own block.
struct Claim {
    /// Id of the claim this one builds on; zero only for the genesis claim.
    bytes32 parent;
    bytes32 blockHash;
    bytes32 stateRoot;
    uint64 number;
    /// Seconds, from the header.
    uint64 timestamp;
    /// Whose bond stands behind the claim; zero only for the genesis claim.
    address proposer;
}

/// Everything that names a claim: two different claims never share an id, and a reorganisation of B that
/// replays the same proposal yields the same id.
function id(Claim memory claim) pure returns (bytes32) {
    return keccak256(abi.encode(claim));
}

/// The same for a claim in calldata, which has the form to be hashed already.
/// @dev What does not fill its word with zeros has another id and is no claim that anybody knows.
function calldataId(Claim calldata claim) pure returns (bytes32 hash) {
    // The copy goes to free memory without claiming it; the compiler would copy field by field, twice.
    assembly ("memory-safe") {
        let scratch := mload(0x40)
        calldatacopy(scratch, claim, 192)
        hash := keccak256(scratch, 192)
    }
}

/// What is recorded about a claim, in one slot.
struct ClaimRecord {
    ClaimStatus status;
    /// Its block was shown to be canonical by anchor evidence.
    bool attested;
    /// Last second, on the protocol clock, at which a challenge may open.
    uint40 deadline;
    /// Last second, on the protocol clock, of the grace period after the latest challenge closed.
    uint40 quietUntil;
    uint32 openChallenges;
    uint48 number;
    uint40 timestamp;
}

enum ClaimStatus {
    /// Never proposed.
    None,
    /// Warm: time, a court, its parent or refund mode move it on.
    Pending,
    /// Cold.
    Final,
    /// Cold: a court rejected it; its bond was slashed.
    Rejected,
    /// Cold: an ancestor was rejected; its bond went back.
    Orphaned,
    /// Cold: refund mode gave its bond back.
    Refunded
}
