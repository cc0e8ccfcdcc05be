// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Only Feeds may speak to a replica; contracts read through `IFeeds.read`.
error NotFeeds(address caller);

/// The storage of one contract of A, slot by slot, and nothing else: all metadata lives in Feeds, so that no slot of
/// its own can ever stand where the mirrored contract has one. For the same reason it has no functions:
///
///     32 bytes from Feeds           returns the value of that slot
///     n x 64 bytes from Feeds       writes n deltas (slot, value), returns how many values changed
contract Replica {
    address private immutable FEEDS;

    constructor() {
        FEEDS = msg.sender;
    }

    fallback(bytes calldata input) external returns (bytes memory) {
        require(msg.sender == FEEDS, NotFeeds(msg.sender));
        if (input.length == 32) {
            bytes32 slot = bytes32(input);
            bytes32 value;
            // Raw slots can only be reached in assembly.
            assembly ("memory-safe") {
                value := sload(slot)
            }
            return abi.encode(value);
        }
        return abi.encode(_write(input));
    }

    function _write(bytes calldata deltas) private returns (uint256 changed) {
        uint256 same = 0;
        // Raw slots can only be reached in assembly; hundreds of them a call make the loop's own cost matter. Reading
        // the slot first costs nothing extra: the write to it is then a warm one. A branch around redundant writes
        // would cost true updates, which have none, more than it saves.
        assembly ("memory-safe") {
            function write(at) -> isSame {
                let slot := calldataload(at)
                let value := calldataload(add(at, 32))
                isSame := eq(sload(slot), value)
                sstore(slot, value)
            }
            let at := deltas.offset
            let end := add(at, deltas.length)
            // Two deltas a turn; an odd one goes first.
            if and(deltas.length, 64) {
                same := write(at)
                at := add(at, 64)
            }
            for {} lt(at, end) {
                at := add(at, 128)
            } {
                same := add(same, write(at))
                same := add(same, write(add(at, 64)))
            }
        }
        changed = deltas.length / 64 - same;
    }
}
