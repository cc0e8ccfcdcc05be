// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStake, NotLocked, NotModule, ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {Deployment} from "../support/Deployment.sol";

contract StakeSlashTest is Deployment {
    function setUp() public override {
        super.setUp();
        vm.prank(address(sync));
        stake.lock(PROPOSER, PROPOSER, 5 ether);
    }

    function _slash(uint256 amount, address winner) private {
        vm.prank(address(sync));
        stake.slash(PROPOSER, amount, winner);
    }

    function test_RevertWhen_TheCallerIsNotAModule() public {
        vm.prank(CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(NotModule.selector, CHALLENGER));
        stake.slash(PROPOSER, 1, CHALLENGER);
    }

    function test_RevertWhen_TheWinnerIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        _slash(1, address(0));
    }

    function test_RevertWhen_AnotherModuleLocked() public {
        vm.prank(address(anchorCourt));
        vm.expectRevert(abi.encodeWithSelector(NotLocked.selector, address(anchorCourt), PROPOSER, 0, 1));
        stake.slash(PROPOSER, 1, CHALLENGER);
    }

    function test_RevertWhen_TheModuleLockedLess() public {
        vm.expectRevert(
            abi.encodeWithSelector(NotLocked.selector, address(sync), PROPOSER, 5 ether, 5 ether + 1)
        );
        _slash(5 ether + 1, CHALLENGER);
    }

    function testFuzz_WhenTheModuleLocked(uint256 amount) public {
        amount = bound(amount, 0, 5 ether);
        uint256 reward = amount / 2;
        vm.expectEmit();
        emit IStake.Slashed(address(sync), PROPOSER, CHALLENGER, reward, amount - reward);
        _slash(amount, CHALLENGER);

        requireStake(PROPOSER, 95 ether, 5 ether - amount);
        requireStake(CHALLENGER, 100 ether + reward, 0);
        assertEq(stake.burned(), amount - reward, "burned");
        assertTrue(amount == 0 || stake.burned() != 0, "something always burns");
        assertEq(stake.lockedBy(address(sync), PROPOSER), 5 ether - amount, "the module's ledger");
    }

    function test_WhenTheStakerIsTheWinner() public {
        _slash(5 ether, PROPOSER);
        requireStake(PROPOSER, 97.5 ether, 0);
        assertEq(stake.burned(), 2.5 ether, "burned");
    }

    function test_WhenTheCapIsSmallerThanTheAmount() public {
        vm.prank(PROPOSER);
        stake.setOperator(STRANGER, 1 ether);
        _slash(5 ether, CHALLENGER);
        assertEq(stake.operator(PROPOSER).cap, 0, "cap");
        assertEq(stake.operator(PROPOSER).key, STRANGER, "key");
    }
}
