// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Machine} from "./State.sol";
import {Tape, Tapes} from "./Tape.sol";

/// One part of the stepper, in a contract of its own because all of them do not fit one. The Stepper has checked that
/// `machine` is the state in question and that it is this stage's turn; its proof, behind a selector, is a stage's
/// calldata.
abstract contract Stage {
    /// Executes one step.
    /// @param words The tape's words. @param blobs The tape's blobs. @param pages See Tapes.open.
    /// @return next The hash of the state after it.
    function step(
        Machine calldata machine,
        bytes32[] calldata words,
        bytes[] calldata blobs,
        address[] calldata pages
    ) external view returns (bytes32 next) {
        Machine memory m = machine;
        Tape memory tape = Tapes.open(words, blobs, pages);
        _step(m, tape);
        tape.close();
        return m.hash();
    }

    /// Turns `m` into its successor. Everything read comes from the tape and is checked against `m`.
    function _step(Machine memory m, Tape memory tape) internal view virtual;
}
