// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// What a final claim says about a block of A.
struct FinalRoot {
    bytes32 stateRoot;
    /// Seconds, from the block's header.
    uint64 timestamp;
    /// Anchor evidence for the block was shown on B, so the root holds even if nobody watched.
    bool attested;
}
