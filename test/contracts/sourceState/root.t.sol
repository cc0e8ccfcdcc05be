// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../../contracts/dapp/SourceState.sol";
import {ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {SourceStateFixture} from "./SourceStateHarness.sol";
import {Test} from "../support/Test.sol";

contract SourceStateRootTest is Test, SourceStateFixture {
    function test_RevertWhen_TheRootIsNotFinal() external {
        vm.warp(TIMESTAMP);
        Claim memory other = claim;
        other.stateRoot = keccak256("other");
        bytes memory reason = abi.encodeWithSelector(
            ClaimStatusWrong.selector,
            other.id(),
            ClaimStatus.None,
            ClaimStatus.Final
        );
        vm.expectRevert(reason);
        dapp.root(other, MAX_AGE);
        vm.expectRevert(reason);
        dappWithAttestation.attestedRoot(other, MAX_AGE);
    }

    function test_WhenTheRootIsAsOldAsAccepted() external {
        vm.warp(TIMESTAMP + MAX_AGE);
        assertEq(dapp.root(claim, MAX_AGE), claim.stateRoot, "stateRoot");
    }

    function test_RevertWhen_TheRootIsOlder() external {
        vm.warp(TIMESTAMP + MAX_AGE + 1);
        bytes memory tooOld = abi.encodeWithSelector(
            SourceState.RootTooOld.selector,
            NUMBER,
            TIMESTAMP,
            TIMESTAMP + 1
        );
        vm.expectRevert(tooOld);
        dapp.root(claim, MAX_AGE);
        vm.expectRevert(tooOld);
        dappWithAttestation.attestedRoot(claim, MAX_AGE);
    }

    function test_WhenEveryAgeIsAccepted() external {
        vm.warp(TIMESTAMP + 3650 days);
        assertEq(dapp.root(claim, type(uint64).max), claim.stateRoot, "stateRoot");
    }

    function test_WhenTheRootIsAttested() external {
        vm.warp(TIMESTAMP);
        assertEq(dappWithAttestation.attestedRoot(claim, 0), claim.stateRoot, "stateRoot");
    }

    function test_RevertWhen_TheRootIsNotAttested() external {
        vm.warp(TIMESTAMP);
        vm.expectRevert(abi.encodeWithSelector(SourceState.RootNotAttested.selector, NUMBER));
        dapp.attestedRoot(claim, 0);
    }
}
