// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AlreadyAttested,
    AnswerTooLate,
    DemandUnknown,
    EvidenceRejected,
    IAnchorCourt
} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract AnchorCourtAnswerTest is Deployment {
    Claim private _claim;
    bytes private _evidence;

    function setUp() public override {
        super.setUp();
        _claim = propose(sync.genesis(), 110);
        _evidence = evidenceFor(_claim);
        demand(_claim);
    }

    function _expect(address challenger, bytes memory evidence, bytes memory reason) private {
        vm.expectRevert(reason);
        anchorCourt.answer(_claim, challenger, evidence);
    }

    function test_RevertWhen_TheChallengerDemandedNothing() public {
        _expect(STRANGER, _evidence, abi.encodeWithSelector(DemandUnknown.selector, _claim.id(), STRANGER));
        assertTrue(!sync.record(_claim.id()).attested, "nothing happened");
    }

    function test_RevertWhen_TheEvidenceDoesNotConvince() public {
        _expect(
            CHALLENGER,
            evidenceFor(110, hashAt(111)),
            abi.encodeWithSelector(EvidenceRejected.selector, 110, _claim.blockHash)
        );
    }

    function test_RevertWhen_TheDemandRanOutASecondAgo() public {
        uint256 deadline = START + ANSWER_TIME;
        vm.warp(deadline + 1);
        _expect(
            CHALLENGER,
            _evidence,
            abi.encodeWithSelector(AnswerTooLate.selector, _claim.id(), deadline, deadline + 1)
        );
    }

    function test_RevertWhen_TheClaimWasAttested() public {
        anchorCourt.attest(_claim, _evidence);
        _expect(CHALLENGER, _evidence, abi.encodeWithSelector(AlreadyAttested.selector, _claim.id()));
    }

    function test_WhenTheEvidenceConvinces() public {
        vm.warp(START + ANSWER_TIME);
        vm.expectEmit();
        emit IAnchorCourt.DemandSettled(_claim.id(), CHALLENGER, IAnchorCourt.DemandOutcome.Answered);
        vm.prank(STRANGER);
        anchorCourt.answer(_claim, CHALLENGER, _evidence);

        requireStake(CHALLENGER, 100 ether - DEMAND_BOND, 0);
        requireStake(PROPOSER, 99 ether + DEMAND_BOND / 2, BOND);
        assertEq(stake.burned(), DEMAND_BOND / 2, "burned");
        vm.warp(START + WINDOW + 1);
        sync.finalize(_claim);
        requireStatus(_claim, ClaimStatus.Final);
    }
}
