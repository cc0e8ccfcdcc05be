// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../../contracts/dapp/SourceState.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Account} from "../../../contracts/types/Account.sol";
import {SourceStateFixture} from "./SourceStateHarness.sol";
import {Test} from "../support/Test.sol";

contract SourceStateSlotTest is Test, SourceStateFixture {
    function setUp() public override {
        super.setUp();
        vm.warp(TIMESTAMP + MAX_AGE);
    }

    function test_WhenTheProofsAreRight() external view {
        assertEq(dapp.slot(claim, MAX_AGE, OWNER, POSITION, accountProof, storageProof), VALUE, "value");
        (Account memory account, bool exists) = dapp.account(claim, MAX_AGE, OWNER, accountProof);
        assertTrue(exists, "exists");
        assertEq(account.storageRoot, storageRoot, "storageRoot");
        assertEq(account.codeHash, keccak256("code"), "codeHash");
    }

    function test_RevertWhen_TheSlotIsAnother() external {
        vm.expectRevert(
            abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, 1, MerklePatricia.Reason.WrongHash)
        );
        dapp.slot(claim, MAX_AGE, OWNER, POSITION + 1, accountProof, storageProof);
    }

    function test_RevertWhen_TheAccountIsAnother() external {
        vm.expectRevert(
            abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, 1, MerklePatricia.Reason.WrongHash)
        );
        dapp.slot(claim, MAX_AGE, address(0xbad), POSITION, accountProof, storageProof);
    }

    function test_RevertWhen_TheRootIsTooOld() external {
        vm.warp(TIMESTAMP + MAX_AGE + 1);
        bytes memory tooOld = abi.encodeWithSelector(
            SourceState.RootTooOld.selector,
            NUMBER,
            TIMESTAMP,
            TIMESTAMP + 1
        );
        vm.expectRevert(tooOld);
        dapp.slot(claim, MAX_AGE, OWNER, POSITION, accountProof, storageProof);
        vm.expectRevert(tooOld);
        dapp.account(claim, MAX_AGE, OWNER, accountProof);
    }

    function test_WhenThereAreSeveralSlots() external view {
        (uint256[] memory positions, bytes[][] memory proofs) = _twice();
        uint256[] memory values = dapp.slots(claim, MAX_AGE, OWNER, positions, accountProof, proofs);
        assertEq(values.length, 2, "values");
        assertEq(values[0] + values[1], 2 * VALUE, "sum");
        assertEq(
            dapp.slots(claim, MAX_AGE, OWNER, new uint256[](0), accountProof, new bytes[][](0)).length,
            0,
            "none"
        );
    }

    function test_RevertWhen_OneOfSeveralIsAnother() external {
        (uint256[] memory positions, bytes[][] memory proofs) = _twice();
        positions[1] = POSITION + 1;
        vm.expectRevert(
            abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, 1, MerklePatricia.Reason.WrongHash)
        );
        dapp.slots(claim, MAX_AGE, OWNER, positions, accountProof, proofs);
    }

    function test_RevertWhen_AProofIsMissingOrTooMany() external {
        (uint256[] memory positions, bytes[][] memory proofs) = _twice();
        vm.expectRevert(abi.encodeWithSelector(SourceState.ProofCountWrong.selector, 1, 2));
        dapp.slots(claim, MAX_AGE, OWNER, positions, accountProof, new bytes[][](1));
        vm.expectRevert(abi.encodeWithSelector(SourceState.ProofCountWrong.selector, 2, 1));
        dapp.slots(claim, MAX_AGE, OWNER, new uint256[](1), accountProof, proofs);
    }

    function _twice() private view returns (uint256[] memory positions, bytes[][] memory proofs) {
        positions = new uint256[](2);
        proofs = new bytes[][](2);
        (positions[0], positions[1]) = (POSITION, POSITION);
        (proofs[0], proofs[1]) = (storageProof, storageProof);
    }
}
