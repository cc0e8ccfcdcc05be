// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CodeEmpty, CodeRefused, CodeTooLong} from "../../../contracts/interfaces/IReplicas.sol";
import {Calendar, MirroredNames, MirroredToken, Signatures} from "../support/Mirrored.sol";
import {Deployment} from "../support/Deployment.sol";

contract ReplicasStoreCodeTest is Deployment {
    function _refused(bytes memory code, bytes32 what, uint256 offset) private {
        vm.expectRevert(abi.encodeWithSelector(CodeRefused.selector, what, offset));
        replicas.storeCode(code);
    }

    function _environment(bytes memory code) private returns (uint32) {
        replicas.storeCode(code);
        return replicas.logicOf(keccak256(code)).environment;
    }

    function test_RevertWhen_TheCodeLeavesItself() external {
        _refused(hex"5b5fff", "SELFDESTRUCT", 2);
        _refused(hex"5f5f5f5f5f5f5ff1", "CALL", 7);
        _refused(hex"5f5f5f5f5f5f5ff2", "CALLCODE", 7);
        _refused(hex"5f5f5f5f5f5ff4", "DELEGATECALL", 6);
        _refused(hex"5f5f5f5f5f5ffa", "STATICCALL", 6);
        _refused(hex"5f5f5ff0", "CREATE", 3);
        _refused(hex"5f5f5f5ff5", "CREATE2", 4);
    }

    function test_RevertWhen_TheCodeReadsOtherAccounts() external {
        _refused(hex"3031", "BALANCE", 1);
        _refused(hex"47", "SELFBALANCE", 0);
        _refused(hex"303b", "EXTCODESIZE", 1);
        _refused(hex"5f5f5f303c", "EXTCODECOPY", 4);
        _refused(hex"303f", "EXTCODEHASH", 1);
    }

    function test_RevertWhen_TheCodeOnlyPoints() external {
        _refused(
            abi.encodePacked(hex"363d3d373d3d3d363d73", address(this), hex"5af43d82803e903d91602b57fd5bf3"),
            "EIP-1167 clone",
            0
        );
        _refused(
            abi.encodePacked(hex"5f5f365f5f37365f73", address(this), hex"5af43d5f5f3e5f3d91602a57fd5bf3"),
            "EIP-7511 clone",
            0
        );
        _refused(abi.encodePacked(hex"ef0100", address(this)), "EIP-7702 delegation", 0);
        _refused(hex"ef00", "EOF", 0);
    }

    function test_RevertWhen_TheCodeIsEmptyOrTooLong() external {
        vm.expectRevert(abi.encodeWithSelector(CodeEmpty.selector));
        replicas.storeCode("");
        bytes memory code = new bytes(24_577);
        vm.expectRevert(abi.encodeWithSelector(CodeTooLong.selector, 24_577));
        replicas.storeCode(code);
        replicas.storeCode(new bytes(24_576));
    }

    function test_RevertWhen_ARealContractCallsItsReceivers() external {
        MirroredNames names = new MirroredNames();
        vm.expectPartialRevert(CodeRefused.selector);
        replicas.storeCode(address(names).code);
    }

    function test_WhenPushDataLooksLikeOpcodes() external {
        replicas.storeCode(hex"61f1ff_7ff1f2f4f5fafff1f2f4f5fafff1f2f4f5fafff1f2f4f5fafff1f2f4f5fafff1f2_00");
        // Cut off in the middle of its push data, which is then zeros.
        replicas.storeCode(hex"7ff1");
        replicas.storeCode(hex"60");
    }

    function test_WhenWhatFollowsCannotBeReached() external {
        // Behind STOP, JUMP, RETURN, REVERT, INVALID, an unassigned opcode.
        replicas.storeCode(hex"00f1");
        replicas.storeCode(hex"5f56f4");
        replicas.storeCode(hex"5f5ff3ff");
        replicas.storeCode(hex"5f5ffdf5");
        replicas.storeCode(hex"fef0a2646970667358221220");
        replicas.storeCode(hex"0cf1");
        // A JUMPDEST in push data is none.
        replicas.storeCode(hex"00605bf1");
    }

    function test_RevertWhen_WhatFollowsCanBeReached() external {
        _refused(hex"005b31", "BALANCE", 2);
        // Behind a conditional jump.
        _refused(hex"5f5f5731", "BALANCE", 3);
        // A push of one byte more would have hidden it.
        _refused(hex"60005bff", "SELFDESTRUCT", 3);
    }

    function test_WhenItUsesPrecompilesAsCompilersDo() external {
        Signatures signatures = new Signatures();
        assertEq(uint256(_environment(address(signatures).code)), 0, "environment");
    }

    function test_WhenTheCalledAddressIsAConstant() external {
        // gas(), the address, and four words below: pushed, duplicated, swapped.
        replicas.storeCode(hex"5f5f5f5f60015afa");
        replicas.storeCode(hex"5f5f5f5f60095afa");
        replicas.storeCode(hex"60025f5f5f5f845afa");
        replicas.storeCode(hex"5f5f5f5f5a600190fa");
        replicas.storeCode(hex"5f5f5f5f5b60045afa");
    }

    function test_RevertWhen_TheCalledAddressIsNone() external {
        // Zero, ten, a word that was computed, one from before the last JUMPDEST.
        _refused(hex"5f5f5f5f5f5afa", "STATICCALL", 6);
        _refused(hex"5f5f5f5f600a5afa", "STATICCALL", 7);
        _refused(hex"5f5f5f5f6101015afa", "STATICCALL", 8);
        _refused(hex"5f5f5f5f600160005afa", "STATICCALL", 9);
        _refused(hex"5f5f5f5f60016000015afa", "STATICCALL", 10);
        _refused(hex"5f5f5f5f60015b5afa", "STATICCALL", 8);
        _refused(hex"5f5f5f5f60015f355afa", "STATICCALL", 9);
        _refused(hex"fa", "STATICCALL", 0);
    }

    function test_WhenItDependsOnTheChain_ItIsToldWhich() external {
        Calendar calendar = new Calendar();
        uint32 wanted = (1 << 0x12) | (1 << 0x16) | 1;
        assertEq(uint256(_environment(address(calendar).code)), wanted, "TIMESTAMP, CHAINID, ADDRESS");
        bytes memory all = hex"30323a4041424344454648494a";
        wanted = 0x077f0405;
        assertEq(uint256(_environment(all)), wanted, "all of them");
        // Of the call itself: CALLER, CALLVALUE, CALLDATALOAD, CALLDATASIZE, GAS.
        assertEq(uint256(_environment(hex"3334355b365a")), 0, "none of them");
    }

    /// The scan agrees with a plain reading of the rules.
    function testFuzz_RefusesWhatIsReachable(bytes calldata code) external {
        vm.assume(code.length != 0 && code[0] != 0xef);
        // What begins like a clone is refused as one: the tests above.
        vm.assume(bytes10(code) != 0x363d3d373d3d3d363d73);
        bool reachable = true;
        bool refused = false;
        bytes memory leaving = hex"313b3c3f47f0f1f2f4f5ff";
        bytes memory ending = hex"0056f3fdfe0c0d0e0f1f4b4c4d4e4ff6f7f8f9fbfc";
        for (uint256 i = 0; i < code.length && !refused; ++i) {
            uint8 opcode = uint8(code[i]);
            if (opcode >= 0x60 && opcode <= 0x7f) i += opcode - 0x5f;
            if (opcode == 0x5b) reachable = true;
            // Random code calls no constant address but by chance: leave that to the tests above.
            vm.assume(opcode != 0xfa || !reachable);
            refused = reachable && _contains(leaving, opcode);
            bool unassigned = (opcode >= 0x21 && opcode <= 0x2f) || (opcode >= 0xa5 && opcode <= 0xef);
            if (unassigned || _contains(ending, opcode)) reachable = false;
        }
        (bool success, ) = address(replicas).call(abi.encodeCall(replicas.storeCode, (code)));
        assertEq(success, !refused, "accepted");
    }

    function _contains(bytes memory set, uint8 opcode) private pure returns (bool) {
        for (uint256 i = 0; i < set.length; ++i) if (uint8(set[i]) == opcode) return true;
        return false;
    }
}
