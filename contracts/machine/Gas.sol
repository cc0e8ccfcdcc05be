// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RULES_OSAKA} from "./State.sol";

/// @title What opcodes take, give and cost
/// @notice Yellow Paper appendices G and H; EIP-150, EIP-2929, EIP-3529, EIP-3860, EIP-1153, EIP-5656, EIP-7939.
library Gas {
    /// @notice Bytes of memory beyond which no gas limit of A could pay.
    uint256 internal constant MEMORY_LIMIT = 2 ** 29;
    /// @notice More words than any memory has.
    uint256 internal constant TOO_MANY = type(uint256).max;

    uint256 internal constant WORD_COPY = 3;
    uint256 internal constant WORD_HASH = 6;
    uint256 internal constant WORD_INIT = 2;
    uint256 internal constant EXP_BYTE = 50;
    uint256 internal constant LOG_BYTE = 8;
    uint256 internal constant CODE_BYTE = 200;

    /// @notice What a later access to an account costs, and what a first one costs beyond it (EIP-2929).
    uint256 internal constant WARM_ACCOUNT = 100;
    uint256 internal constant COLD_ACCOUNT = 2500;
    uint256 internal constant COLD_SLOT = 2000;

    uint256 internal constant SSTORE_STIPEND = 2300;
    uint256 internal constant SSTORE_COLD = 2100;
    uint256 internal constant SSTORE_NOTHING = 100;
    uint256 internal constant SSTORE_SET = 20000;
    uint256 internal constant SSTORE_RESET = 2900;
    int64 internal constant SSTORE_CLEARED = 4800;
    int64 internal constant SSTORE_UNSET = 19900;
    int64 internal constant SSTORE_RESTORED = 2800;

    uint256 internal constant CALL_VALUE = 9000;
    uint64 internal constant CALL_STIPEND = 2300;
    uint256 internal constant NEW_ACCOUNT = 25000;

    uint256 internal constant MAX_CODE = 24576;
    uint256 internal constant MAX_INIT_CODE = 49152;
    uint256 internal constant MAX_DEPTH = 1024;
    uint256 internal constant MAX_STACK = 1024;

    uint256 private constant UNDEFINED = 0xff;
    uint256 private constant CLZ = 0x1e;

    // One entry for each opcode, sixteen opcodes a row.

    /// Values taken off the stack; ff: no such opcode.
    bytes private constant POPS =
        hex"000202020202020203030202ffffffff" // 0_ arithmetic
        hex"020202020201020202010202020201ff" // 1_ comparison and bits
        hex"02ffffffffffffffffffffffffffffff" // 2_ KECCAK256
        hex"00010000000100030003000104000301" // 3_ environment
        hex"0100000000000000000100ffffffffff" // 4_ block
        hex"01010202010201020000000001020300" // 5_ memory, storage, flow, PUSH0
        hex"00000000000000000000000000000000" // 6_ PUSH1 and on
        hex"00000000000000000000000000000000" // 7_ PUSH17 and on
        hex"0102030405060708090a0b0c0d0e0f10" // 8_ DUP1 and on
        hex"02030405060708090a0b0c0d0e0f1011" // 9_ SWAP1 and on
        hex"0203040506ffffffffffffffffffffff" // a_ LOG0 and on
        hex"ffffffffffffffffffffffffffffffff" // b_
        hex"ffffffffffffffffffffffffffffffff" // c_
        hex"ffffffffffffffffffffffffffffffff" // d_
        hex"ffffffffffffffffffffffffffffffff" // e_
        hex"030707020604ffffffff06ffff02ff01"; // f_ calls

    /// Values put on the stack.
    bytes private constant PUSHES =
        hex"00010101010101010101010100000000" // 0_ arithmetic
        hex"01010101010101010101010101010100" // 1_ comparison and bits
        hex"01000000000000000000000000000000" // 2_ KECCAK256
        hex"01010101010101000100010100010001" // 3_ environment
        hex"01010101010101010101010000000000" // 4_ block
        hex"00010000010000000101010001000001" // 5_ memory, storage, flow, PUSH0
        hex"01010101010101010101010101010101" // 6_ PUSH1 and on
        hex"01010101010101010101010101010101" // 7_ PUSH17 and on
        hex"02030405060708090a0b0c0d0e0f1011" // 8_ DUP1 and on
        hex"02030405060708090a0b0c0d0e0f1011" // 9_ SWAP1 and on
        hex"00000000000000000000000000000000" // a_ LOG0 and on
        hex"00000000000000000000000000000000" // b_
        hex"00000000000000000000000000000000" // c_
        hex"00000000000000000000000000000000" // d_
        hex"00000000000000000000000000000000" // e_
        hex"01010100010100000000010000000000"; // f_ calls

    /// What an opcode costs whatever its operands: of an access to an account or a slot, what a warm one costs.
    bytes private constant BASE =
        hex"0000000300050003000500050005000500080008000a00050000000000000000" // 0_ arithmetic
        hex"0003000300030003000300030003000300030003000300030003000300050000" // 1_ comparison and bits
        hex"001e000000000000000000000000000000000000000000000000000000000000" // 2_ KECCAK256
        hex"0002006400020002000200030002000300020003000200640064000200030064" // 3_ environment
        hex"0014000200020002000200020002000500020003000200000000000000000000" // 4_ block
        hex"0002000300030003006400000008000a00020002000200010064006400030002" // 5_ memory, storage, flow, PUSH0
        hex"0003000300030003000300030003000300030003000300030003000300030003" // 6_ PUSH1 and on
        hex"0003000300030003000300030003000300030003000300030003000300030003" // 7_ PUSH17 and on
        hex"0003000300030003000300030003000300030003000300030003000300030003" // 8_ DUP1 and on
        hex"0003000300030003000300030003000300030003000300030003000300030003" // 9_ SWAP1 and on
        hex"017702ee046505dc075300000000000000000000000000000000000000000000" // a_ LOG0 and on
        hex"0000000000000000000000000000000000000000000000000000000000000000" // b_
        hex"0000000000000000000000000000000000000000000000000000000000000000" // c_
        hex"0000000000000000000000000000000000000000000000000000000000000000" // d_
        hex"0000000000000000000000000000000000000000000000000000000000000000" // e_
        hex"7d0000640064000000647d000000000000000000006400000000000000001388"; // f_ calls

    /// @return How many values an opcode takes.
    /// @return How many it puts.
    /// @return Whether the rules know it.
    function arity(uint256 op, uint8 rules) internal pure returns (uint256, uint256, bool) {
        uint256 pops = uint8(POPS[op]);
        bool isDefined = pops != UNDEFINED && (op != CLZ || rules >= RULES_OSAKA);
        return (pops, uint8(PUSHES[op]), isDefined);
    }

    function base(uint256 op) internal pure returns (uint256) {
        return (uint256(uint8(BASE[2 * op])) << 8) | uint8(BASE[2 * op + 1]);
    }

    /// Words that hold `size` bytes.
    function toWords(uint256 size) internal pure returns (uint256) {
        return (size + 31) / 32;
    }

    /// The words of memory after an access to [offset, offset + size), or TOO_MANY: then the frame halts before
    /// anything is computed from the operands.
    function grow(uint256 words, uint256 offset, uint256 size) internal pure returns (uint256) {
        if (size == 0 || words == TOO_MANY) return words;
        // Each alone first: the sum of two words may overflow.
        if (offset > MEMORY_LIMIT || size > MEMORY_LIMIT || offset + size > MEMORY_LIMIT) return TOO_MANY;
        uint256 needed = toWords(offset + size);
        return needed > words ? needed : words;
    }

    /// The price of memory growing from one number of words to another.
    function expansion(uint256 from, uint256 to) internal pure returns (uint256) {
        return _memory(to) - _memory(from);
    }

    /// EIP-150: what a call may take at most of `gas`.
    function allButOne64th(uint256 gas) internal pure returns (uint256) {
        return gas - gas / 64;
    }

    function _memory(uint256 words) private pure returns (uint256) {
        return 3 * words + (words * words) / 512;
    }
}
