// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Where a feed's replica is
/// @notice Replicas deploys all of them by CREATE2 (EIP-1014), with the same code and the feed for a salt. So nobody
/// has to store their addresses: to look one up would cost each read and each update a cold slot.
library ReplicaAddress {
    /// @param replicas Deploys them. @param creation Hash of the code that it deploys them with.
    function replicaAt(
        address replicas,
        bytes32 creation,
        uint64 feed
    ) internal pure returns (address replica) {
        // keccak256(0xff . replicas . feed . creation), in free memory that is not claimed: encoding would cost more
        // than hashing.
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, or(shl(248, 0xff), shl(88, replicas)))
            mstore(add(scratch, 21), feed)
            mstore(add(scratch, 53), creation)
            replica := shr(96, shl(96, keccak256(scratch, 85)))
        }
    }
}
