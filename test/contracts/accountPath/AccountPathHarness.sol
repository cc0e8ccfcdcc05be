// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccountPath} from "../../../contracts/libraries/AccountPath.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Account} from "../../../contracts/types/Account.sol";

/// Gives the libraries' functions an outside: they take calldata.
contract AccountPathHarness {
    function rootOf(
        address owner,
        bytes32 storageRoot,
        bytes calldata path
    ) external pure returns (bytes32 root, bytes32 codeHash) {
        return (AccountPath.rootOf(owner, storageRoot, path), AccountPath.codeHashOf(path));
    }

    function accountAt(
        bytes32 stateRoot,
        address owner,
        bytes[] calldata proof
    ) external pure returns (Account memory account, bool exists) {
        return MerklePatricia.accountAt(stateRoot, owner, proof);
    }
}
