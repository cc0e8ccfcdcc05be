// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Revaluation} from "../../../contracts/libraries/Revaluation.sol";

/// Gives the libraries' functions an outside: they take calldata.
contract RevaluationHarness {
    function rootAfter(
        bytes32 oldRoot,
        bytes calldata deltas,
        bytes calldata before,
        bytes calldata nodes
    ) external pure returns (bytes32) {
        return Revaluation.rootAfter(oldRoot, deltas, before, nodes);
    }

    function slotAt(
        bytes32 storageRoot,
        bytes32 hashedSlot,
        bytes[] calldata proof
    ) external pure returns (uint256) {
        return MerklePatricia.slotAt(storageRoot, hashedSlot, proof);
    }
}
