// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Reading the RLP of trie nodes in place
/// @notice Positions are offsets into calldata. Reads may go past the end of a node, where something else lies; every
/// function is made so that its answer cannot depend on it, or says what the caller must check.
/// @dev RLP: Yellow Paper appendix B. Only forms that a node can have are known: no length takes more than two bytes.
library NodeRlp {
    /// @notice A hash reference with its RLP prefix.
    uint256 internal constant REFERENCE_SIZE = 33;
    /// @notice A branch with sixteen hash references: f9 02 11, 16 x 33 bytes, 80.
    uint256 internal constant FULL_BRANCH_SIZE = 532;

    /// @return first Where the items of the list [start, end) begin, or zero if that is not one canonical list.
    /// Reading a length past the end does no harm: no length makes up for the bytes that are missing.
    function payload(uint256 start, uint256 end) internal pure returns (uint256 first) {
        unchecked {
            uint256 head = uint256(word(start));
            uint256 prefix = head >> 248;
            uint256 size;
            if (prefix >= 0xc0 && prefix <= 0xf7) {
                (first, size) = (start + 1, prefix - 0xc0);
            } else if (prefix == 0xf8) {
                (first, size) = (start + 2, (head >> 240) & 0xff);
                if (size <= 55) return 0;
            } else if (prefix == 0xf9) {
                (first, size) = (start + 3, (head >> 232) & 0xffff);
                if (size <= 255) return 0;
            } else {
                return 0;
            }
            if (first + size != end) return 0;
        }
    }

    /// @return The end of the RLP item at `cursor` as far as its prefix tells. Prefixes that no node's item has get
    /// an end beyond every node, so that they never end one.
    function itemEnd(uint256 cursor) internal pure returns (uint256) {
        unchecked {
            uint256 head = uint256(word(cursor));
            uint256 prefix = head >> 248;
            if (prefix < 0x80) return cursor + 1;
            if (prefix < 0xb8) return cursor + 1 + prefix - 0x80;
            if (prefix == 0xb8) return cursor + 2 + ((head >> 240) & 0xff);
            if (prefix == 0xb9) return cursor + 3 + ((head >> 232) & 0xffff);
            if (prefix >= 0xc0 && prefix < 0xf8) return cursor + 1 + prefix - 0xc0;
            return type(uint256).max;
        }
    }

    /// Whether a node is a branch with sixteen hashes: its list prefix, the prefix of every child, and the empty value
    /// are where they must be.
    function isFullBranch(bytes calldata node) internal pure returns (bool full) {
        if (node.length != FULL_BRANCH_SIZE) return false;
        // Solidity would check bounds at each read, and a loop would double the price of a level.
        assembly ("memory-safe") {
            let at := node.offset
            let mark := shl(248, 0xa0)
            // Ends with zero in the top byte if all these prefixes are marks. The first child's is beside the list's.
            let odd := xor(calldataload(add(at, 531)), shl(248, 0x80))
            odd := or(odd, xor(calldataload(add(at, 36)), mark))
            odd := or(or(odd, xor(calldataload(add(at, 69)), mark)), xor(calldataload(add(at, 102)), mark))
            odd := or(or(odd, xor(calldataload(add(at, 135)), mark)), xor(calldataload(add(at, 168)), mark))
            odd := or(or(odd, xor(calldataload(add(at, 201)), mark)), xor(calldataload(add(at, 234)), mark))
            odd := or(or(odd, xor(calldataload(add(at, 267)), mark)), xor(calldataload(add(at, 300)), mark))
            odd := or(or(odd, xor(calldataload(add(at, 333)), mark)), xor(calldataload(add(at, 366)), mark))
            odd := or(or(odd, xor(calldataload(add(at, 399)), mark)), xor(calldataload(add(at, 432)), mark))
            odd := or(or(odd, xor(calldataload(add(at, 465)), mark)), xor(calldataload(add(at, 498)), mark))
            full := and(eq(shr(224, calldataload(at)), 0xf90211a0), iszero(shr(248, odd)))
        }
    }

    /// The hash of child `nibble` of a full branch.
    function childOfFullBranch(bytes calldata node, uint256 nibble) internal pure returns (bytes32 child) {
        // The position is within the node for every nibble; Solidity would check that again.
        assembly ("memory-safe") {
            child := calldataload(add(node.offset, add(4, mul(nibble, 33))))
        }
    }

    /// @return The size of the child at `cursor`: 1 empty, 33 hash, 2 to 31 inline, 0 if it is none of these.
    function childSize(uint256 cursor) internal pure returns (uint256) {
        unchecked {
            uint256 prefix = byteAt(cursor);
            if (prefix == 0xa0) return REFERENCE_SIZE;
            if (prefix == 0x80) return 1;
            return prefix > 0xc0 && prefix <= 0xde ? prefix - 0xbf : 0;
        }
    }

    /// The hash of bytes in calldata.
    function hash(bytes calldata data) internal pure returns (bytes32 digest) {
        // keccak256 reads memory only. The copy goes to free memory without claiming it, so that every node reuses
        // the same place; the compiler's own copy would be kept for good.
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            calldatacopy(scratch, data.offset, data.length)
            digest := keccak256(scratch, data.length)
        }
    }

    /// The word at a calldata offset. What it holds beyond its node's end is not the node's: callers mask it, or
    /// reject it by where the node ends.
    function word(uint256 offset) internal pure returns (bytes32 data) {
        // Solidity reads calldata only through typed parameters, with a bounds check each time.
        assembly ("memory-safe") {
            data := calldataload(offset)
        }
    }

    /// The hash of the word at a calldata offset.
    function hashOfWord(uint256 offset) internal pure returns (bytes32 digest) {
        // Hashing one calldata word needs no allocation: the scratch space holds it.
        assembly ("memory-safe") {
            mstore(0x00, calldataload(offset))
            digest := keccak256(0x00, 0x20)
        }
    }

    /// The key of an account.
    function hashOfAddress(address owner) internal pure returns (bytes32 digest) {
        // As above, without the zeros before it.
        assembly ("memory-safe") {
            mstore(0x00, owner)
            digest := keccak256(0x0c, 0x14)
        }
    }

    function byteAt(uint256 offset) internal pure returns (uint256) {
        return uint256(word(offset)) >> 248;
    }

    function bounds(bytes calldata data) internal pure returns (uint256 start, uint256 end) {
        // A slice's position in calldata has no name outside assembly.
        assembly ("memory-safe") {
            start := data.offset
            end := add(start, data.length)
        }
    }

    function slice(uint256 start, uint256 size) internal pure returns (bytes calldata data) {
        // The inverse of `bounds`.
        assembly ("memory-safe") {
            data.offset := start
            data.length := size
        }
    }
}
