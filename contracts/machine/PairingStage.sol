// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Frames, Outcome} from "./Frames.sol";
import {Job, Machine} from "./State.sol";
import {Curve, Pairing, PairingState} from "./precompiles/Pairing.sol";
import {Stage} from "./Stage.sol";
import {Tape} from "./Tape.sol";
import {Views} from "./Views.sol";

/// The job PAIRING, which PrecompileStage begins.
contract PairingStage is Stage {
    using Frames for Machine;

    function _step(Machine memory m, Tape memory tape) internal view override {
        _runPairing(m, tape);
    }

    /// A step loads a pair, or does one bit of its loop, or one bit of the final exponent. `left` counts bits.
    function _runPairing(Machine memory m, Tape memory tape) private view {
        Job memory job = m.job;
        Curve memory c = Pairing.curve(m.frame.precompile);
        PairingState memory s = abi.decode(tape.nextBlob(job.memo), (PairingState));
        if (job.position == job.to) {
            Pairing.exponentBit(s, c, --job.left);
            if (job.left == 0)
                return m.finish(tape, Outcome.SUCCESS, Views.store(abi.encode(Pairing.verdict(s))));
        } else {
            if (job.left != 0) {
                Pairing.millerBit(s, c, --job.left);
            } else {
                (bool valid, bool infinite) = Pairing.load(s, c, _readPair(m, tape));
                if (!valid) return m.halt(tape);
                if (!infinite) job.left = uint64(c.loopBits - 1);
            }
            if (job.left == 0 && ++job.position == job.to) {
                job.left = uint64(c.exponentBits);
                s = Pairing.startPower(s);
            }
        }
        job.memo = keccak256(abi.encode(s));
    }

    function _readPair(Machine memory m, Tape memory tape) private pure returns (bytes memory) {
        uint256 size = Pairing.pairSize(m.frame.precompile);
        return Views.read(m.job.source, tape, size * m.job.position, size);
    }
}
