// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClaimStatusWrong, IStateSync, ParentStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract StateSyncOrphanTest is Deployment {
    Claim private _top;
    Claim private _middle;
    Claim private _bottom;

    function setUp() public override {
        super.setUp();
        Claim[] memory claims = proposeChain(3, 10);
        (_top, _middle, _bottom) = (claims[0], claims[1], claims[2]);
    }

    function _rejectTop() private {
        vm.prank(address(anchorCourt));
        sync.reject(_top, CHALLENGER);
    }

    function _expect(Claim memory claim, bytes memory reason) private {
        vm.expectRevert(reason);
        sync.orphan(claim);
    }

    function test_RevertWhen_TheClaimIsNotPending() public {
        _rejectTop();
        sync.orphan(_middle);
        _expect(
            _middle,
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _middle.id(),
                ClaimStatus.Orphaned,
                ClaimStatus.Pending
            )
        );
        _expect(
            _top,
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _top.id(),
                ClaimStatus.Rejected,
                ClaimStatus.Pending
            )
        );
    }

    function test_RevertWhen_AnyFieldIsNotTheClaims() public {
        _rejectTop();
        Claim memory other = _middle;
        other.proposer = CHALLENGER;
        _expect(
            other,
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                other.id(),
                ClaimStatus.None,
                ClaimStatus.Pending
            )
        );
    }

    function test_RevertWhen_TheParentIsPending() public {
        _expect(_middle, abi.encodeWithSelector(ParentStatusWrong.selector, _top.id(), ClaimStatus.Pending));
    }

    function test_RevertWhen_TheParentIsFinal() public {
        finalize(_top);
        _expect(_middle, abi.encodeWithSelector(ParentStatusWrong.selector, _top.id(), ClaimStatus.Final));
    }

    function test_RevertWhen_OnlyTheGrandparentWasRejected() public {
        _rejectTop();
        _expect(
            _bottom,
            abi.encodeWithSelector(ParentStatusWrong.selector, _middle.id(), ClaimStatus.Pending)
        );
    }

    function test_WhenTheParentWasRejected() public {
        _rejectTop();
        requireStake(PROPOSER, 97 ether, 2 * BOND);
        vm.expectEmit();
        emit IStateSync.ClaimOrphaned(_middle.id(), _top.id());
        vm.prank(STRANGER);
        sync.orphan(_middle);
        requireStatus(_middle, ClaimStatus.Orphaned);
        requireStake(PROPOSER, 98 ether, BOND);
    }

    function test_WhenTheParentWasOrphaned() public {
        _rejectTop();
        sync.orphan(_middle);
        sync.orphan(_bottom);
        requireStatus(_bottom, ClaimStatus.Orphaned);
        requireStake(PROPOSER, 99 ether, 0);
    }

    function test_WhenRefundModeIsOn() public {
        _rejectTop();
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        sync.orphan(_middle);
        requireStatus(_middle, ClaimStatus.Orphaned);
    }

    function test_WhenAChallengeIsOpen() public {
        bytes32 id = _middle.id();
        vm.prank(address(anchorCourt));
        sync.openChallenge(id);
        _rejectTop();
        sync.orphan(_middle);
        requireStatus(_middle, ClaimStatus.Orphaned);
    }
}
