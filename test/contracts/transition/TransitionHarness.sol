// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Transition} from "../../../contracts/libraries/Transition.sol";

/// Gives the library's function an outside: it takes calldata.
contract TransitionHarness {
    function rootAfter(
        bytes32 oldRoot,
        bytes calldata deltas,
        bytes calldata before,
        bytes calldata nodes
    ) external pure returns (bytes32) {
        return Transition.rootAfter(oldRoot, deltas, before, nodes);
    }
}
