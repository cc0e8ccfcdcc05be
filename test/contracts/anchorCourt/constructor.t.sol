// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stake} from "../../../contracts/Stake.sol";
import {StateSync} from "../../../contracts/StateSync.sol";
import {CommitteeAnchor} from "../../../contracts/anchors/CommitteeAnchor.sol";
import {AnchorCourt} from "../../../contracts/courts/AnchorCourt.sol";
import {IAnchor} from "../../../contracts/interfaces/IAnchor.sol";
import {IAnchorCourt} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {NotModule} from "../../../contracts/interfaces/IStake.sol";
import {IStateSync, NotCourt, ParameterOutOfRange} from "../../../contracts/interfaces/IStateSync.sol";
import {RewardTooSmall, WindowTooShort} from "../../../contracts/types/Assumptions.sol";
import {Deployment} from "../support/Deployment.sol";

contract AnchorCourtConstructorTest is Deployment {
    function _expect(IAnchor anchor_, uint64 answerTime, uint96 bond, bytes memory reason) private {
        vm.expectRevert(reason);
        new AnchorCourt(sync, stake, anchor_, IAnchorCourt.Parameters(answerTime, bond));
    }

    function test_RevertWhen_TheAnswerTimeIsShorterThanTheAssumptionsAllow() public {
        IStateSync.Parameters memory claims = _claimParameters();
        claims.assumptions.censorship = 5;
        _deploy(claims, _demandParameters(), _feedParameters());
        // censorship 5 + reaction 5 + skew 1
        _expect(anchor, 10, DEMAND_BOND, abi.encodeWithSelector(WindowTooShort.selector, 10, 11));
    }

    function test_RevertWhen_TheAnswerTimeIsLongerThanDeadlinesCanBe() public {
        _expect(
            anchor,
            2 ** 32,
            DEMAND_BOND,
            abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("answerTime"), 2 ** 32)
        );
    }

    function test_RevertWhen_TheRewardDoesNotPayAnAnswerTwice() public {
        // 2 x 300,000 gas at 10 gwei
        _expect(
            anchor,
            ANSWER_TIME,
            0.012 ether - 2,
            abi.encodeWithSelector(RewardTooSmall.selector, 0.006 ether - 1, 0.006 ether)
        );
    }

    function test_RevertWhen_TheBondExceedsATenthOfTheClaims() public {
        _expect(
            anchor,
            ANSWER_TIME,
            0.1 ether + 1,
            abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("demand bond"), 0.1 ether + 1)
        );
    }

    function test_RevertWhen_ThereIsNoBond() public {
        IStateSync.Parameters memory claims = _claimParameters();
        claims.assumptions.gasPrice = 0;
        _deploy(claims, _demandParameters(), _feedParameters());
        _expect(
            anchor,
            ANSWER_TIME,
            0,
            abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("demand bond"), 0)
        );
    }

    function test_RevertWhen_EvidenceTurnsStaleTooEarly() public {
        // window 30 + answer time 20 + guardian budget 600
        CommitteeAnchor shortLived = new CommitteeAnchor(1, _members(), THRESHOLD, 649, 1 hours);
        _expect(
            shortLived,
            ANSWER_TIME,
            DEMAND_BOND,
            abi.encodeWithSelector(WindowTooShort.selector, 649, 650)
        );
    }

    function test_RevertWhen_EvidenceTurnsStaleTooEarlyWithoutAGuardian() public {
        IStateSync.Parameters memory claims = _claimParameters();
        claims.guardian = address(0);
        _deploy(claims, _demandParameters(), _feedParameters());
        CommitteeAnchor shortLived = new CommitteeAnchor(1, _members(), THRESHOLD, 49, 1 hours);
        _expect(
            shortLived,
            ANSWER_TIME,
            DEMAND_BOND,
            abi.encodeWithSelector(WindowTooShort.selector, 49, 50)
        );
    }

    function test_WhenEvidenceLivesJustLongEnough() public {
        CommitteeAnchor longLived = new CommitteeAnchor(1, _members(), THRESHOLD, 650, 1 hours);
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        // The check after the lifetime's.
        _expect(longLived, ANSWER_TIME, DEMAND_BOND, abi.encodeWithSelector(NotCourt.selector, next));
    }

    function test_RevertWhen_StateSyncDoesNotKnowTheContract() public {
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        _expect(anchor, ANSWER_TIME, DEMAND_BOND, abi.encodeWithSelector(NotCourt.selector, next));
    }

    function test_RevertWhen_StakeDoesNotKnowTheContract() public {
        uint256 nonce = vm.getNonce(address(this));
        address[] memory modules = new address[](1);
        modules[0] = vm.computeCreateAddress(address(this), nonce + 1);
        address[] memory courts = new address[](1);
        courts[0] = vm.computeCreateAddress(address(this), nonce + 2);
        stake = new Stake(modules);
        sync = new StateSync(stake, courts, _claimParameters(), blockAt(GENESIS_NUMBER));
        _expect(anchor, ANSWER_TIME, DEMAND_BOND, abi.encodeWithSelector(NotModule.selector, courts[0]));
    }

    function test_WhenTheParametersHold() public view {
        assertEq(abi.encode(anchorCourt.parameters()), abi.encode(_demandParameters()), "parameters");
        assertEq(address(anchorCourt.ANCHOR()), address(anchor), "anchor");
    }
}
