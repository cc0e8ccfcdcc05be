// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchor} from "../interfaces/IAnchor.sol";
import {
    IAnchorCourt,
    EvidenceRejected,
    AlreadyAttested,
    AnswerTooLate,
    DemandExists,
    DemandUnknown,
    DemandOpen,
    NotAnEquivocation
} from "../interfaces/IAnchorCourt.sol";
import {IStake, NotModule} from "../interfaces/IStake.sol";
import {
    IStateSync,
    NotCourt,
    ParameterOutOfRange,
    ClaimStatusWrong,
    RefundModeActive,
    WindowClosed
} from "../interfaces/IStateSync.sol";
import {WindowTooShort} from "../types/Assumptions.sol";
import {Claim, ClaimRecord, ClaimStatus} from "../types/Claim.sol";

/// The rules are told in IAnchorCourt.
contract AnchorCourt is IAnchorCourt {
    /// Gas of an answer with the largest evidence a committee needs: docs/protocol.md, Parameters.
    uint256 private constant ANSWER_GAS = 300_000;
    /// Over a century, as for every other duration.
    uint64 private constant DURATION_LIMIT = type(uint32).max;

    IStateSync public immutable SYNC;
    IStake public immutable STAKE;
    IAnchor public immutable ANCHOR;
    uint64 private immutable ANSWER_TIME;
    uint96 private immutable BOND;

    mapping(bytes32 claim => mapping(address challenger => uint64)) public demandDeadline;
    /// Deadlines ascend with the time of the demand, so the first is the one that counts.
    mapping(bytes32 claim => uint64) public answerDeadline;

    /// Once refund mode is on nothing is at stake any more: no new bond goes in, and evidence of an anchor that may
    /// have failed neither costs a challenger its bond nor strengthens a root.
    modifier notRefunding() {
        require(!SYNC.refundMode(), RefundModeActive());
        _;
    }

    constructor(IStateSync sync, IStake stake, IAnchor anchor, Parameters memory parameters_) {
        IStateSync.Parameters memory claims = sync.parameters();
        claims.assumptions.requireWindow(parameters_.answerTime);
        require(
            parameters_.answerTime <= DURATION_LIMIT,
            ParameterOutOfRange("answerTime", parameters_.answerTime)
        );
        claims.assumptions.requireReward(parameters_.bond / 2, ANSWER_GAS);
        require(
            uint256(parameters_.bond) * 10 <= claims.bond,
            ParameterOutOfRange("demand bond", parameters_.bond)
        );
        require(parameters_.bond != 0, ParameterOutOfRange("demand bond", 0));
        uint256 lifetime = anchor.evidenceLifetime();
        // Evidence that turns stale in an honest proposer's drawer would cost it its bond, and it does so while the
        // guardian holds the clock.
        uint256 wanted = uint256(claims.window) + parameters_.answerTime + claims.guardianBudget;
        require(lifetime >= wanted, WindowTooShort(lifetime, wanted));
        require(sync.isCourt(address(this)), NotCourt(address(this)));
        require(stake.isModule(address(this)), NotModule(address(this)));

        SYNC = sync;
        STAKE = stake;
        ANCHOR = anchor;
        ANSWER_TIME = parameters_.answerTime;
        BOND = parameters_.bond;
    }

    /// @inheritdoc IAnchorCourt
    function attest(Claim calldata claim, bytes calldata evidence) public notRefunding {
        bytes32 id = claim.id();
        ClaimRecord memory record = SYNC.record(id);
        require(!record.attested, AlreadyAttested(id));
        uint64 deadline = answerDeadline[id];
        uint64 now_ = SYNC.clock();
        require(deadline == 0 || now_ <= deadline, AnswerTooLate(id, deadline, now_));
        require(
            ANCHOR.isCanonical(claim.number, claim.blockHash, evidence),
            EvidenceRejected(claim.number, claim.blockHash)
        );

        SYNC.recordAttestation(id);
        if (deadline != 0) {
            delete answerDeadline[id];
            SYNC.closeChallenge(id);
        }
    }

    /// @inheritdoc IAnchorCourt
    function demand(Claim calldata claim, address challenger) external notRefunding {
        bytes32 id = claim.id();
        ClaimRecord memory record = SYNC.record(id);
        require(!record.attested, AlreadyAttested(id));
        require(demandDeadline[id][challenger] == 0, DemandExists(id, challenger));
        require(
            record.status == ClaimStatus.Pending,
            ClaimStatusWrong(id, record.status, ClaimStatus.Pending)
        );
        uint64 now_ = SYNC.clock();
        require(now_ <= record.deadline, WindowClosed(record.deadline, now_));

        uint64 deadline = now_ + ANSWER_TIME;
        demandDeadline[id][challenger] = deadline;
        // One open challenge stands for all demands: a single answer closes them together, whatever their number.
        bool first = answerDeadline[id] == 0;
        if (first) answerDeadline[id] = deadline;
        emit EvidenceDemanded(id, challenger, deadline);

        if (first) SYNC.openChallenge(id);
        STAKE.lock(challenger, msg.sender, BOND);
    }

    /// @inheritdoc IAnchorCourt
    function answer(Claim calldata claim, address challenger, bytes calldata evidence) external {
        attest(claim, evidence);
        settle(claim, challenger);
    }

    /// @inheritdoc IAnchorCourt
    function timeout(Claim calldata claim, address challenger) external {
        bytes32 id = claim.id();
        uint64 deadline = _takeDemand(id, challenger);
        uint64 now_ = SYNC.clock();
        require(!SYNC.record(id).attested, AlreadyAttested(id));
        require(now_ > deadline, DemandOpen(id, challenger, deadline, now_));
        emit DemandSettled(id, challenger, DemandOutcome.TimedOut);

        // Reverts unless the claim is pending, so that a claim dies once.
        SYNC.reject(claim, challenger);
        STAKE.release(challenger, BOND);
    }

    /// @inheritdoc IAnchorCourt
    function settle(Claim calldata claim, address challenger) public {
        bytes32 id = claim.id();
        uint64 deadline = _takeDemand(id, challenger);
        ClaimRecord memory record = SYNC.record(id);

        if (record.attested) {
            emit DemandSettled(id, challenger, DemandOutcome.Answered);
            STAKE.slash(challenger, BOND, claim.proposer);
        } else {
            // An unattested claim with a demand cannot be final, so it is dead unless it is pending.
            require(
                record.status != ClaimStatus.Pending || SYNC.refundMode(),
                DemandOpen(id, challenger, deadline, SYNC.clock())
            );
            emit DemandSettled(id, challenger, DemandOutcome.Void);
            STAKE.release(challenger, BOND);
        }
    }

    /// @inheritdoc IAnchorCourt
    function reportEquivocation(
        uint64 number,
        bytes32 hashA,
        bytes calldata evidenceA,
        bytes32 hashB,
        bytes calldata evidenceB
    ) external {
        require(hashA != hashB, NotAnEquivocation(number, hashA));
        require(ANCHOR.isCanonical(number, hashA, evidenceA), EvidenceRejected(number, hashA));
        require(ANCHOR.isCanonical(number, hashB, evidenceB), EvidenceRejected(number, hashB));
        emit EquivocationReported(number, hashA, hashB);

        SYNC.enterRefundMode();
    }

    /// @inheritdoc IAnchorCourt
    function parameters() external view returns (Parameters memory) {
        return Parameters(ANSWER_TIME, BOND);
    }

    function _takeDemand(bytes32 id, address challenger) private returns (uint64 deadline) {
        deadline = demandDeadline[id][challenger];
        require(deadline != 0, DemandUnknown(id, challenger));
        delete demandDeadline[id][challenger];
    }
}
