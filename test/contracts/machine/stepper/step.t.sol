// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockStage} from "../../../../contracts/machine/BlockStage.sol";
import {BodyStage} from "../../../../contracts/machine/BodyStage.sol";
import {CallStage} from "../../../../contracts/machine/CallStage.sol";
import {CodeStage} from "../../../../contracts/machine/CodeStage.sol";
import {FlushStage} from "../../../../contracts/machine/FlushStage.sol";
import {JobStage} from "../../../../contracts/machine/JobStage.sol";
import {PairingStage} from "../../../../contracts/machine/PairingStage.sol";
import {PrecompileStage} from "../../../../contracts/machine/PrecompileStage.sol";
import {Fork} from "../../../../contracts/machine/Schedule.sol";
import {Stage} from "../../../../contracts/machine/Stage.sol";
import {Stepper} from "../../../../contracts/machine/Stepper.sol";
import {MACHINE_SIZE, Machine, Phase} from "../../../../contracts/machine/State.sol";
import {StateStage} from "../../../../contracts/machine/StateStage.sol";
import {Test} from "../../support/Test.sol";

/// The stages answer here with their own addresses: what is tested is whose turn it is.
contract StepperStepTest is Test {
    Stepper private _stepper;
    Stepper.Stages private _stages;

    error Refused(uint256 reason);

    function setUp() public {
        address[9] memory stages;
        for (uint160 i = 0; i < 9; ++i) {
            stages[i] = address(0x57a6e0 + i);
            vm.etch(stages[i], hex"00");
            vm.mockCall(stages[i], abi.encodeWithSelector(Stage.step.selector), abi.encode(stages[i]));
            vm.mockCall(stages[i], abi.encodeWithSignature("CHAIN_ID()"), abi.encode(1));
            vm.mockCall(stages[i], abi.encodeWithSignature("MAKES_SYSTEM_CALLS()"), abi.encode(true));
            vm.mockCall(stages[i], abi.encodeWithSignature("RULES()"), abi.encode(2));
        }
        _stages = Stepper.Stages(
            CodeStage(stages[0]),
            StateStage(stages[1]),
            CallStage(stages[2]),
            JobStage(stages[3]),
            FlushStage(stages[4]),
            BodyStage(stages[5]),
            BlockStage(stages[6]),
            PrecompileStage(stages[7]),
            PairingStage(stages[8])
        );
        Fork[] memory forks = new Fork[](1);
        forks[0] = Fork(0, 0, 3, 6, 3338477);
        _stepper = new Stepper(_stages, forks, type(uint64).max);
    }

    function _proof(Machine memory m) private pure returns (bytes memory) {
        return abi.encode(m, new bytes32[](0), new bytes[](0), new address[](0));
    }

    function _turnOf(Machine memory m) private view returns (address) {
        return address(uint160(uint256(_stepper.step(keccak256(abi.encode(m)), _proof(m)))));
    }

    function test_RevertWhen_TheProofIsShorterThanAState() public {
        vm.expectRevert(abi.encodeWithSelector(Stepper.ProofTooShort.selector, 2783, MACHINE_SIZE));
        _stepper.step(0, new bytes(2783));
    }

    function test_RevertWhen_TheProofIsForAnotherState() public {
        Machine memory m;
        bytes32 got = keccak256(abi.encode(m));
        vm.expectRevert(abi.encodeWithSelector(Stepper.StateForeign.selector, got, keccak256("other")));
        _stepper.step(keccak256("other"), _proof(m));
    }

    function test_GivenAFinalState() public view {
        for (uint8 phase = uint8(Phase.DONE); phase <= uint8(Phase.INVALID); ++phase) {
            Machine memory m;
            m.phase = Phase(phase);
            bytes32 current = keccak256(abi.encode(m));
            assertEq(_stepper.step(current, _proof(m)), current, "next");
        }
    }

    function test_GivenAnyPhase() public view {
        for (uint8 phase = 0; phase < uint8(Phase.DONE); ++phase) {
            Machine memory m;
            m.phase = Phase(phase);
            address wanted = address(_stages.phase);
            if (m.phase == Phase.RUN) wanted = address(_stages.code);
            if (m.phase == Phase.FLUSH) wanted = address(_stages.flush);
            if (m.phase == Phase.BEGIN || m.phase == Phase.WITHDRAW) wanted = address(_stages.body);
            assertEq(_turnOf(m), wanted, "stage");
            // A job comes before everything else.
            for (uint8 job = 1; job <= 11; ++job) {
                m.job.kind = job;
                wanted = address(job < 8 ? Stage(_stages.job) : _stages.precompile);
                if (job == 11) wanted = address(_stages.pairing);
                assertEq(_turnOf(m), wanted, "job");
            }
        }
    }

    function test_GivenALatchedOpcode() public view {
        Machine memory m;
        m.phase = Phase.RUN;
        for (uint256 op = 1; op <= type(uint8).max; ++op) {
            m.op = uint8(op);
            assertEq(_turnOf(m), address(op < 0xf0 ? Stage(_stages.state) : _stages.call), "opcode");
        }
    }

    function test_GivenAPrecompilesFrame() public view {
        Machine memory m;
        m.phase = Phase.RUN;
        for (uint8 kind = 0; kind < 4; ++kind) {
            m.frame.kind = kind;
            assertEq(_turnOf(m), address(kind == 2 ? Stage(_stages.precompile) : _stages.code), "frame");
        }
    }

    function test_RevertWhen_TheStageRefusesTheProof() public {
        Machine memory m;
        m.phase = Phase.RUN;
        vm.etch(address(_stages.code), address(new Refusing()).code);
        vm.clearMockedCalls();
        bytes32 current = keccak256(abi.encode(m));
        vm.expectRevert(abi.encodeWithSelector(Refused.selector, 7));
        _stepper.step(current, _proof(m));
    }
}

/// A stage that accepts no proof.
contract Refusing {
    fallback() external {
        revert StepperStepTest.Refused(7);
    }
}
