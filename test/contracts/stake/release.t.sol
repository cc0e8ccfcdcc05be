// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NotLocked, NotModule} from "../../../contracts/interfaces/IStake.sol";
import {Deployment} from "../support/Deployment.sol";

contract StakeReleaseTest is Deployment {
    function setUp() public override {
        super.setUp();
        vm.prank(address(sync));
        stake.lock(PROPOSER, PROPOSER, 5 ether);
    }

    function test_RevertWhen_TheCallerIsNotAModule() public {
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(NotModule.selector, PROPOSER));
        stake.release(PROPOSER, 1);
    }

    function test_RevertWhen_AnotherModuleLocked() public {
        vm.prank(address(anchorCourt));
        vm.expectRevert(abi.encodeWithSelector(NotLocked.selector, address(anchorCourt), PROPOSER, 0, 1));
        stake.release(PROPOSER, 1);
    }

    function test_RevertWhen_TheModuleLockedLess() public {
        vm.prank(address(sync));
        vm.expectRevert(
            abi.encodeWithSelector(NotLocked.selector, address(sync), PROPOSER, 5 ether, 5 ether + 1)
        );
        stake.release(PROPOSER, 5 ether + 1);
    }

    function testFuzz_WhenTheModuleLocked(uint256 amount) public {
        amount = bound(amount, 0, 5 ether);
        vm.prank(address(sync));
        stake.release(PROPOSER, amount);

        requireStake(PROPOSER, 95 ether + amount, 5 ether - amount);
        assertEq(stake.lockedBy(address(sync), PROPOSER), 5 ether - amount, "the module's ledger");
    }

    /// What the ledger keeps of a module that holds nothing is worth nothing.
    function testFuzz_WhenBondsComeAndGo(uint96[8] memory amounts) public {
        vm.startPrank(address(sync));
        stake.release(PROPOSER, 5 ether);
        for (uint256 i = 0; i < amounts.length; ++i) {
            // Nothing at all, too.
            uint256 amount = i % 4 == 0 ? 0 : bound(amounts[i], 0, 100 ether);
            stake.lock(PROPOSER, PROPOSER, amount);
            assertEq(stake.lockedBy(address(sync), PROPOSER), amount, "locked");
            vm.expectRevert(
                abi.encodeWithSelector(NotLocked.selector, address(sync), PROPOSER, amount, amount + 1)
            );
            stake.release(PROPOSER, amount + 1);
            stake.release(PROPOSER, amount / 2);
            stake.release(PROPOSER, amount - amount / 2);
            assertEq(stake.lockedBy(address(sync), PROPOSER), 0, "nothing left");
            requireStake(PROPOSER, 100 ether, 0);
        }
    }
}
