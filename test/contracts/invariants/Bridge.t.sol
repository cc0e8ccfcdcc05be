// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "../support/Test.sol";
import {BridgeHandler} from "./BridgeHandler.sol";

/// What holds of a token bridge over two ways of messages, whoever delivers what in which order, whatever fails, and
/// whatever the chains take back.
contract BridgeInvariants is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    BridgeHandler private _world;

    function setUp() public {
        _world = new BridgeHandler();
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(_world);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[14] memory selectors = [
            BridgeHandler.lockOnA.selector,
            BridgeHandler.lockOnA.selector,
            BridgeHandler.burnOnB.selector,
            BridgeHandler.burnOnB.selector,
            BridgeHandler.sync.selector,
            BridgeHandler.sync.selector,
            BridgeHandler.relay.selector,
            BridgeHandler.relay.selector,
            BridgeHandler.relay.selector,
            BridgeHandler.relay.selector,
            BridgeHandler.relayBatch.selector,
            BridgeHandler.relayBatch.selector,
            BridgeHandler.changeMoods.selector,
            BridgeHandler.reorganise.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_world);
        targets[0].selectors = new bytes4[](selectors.length);
        for (uint256 i = 0; i < selectors.length; ++i) targets[0].selectors[i] = selectors[i];
    }

    /// Every token locked on A exists exactly once: on B, or on its way in either direction.
    function invariant_SupplyIsConserved() external view {
        _world.requireConserved();
    }

    /// Nothing is lost on the way, from every reachable state.
    function afterInvariant() external {
        _world.bringEverything();
        _world.requireConserved();
        assertEq(_world.inFlight(0), 0, "in flight from A");
        assertEq(_world.inFlight(1), 0, "in flight from B");
        assertEq(_world.locked(), _world.minted(), "locked and minted");
    }
}
