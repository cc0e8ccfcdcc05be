// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The number of a storage slot of a contract on A.
type SourceSlot is uint256;

using SourceSlots for SourceSlot global;

/// @title Where Solidity keeps a variable
/// @notice Computes the slot of a variable of a contract on A, as its compiler lays storage out. Start from the slot of
/// the variable, which `forge inspect CONTRACT storageLayout` prints, and go inwards:
///
///     mapping(address => uint256) balances;                     // slot 0
///     mapping(address => mapping(address => uint256)) allowed;  // slot 1
///     Loan[] loans;                                             // slot 5, Loan takes 3 slots
///
///     SourceSlots.variable(0).entry(holder)
///     SourceSlots.variable(1).entry(owner).entry(spender)
///     SourceSlots.variable(5).element(i, 3).member(2)
///
/// @dev Rules: https://docs.soliditylang.org/en/latest/internals/layout_in_storage.html. An upgradeable contract can
/// change its layout: then all of this has to be read again. Reading past the end of an array that grows gives zero or
/// what was left there; read its length first, from the slot of the array itself.
library SourceSlots {
    /// @notice The element does not fit a slot, or takes none.
    error ElementSizeWrong(uint256 size);

    function variable(uint256 position) internal pure returns (SourceSlot) {
        return SourceSlot.wrap(position);
    }

    /// @notice The entry of a mapping under an address. Contracts and `address payable` are addresses, too.
    function entry(SourceSlot mapping_, address key) internal pure returns (SourceSlot) {
        return entry(mapping_, bytes32(uint256(uint160(key))));
    }

    /// @notice The entry under an unsigned integer of any size, or an enum.
    function entry(SourceSlot mapping_, uint256 key) internal pure returns (SourceSlot) {
        return entry(mapping_, bytes32(key));
    }

    /// @notice The entry under a signed integer of any size.
    function entry(SourceSlot mapping_, int256 key) internal pure returns (SourceSlot) {
        return entry(mapping_, bytes32(uint256(key)));
    }

    function entry(SourceSlot mapping_, bool key) internal pure returns (SourceSlot) {
        return entry(mapping_, bytes32(key ? uint256(1) : 0));
    }

    /// @notice The entry under bytes32, or under shorter fixed bytes, which Solidity converts to bytes32 as it must be.
    function entry(SourceSlot mapping_, bytes32 key) internal pure returns (SourceSlot slot) {
        assembly ("memory-safe") {
            mstore(0x00, key)
            mstore(0x20, mapping_)
            slot := keccak256(0x00, 0x40)
        }
    }

    /// @notice The entry of a mapping whose keys are `string` or `bytes`.
    function entryOfBytes(SourceSlot mapping_, bytes memory key) internal pure returns (SourceSlot) {
        return SourceSlot.wrap(uint256(keccak256(abi.encodePacked(key, SourceSlot.unwrap(mapping_)))));
    }

    /// @notice Where what an array that grows, or a string or bytes longer than 31 bytes, holds begins.
    function data(SourceSlot array) internal pure returns (SourceSlot slot) {
        assembly ("memory-safe") {
            mstore(0x00, array)
            slot := keccak256(0x00, 0x20)
        }
    }

    /// @notice Element of an array that grows, whose elements take `slotsEach` whole slots. For an array of fixed length
    /// leave out `data`: `array.member(index * slotsEach)`.
    function element(SourceSlot array, uint256 index, uint256 slotsEach) internal pure returns (SourceSlot) {
        require(slotsEach != 0, ElementSizeWrong(slotsEach));
        return member(data(array), index * slotsEach);
    }

    /// @notice Element of an array that grows, of which several share a slot.
    /// @param bytesEach Size of an element: 4 for uint32, 20 for address.
    /// @return slot Where it is. @return offset Bytes from the low end of the slot, as SourceWords takes it.
    function packedElement(
        SourceSlot array,
        uint256 index,
        uint256 bytesEach
    ) internal pure returns (SourceSlot slot, uint256 offset) {
        require(bytesEach != 0 && bytesEach <= 32, ElementSizeWrong(bytesEach));
        uint256 perSlot = 32 / bytesEach;
        return (member(data(array), index / perSlot), (index % perSlot) * bytesEach);
    }

    /// @notice The slot `distance` further: a struct's member, or an element of an array of fixed length.
    function member(SourceSlot start, uint256 distance) internal pure returns (SourceSlot) {
        // Solidity's own arithmetic on slots wraps around the end of storage.
        unchecked {
            return SourceSlot.wrap(SourceSlot.unwrap(start) + distance);
        }
    }

    /// @notice As `IFeeds.read` takes it.
    function word(SourceSlot slot) internal pure returns (bytes32) {
        return bytes32(SourceSlot.unwrap(slot));
    }
}
