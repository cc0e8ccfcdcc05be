// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Frames, Outcome} from "../../../../contracts/machine/Frames.sol";
import {HashList} from "../../../../contracts/machine/HashList.sol";
import {
    Frame,
    Machine,
    Phase,
    View,
    FRAME_CALL,
    FRAME_CREATE,
    FRAME_PROGRAM,
    JOB_COPY,
    JOB_HASH,
    JOB_NONE,
    KIND_SYSTEM
} from "../../../../contracts/machine/State.sol";
import {Tape, Tapes} from "../../../../contracts/machine/Tape.sol";
import {Test} from "../../support/Test.sol";

contract FramesFinishTest is Test {
    bytes32 private constant NOW = "world now";
    bytes32 private constant BEFORE = "world before";
    address private constant SELF = address(0x5e1f);

    function finish(
        Machine memory m,
        bytes32[] memory words,
        Outcome outcome,
        View memory output
    ) external pure returns (Machine memory) {
        Tape memory tape;
        tape.words = words;
        Frames.finish(m, tape, outcome, output);
        tape.close();
        return m;
    }

    function pop(
        bytes32 stack,
        bytes32[] memory words,
        uint256 count
    ) external pure returns (uint256[] memory values, Frame memory frame) {
        Tape memory tape;
        tape.words = words;
        (frame.stack, frame.height) = (stack, 9);
        values = Frames.pop(frame, tape, count);
        tape.close();
    }

    /// A frame in the middle of something.
    function _machine(uint8 kind, uint16 depth) private pure returns (Machine memory m) {
        (m.phase, m.world, m.op, m.hashed, m.job.kind) = (Phase.RUN, NOW, 0xfd, "hash", JOB_HASH);
        (m.cursor, m.stamp) = (3, 8);
        Frame memory frame = m.frame;
        (frame.kind, frame.depth, frame.self, frame.world) = (kind, depth, SELF, BEFORE);
        (frame.gas, frame.kept, frame.refund) = (700, 60, 5);
        (frame.outOffset, frame.outSize) = (96, 20);
    }

    function _parent() private pure returns (Frame memory parent) {
        (parent.gas, parent.refund, parent.stack, parent.height) = (1000, 10, "stack", 4);
        parent.returned = View("stale", 1, 2);
    }

    function _words(Frame memory frame) private pure returns (bytes32[] memory words) {
        bytes memory record = abi.encode(frame);
        words = new bytes32[](record.length / 32);
        for (uint256 i = 0; i < words.length; ++i) {
            bytes32 word;
            assembly ("memory-safe") {
                word := mload(add(add(record, 0x20), mul(i, 0x20)))
            }
            words[i] = word;
        }
    }

    /// Ends a frame of depth 1.
    function _end(uint8 kind, Outcome outcome, uint64 size) private view returns (Machine memory) {
        Machine memory m = _machine(kind, 1);
        m.frame.parent = keccak256(abi.encode(_parent()));
        View memory output;
        if (size != 0) output = View("output", 32, size);
        return this.finish(m, _words(_parent()), outcome, output);
    }

    function testFuzz_WhenACallEnds(uint8 choice, uint64 size) public view {
        Outcome outcome = Outcome(choice % 3);
        size = outcome == Outcome.HALT ? 0 : size % 40;
        Machine memory m = _end(FRAME_CALL, outcome, size);
        bool success = outcome == Outcome.SUCCESS;
        assertEq(m.op, 0, "op");
        assertEq(m.hashed, 0, "hashed");
        assertEq(m.world, success ? NOW : BEFORE, "world");
        assertEq(m.frame.gas, outcome == Outcome.HALT ? 1000 : 1700, "gas");
        assertEq(m.frame.refund, success ? int256(15) : int256(10), "refund");
        assertEq(m.frame.stack, HashList.cons(bytes32(uint256(success ? 1 : 0)), "stack"), "stack");
        assertEq(m.frame.height, 5, "height");
        assertEq(m.frame.returned.size, size, "returned");
        assertEq(m.job.kind, size == 0 ? JOB_NONE : JOB_COPY, "job");
        if (size == 0) return;
        assertEq(m.job.source.root, "output", "source");
        assertEq(m.job.to, 96, "to");
        assertEq(m.job.left, size < 20 ? size : 20, "left");
    }

    function test_WhenACreationEnds() public view {
        Machine memory m = _end(FRAME_CREATE, Outcome.SUCCESS, 30);
        assertEq(m.frame.stack, HashList.cons(bytes32(uint256(uint160(SELF))), "stack"), "the address");
        assertEq(m.frame.returned.size, 0, "no return data");
        assertEq(m.job.kind, JOB_NONE, "no copy");
        m = _end(FRAME_CREATE, Outcome.REVERT, 30);
        assertEq(m.frame.stack, HashList.cons(0, "stack"), "zero");
        assertEq(m.frame.returned.size, 30, "what it reverted with");
        assertEq(m.job.kind, JOB_NONE, "no copy of it");
    }

    function test_WhenAProgramEnds() public view {
        Machine memory m = _end(FRAME_PROGRAM, Outcome.SUCCESS, 32);
        assertEq(m.frame.gas, 1060, "the gas that was kept");
    }

    function test_WhenATransactionEnds() public view {
        View memory output = View("output", 0, 9);
        Machine memory m = this.finish(_machine(FRAME_CALL, 0), new bytes32[](0), Outcome.SUCCESS, output);
        Frame memory rest;
        (rest.gas, rest.refund) = (700, 5);
        assertEq(keccak256(abi.encode(m.frame)), keccak256(abi.encode(rest)), "gas and refund");
        assertEq(uint256(m.phase), uint256(Phase.END), "phase");
        assertEq(m.world, NOW, "world");
        m = this.finish(_machine(FRAME_CALL, 0), new bytes32[](0), Outcome.HALT, output);
        (rest.gas, rest.refund) = (0, 0);
        assertEq(keccak256(abi.encode(m.frame)), keccak256(abi.encode(rest)), "nothing");
        assertEq(m.world, BEFORE, "the world before");
    }

    function test_WhenASystemCallEnds() public view {
        View memory nothing;
        for (uint64 cursor = 0; cursor < 4; ++cursor) {
            for (uint256 i = 0; i < 3; ++i) {
                Machine memory m = _machine(FRAME_CALL, 0);
                (m.txn.kind, m.cursor) = (KIND_SYSTEM, cursor);
                m = this.finish(m, new bytes32[](0), Outcome(i), nothing);
                if (cursor >= 2 && Outcome(i) != Outcome.SUCCESS) {
                    assertEq(uint256(m.phase), uint256(Phase.INVALID), "invalid");
                    continue;
                }
                assertEq(uint256(m.phase), uint256(cursor < 2 ? Phase.BEFORE : Phase.AFTER), "phase");
                assertEq(m.cursor, cursor + 1, "cursor");
                assertEq(m.stamp, 9, "stamp");
                assertEq(m.txn.kind, 0, "no transaction");
                assertEq(m.frame.gas, 0, "no frame");
            }
        }
    }

    function test_RevertWhen_TheCallerIsAnother() public {
        Machine memory m = _machine(FRAME_CALL, 1);
        m.frame.parent = "another";
        View memory nothing;
        bytes32 got = keccak256(abi.encode(_parent()));
        vm.expectRevert(abi.encodeWithSelector(Tapes.RecordForeign.selector, got, m.frame.parent));
        this.finish(m, _words(_parent()), Outcome.SUCCESS, nothing);
    }

    function test_RevertWhen_TheCallerIsNotShown() public {
        Machine memory m = _machine(FRAME_CALL, 1);
        View memory nothing;
        vm.expectRevert(abi.encodeWithSelector(Tapes.TapeExhausted.selector, 0, 0));
        this.finish(m, new bytes32[](0), Outcome.SUCCESS, nothing);
    }

    function test_WhenOperandsArePopped() public view {
        bytes32 stack = HashList.cons("first", HashList.cons("second", "rest"));
        bytes32[] memory words = new bytes32[](3);
        (words[0], words[1], words[2]) = ("first", "second", "rest");
        (uint256[] memory values, Frame memory frame) = this.pop(stack, words, 2);
        assertEq(bytes32(values[0]), "first", "top");
        assertEq(bytes32(values[1]), "second", "next");
        assertEq(frame.stack, "rest", "stack");
        assertEq(frame.height, 7, "height");
    }

    function test_RevertWhen_AnOperandIsAnother() public {
        bytes32[] memory words = new bytes32[](2);
        (words[0], words[1]) = ("other", "rest");
        bytes32 stack = HashList.cons("first", "rest");
        vm.expectRevert(
            abi.encodeWithSelector(HashList.ListForeign.selector, HashList.cons("other", "rest"), stack)
        );
        this.pop(stack, words, 1);
    }
}
