// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Frames} from "./Frames.sol";
import {Gas} from "./Gas.sol";
import {HashList} from "./HashList.sol";
import {Frame, Machine, View, EMPTY_CODE, JOB_HASH} from "./State.sol";
import {Tape} from "./Tape.sol";
import {World} from "./World.sol";

/// A latched opcode being tried. Nothing of it is in the machine until it takes effect: a try that finds something
/// missing leaves the machine as it was, but for the job that brings it.
struct Attempt {
    /// The operands, the top of the stack first.
    uint256[] args;
    /// The stack without them.
    bytes32 rest;
    /// Gas so far.
    uint256 cost;
    /// Words of memory it needs.
    uint256 words;
}

/// @title Trying a latched opcode
library Latch {
    /// Takes the operands.
    /// @return attempt Holds nothing yet if the frame cannot pay.
    /// @return isPaid Whether it can pay the base cost.
    function open(
        Machine memory m,
        Tape memory tape
    ) internal pure returns (Attempt memory attempt, bool isPaid) {
        attempt.cost = Gas.base(m.op);
        attempt.words = m.frame.words;
        if (!canPay(m, attempt)) return (attempt, false);
        (uint256 pops, , ) = Gas.arity(m.op, m.head.rules);
        (attempt.args, attempt.rest) = HashList.take(m.frame.stack, tape, pops);
        isPaid = true;
    }

    /// Asks for memory.
    /// @return Whether any memory is so large. Only then may anything be computed from the operands.
    function grow(Attempt memory attempt, uint256 offset, uint256 size) internal pure returns (bool) {
        attempt.words = Gas.grow(attempt.words, offset, size);
        return attempt.words != Gas.TOO_MANY;
    }

    /// Whether the frame can pay what was charged so far, memory included.
    function canPay(Machine memory m, Attempt memory attempt) internal pure returns (bool) {
        return total(m, attempt) <= m.frame.gas;
    }

    function total(Machine memory m, Attempt memory attempt) internal pure returns (uint256) {
        return attempt.cost + Gas.expansion(m.frame.words, attempt.words);
    }

    /// The opcode takes effect: its operands are gone, its gas is paid, its memory is there.
    function commit(Machine memory m, Attempt memory attempt) internal pure {
        Frame memory frame = m.frame;
        frame.gas -= uint64(total(m, attempt));
        frame.words = uint64(attempt.words);
        frame.stack = attempt.rest;
        frame.height -= uint16(attempt.args.length);
        ++frame.pc;
        (m.op, m.hashed) = (0, 0);
    }

    /// It takes effect and puts a value on the stack.
    function commit(Machine memory m, Attempt memory attempt, uint256 result) internal pure {
        commit(m, attempt);
        Frames.push(m.frame, result);
    }

    /// The hash of a view, which a job computes unless there is nothing to hash.
    function needHash(
        Machine memory m,
        View memory source
    ) internal pure returns (bytes32 digest, bool found) {
        if (source.size == 0) return (EMPTY_CODE, true);
        if (m.hashed != 0) return (m.hashed, true);
        World.need(m, JOB_HASH).source = source;
    }
}
