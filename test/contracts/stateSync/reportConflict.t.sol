// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ClaimStatusWrong,
    IStateSync,
    NotAConflict,
    RootContested
} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract StateSyncReportConflictTest is Deployment {
    Claim private _a;
    /// Another block of the same number with the same state, which finality lets pass.
    Claim private _b;

    function setUp() public override {
        super.setUp();
        _fund(STRANGER, 10 ether);
        _a = propose(sync.genesis(), 110);
        _b = propose(STRANGER, sync.genesis(), headerWith(110, timestampAt(110) + 1, _a.stateRoot));
    }

    function _finalizeBoth() private {
        finalize(_a);
        sync.finalize(_b);
    }

    function _expect(Claim memory a, Claim memory b, bytes memory reason) private {
        vm.expectRevert(reason);
        sync.reportConflict(a, b);
    }

    function test_RevertWhen_EitherClaimIsNotFinal() public {
        finalize(_a);
        bytes memory reason = abi.encodeWithSelector(
            ClaimStatusWrong.selector,
            _b.id(),
            ClaimStatus.Pending,
            ClaimStatus.Final
        );
        _expect(_a, _b, reason);
        _expect(_b, _a, reason);
    }

    function test_RevertWhen_TheNumbersDiffer() public {
        Claim memory other = propose(PROPOSER, sync.genesis(), blockAt(120));
        _finalizeBoth();
        sync.finalize(other);
        _expect(_a, other, abi.encodeWithSelector(NotAConflict.selector, _a.id(), other.id()));
    }

    function test_RevertWhen_TheHashesAreTheSame() public {
        Claim memory same = propose(STRANGER, sync.genesis(), blockAt(110));
        _finalizeBoth();
        sync.finalize(same);
        _expect(_a, same, abi.encodeWithSelector(NotAConflict.selector, _a.id(), same.id()));
        _expect(_a, _a, abi.encodeWithSelector(NotAConflict.selector, _a.id(), _a.id()));
    }

    function test_WhenTheHashesDiffer() public {
        _finalizeBoth();
        assertEq(sync.finalRoot(110).stateRoot, _a.stateRoot, "readable until someone reports it");
        vm.expectEmit();
        emit IStateSync.RootConflict(110, _a.id(), _b.id());
        vm.expectEmit();
        emit IStateSync.RefundModeEntered(STRANGER);
        vm.prank(STRANGER);
        sync.reportConflict(_a, _b);

        assertTrue(sync.refundMode(), "refund mode");
        vm.expectRevert(abi.encodeWithSelector(RootContested.selector, 110));
        sync.finalRoot(110);
    }

    function test_WhenRefundModeIsOn() public {
        _finalizeBoth();
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        assertEq(sync.finalRoot(110).stateRoot, _a.stateRoot, "refund mode alone contests nothing");
        sync.reportConflict(_a, _b);
        vm.expectRevert(abi.encodeWithSelector(RootContested.selector, 110));
        sync.finalRoot(110);
    }
}
