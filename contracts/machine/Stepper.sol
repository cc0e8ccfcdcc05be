// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IStepper} from "../interfaces/IStepper.sol";
import {ForkSchedule} from "../types/ForkSchedule.sol";
import {BlockStage} from "./BlockStage.sol";
import {BodyStage} from "./BodyStage.sol";
import {ByteTree} from "./ByteTree.sol";
import {CallStage} from "./CallStage.sol";
import {CodeStage} from "./CodeStage.sol";
import {FlushStage} from "./FlushStage.sol";
import {BlockHeader, HeaderRules} from "./HeaderRules.sol";
import {JobStage} from "./JobStage.sol";
import {CREATE} from "./Opcodes.sol";
import {PairingStage} from "./PairingStage.sol";
import {PrecompileStage} from "./PrecompileStage.sol";
import {Fork, Schedules} from "./Schedule.sol";
import {Stage} from "./Stage.sol";
import {
    Block,
    Machine,
    Phase,
    FRAME_PRECOMPILE,
    JOB_NONE,
    JOB_PAIRING,
    JOB_SHA256,
    MACHINE_SIZE
} from "./State.sol";
import {StateStage} from "./StateStage.sol";

/// The rules are told in IStepper and docs/machine.md. The steps themselves are in the stages, each a contract of its
/// own: here a proof is matched with the state it is for and handed to the stage whose turn it is.
contract Stepper is IStepper {
    using Schedules for Fork[];

    /// The contracts that execute the steps.
    struct Stages {
        CodeStage code;
        StateStage state;
        CallStage call;
        JobStage job;
        FlushStage flush;
        BodyStage body;
        BlockStage phase;
        PrecompileStage precompile;
        PairingStage pairing;
    }

    // Where the fields that choose the stage are in the encoded state, in words.
    uint256 private constant PHASE = 0;
    uint256 private constant OP = 7;
    uint256 private constant FRAME_KIND = 50;
    uint256 private constant JOB_KIND = 79;

    uint256 private constant ANCESTORS = 256;

    /// The chain id of A.
    uint256 public immutable CHAIN_ID;
    /// Numbers of header fields, and the first timestamp that nothing is known about.
    ForkSchedule public immutable FORKS;
    /// Whether A makes the system calls of EIP-4788, 2935, 7002 and 7251. A development node may not.
    bool public immutable MAKES_SYSTEM_CALLS;

    CodeStage public immutable CODE_STAGE;
    StateStage public immutable STATE_STAGE;
    CallStage public immutable CALL_STAGE;
    JobStage public immutable JOB_STAGE;
    FlushStage public immutable FLUSH_STAGE;
    BodyStage public immutable BODY_STAGE;
    BlockStage public immutable BLOCK_STAGE;
    PrecompileStage public immutable PRECOMPILE_STAGE;
    PairingStage public immutable PAIRING_STAGE;

    /// Written by the constructor only.
    Fork[] private _schedule;

    error ChainIdsDiffer(uint256 code, uint256 body, uint256 phase);
    error PrecompilesUnchecked(uint8 rules, uint8 checked);
    error ProofTooShort(uint256 size, uint256 min);
    error StateForeign(bytes32 got, bytes32 wanted);

    /// @param horizon The first timestamp of A that this deployment does not know the rules for.
    constructor(Stages memory stages, Fork[] memory forks, uint64 horizon) {
        CHAIN_ID = stages.body.CHAIN_ID();
        require(
            stages.code.CHAIN_ID() == CHAIN_ID && stages.phase.CHAIN_ID() == CHAIN_ID,
            ChainIdsDiffer(stages.code.CHAIN_ID(), CHAIN_ID, stages.phase.CHAIN_ID())
        );
        MAKES_SYSTEM_CALLS = stages.body.MAKES_SYSTEM_CALLS();
        FORKS = Schedules.toForkSchedule(forks, horizon);
        for (uint256 i = 0; i < forks.length; ++i) {
            _schedule.push(forks[i]);
            // INVARIANT: B answers for every precompile that A has.
            uint8 checked = stages.precompile.RULES();
            require(forks[i].rules <= checked, PrecompilesUnchecked(forks[i].rules, checked));
        }
        CODE_STAGE = stages.code;
        STATE_STAGE = stages.state;
        CALL_STAGE = stages.call;
        JOB_STAGE = stages.job;
        FLUSH_STAGE = stages.flush;
        BODY_STAGE = stages.body;
        BLOCK_STAGE = stages.phase;
        PRECOMPILE_STAGE = stages.precompile;
        PAIRING_STAGE = stages.pairing;
    }

    /// @inheritdoc IStepper
    function step(bytes32 current, bytes calldata proof) external view returns (bytes32 next) {
        require(proof.length >= MACHINE_SIZE, ProofTooShort(proof.length, MACHINE_SIZE));
        // INVARIANT: the state in the proof is the one the step is about.
        bytes32 got = keccak256(proof[:MACHINE_SIZE]);
        require(got == current, StateForeign(got, current));
        Phase phase = Phase(_word(proof, PHASE));
        if (phase == Phase.DONE || phase == Phase.INVALID) return current;

        bytes memory answer = Address.functionStaticCall(
            address(_stageOf(proof, phase)),
            bytes.concat(Stage.step.selector, proof)
        );
        return abi.decode(answer, (bytes32));
    }

    /// @inheritdoc IStepper
    function bounds(
        bytes calldata parent,
        bytes calldata header
    ) external view returns (bytes32 first, bytes32 last) {
        BlockHeader memory before = HeaderRules.decode(parent, FORKS);
        BlockHeader memory child = HeaderRules.decode(header, FORKS);
        Fork memory fork = _schedule.inForce(child.base.timestamp);
        HeaderRules.requireChild(child, before, fork);

        Machine memory m;
        m.phase = MAKES_SYSTEM_CALLS ? Phase.BEFORE : Phase.BEGIN;
        m.stamp = 1;
        m.stateRoot = before.base.stateRoot;
        m.oldest = before.base.number;
        m.ancestors = _onlyAncestor(before.base.number, before.base.hash);
        m.head = _head(child, fork);
        first = m.hash();

        Machine memory done;
        done.phase = Phase.DONE;
        done.stateRoot = child.base.stateRoot;
        done.gasUsed = child.gasUsed;
        done.blobs = child.blobGasUsed / uint64(HeaderRules.BLOB_GAS);
        last = done.hash();
    }

    /// The forks of A that this deployment knows.
    function schedule() external view returns (Fork[] memory) {
        return _schedule;
    }

    function _stageOf(bytes calldata proof, Phase phase) private view returns (Stage) {
        uint256 job = _word(proof, JOB_KIND);
        if (job == JOB_PAIRING) return PAIRING_STAGE;
        if (job != JOB_NONE) return job >= JOB_SHA256 ? Stage(PRECOMPILE_STAGE) : JOB_STAGE;
        if (phase == Phase.RUN) {
            if (_word(proof, FRAME_KIND) == FRAME_PRECOMPILE) return PRECOMPILE_STAGE;
            uint256 op = _word(proof, OP);
            if (op == 0) return CODE_STAGE;
            return op >= CREATE ? Stage(CALL_STAGE) : STATE_STAGE;
        }
        if (phase == Phase.FLUSH) return FLUSH_STAGE;
        return phase == Phase.BEGIN || phase == Phase.WITHDRAW ? Stage(BODY_STAGE) : BLOCK_STAGE;
    }

    function _word(bytes calldata proof, uint256 index) private pure returns (uint256) {
        return uint256(bytes32(proof[32 * index:32 * (index + 1)]));
    }

    /// The tree of ancestors that holds one block's hash.
    function _onlyAncestor(uint64 number, bytes32 blockHash) private pure returns (bytes32) {
        uint256 depth = ByteTree.ANCESTORS_DEPTH;
        ByteTree.Path memory path = ByteTree.Path(number % ANCESTORS, depth, 0, new bytes32[](depth));
        return ByteTree.update(path, blockHash);
    }

    function _head(BlockHeader memory header, Fork memory fork) private pure returns (Block memory head) {
        head.number = header.base.number;
        head.timestamp = header.base.timestamp;
        head.gasLimit = header.gasLimit;
        head.coinbase = header.coinbase;
        head.baseFee = header.baseFee;
        head.blobBaseFee = HeaderRules.blobBaseFee(header.excessBlobGas, fork.blobFraction);
        head.maxBlobs = fork.blobMax;
        head.prevRandao = header.prevRandao;
        head.parentHash = header.base.parentHash;
        head.beaconRoot = header.beaconRoot;
        head.transactionsRoot = header.transactionsRoot;
        head.withdrawalsRoot = header.withdrawalsRoot;
        head.rules = fork.rules;
    }
}
