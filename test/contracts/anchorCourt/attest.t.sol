// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AlreadyAttested,
    AnswerTooLate,
    EvidenceRejected
} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {ICommitteeAnchor} from "../../../contracts/interfaces/ICommitteeAnchor.sol";
import {ClaimStatusWrong, IStateSync, RefundModeActive} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract AnchorCourtAttestTest is Deployment {
    Claim private _claim;
    bytes private _evidence;

    function setUp() public override {
        super.setUp();
        _claim = propose(sync.genesis(), 110);
        _evidence = evidenceFor(_claim);
    }

    function _expect(Claim memory claim, bytes memory evidence, bytes memory reason) private {
        vm.expectRevert(reason);
        anchorCourt.attest(claim, evidence);
    }

    function _rejected(Claim memory claim) private pure returns (bytes memory) {
        return abi.encodeWithSelector(EvidenceRejected.selector, claim.number, claim.blockHash);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        _expect(_claim, _evidence, abi.encodeWithSelector(RefundModeActive.selector));
    }

    function test_RevertWhen_TheClaimWasAttested() public {
        anchorCourt.attest(_claim, _evidence);
        _expect(_claim, _evidence, abi.encodeWithSelector(AlreadyAttested.selector, _claim.id()));
    }

    function test_RevertWhen_TheFirstDemandRanOutASecondAgo() public {
        demand(_claim);
        uint256 deadline = START + ANSWER_TIME;
        vm.warp(deadline + 1);
        _expect(
            _claim,
            _evidence,
            abi.encodeWithSelector(AnswerTooLate.selector, _claim.id(), deadline, deadline + 1)
        );
    }

    function test_RevertWhen_OnlyALaterDemandIsOpen() public {
        _fund(STRANGER, DEMAND_BOND);
        demand(_claim);
        vm.warp(START + ANSWER_TIME);
        vm.prank(STRANGER);
        anchorCourt.demand(_claim, STRANGER);
        vm.warp(START + ANSWER_TIME + 1);
        _expect(
            _claim,
            _evidence,
            abi.encodeWithSelector(
                AnswerTooLate.selector,
                _claim.id(),
                START + ANSWER_TIME,
                START + ANSWER_TIME + 1
            )
        );
    }

    function test_RevertWhen_TheEvidenceIsMalformed() public {
        _expect(_claim, hex"00", abi.encodeWithSelector(ICommitteeAnchor.EvidenceTooShort.selector, 1, 16));
    }

    function test_RevertWhen_TheEvidenceIsAboutAnotherBlock() public {
        _expect(_claim, evidenceFor(111, _claim.blockHash), _rejected(_claim));
        _expect(_claim, evidenceFor(110, hashAt(111)), _rejected(_claim));
    }

    function test_RevertWhen_TooFewSigned() public {
        bytes memory evidence = _signEvidence(
            address(anchor),
            SOURCE_CHAIN_ID,
            110,
            _claim.blockHash,
            START + EVIDENCE_LIFETIME,
            THRESHOLD - 1
        );
        _expect(_claim, evidence, _rejected(_claim));
    }

    function test_RevertWhen_TheEvidenceExpired() public {
        vm.warp(START + EVIDENCE_LIFETIME + 1);
        _expect(_claim, _evidence, _rejected(_claim));
    }

    function test_RevertWhen_TheClaimIsUnknown() public {
        Claim memory other = _claim;
        other.proposer = STRANGER;
        _expect(other, _evidence, _wrong(other, ClaimStatus.None));
    }

    function test_RevertWhen_AFieldThatEvidenceDoesNotNameIsNotTheClaims() public {
        for (uint256 field = 0; field < 3; ++field) {
            Claim memory other = _claim;
            if (field == 0) other.parent = keccak256("other");
            if (field == 1) other.stateRoot = keccak256("other");
            if (field == 2) other.timestamp += 1;
            _expect(other, _evidence, _wrong(other, ClaimStatus.None));
        }
    }

    function test_RevertWhen_TheClaimIsDead() public {
        Claim memory child = propose(_claim.id(), 120);
        vm.prank(address(anchorCourt));
        sync.reject(_claim, CHALLENGER);
        sync.orphan(child);
        _expect(_claim, _evidence, _wrong(_claim, ClaimStatus.Rejected));
        _expect(child, evidenceFor(child), _wrong(child, ClaimStatus.Orphaned));
    }

    function test_WhenNobodyDemands() public {
        vm.expectEmit();
        emit IStateSync.ClaimAttested(_claim.id());
        vm.prank(STRANGER);
        anchorCourt.attest(_claim, _evidence);
        assertTrue(sync.record(_claim.id()).attested, "attested");
        assertEq(sync.record(_claim.id()).quietUntil, 0, "no grace without a challenge");
    }

    function test_WhenTheDemandIsInItsLastSecond() public {
        demand(_claim);
        vm.warp(START + ANSWER_TIME);
        vm.expectEmit();
        emit IStateSync.ChallengeClosed(_claim.id(), address(anchorCourt), 0, START + ANSWER_TIME + GRACE);
        anchorCourt.attest(_claim, _evidence);
        assertEq(sync.record(_claim.id()).openChallenges, 0, "open challenges");
        assertEq(anchorCourt.answerDeadline(_claim.id()), 0, "answer deadline");
    }

    function test_WhenAFreezeHoldsTheDemandOpen() public {
        demand(_claim);
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + GUARDIAN_BUDGET);
        anchorCourt.attest(_claim, _evidence);
    }

    function test_WhenTheClaimIsFinal() public {
        finalize(_claim);
        anchorCourt.attest(_claim, _evidence);
        assertTrue(sync.requireFinal(_claim), "the final claim is attested");
    }

    function _wrong(Claim memory claim, ClaimStatus got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ClaimStatusWrong.selector, claim.id(), got, ClaimStatus.Pending);
    }
}
