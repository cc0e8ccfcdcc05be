// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeedApplying, FeedFrozen, FeedTooOld, IFeeds} from "./interfaces/IFeeds.sol";
import {IReplicas, LogicMissing, ViewFailed} from "./interfaces/IReplicas.sol";

/// A contract of A on B: its storage, slot by slot, and its view functions.
///
/// Nothing of its own is in its storage: all metadata lives in Feeds, so that no slot of ours can ever stand where the
/// mirrored contract has one. For the same reason it has no functions of its own:
///
///     from Feeds, 32 bytes          returns the value of that slot
///     from Feeds, n x 64 bytes      writes n deltas (slot, value), returns how many values changed
///     from anybody else             is a call of the mirrored contract, answered by its logic
///
/// A call is answered in a call to itself, which is static: whatever the logic would write, send or log reverts. That
/// inner call has the address of the logic appended and delegates to it: the logic is the contract's own code and sees
/// the contract's own storage.
///
///     caller ── data ──▶ Replica ── static: data . logic ──▶ Replica ── delegates: data ──▶ logic
///                          └── face? ──▶ Faces
contract Replica {
    uint256 private immutable FEEDS;
    uint256 private immutable REPLICAS;
    uint256 private immutable FACES;
    uint256 private immutable FEED;
    /// Seconds. Oldest state that plain calls are answered with, plus one.
    uint256 private immutable TOO_OLD;

    constructor() {
        (address feeds, address faces, uint64 feed, uint40 maxAge) = IReplicas(msg.sender).creating();
        FEEDS = uint160(feeds);
        REPLICAS = uint160(msg.sender);
        FACES = uint160(faces);
        FEED = feed;
        // Never so much that "no state at all", which has timestamp zero, would be fresh.
        TOO_OLD = maxAge < block.timestamp ? uint256(maxAge) + 1 : block.timestamp;
    }

    /// What this costs is what a view call costs more here than on A: hence the assembly, and the order of checks.
    /// Payable, because then one comparison refuses value where it would be refused by the compiler at each entry.
    fallback() external payable {
        // Only the static call below has this sender: no logic can call anything but precompiles.
        assembly {
            if eq(caller(), address()) {
                let size := sub(calldatasize(), 32)
                calldatacopy(0, 0, size)
                if iszero(delegatecall(gas(), calldataload(size), 0, size, 0, 0)) {
                    returndatacopy(0, 0, returndatasize())
                    revert(0, returndatasize())
                }
                returndatacopy(0, 0, returndatasize())
                return(0, returndatasize())
            }
        }
        uint256 feed = FEED;
        uint256 faces = FACES;
        uint256 feeds = FEEDS;
        uint256 tooOld = TOO_OLD;
        uint256 face;
        // Memory is not Solidity's before the end of the block.
        assembly {
            if iszero(eq(caller(), feeds)) {
                mstore(0, feed)
                // Faces answers with one word. If it ran out of gas, the feed's number stays there, which has no timestamp.
                pop(staticcall(gas(), faces, 0, 32, 0, 32))
                face := mload(0)
                // INVARIANT: nothing is read that is half written, known to be false, or older than the reader accepts.
                // The state lies above the timestamp: if it is not Live (0), the difference wraps around. A state of
                // B's future would wrap, too, but no root is ever of B's future.
                // And with value, nothing is read either.
                if lt(callvalue(), lt(sub(timestamp(), shr(160, face)), tooOld)) {
                    calldatacopy(0, 0, calldatasize())
                    // The face ends with the address of the logic; DELEGATECALL looks at no more of it.
                    mstore(calldatasize(), face)
                    if staticcall(gas(), address(), 0, add(calldatasize(), 32), 0, 0) {
                        returndatacopy(0, 0, returndatasize())
                        return(0, returndatasize())
                    }
                    returndatacopy(0, 0, returndatasize())
                    if returndatasize() {
                        revert(0, returndatasize())
                    }
                    // Told apart below from what was never called.
                    face := 0
                    tooOld := 0
                }
                mstore(0x40, 0x80)
            }
        }
        if (msg.sender == address(uint160(feeds))) _serve();
        // `Replicas.viewCall` has compared the age with what its caller accepts; the rest holds for it, too.
        if (msg.sender == address(uint160(REPLICAS)) && face >> 200 == 0 && face >> 160 != 0) _answer(face);
        _refuse(face, tooOld == 0);
    }

    /// Reads a slot, or writes deltas.
    function _serve() private {
        // Raw slots can only be reached in assembly; hundreds of them a call make the loop's own cost matter. Reading
        // the slot first costs nothing extra: the write to it is then a warm one. A branch around redundant writes
        // would cost true updates, which have none, more than it saves.
        assembly ("memory-safe") {
            if callvalue() {
                revert(0, 0)
            }
            let end := calldatasize()
            if eq(end, 32) {
                mstore(0, sload(calldataload(0)))
                return(0, 32)
            }
            let same := 0
            let position := 0
            // Two deltas a turn; an odd one goes first.
            if and(end, 64) {
                let slot := calldataload(0)
                let value := calldataload(32)
                same := eq(sload(slot), value)
                sstore(slot, value)
                position := 64
            }
            for {} lt(position, end) {
                position := add(position, 128)
            } {
                let slot := calldataload(position)
                let value := calldataload(add(position, 32))
                same := add(same, eq(sload(slot), value))
                sstore(slot, value)
                slot := calldataload(add(position, 64))
                value := calldataload(add(position, 96))
                same := add(same, eq(sload(slot), value))
                sstore(slot, value)
            }
            mstore(0, sub(shr(6, end), same))
            return(0, 32)
        }
    }

    /// Answers at any age. The same as above, at leisure.
    function _answer(uint256 face) private view {
        (bool success, bytes memory answer) = address(this).staticcall(bytes.concat(msg.data, bytes32(face)));
        require(success || answer.length != 0, ViewFailed(uint64(FEED)));
        assembly ("memory-safe") {
            if success {
                return(add(answer, 32), mload(answer))
            }
            revert(add(answer, 32), mload(answer))
        }
    }

    /// Says why a view call was not answered.
    function _refuse(uint256 face, bool hasFailed) private view {
        uint64 feed = uint64(FEED);
        require(!hasFailed && msg.value == 0, ViewFailed(feed));
        require(face != 0, LogicMissing(feed));
        uint256 state = face >> 200;
        require(state != uint256(IFeeds.FeedState.Frozen), FeedFrozen(feed));
        require(state != uint256(IFeeds.FeedState.Applying), FeedApplying(feed));
        revert FeedTooOld(feed, uint40(face >> 160), TOO_OLD - 1);
    }
}
