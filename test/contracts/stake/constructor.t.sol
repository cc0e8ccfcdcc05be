// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stake} from "../../../contracts/Stake.sol";
import {TooManyModules, ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {Deployment} from "../support/Deployment.sol";

contract StakeConstructorTest is Deployment {
    function test_RevertWhen_AModuleIsZero() public {
        address[] memory modules = new address[](2);
        modules[0] = STRANGER;
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        new Stake(modules);
    }

    function _addresses(uint160 count) private pure returns (address[] memory modules) {
        modules = new address[](count);
        for (uint160 i = 0; i < count; ++i) modules[i] = address(i + 1);
    }

    function test_RevertWhen_ThereAreFiveModules() public {
        vm.expectRevert(abi.encodeWithSelector(TooManyModules.selector, 5));
        new Stake(_addresses(5));
    }

    function test_WhenThereAreFourModules() public {
        Stake four = new Stake(_addresses(4));
        for (uint160 i = 1; i <= 4; ++i) assertTrue(four.isModule(address(i)), "module");
        assertTrue(!four.isModule(address(5)), "the next address");
        assertTrue(!four.isModule(address(0)), "zero");
    }

    function test_WhenThereAreNoModules() public {
        assertTrue(!new Stake(_addresses(0)).isModule(address(0)), "an unused place lets nobody in");
    }

    function test_WhenAllModulesAreGiven() public view {
        assertTrue(stake.isModule(address(sync)), "StateSync");
        assertTrue(stake.isModule(address(anchorCourt)), "AnchorCourt");
        assertTrue(stake.isModule(address(feeds)), "Feeds");
        assertTrue(!stake.isModule(address(deltaCourt)), "DeltaCourt locks nothing");
        assertTrue(!stake.isModule(address(this)), "the deployer");
    }
}
