// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../../contracts/dapp/SourceState.sol";
import {RootNotFinal} from "../../../contracts/interfaces/IStateSync.sol";
import {FinalRoot} from "../../../contracts/types/FinalRoot.sol";
import {SourceStateFixture} from "./SourceStateHarness.sol";
import {Test} from "../support/Test.sol";

contract SourceStateRootTest is Test, SourceStateFixture {
    function test_RevertWhen_TheRootIsNotFinal() external {
        vm.warp(TIMESTAMP);
        vm.expectRevert(abi.encodeWithSelector(RootNotFinal.selector, NUMBER + 1));
        dapp.root(NUMBER + 1, MAX_AGE);
    }

    function test_WhenTheRootIsAsOldAsAccepted() external {
        vm.warp(TIMESTAMP + MAX_AGE);
        FinalRoot memory root = dapp.root(NUMBER, MAX_AGE);
        assertEq(root.stateRoot, stateRoot, "stateRoot");
        assertEq(root.timestamp, TIMESTAMP, "timestamp");
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
        dapp.root(NUMBER, MAX_AGE);
        vm.expectRevert(tooOld);
        dappWithAttestation.attestedRoot(NUMBER, MAX_AGE);
    }

    function test_WhenEveryAgeIsAccepted() external {
        vm.warp(TIMESTAMP + 3650 days);
        assertEq(dapp.root(NUMBER, type(uint64).max).stateRoot, stateRoot, "stateRoot");
    }

    function test_WhenTheRootIsAttested() external {
        vm.warp(TIMESTAMP);
        assertTrue(dappWithAttestation.attestedRoot(NUMBER, 0).attested, "attested");
    }

    function test_RevertWhen_TheRootIsNotAttested() external {
        vm.warp(TIMESTAMP);
        vm.expectRevert(abi.encodeWithSelector(SourceState.RootNotAttested.selector, NUMBER));
        dapp.attestedRoot(NUMBER, 0);
    }
}
