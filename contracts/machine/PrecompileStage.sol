// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Frames, Outcome} from "./Frames.sol";
import {
    Code,
    Frame,
    Job,
    Machine,
    View,
    FRAME_PROGRAM,
    JOB_BLAKE2F,
    JOB_MSM,
    JOB_NONE,
    JOB_PAIRING,
    JOB_SHA256,
    RULES_OSAKA
} from "./State.sol";
import {Blake2f} from "./precompiles/Blake2f.sol";
import {Msm} from "./precompiles/Msm.sol";
import {Native} from "./precompiles/Native.sol";
import {NativeCheck} from "./precompiles/NativeCheck.sol";
import {Pairing} from "./precompiles/Pairing.sol";
import {Prices} from "./precompiles/Prices.sol";
import {Programs} from "./precompiles/Programs.sol";
import {Sha256} from "./precompiles/Sha256.sol";
import {Stage} from "./Stage.sol";
import {Tape} from "./Tape.sol";
import {Views} from "./Views.sol";

/// Precompiles: what a step starts, and the jobs of those whose work is not bounded. Told in docs/machine.md, section
/// 10. Each of them is one of four: a call of B's own precompile, a job of bounded units, a program, or nothing but a view.
/// The units of the pairings are in PairingStage.
contract PrecompileStage is Stage {
    using Frames for Machine;

    /// The gas of a program's frame: more than any input can use up.
    uint64 private constant PROGRAM_GAS = 2 ** 50;
    /// The three lengths that an input of MODEXP begins with.
    uint256 private constant MODEXP_HEADER = 96;

    /// @dev Nothing of A's rules leads here: no frame has a precompile of this number.
    error NoPrecompile(uint256 precompile);

    /// The last rules of A whose precompiles this chain is known to have.
    uint8 public immutable RULES;

    /// Refuses a chain that lacks a precompile that A's forks have: on it some steps could not be proven.
    constructor(uint8 rules) {
        NativeCheck.requireAll(rules);
        RULES = rules;
    }

    function _step(Machine memory m, Tape memory tape) internal view override {
        uint256 job = m.job.kind;
        if (job == JOB_NONE) _start(m, tape);
        else if (job == JOB_SHA256) _runSha256(m, tape);
        else if (job == JOB_BLAKE2F) _runBlake2f(m, tape);
        else _runMsm(m, tape);
    }

    function _start(Machine memory m, Tape memory tape) private view {
        uint256 precompile = m.frame.precompile;
        if (precompile == Prices.SHA256) {
            _startSha256(m, tape);
        } else if (precompile == Prices.RIPEMD160) {
            if (_charge(m, tape, Prices.ofBytes(precompile, m.frame.input.size)))
                _runProgram(m, Programs.ripemd160Code());
        } else if (precompile == Prices.IDENTITY) {
            if (_charge(m, tape, Prices.ofBytes(precompile, m.frame.input.size)))
                _succeed(m, tape, m.frame.input);
        } else if (precompile == Prices.MODEXP) {
            _startModExp(m, tape);
        } else if (precompile == Prices.BLAKE2F) {
            _startBlake2f(m, tape);
        } else if (precompile == Prices.BLS_G1_MSM || precompile == Prices.BLS_G2_MSM) {
            _startMsm(m, tape);
        } else if (precompile == Prices.BN254_PAIRING || precompile == Prices.BLS_PAIRING) {
            _startPairing(m, tape);
        } else {
            _callNative(m, tape);
        }
    }

    /// Takes the price, or fails the frame that cannot pay it.
    function _charge(Machine memory m, Tape memory tape, uint256 price) private pure returns (bool) {
        if (price > m.frame.gas) {
            m.halt(tape);
            return false;
        }
        m.frame.gas -= uint64(price);
        return true;
    }

    /// The precompile is a program: its frame goes on as one that runs code, and keeps the caller's gas apart.
    function _runProgram(Machine memory m, Code memory code) private pure {
        Frame memory frame = m.frame;
        frame.kind = FRAME_PROGRAM;
        frame.setCode(code);
        (frame.kept, frame.gas) = (frame.gas, PROGRAM_GAS);
    }

    function _succeed(Machine memory m, Tape memory tape, View memory output) private pure {
        m.finish(tape, Outcome.SUCCESS, output);
    }

    function _succeed(Machine memory m, Tape memory tape, bytes memory output) private pure {
        m.finish(tape, Outcome.SUCCESS, Views.store(output));
    }

    // --- One step -------------------------------------------------------------------------------------------------

    function _callNative(Machine memory m, Tape memory tape) private view {
        uint256 precompile = m.frame.precompile;
        uint256 size = _nativeSize(precompile);
        if (!_charge(m, tape, Prices.ofCall(precompile))) return;
        if (m.frame.input.size != size) {
            // EIP-7951: an input of another size is answered like a signature that does not hold.
            if (precompile == Prices.P256_VERIFY) return _succeed(m, tape, "");
            // The older ones take any size.
            if (precompile >= Prices.POINT_EVALUATION) return m.halt(tape);
        }
        (bool success, bytes memory output) = Native.run(
            precompile,
            Views.read(m.frame.input, tape, 0, size)
        );
        if (success) _succeed(m, tape, output);
        else m.halt(tape);
    }

    /// How much of the input B's precompile is shown; shorter inputs are filled with zeros.
    function _nativeSize(uint256 precompile) private pure returns (uint256) {
        if (precompile == Prices.ECRECOVER || precompile == Prices.BN254_ADD) return 128;
        if (precompile == Prices.BN254_MULTIPLY) return 96;
        if (precompile == Prices.POINT_EVALUATION) return 192;
        if (precompile == Prices.BLS_G1_ADD) return 256;
        if (precompile == Prices.BLS_G2_ADD) return 512;
        if (precompile == Prices.BLS_MAP_FP_TO_G1) return 64;
        if (precompile == Prices.BLS_MAP_FP2_TO_G2) return 128;
        require(precompile == Prices.P256_VERIFY, NoPrecompile(precompile));
        return 160;
    }

    // --- MODEXP ---------------------------------------------------------------------------------------------------

    function _startModExp(Machine memory m, Tape memory tape) private pure {
        (uint256 base, uint256 exponent, uint256 modulus) = abi.decode(
            Views.read(m.frame.input, tape, 0, MODEXP_HEADER),
            (uint256, uint256, uint256)
        );
        uint8 rules = m.head.rules;
        if (rules >= RULES_OSAKA && _exceeds(Prices.MODEXP_MAX_SIZE, base, exponent, modulus))
            return m.halt(tape);
        uint256 price = Prices.ofModExp(base, exponent, modulus, _readHead(m, tape, base, exponent), rules);
        if (!_charge(m, tape, price)) return;
        if (modulus == 0) _succeed(m, tape, "");
        else _runProgram(m, Programs.modExpCode());
    }

    function _exceeds(uint256 limit, uint256 a, uint256 b, uint256 c) private pure returns (bool) {
        return a > limit || b > limit || c > limit;
    }

    /// The exponent's first bytes, up to 32, as a number. A base that nobody can pay for hides them.
    function _readHead(
        Machine memory m,
        Tape memory tape,
        uint256 base,
        uint256 exponent
    ) private pure returns (uint256 head) {
        if (base > type(uint32).max) return 0;
        uint256 size = exponent < 32 ? exponent : 32;
        bytes memory first = Views.read(m.frame.input, tape, MODEXP_HEADER + base, size);
        return size == 0 ? 0 : uint256(bytes32(first)) >> (8 * (32 - size));
    }

    // --- SHA256 ---------------------------------------------------------------------------------------------------

    function _startSha256(Machine memory m, Tape memory tape) private pure {
        View memory input = m.frame.input;
        if (!_charge(m, tape, Prices.ofBytes(Prices.SHA256, input.size))) return;
        Job memory job = m.job;
        (job.kind, job.source) = (JOB_SHA256, input);
        (job.to, job.memo) = (uint64(Sha256.blocks(input.size)), Sha256.INITIAL);
    }

    /// A block a step.
    function _runSha256(Machine memory m, Tape memory tape) private pure {
        Job memory job = m.job;
        uint256 offset = Sha256.BLOCK_SIZE * job.position;
        uint256 size = job.source.size;
        (bytes32 first, bytes32 second) = abi.decode(
            Views.read(job.source, tape, offset, Sha256.BLOCK_SIZE),
            (bytes32, bytes32)
        );
        job.memo = Sha256.compress(
            job.memo,
            Sha256.pad(first, offset, size),
            Sha256.pad(second, offset + 32, size)
        );
        if (++job.position == job.to) _succeed(m, tape, abi.encode(job.memo));
    }

    // --- BLAKE2F --------------------------------------------------------------------------------------------------

    function _startBlake2f(Machine memory m, Tape memory tape) private pure {
        if (m.frame.input.size != Blake2f.INPUT_SIZE) return m.halt(tape);
        bytes memory input = Views.read(m.frame.input, tape, 0, Blake2f.INPUT_SIZE);
        if (!Blake2f.isValid(input)) return m.halt(tape);
        uint256 rounds = Blake2f.rounds(input);
        if (!_charge(m, tape, rounds)) return;
        Job memory job = m.job;
        (job.kind, job.to) = (JOB_BLAKE2F, uint64(rounds));
        job.memo = keccak256(abi.encode(Blake2f.start(input)));
    }

    /// A round a step, and one for the output.
    function _runBlake2f(Machine memory m, Tape memory tape) private pure {
        Job memory job = m.job;
        Blake2f.State memory s = abi.decode(tape.nextBlob(job.memo), (Blake2f.State));
        if (job.position == job.to) return _succeed(m, tape, Blake2f.finish(s));
        Blake2f.round(s, job.position);
        ++job.position;
        job.memo = keccak256(abi.encode(s));
    }

    // --- Multi-scalar multiplication ------------------------------------------------------------------------------

    function _startMsm(Machine memory m, Tape memory tape) private pure {
        uint256 precompile = m.frame.precompile;
        View memory input = m.frame.input;
        uint256 pairs = input.size / Msm.pairSize(precompile);
        // EIP-2537: a sum of nothing is an error.
        if (pairs == 0 || pairs * Msm.pairSize(precompile) != input.size) return m.halt(tape);
        if (!_charge(m, tape, Prices.ofPairs(precompile, pairs))) return;
        Job memory job = m.job;
        (job.kind, job.source, job.to) = (JOB_MSM, input, uint64(pairs));
        job.memo = keccak256(Msm.zero(precompile));
    }

    /// A pair a step.
    function _runMsm(Machine memory m, Tape memory tape) private view {
        Job memory job = m.job;
        uint256 precompile = m.frame.precompile;
        bytes memory accumulator = tape.nextBlob(job.memo);
        uint256 size = Msm.pairSize(precompile);
        (bool valid, bytes memory sum) = Msm.add(
            precompile,
            accumulator,
            Views.read(job.source, tape, size * job.position, size)
        );
        if (!valid) return m.halt(tape);
        if (++job.position == job.to) return _succeed(m, tape, sum);
        job.memo = keccak256(sum);
    }

    // --- Pairing --------------------------------------------------------------------------------------------------

    function _startPairing(Machine memory m, Tape memory tape) private pure {
        uint256 precompile = m.frame.precompile;
        View memory input = m.frame.input;
        uint256 pairs = input.size / Pairing.pairSize(precompile);
        if (pairs * Pairing.pairSize(precompile) != input.size) return m.halt(tape);
        // EIP-197: the empty product is 1. EIP-2537: it is an error.
        if (pairs == 0 && precompile == Prices.BLS_PAIRING) return m.halt(tape);
        if (!_charge(m, tape, Prices.ofPairs(precompile, pairs))) return;
        if (pairs == 0) return _succeed(m, tape, abi.encode(1));
        Job memory job = m.job;
        (job.kind, job.source, job.to) = (JOB_PAIRING, input, uint64(pairs));
        job.memo = keccak256(abi.encode(Pairing.start()));
    }
}
