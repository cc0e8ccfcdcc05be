// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stake} from "../../../contracts/Stake.sol";
import {ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {Deployment} from "../support/Deployment.sol";

contract StakeConstructorTest is Deployment {
    function test_RevertWhen_AModuleIsZero() public {
        address[] memory modules = new address[](2);
        modules[0] = STRANGER;
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        new Stake(modules);
    }

    function test_WhenAllModulesAreGiven() public view {
        assertTrue(stake.isModule(address(sync)), "StateSync");
        assertTrue(stake.isModule(address(anchorCourt)), "AnchorCourt");
        assertTrue(stake.isModule(address(feeds)), "Feeds");
        assertTrue(!stake.isModule(address(deltaCourt)), "DeltaCourt locks nothing");
        assertTrue(!stake.isModule(address(this)), "the deployer");
    }
}
