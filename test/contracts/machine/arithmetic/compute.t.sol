// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "../../../../contracts/machine/Arithmetic.sol";
import {ADDMOD, CLZ, ISZERO, MULMOD, NOT, SAR, SIGNEXTEND} from "../../../../contracts/machine/Opcodes.sol";
import {Test} from "../../support/Test.sol";

contract ArithmeticComputeTest is Test {
    address private constant PROGRAM = address(0x0c0de);

    /// What the EVM says: a program that pushes the operands and returns the result.
    function _evm(uint256 op, uint256[] memory args) private returns (uint256) {
        bytes memory code = "";
        for (uint256 i = args.length; i != 0; --i) code = bytes.concat(code, hex"7f", bytes32(args[i - 1]));
        vm.etch(PROGRAM, bytes.concat(code, bytes1(uint8(op)), hex"5f5260205ff3"));
        (bool success, bytes memory answer) = PROGRAM.call("");
        assertTrue(success, "program");
        return abi.decode(answer, (uint256));
    }

    function _check(uint256 a, uint256 b, uint256 c) private {
        for (uint256 op = 1; op <= SAR; ++op) {
            if (op > SIGNEXTEND && op < 0x10) continue;
            uint256 count =
                op == ISZERO || op == NOT
                    ? 1
                    : op == ADDMOD || op == MULMOD
                        ? 3
                        : 2;
            uint256[] memory args = new uint256[](count);
            args[0] = a;
            if (count > 1) args[1] = b;
            if (count > 2) args[2] = c;
            assertEq(Arithmetic.compute(op, args), _evm(op, args), vm.toString(bytes32(op)));
        }
    }

    function testFuzz_WhenAnOpcodeOfCancunIsComputed(uint256 a, uint256 b, uint256 c) public {
        _check(a, b, c);
        // Small operands are where shifts, bytes and signs are decided.
        _check(a % 300, b, c % 3);
        _check(a, b % 300, c);
    }

    function test_WhenOperandsAreAtTheEdges() public {
        uint256[6] memory edges = [uint256(0), 1, 31, 1 << 255, type(uint256).max, type(uint256).max >> 1];
        for (uint256 i = 0; i < 36; ++i) _check(edges[i % 6], edges[i / 6], edges[(i * 7) % 6]);
    }

    function testFuzz_WhenClzIsComputed(uint256 value, uint8 shift) public pure {
        uint256[] memory args = new uint256[](1);
        args[0] = value >> shift;
        uint256 count = 256;
        for (uint256 rest = args[0]; rest != 0; rest >>= 1) --count;
        assertEq(Arithmetic.compute(CLZ, args), count, "leading zeros");
    }
}
