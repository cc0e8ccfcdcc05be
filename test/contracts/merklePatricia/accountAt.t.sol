// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Account, AccountMalformed} from "../../../contracts/types/Account.sol";
import {AccountCase, TrieVectors} from "./TrieVectors.sol";

contract MerklePatriciaAccountAtTest is TrieVectors {
    function test_WhenTheVectorIsValid() external view {
        AccountCase[] memory cases = accountCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            AccountCase memory each = cases[i];
            if (!each.valid) continue;
            (Account memory account, bool exists) = harness.accountAt(each.stateRoot, each.owner, each.proof);
            assertEq(exists, each.exists, each.name);
            assertEq(account.nonce, each.nonce, each.name);
            assertEq(account.balance, each.balance, each.name);
            assertEq(account.storageRoot, each.storageRoot, each.name);
            assertEq(account.codeHash, each.codeHash, each.name);
        }
    }

    function test_RevertWhen_TheEncodingIsNotCanonical() external view {
        AccountCase[] memory cases = accountCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            AccountCase memory each = cases[i];
            if (each.valid) continue;
            try harness.accountAt(each.stateRoot, each.owner, each.proof) {
                assertTrue(false, each.name);
            } catch (bytes memory thrown) {
                assertEq(thrown, abi.encodeWithSelector(AccountMalformed.selector, each.field), each.name);
            }
        }
    }

    function test_RevertWhen_TheProofIsNotValid() external {
        AccountCase memory each = accountCases()[0];
        vm.expectRevert(
            abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, 0, MerklePatricia.Reason.Truncated)
        );
        harness.accountAt(each.stateRoot, each.owner, new bytes[](0));
    }
}
