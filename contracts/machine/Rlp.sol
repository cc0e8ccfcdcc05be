// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Reading strict RLP in memory
/// @notice Only the one canonical encoding of an item is accepted (Yellow Paper appendix B). Whose fault a malformed
/// item is, the caller knows: the functions answer with an end of zero, which no item has.
/// @dev OpenZeppelin's RLP accepts integers with leading zeros and lengths that are not minimal.
library Rlp {
    /// @notice The item at `position`, which must end at or before `end`.
    /// @return isList Whether it is a list.
    /// @return from Where its content begins.
    /// @return to Where it ends, or zero: it is malformed.
    function read(
        bytes memory data,
        uint256 position,
        uint256 end
    ) internal pure returns (bool isList, uint256 from, uint256 to) {
        if (position >= end) return (false, 0, 0);
        uint256 head = _word(data, position);
        uint256 prefix = head >> 248;
        // Positions are within memory, and a length has at most eight bytes: nothing overflows.
        unchecked {
            from = position + 1;
            if (prefix < 0x80) return (false, position, from);
            isList = prefix >= 0xc0;
            // The prefixes of strings and of lists count alike.
            uint256 size = prefix & 0x3f;
            uint256 next = (head >> 240) & 0xff;
            if (size > 55) {
                uint256 width = size - 55;
                size = (head << 8) >> (256 - 8 * width);
                // Minimal: no leading zero, and no length that the prefix alone could say.
                if (next == 0 || size <= 55) return (false, 0, 0);
                from += width;
            } else if (prefix == 0x81 && next < 0x80) {
                // A byte below 0x80 stands for itself.
                return (false, 0, 0);
            }
            to = from + size;
            if (to > end) return (false, 0, 0);
        }
    }

    /// @notice The integer of at most `width` bytes at `position`, without leading zeros.
    /// @return value The integer.
    /// @return to Where its item ends, or zero: it is malformed.
    function readInteger(
        bytes memory data,
        uint256 position,
        uint256 end,
        uint256 width
    ) internal pure returns (uint256 value, uint256 to) {
        bool isList;
        uint256 from;
        (isList, from, to) = read(data, position, end);
        uint256 size = to - from;
        if (isList || size > width) return (0, 0);
        if (size == 0) return (0, to);
        value = _word(data, from) >> (256 - 8 * size);
        if (value >> (8 * (size - 1)) == 0) return (0, 0);
    }

    /// @notice The string of exactly `width` bytes, up to 32, at `position`, as a number.
    /// @return value The number.
    /// @return to Where its item ends, or zero: it is malformed.
    function readFixed(
        bytes memory data,
        uint256 position,
        uint256 end,
        uint256 width
    ) internal pure returns (uint256 value, uint256 to) {
        bool isList;
        uint256 from;
        (isList, from, to) = read(data, position, end);
        if (isList || to - from != width) return (0, 0);
        value = _word(data, from) >> (256 - 8 * width);
    }

    /// @return The 32 bytes from a position on. What lies beyond the end is refused by where items end.
    function _word(bytes memory data, uint256 position) private pure returns (uint256) {
        bytes32 word;
        // Memory is read by words at any byte, which Solidity has no expression for.
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), position))
        }
        return uint256(word);
    }
}
