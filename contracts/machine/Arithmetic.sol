// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ADD,
    ADDMOD,
    AND,
    BYTE,
    CLZ,
    DIV,
    EQ,
    EXP,
    GT,
    ISZERO,
    LT,
    MOD,
    MUL,
    MULMOD,
    NOT,
    OR,
    SAR,
    SDIV,
    SGT,
    SHL,
    SHR,
    SIGNEXTEND,
    SLT,
    SMOD,
    SUB,
    XOR
} from "./Opcodes.sol";

/// @title Opcodes that only compute: 0x01 to 0x1e
/// @notice What Solidity's operators do beyond the EVM's, reverting on a zero divisor or an overflow, is asked about
/// first or left unchecked.
library Arithmetic {
    /// @param args The operands, the top of the stack first.
    function compute(uint256 op, uint256[] memory args) internal pure returns (uint256) {
        uint256 a = args[0];
        if (op == ISZERO) return _toWord(a == 0);
        if (op == NOT) return ~a;
        if (op == CLZ) return _leadingZeros(a);
        uint256 b = args[1];
        if (op == ADDMOD) return args[2] == 0 ? 0 : addmod(a, b, args[2]);
        if (op == MULMOD) return args[2] == 0 ? 0 : mulmod(a, b, args[2]);
        if (op < LT) return _calculate(op, a, b);
        return op < AND ? _toWord(_compare(op, a, b)) : _combine(op, a, b);
    }

    function _calculate(uint256 op, uint256 a, uint256 b) private pure returns (uint256) {
        unchecked {
            if (op == ADD) return a + b;
            if (op == MUL) return a * b;
            if (op == SUB) return a - b;
            if (op == EXP) return a ** b;
            if (op == SIGNEXTEND) return _extend(a, b);
            if (b == 0) return 0;
            if (op == DIV) return a / b;
            if (op == SDIV) return uint256(int256(a) / int256(b));
            if (op == MOD) return a % b;
            assert(op == SMOD);
            return uint256(int256(a) % int256(b));
        }
    }

    function _compare(uint256 op, uint256 a, uint256 b) private pure returns (bool) {
        if (op == LT) return a < b;
        if (op == GT) return a > b;
        if (op == SLT) return int256(a) < int256(b);
        if (op == SGT) return int256(a) > int256(b);
        assert(op == EQ);
        return a == b;
    }

    function _combine(uint256 op, uint256 a, uint256 b) private pure returns (uint256) {
        if (op == AND) return a & b;
        if (op == OR) return a | b;
        if (op == XOR) return a ^ b;
        if (op == BYTE) return a < 32 ? (b >> (8 * (31 - a))) & 0xff : 0;
        if (op == SHL) return b << a;
        if (op == SHR) return b >> a;
        assert(op == SAR);
        return uint256(int256(b) >> a);
    }

    /// Repeats the sign bit of the lowest `size + 1` bytes.
    function _extend(uint256 size, uint256 value) private pure returns (uint256) {
        if (size > 30) return value;
        uint256 unused = 8 * (31 - size);
        return uint256(int256(value << unused) >> unused);
    }

    /// EIP-7939.
    function _leadingZeros(uint256 value) private pure returns (uint256 count) {
        if (value == 0) return 256;
        for (uint256 half = 128; half != 0; half /= 2) {
            if (value >> (256 - half) != 0) continue;
            count += half;
            value <<= half;
        }
    }

    function _toWord(bool truth) private pure returns (uint256) {
        return truth ? 1 : 0;
    }
}
