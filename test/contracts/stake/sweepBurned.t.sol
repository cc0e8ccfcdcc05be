// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Deployment} from "../support/Deployment.sol";

contract StakeSweepBurnedTest is Deployment {
    address private constant GRAVE = 0x000000000000000000000000000000000000dEaD;

    function test_WhenNothingWasBurned() public {
        stake.sweepBurned();
        assertEq(GRAVE.balance, 0, "grave");
    }

    function test_WhenSomethingWasBurned() public {
        vm.prank(address(sync));
        stake.lock(PROPOSER, PROPOSER, 5 ether);
        vm.prank(address(sync));
        stake.slash(PROPOSER, 5 ether, CHALLENGER);

        vm.prank(STRANGER);
        stake.sweepBurned();
        assertEq(GRAVE.balance, 2.5 ether, "grave");
        assertEq(stake.burned(), 0, "burned");
        assertEq(address(stake).balance, 197.5 ether, "what is left is owed");

        stake.sweepBurned();
        assertEq(GRAVE.balance, 2.5 ether, "grave after a second sweep");
    }
}
