// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CodeEmpty, CodeRefused, CodeTooLong} from "../interfaces/IReplicas.sol";
import {NodeRlp} from "./NodeRlp.sol";

/// @title Is this code about itself alone?
/// @notice Walks runtime code once and refuses, by name, opcodes that leave the contract or read other accounts; and
/// tells which it has whose value is that of the chain it runs on.
///
/// Push data is not code. Neither is what follows an instruction that never falls through (STOP, JUMP, RETURN, REVERT,
/// INVALID, an opcode that no fork has) up to the next JUMPDEST: compilers put metadata there, whose bytes mean nothing.
/// Everything else is taken to be reachable, so a byte of metadata that happens to be a JUMPDEST with a refused one
/// behind it refuses the code, although nothing jumps there: an error on the safe side.
///
/// STATICCALL is let through if the address it calls is a constant from 1 to 9, the precompiles that every chain has.
/// The constant is followed on the stack from the last JUMPDEST on; a compiler pushes it just before (ecrecover).
library CodeScan {
    // EIP-170.
    uint256 internal constant MAX_SIZE = 24_576;
    uint256 private constant LAST_PRECOMPILE = 9;

    // Sets of opcodes: bit i for opcode i.
    uint256 private constant PUSHES = 0xffffffff << 0x60;
    uint256 private constant JUMPDEST = 1 << 0x5b;
    uint256 private constant STATICCALL = 1 << 0xfa;
    uint256 private constant READS_ACCOUNTS =
        (1 << 0x31) | (1 << 0x3b) | (1 << 0x3c) | (1 << 0x3f) | (1 << 0x47);
    uint256 private constant LEAVES =
        (1 << 0xf0) | (1 << 0xf1) | (1 << 0xf2) | (1 << 0xf4) | (1 << 0xf5) | (1 << 0xff);
    uint256 private constant REFUSED = READS_ACCOUNTS | LEAVES;
    // ADDRESS, ORIGIN, GASPRICE, BLOCKHASH to CHAINID, BASEFEE, BLOBHASH, BLOBBASEFEE.
    uint256 internal constant ENVIRONMENT =
        (1 << 0x30) | (1 << 0x32) | (1 << 0x3a) | (0x7f << 0x40) | (7 << 0x48);
    // STOP, JUMP, RETURN, REVERT, INVALID, and what no fork has: 0c-0f, 1f, 21-2f, 4b-4f, a5-ef, f6-f9, fb, fc.
    uint256 private constant ENDS =
        1 |
            (1 << 0x56) |
            (1 << 0xf3) |
            (7 << 0xfc) |
            (0x0f << 0x0c) |
            (1 << 0x1f) |
            (0x7fff << 0x21) |
            (0x1f << 0x4b) |
            (((1 << 0x4b) - 1) << 0xa5) |
            (0x0f << 0xf6) |
            (1 << 0xfb);
    uint256 private constant EVENTS = PUSHES | JUMPDEST | STATICCALL | REFUSED | ENVIRONMENT | ENDS;

    // How many words opcodes 00-3f and 40-5f take from the stack, four bits each, and which of them put one there.
    uint256 private constant TAKES_00 = 0x1304103030100010000000000000000201222212221222220000223322222220;
    uint256 private constant TAKES_40 = 0x3210000212122110000001000000001;
    uint256 private constant GIVES = 0x171207ffad7f00017fff0ffe;

    /// Where a scan stands.
    struct Scan {
        uint256 position;
        /// Last JUMPDEST: from there on, the code runs straight.
        uint256 start;
        bool isReachable;
        /// The opcode found.
        uint256 opcode;
    }

    /// @return environment Which opcodes in it depend on the chain: bit i for opcode 0x30 + i.
    function requireSelfContained(bytes calldata code) internal pure returns (uint32 environment) {
        require(code.length != 0, CodeEmpty());
        require(code.length <= MAX_SIZE, CodeTooLong(code.length));
        bytes32 kind = delegation(code);
        require(kind == 0, CodeRefused(kind, 0));
        Scan memory scan;
        scan.isReachable = true;
        while (_next(scan, code)) {
            uint256 opcode = scan.opcode;
            if ((ENVIRONMENT >> opcode) & 1 != 0) {
                environment |= uint32(1 << (opcode - 0x30));
            } else if (opcode == 0xfa) {
                require(_callsPrecompile(scan, code), CodeRefused("STATICCALL", scan.position));
            } else {
                revert CodeRefused(nameOf(opcode), scan.position);
            }
            ++scan.position;
        }
    }

    /// Kinds of code that only point to other code. @return kind Zero if it is none of them.
    function delegation(bytes calldata code) internal pure returns (bytes32 kind) {
        bytes32 head = code.length < 32 ? bytes32(code) : bytes32(code[:32]);
        if (bytes3(head) == 0xef0100) return "EIP-7702 delegation";
        if (bytes1(head) == 0xef) return "EOF";
        if (bytes10(head) == 0x363d3d373d3d3d363d73) return "EIP-1167 clone";
        // The same with PUSH0.
        if (bytes9(head) == 0x5f5f365f5f37365f73) return "EIP-7511 clone";
        return 0;
    }

    /// Whether code pushes this word somewhere.
    function pushes(bytes calldata code, bytes32 word) internal pure returns (bool) {
        for (uint256 i = 0; i + 32 < code.length; ++i) {
            uint256 opcode = uint8(code[i]);
            if (opcode == 0x7f && bytes32(code[i + 1:i + 33]) == word) return true;
            if (opcode >= 0x60 && opcode <= 0x7f) i += opcode - 0x5f;
        }
        return false;
    }

    function nameOf(uint256 opcode) internal pure returns (bytes32) {
        if (opcode == 0x31) return "BALANCE";
        if (opcode == 0x3b) return "EXTCODESIZE";
        if (opcode == 0x3c) return "EXTCODECOPY";
        if (opcode == 0x3f) return "EXTCODEHASH";
        if (opcode == 0x47) return "SELFBALANCE";
        if (opcode == 0xf0) return "CREATE";
        if (opcode == 0xf1) return "CALL";
        if (opcode == 0xf2) return "CALLCODE";
        if (opcode == 0xf4) return "DELEGATECALL";
        if (opcode == 0xf5) return "CREATE2";
        return "SELFDESTRUCT";
    }

    /// Moves on to the next opcode that matters. @return found False at the end of the code.
    function _next(Scan memory scan, bytes calldata code) private pure returns (bool found) {
        uint256 position = scan.position;
        uint256 start = scan.start;
        uint256 isReachable = scan.isReachable ? 1 : 0;
        uint256 opcode;
        uint256 events = EVENTS;
        uint256 ends = ENDS;
        // Up to 24,576 turns: the loop is what a scan costs.
        assembly ("memory-safe") {
            for {} lt(position, code.length) {
                position := add(position, 1)
            } {
                opcode := byte(0, calldataload(add(code.offset, position)))
                if iszero(and(shr(opcode, events), 1)) {
                    continue
                }
                if lt(sub(opcode, 0x60), 32) {
                    position := add(position, sub(opcode, 0x5f))
                    continue
                }
                if eq(opcode, 0x5b) {
                    isReachable := 1
                    start := position
                    continue
                }
                if iszero(isReachable) {
                    continue
                }
                if and(shr(opcode, ends), 1) {
                    isReachable := 0
                    continue
                }
                found := 1
                break
            }
        }
        scan.position = position;
        scan.start = start;
        scan.isReachable = isReachable != 0;
        scan.opcode = opcode;
    }

    /// Follows constants on the stack from the last JUMPDEST to the STATICCALL at `scan.at`, and sees which address it
    /// takes. What was on the stack before, and what instructions compute, is unknown.
    function _callsPrecompile(Scan memory scan, bytes calldata code) private pure returns (bool) {
        unchecked {
            // Each entry is a constant plus one; zero stands for an unknown word. Below the first entry all are unknown.
            uint256[] memory stack = new uint256[](scan.position - scan.start + 1);
            uint256 height = 0;
            for (uint256 position = scan.start; position < scan.position; ++position) {
                uint256 opcode = uint8(code[position]);
                if (opcode >= 0x5f && opcode <= 0x7f) {
                    uint256 size = opcode - 0x5f;
                    // Only short constants can be a precompile's address.
                    uint256 word =
                        size <= 2
                            ? uint256(NodeRlp.word(_offset(code) + position + 1)) >> (256 - 8 * size)
                            : 0;
                    stack[height++] = size <= 2 ? word + 1 : 0;
                    position += size;
                } else if (opcode >= 0x80 && opcode <= 0x8f) {
                    uint256 depth = opcode - 0x7f;
                    stack[height] = depth <= height ? stack[height - depth] : 0;
                    ++height;
                } else if (opcode >= 0x90 && opcode <= 0x9f) {
                    uint256 depth = opcode - 0x8f;
                    if (depth < height) {
                        (stack[height - 1], stack[height - 1 - depth]) = (
                            stack[height - 1 - depth],
                            stack[height - 1]
                        );
                    } else if (height != 0) {
                        stack[height - 1] = 0;
                    }
                } else {
                    (uint256 takes, bool gives) = _effect(opcode);
                    height = takes < height ? height - takes : 0;
                    if (gives) stack[height++] = 0;
                }
            }
            // gas, address, …
            if (height < 2) return false;
            uint256 called = stack[height - 2];
            return called > 1 && called <= LAST_PRECOMPILE + 1;
        }
    }

    /// What an instruction other than PUSH, DUP and SWAP does to the stack.
    function _effect(uint256 opcode) private pure returns (uint256 takes, bool gives) {
        unchecked {
            if (opcode < 0x40) takes = (TAKES_00 >> (4 * opcode)) & 0x0f;
            else if (opcode < 0x60) takes = (TAKES_40 >> (4 * (opcode - 0x40))) & 0x0f;
            else if (opcode >= 0xa0 && opcode <= 0xa4)
                return (opcode - 0x9e, false);
                // Of the rest, only a STATICCALL lets the code run on to here.
            else return (6, true);
            gives = (GIVES >> opcode) & 1 != 0;
        }
    }

    function _offset(bytes calldata code) private pure returns (uint256 offset) {
        (offset, ) = NodeRlp.bounds(code);
    }
}
