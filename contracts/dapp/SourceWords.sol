// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Values out of a storage word
/// @notice Takes a value of a Solidity type out of a word of A's storage. Small values share slots: `offset` counts
/// bytes from the low end of the word, as the compiler's storage layout prints it.
library SourceWords {
    /// @notice No value of that many bytes starts at that byte of a word.
    error OutsideWord(uint256 offset, uint256 size);
    /// @notice The word is not the head of a string or bytes: another type or another contract.
    error NotBytes(bytes32 word);

    /// @param size Bytes: 16 for uint128, 1 for an enum.
    function toUint(bytes32 word, uint256 offset, uint256 size) internal pure returns (uint256) {
        require(size != 0 && size <= 32 && offset <= 32 - size, OutsideWord(offset, size));
        return (uint256(word) >> (8 * offset)) & (type(uint256).max >> (256 - 8 * size));
    }

    /// @param size Bytes: 8 for int64.
    function toInt(bytes32 word, uint256 offset, uint256 size) internal pure returns (int256) {
        uint256 unused = 256 - 8 * size;
        // Arithmetic, so that the sign fills what is not used.
        return int256(toUint(word, offset, size) << unused) >> unused;
    }

    function toAddress(bytes32 word, uint256 offset) internal pure returns (address) {
        return address(uint160(toUint(word, offset, 20)));
    }

    function toBool(bytes32 word, uint256 offset) internal pure returns (bool) {
        return toUint(word, offset, 1) != 0;
    }

    /// @return Fixed bytes, to be converted to their type: `bytes4(toFixedBytes(word, 0, 4))`.
    function toFixedBytes(bytes32 word, uint256 offset, uint256 size) internal pure returns (bytes32) {
        uint256 value = toUint(word, offset, size);
        return bytes32(value << (256 - 8 * size));
    }

    /// @notice Length of the `string` or `bytes` whose own slot holds `head`.
    /// @return length Bytes.
    /// @return isLong Its bytes are elsewhere (`SourceSlots.data`); otherwise they are the high end of `head`.
    function bytesLength(bytes32 head) internal pure returns (uint256 length, bool isLong) {
        uint256 value = uint256(head);
        isLong = value & 1 != 0;
        length = isLong ? value >> 1 : (value & 0xff) >> 1;
        require(isLong == (length > 31), NotBytes(head));
    }
}
