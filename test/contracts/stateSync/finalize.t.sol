// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ChallengesOpen,
    ClaimStatusWrong,
    GracePeriod,
    IStateSync,
    ParentStatusWrong,
    RefundModeActive,
    RootContested,
    WindowOpen
} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {FinalRoot} from "../../../contracts/types/FinalRoot.sol";
import {Deployment} from "../support/Deployment.sol";

contract StateSyncFinalizeTest is Deployment {
    Claim private _claim;

    function setUp() public override {
        super.setUp();
        _claim = propose(sync.genesis(), 110);
    }

    function _expect(Claim memory claim, bytes memory reason) private {
        vm.expectRevert(reason);
        sync.finalize(claim);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        passWindow();
        _expect(_claim, abi.encodeWithSelector(RefundModeActive.selector));
    }

    function test_RevertWhen_AnyFieldIsNotTheClaims() public {
        passWindow();
        for (uint256 field = 0; field < 6; ++field) {
            Claim memory other = _claim;
            if (field == 0) other.parent = keccak256("other");
            if (field == 1) other.blockHash = keccak256("other");
            if (field == 2) other.stateRoot = keccak256("other");
            if (field == 3) other.number += 1;
            if (field == 4) other.timestamp += 1;
            if (field == 5) other.proposer = STRANGER;
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
    }

    function test_RevertWhen_TheClaimIsFinal() public {
        finalize(_claim);
        _expect(
            _claim,
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Final,
                ClaimStatus.Pending
            )
        );
    }

    function test_RevertWhen_TheClaimWasRejected() public {
        vm.prank(address(anchorCourt));
        sync.reject(_claim, CHALLENGER);
        passWindow();
        _expect(
            _claim,
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Rejected,
                ClaimStatus.Pending
            )
        );
    }

    function test_RevertWhen_TheParentIsPending() public {
        Claim memory child = propose(_claim.id(), 120);
        passWindow();
        _expect(child, abi.encodeWithSelector(ParentStatusWrong.selector, _claim.id(), ClaimStatus.Pending));
    }

    function test_RevertWhen_TheParentWasRejected() public {
        Claim memory child = propose(_claim.id(), 120);
        vm.prank(address(anchorCourt));
        sync.reject(_claim, CHALLENGER);
        passWindow();
        _expect(child, abi.encodeWithSelector(ParentStatusWrong.selector, _claim.id(), ClaimStatus.Rejected));
    }

    function test_RevertWhen_TheWindowIsInItsLastSecond() public {
        vm.warp(START + WINDOW);
        _expect(_claim, abi.encodeWithSelector(WindowOpen.selector, START + WINDOW, START + WINDOW));
    }

    function test_WhenTheWindowEndedASecondAgo() public {
        vm.warp(START + WINDOW + 1);
        sync.finalize(_claim);
        requireStatus(_claim, ClaimStatus.Final);
    }

    function test_RevertWhen_AFreezeHoldsTheWindowOpen() public {
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + GUARDIAN_BUDGET);
        _expect(_claim, abi.encodeWithSelector(WindowOpen.selector, START + WINDOW, START));
    }

    function test_RevertWhen_AChallengeIsOpen() public {
        bytes32 id = _claim.id();
        vm.prank(address(anchorCourt));
        sync.openChallenge(id);
        passWindow();
        _expect(_claim, abi.encodeWithSelector(ChallengesOpen.selector, id, 1));
    }

    function test_RevertWhen_TheGracePeriodIsInItsLastSecond() public {
        bytes32 id = _claim.id();
        vm.prank(address(anchorCourt));
        sync.openChallenge(id);
        vm.warp(START + WINDOW);
        vm.prank(address(anchorCourt));
        sync.closeChallenge(id);

        uint256 quietUntil = START + WINDOW + GRACE;
        vm.warp(quietUntil);
        _expect(_claim, abi.encodeWithSelector(GracePeriod.selector, quietUntil, quietUntil));
        vm.warp(quietUntil + 1);
        sync.finalize(_claim);
        requireStatus(_claim, ClaimStatus.Final);
    }

    function test_WhenAFinalClaimGivesTheBlockAnotherRoot() public {
        _fund(STRANGER, BOND);
        Claim memory lie = propose(STRANGER, sync.genesis(), forkedBlockAt(110, 1));
        finalize(_claim);
        vm.expectEmit();
        emit IStateSync.RootConflict(110, _claim.id(), lie.id());
        vm.expectEmit();
        emit IStateSync.RefundModeEntered(address(this));
        sync.finalize(lie);

        assertTrue(sync.refundMode(), "refund mode");
        requireStatus(lie, ClaimStatus.Pending);
        requireStake(STRANGER, 0, BOND);
        vm.expectRevert(abi.encodeWithSelector(RootContested.selector, 110));
        sync.finalRoot(110);
        // What nobody contests can still be read.
        sync.finalRoot(GENESIS_NUMBER);
        sync.refund(lie);
        requireStake(STRANGER, BOND, 0);
    }

    function test_WhenAFinalClaimGivesTheBlockTheSameRoot() public {
        _fund(STRANGER, BOND);
        Claim memory second = propose(STRANGER, sync.genesis(), blockAt(110));
        finalize(_claim);
        sync.finalize(second);

        requireStatus(second, ClaimStatus.Final);
        requireStake(STRANGER, BOND, 0);
        assertEq(sync.finalClaim(110), _claim.id(), "the first claim stays the root's source");
    }

    function test_WhenTheHeadIsHigher() public {
        _fund(STRANGER, BOND);
        Claim memory higher = propose(STRANGER, sync.genesis(), blockAt(150));
        finalize(higher);
        sync.finalize(_claim);

        assertEq(sync.head(), 150, "head");
        assertEq(sync.finalClaim(110), _claim.id(), "the lower block has a root, too");
    }

    function test_WhenNobodyObjected() public {
        passWindow();
        vm.expectEmit();
        emit IStateSync.ClaimFinalized(_claim.id(), 110, _claim.stateRoot);
        vm.prank(STRANGER);
        sync.finalize(_claim);

        requireStatus(_claim, ClaimStatus.Final);
        requireStake(PROPOSER, 100 ether, 0);
        assertEq(sync.head(), 110, "head");
        assertEq(sync.finalClaim(110), _claim.id(), "final claim");
        FinalRoot memory root = sync.finalRoot(110);
        assertEq(root.stateRoot, _claim.stateRoot, "state root");
        assertEq(root.timestamp, timestampAt(110), "timestamp");
    }

    function test_WhenTheClockStandsStillAfterTheWindow() public {
        passWindow();
        vm.prank(GUARDIAN);
        sync.freeze();
        sync.finalize(_claim);
        requireStatus(_claim, ClaimStatus.Final);
    }
}
