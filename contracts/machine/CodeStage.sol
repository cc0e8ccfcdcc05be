// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {ByteTree} from "./ByteTree.sol";
import {Codes} from "./Codes.sol";
import {Frames, Outcome} from "./Frames.sol";
import {Gas} from "./Gas.sol";
import {
    ADD,
    ADDRESS,
    BASEFEE,
    BLOBBASEFEE,
    BLOBHASH,
    BLOCKHASH,
    CALLDATACOPY,
    CALLDATALOAD,
    CALLDATASIZE,
    CALLER,
    CALLVALUE,
    CHAINID,
    CLZ,
    CODECOPY,
    CODESIZE,
    COINBASE,
    CREATE,
    CREATE2,
    DUP1,
    EXP,
    EXTCODECOPY,
    EXTCODEHASH,
    EXTCODESIZE,
    BALANCE,
    GAS,
    GASLIMIT,
    GASPRICE,
    JUMP,
    JUMPDEST,
    JUMPI,
    KECCAK256,
    LOG0,
    LOG4,
    MCOPY,
    MLOAD,
    MSIZE,
    MSTORE,
    MSTORE8,
    NUMBER,
    ORIGIN,
    PC,
    POP,
    PREVRANDAO,
    PUSH0,
    PUSH32,
    RETURNDATACOPY,
    RETURNDATASIZE,
    SELFBALANCE,
    SELFDESTRUCT,
    SLOAD,
    SSTORE,
    STOP,
    SWAP1,
    TIMESTAMP,
    TLOAD,
    TSTORE
} from "./Opcodes.sol";
import {Stage} from "./Stage.sol";
import {Block, Frame, Job, Machine, View, JOB_COPY} from "./State.sol";
import {Tape} from "./Tape.sol";
import {Views} from "./Views.sol";

/// Fetches the next opcode of the frame's code. What needs only the frame is executed at once; what needs the world, a
/// hash or another frame is latched for StateStage and CallStage, which need the code no longer.
///
/// Of the code a step reads the word that holds the opcode; a PUSH whose data goes on in the next word reads that one
/// too, and a jump reads the word of the bitmap that tells about its target. Beyond the end nothing is read.
contract CodeStage is Stage {
    /// The chain id of A.
    uint256 public immutable CHAIN_ID;

    constructor(uint256 chainId) {
        CHAIN_ID = chainId;
    }

    function _step(Machine memory m, Tape memory tape) internal view override {
        Frame memory frame = m.frame;
        // Past the end there are zeros, which are STOP.
        bytes32 word =
            frame.pc < frame.code.size ? ByteTree.read(frame.code.root, tape, frame.pc / 32) : bytes32(0);
        uint256 op = uint8(word[frame.pc % 32]);
        (uint256 pops, uint256 pushes, bool isKnown) = Gas.arity(op, m.head.rules);
        if (
            !isKnown ||
            frame.height < pops ||
            frame.height - pops + pushes > Gas.MAX_STACK ||
            (frame.isStatic && _writes(op))
        ) return Frames.halt(m, tape);

        if (_isLatched(op)) {
            m.op = uint8(op);
            return;
        }
        uint256 base = Gas.base(op);
        if (frame.gas < base) return Frames.halt(m, tape);
        frame.gas -= uint64(base);
        uint256[] memory args = Frames.pop(frame, tape, pops);
        if (!_execute(m, tape, word, op, args)) Frames.halt(m, tape);
    }

    /// Opcodes that a static frame may not use. A call that moves value is the other thing; CallStage sees to it.
    function _writes(uint256 op) private pure returns (bool) {
        return
            op == SSTORE ||
            op == TSTORE ||
            (op >= LOG0 && op <= LOG4) ||
            op == CREATE ||
            op == CREATE2 ||
            op == SELFDESTRUCT;
    }

    function _isLatched(uint256 op) private pure returns (bool) {
        return
            op >= CREATE ||
            op == KECCAK256 ||
            op == BALANCE ||
            op == EXTCODESIZE ||
            op == EXTCODECOPY ||
            op == EXTCODEHASH ||
            op == BLOCKHASH ||
            op == SELFBALANCE ||
            op == BLOBHASH ||
            op == SLOAD ||
            op == SSTORE ||
            op == TLOAD ||
            op == TSTORE;
    }

    /// @param word The word of the code that holds the opcode.
    /// @return Whether the frame goes on, or has ended as it should. If not, it halts.
    function _execute(
        Machine memory m,
        Tape memory tape,
        bytes32 word,
        uint256 op,
        uint256[] memory args
    ) private view returns (bool) {
        Frame memory frame = m.frame;
        if (op == STOP) {
            View memory nothing;
            Frames.finish(m, tape, Outcome.SUCCESS, nothing);
            return true;
        }
        if (op == JUMP) return _jump(frame, tape, args[0]);
        if (op == JUMPI && args[1] != 0) return _jump(frame, tape, args[0]);
        uint256 pc = frame.pc;
        ++frame.pc;
        if (op == POP || op == JUMPDEST || op == JUMPI) return true;
        if (op >= PUSH0 && op <= PUSH32) {
            _push(frame, tape, word, op - PUSH0);
            return true;
        }
        if (op >= DUP1 && op < LOG0) {
            _rearrange(frame, op, args);
            return true;
        }
        if (op >= ADD && op <= CLZ) return _calculate(frame, op, args);
        if (op >= MLOAD && op <= MSTORE8) return _touch(frame, tape, op, args);
        if (op >= LOG0) return _log(frame, args);
        if (op == CALLDATACOPY || op == CODECOPY || op == RETURNDATACOPY || op == MCOPY)
            return _copy(m, op, args);

        if (op == CALLDATALOAD) Frames.push(frame, uint256(Views.readWord(frame.input, tape, args[0])));
        else if (op == PC) Frames.push(frame, pc);
        else if (op == CODESIZE) Frames.push(frame, frame.code.size);
        else Frames.push(frame, _environment(m, op));
        return true;
    }

    function _jump(Frame memory frame, Tape memory tape, uint256 target) private pure returns (bool) {
        if (target >= frame.code.size) return false;
        uint256 bits = uint256(ByteTree.read(frame.jumps, tape, target / Codes.BYTES_PER_WORD));
        if ((bits >> (target % Codes.BYTES_PER_WORD)) & 1 == 0) return false;
        frame.pc = uint64(target);
        return true;
    }

    /// PUSH0 to PUSH32. Data beyond the end of the code is zero.
    /// @param word The word of the code that holds the opcode. `pc` is behind the opcode.
    function _push(Frame memory frame, Tape memory tape, bytes32 word, uint256 size) private pure {
        uint256 next = (frame.pc + 31) / 32;
        // How many bytes of the word are behind the opcode. They are the data, or its beginning.
        uint256 left = 32 * next - frame.pc;
        uint256 data = uint256(word << (8 * (32 - left)));
        if (size > left && 32 * next < frame.code.size)
            data |= uint256(ByteTree.read(frame.code.root, tape, next)) >> (8 * left);
        // A shift by the whole word leaves nothing: PUSH0.
        Frames.push(frame, data >> (8 * (32 - size)));
        frame.pc += uint64(size);
    }

    /// DUP1 to DUP16, SWAP1 to SWAP16.
    function _rearrange(Frame memory frame, uint256 op, uint256[] memory args) private pure {
        uint256 last = args.length - 1;
        if (op >= SWAP1) (args[0], args[last]) = (args[last], args[0]);
        for (uint256 i = args.length; i != 0; --i) Frames.push(frame, args[i - 1]);
        if (op < SWAP1) Frames.push(frame, args[last]);
    }

    function _calculate(Frame memory frame, uint256 op, uint256[] memory args) private pure returns (bool) {
        if (op == EXP && !_charge(frame, Gas.EXP_BYTE * _byteSize(args[1]))) return false;
        Frames.push(frame, Arithmetic.compute(op, args));
        return true;
    }

    /// MLOAD, MSTORE, MSTORE8.
    function _touch(
        Frame memory frame,
        Tape memory tape,
        uint256 op,
        uint256[] memory args
    ) private pure returns (bool) {
        uint256 words = Gas.grow(frame.words, args[0], op == MSTORE8 ? 1 : 32);
        if (!_expand(frame, words, 0)) return false;
        if (op == MLOAD) {
            Frames.push(frame, uint256(Views.readBytes(frame.memoryRoot, tape, args[0], 32)));
        } else if (op == MSTORE) {
            frame.memoryRoot = Views.writeWord(frame.memoryRoot, tape, args[0], bytes32(args[1]));
        } else {
            frame.memoryRoot = Views.writeBytes(frame.memoryRoot, tape, args[0], 1, bytes32(args[1] << 248));
        }
        return true;
    }

    /// What is logged is not part of the result.
    function _log(Frame memory frame, uint256[] memory args) private pure returns (bool) {
        uint256 words = Gas.grow(frame.words, args[0], args[1]);
        return words != Gas.TOO_MANY && _expand(frame, words, Gas.LOG_BYTE * args[1]);
    }

    /// CALLDATACOPY, CODECOPY, RETURNDATACOPY, MCOPY: charges, and leaves the copying to a job.
    function _copy(Machine memory m, uint256 op, uint256[] memory args) private pure returns (bool) {
        Frame memory frame = m.frame;
        (uint256 to, uint256 from, uint256 size) = (args[0], args[1], args[2]);
        uint256 words = Gas.grow(frame.words, to, size);
        if (op == MCOPY) words = Gas.grow(words, from, size);
        if (words == Gas.TOO_MANY) return false;
        // EIP-211: return data is not continued by zeros.
        if (op == RETURNDATACOPY && (from > frame.returned.size || size > frame.returned.size - from))
            return false;
        View memory source;
        if (op == MCOPY) {
            source = Views.create(frame.memoryRoot, uint64(from), uint64(size));
            from = 0;
        } else if (op == CODECOPY) {
            source = frame.code;
        } else {
            source = op == CALLDATACOPY ? frame.input : frame.returned;
        }
        if (!_expand(frame, words, Gas.WORD_COPY * Gas.toWords(size))) return false;
        if (size == 0) return true;

        Job memory job = m.job;
        job.kind = JOB_COPY;
        job.source = source;
        job.position = from < source.size ? uint64(from) : source.size;
        job.to = uint64(to);
        job.left = uint64(size);
        return true;
    }

    function _environment(Machine memory m, uint256 op) private view returns (uint256) {
        Frame memory frame = m.frame;
        if (op == ADDRESS) return uint160(frame.self);
        if (op == ORIGIN) return uint160(m.txn.sender);
        if (op == CALLER) return uint160(frame.caller);
        if (op == CALLVALUE) return frame.value;
        if (op == CALLDATASIZE) return frame.input.size;
        if (op == GASPRICE) return m.txn.gasPrice;
        if (op == RETURNDATASIZE) return frame.returned.size;
        if (op == MSIZE) return 32 * uint256(frame.words);
        if (op == GAS) return frame.gas;

        Block memory head = m.head;
        if (op == COINBASE) return uint160(head.coinbase);
        if (op == TIMESTAMP) return head.timestamp;
        if (op == NUMBER) return head.number;
        if (op == PREVRANDAO) return uint256(head.prevRandao);
        if (op == GASLIMIT) return head.gasLimit;
        if (op == CHAINID) return CHAIN_ID;
        if (op == BASEFEE) return head.baseFee;
        assert(op == BLOBBASEFEE);
        return head.blobBaseFee;
    }

    /// Grows memory to `words` and charges that and `more`.
    function _expand(Frame memory frame, uint256 words, uint256 more) private pure returns (bool) {
        if (words == Gas.TOO_MANY) return false;
        if (!_charge(frame, Gas.expansion(frame.words, words) + more)) return false;
        frame.words = uint64(words);
        return true;
    }

    function _charge(Frame memory frame, uint256 cost) private pure returns (bool) {
        if (frame.gas < cost) return false;
        frame.gas -= uint64(cost);
        return true;
    }

    /// Bytes of a number without leading zeros.
    function _byteSize(uint256 value) private pure returns (uint256 size) {
        for (; value != 0; value >>= 8) ++size;
    }
}
