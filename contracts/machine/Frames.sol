// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {HashList} from "./HashList.sol";
import {
    Frame,
    Job,
    Machine,
    Phase,
    Tx,
    View,
    FRAME_CREATE,
    FRAME_PROGRAM,
    JOB_COPY,
    KIND_SYSTEM
} from "./State.sol";
import {Tape} from "./Tape.sol";

/// How a frame ends.
enum Outcome {
    SUCCESS,
    /// The program undid itself; the gas that is left goes back.
    REVERT,
    /// The program broke a rule; its gas is gone.
    HALT
}

/// @title The life of a frame
library Frames {
    /// @notice The cursor of the first system call after the transactions.
    uint64 internal constant FIRST_AFTER = 2;

    uint256 private constant FRAME_FIELDS = 29;

    /// Takes values off the stack, the top first. The caller has checked the height.
    function pop(
        Frame memory frame,
        Tape memory tape,
        uint256 count
    ) internal pure returns (uint256[] memory values) {
        (values, frame.stack) = HashList.take(frame.stack, tape, count);
        frame.height -= uint16(count);
    }

    function push(Frame memory frame, uint256 value) internal pure {
        frame.stack = HashList.cons(bytes32(value), frame.stack);
        ++frame.height;
    }

    /// Ends the frame because the program broke a rule.
    function halt(Machine memory m, Tape memory tape) internal pure {
        View memory nothing;
        finish(m, tape, Outcome.HALT, nothing);
    }

    /// Ends the frame, whatever it was doing, and goes on with its caller, or with what follows the execution.
    /// @param output What the frame returns; nothing if it halts.
    function finish(Machine memory m, Tape memory tape, Outcome outcome, View memory output) internal pure {
        Frame memory child = m.frame;
        Job memory idle;
        (m.op, m.hashed, m.job) = (0, 0, idle);
        if (outcome == Outcome.HALT) child.gas = 0;
        else if (child.kind == FRAME_PROGRAM) child.gas = child.kept;
        if (outcome != Outcome.SUCCESS) (m.world, child.refund) = (child.world, 0);

        if (child.depth != 0) _return(m, tape, outcome, output);
        else if (m.txn.kind == KIND_SYSTEM) _finishSystemCall(m, outcome);
        else _finishTransaction(m);
    }

    function _return(Machine memory m, Tape memory tape, Outcome outcome, View memory output) private pure {
        Frame memory child = m.frame;
        Frame memory parent = abi.decode(tape.nextRecord(FRAME_FIELDS, child.parent), (Frame));
        bool success = outcome == Outcome.SUCCESS;
        bool creates = child.kind == FRAME_CREATE;
        View memory nothing;

        parent.gas += child.gas;
        parent.refund += child.refund;
        parent.returned = outcome == Outcome.HALT || (creates && success) ? nothing : output;
        push(
            parent,
            !success
                ? 0
                : creates
                    ? uint160(child.self)
                    : 1
        );
        m.frame = parent;

        uint64 size = parent.returned.size < child.outSize ? parent.returned.size : child.outSize;
        if (creates || size == 0) return;
        m.job.kind = JOB_COPY;
        m.job.source = parent.returned;
        m.job.to = child.outOffset;
        m.job.left = size;
    }

    /// What is left of the first frame of a transaction: gas and refunds.
    function _finishTransaction(Machine memory m) private pure {
        Frame memory rest;
        (rest.gas, rest.refund) = (m.frame.gas, m.frame.refund);
        m.frame = rest;
        m.phase = Phase.END;
    }

    function _finishSystemCall(Machine memory m, Outcome outcome) private pure {
        // EIP-7002, EIP-7251: a block whose request calls fail is invalid. The calls before the transactions may fail.
        if (m.cursor >= FIRST_AFTER && outcome != Outcome.SUCCESS) return m.invalidate();
        Frame memory noFrame;
        Tx memory noTransaction;
        (m.frame, m.txn) = (noFrame, noTransaction);
        ++m.stamp;
        ++m.cursor;
        // Past the last call of BEFORE its phase itself goes on to the transactions.
        m.phase = m.cursor <= FIRST_AFTER ? Phase.BEFORE : Phase.AFTER;
    }
}
