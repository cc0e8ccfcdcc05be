// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";

/// Knows final claims: all of StateSync that an Inbox sees.
contract FinalRoots {
    mapping(bytes32 claim => bool) private _isFinal;

    function makeFinal(Claim calldata claim) external {
        _isFinal[claim.id()] = true;
    }

    function requireFinal(Claim calldata claim) external view returns (bool) {
        bytes32 id = claim.id();
        require(_isFinal[id], ClaimStatusWrong(id, ClaimStatus.None, ClaimStatus.Final));
        return false;
    }
}
