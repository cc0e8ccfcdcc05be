// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RootNotFinal} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract StateSyncFinalRootTest is Deployment {
    function _expectNone(uint64 number) private {
        vm.expectRevert(abi.encodeWithSelector(RootNotFinal.selector, number));
        sync.finalRoot(number);
    }

    function test_RevertWhen_NobodyClaimedTheBlock() public {
        _expectNone(0);
        _expectNone(99);
        _expectNone(type(uint64).max);
    }

    function test_RevertWhen_TheClaimIsPending() public {
        propose(sync.genesis(), 110);
        passWindow();
        _expectNone(110);
    }

    function test_RevertWhen_TheClaimWasRejected() public {
        Claim memory claim = propose(sync.genesis(), 110);
        vm.prank(address(anchorCourt));
        sync.reject(claim, CHALLENGER);
        _expectNone(110);
    }

    function test_RevertWhen_TheBlockLiesInsideAFinalSpan() public {
        makeFinal(110);
        _expectNone(105);
    }

    function test_WhenTheClaimIsFinal() public {
        Claim memory claim = makeFinal(110);
        assertEq(sync.finalRoot(110).stateRoot, claim.stateRoot, "state root");
        assertEq(sync.finalRoot(110).timestamp, claim.timestamp, "timestamp");
    }

    function test_WhenRefundModeIsOn() public {
        Claim memory claim = makeFinal(110);
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        assertEq(sync.finalRoot(110).stateRoot, claim.stateRoot, "what is final stays readable");
    }
}
