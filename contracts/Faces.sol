// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NotFeeds} from "./interfaces/IReplicas.sol";

/// What replicas need to know about their feeds with every view call, where it costs them least: one word a feed, and
/// no functions, of which Feeds has so many that finding one would cost as much as the call.
///
///     feed (32 bytes)                            returns its face
///     feed (32 bytes), face (32), from Feeds     sets it
///
///     face    logic: 160 bits | timestamp: 40 | state: 8, from the lowest; zero without a logic
contract Faces {
    address private immutable FEEDS;

    constructor() {
        FEEDS = msg.sender;
    }

    /// Payable only because the compiler's check would cost every read; nobody has a reason to send value.
    fallback() external payable {
        // A mapping would cost a hash; feeds are numbered.
        assembly ("memory-safe") {
            if lt(calldatasize(), 64) {
                mstore(0, sload(calldataload(0)))
                return(0, 32)
            }
        }
        require(msg.sender == FEEDS, NotFeeds(msg.sender));
        assembly ("memory-safe") {
            sstore(calldataload(0), calldataload(32))
        }
    }
}
