// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ForkSchedule} from "../types/ForkSchedule.sol";

/// @notice What the protocol reads from a block header of A.
/// @param hash keccak256 of the header's RLP: the block hash.
/// @param parentHash The hash of the parent block; zero for block 0 only.
/// @param stateRoot The root of the state trie after the block.
/// @param number The block number.
/// @param timestamp The block's timestamp in seconds.
struct Header {
    bytes32 hash;
    bytes32 parentHash;
    bytes32 stateRoot;
    uint64 number;
    uint64 timestamp;
}

/// @title Decoding block headers of A
/// @notice Accepts exactly the canonical RLP of a header with proof-of-stake difficulty and the field count of the
/// fork in force at its timestamp. Fields and order: Yellow Paper section 4.4, EIP-1559, EIP-4895, EIP-4844, EIP-4788,
/// EIP-7685.
/// @dev Walks the bytes itself instead of using OpenZeppelin's `BlockHeader`, which accepts integers with leading
/// zeros and hashes of any width (so that two spellings would read alike) and costs 47,500 gas for a mainnet header
/// where this costs 9,500. The tests check that both read the same values from the same headers.
///
/// Offsets of the fields whose width never varies:
///
///     0  f9 LL LL            list, payload length
///     3  a0 parentHash       36  a0 ommersHash     69  94 beneficiary    90  a0 stateRoot
///   123  a0 transactionsRoot 156  a0 receiptsRoot  189  b9 01 00 logsBloom
///   448  difficulty, number, gasLimit, gasUsed, timestamp, extraData, a0 prevRandao, 88 nonce, later forks' fields
library Headers {
    /// @notice The size limit of a header in bytes. A full mainnet header has about 650.
    uint256 internal constant MAX_SIZE = 2048;

    uint256 private constant LIST_PREFIX_SIZE = 3;
    uint256 private constant DIFFICULTY_OFFSET = 448;

    uint256 private constant PARENT_HASH_OFFSET = 4;
    uint256 private constant STATE_ROOT_OFFSET = 91;

    // Indices of fields, named in errors.
    uint256 private constant DIFFICULTY = 7;
    uint256 private constant NUMBER = 8;
    uint256 private constant GAS_LIMIT = 9;
    uint256 private constant GAS_USED = 10;
    uint256 private constant TIMESTAMP = 11;
    uint256 private constant EXTRA_DATA = 12;
    uint256 private constant PREV_RANDAO = 13;
    uint256 private constant NONCE = 14;
    uint256 private constant FIRST_LATER_FIELD = 15;

    error HeaderTooLarge(uint256 size, uint256 max);
    /// @dev The outer list is not the canonical encoding of a list of `size - 3` bytes, or is too short for a header.
    error HeaderNotList(uint256 size);
    /// @dev The field at this index (from 0, in header order) is not canonically encoded or has the wrong width.
    error HeaderFieldMalformed(uint256 field);
    error HeaderFieldCount(uint256 got, uint256 wanted);
    error HeaderDifficultyNotZero();
    error HeaderRootZero(uint256 field);
    error BeyondSunset(uint64 timestamp, uint64 sunset);

    /// @notice Decodes and checks a header.
    /// @param rlp The header's RLP, at most `MAX_SIZE` bytes. Memory, because hashing needs it there anyway.
    /// @param schedule The forks this deployment knows.
    function decode(bytes memory rlp, ForkSchedule schedule) internal pure returns (Header memory header) {
        require(rlp.length <= MAX_SIZE, HeaderTooLarge(rlp.length, MAX_SIZE));
        _requireFixedPart(rlp);

        uint256 cursor = DIFFICULTY_OFFSET;
        require(_byteAt(rlp, cursor) == 0x80, HeaderDifficultyNotZero());
        (header.number, cursor) = _uint64At(rlp, cursor + 1, NUMBER);
        (, cursor) = _uint64At(rlp, cursor, GAS_LIMIT);
        (, cursor) = _uint64At(rlp, cursor, GAS_USED);
        (header.timestamp, cursor) = _uint64At(rlp, cursor, TIMESTAMP);
        cursor = _skipString(rlp, cursor, EXTRA_DATA);
        require(_byteAt(rlp, cursor) == 0xa0, HeaderFieldMalformed(PREV_RANDAO));
        require(_byteAt(rlp, cursor + 33) == 0x88, HeaderFieldMalformed(NONCE));

        require(header.timestamp < schedule.sunset(), BeyondSunset(header.timestamp, schedule.sunset()));
        _requireFieldCount(rlp, cursor + 42, schedule.fieldsAt(header.timestamp));

        header.hash = keccak256(rlp);
        header.parentHash = _wordAt(rlp, PARENT_HASH_OFFSET);
        header.stateRoot = _wordAt(rlp, STATE_ROOT_OFFSET);
        // A chain's first block has no parent; every other zero is a lie about a root.
        require(header.parentHash != 0 || header.number == 0, HeaderRootZero(0));
        require(header.stateRoot != 0, HeaderRootZero(3));
    }

    /// The list prefix and the prefixes of the seven fields whose width never varies.
    function _requireFixedPart(bytes memory rlp) private pure {
        uint256 size = rlp.length;
        uint256 prefix = uint256(_wordAt(rlp, 0)) >> 232;
        // The bloom alone makes the payload longer than 255 bytes, so its length takes exactly two.
        require(
            size > DIFFICULTY_OFFSET && prefix == (0xf90000 | (size - LIST_PREFIX_SIZE)),
            HeaderNotList(size)
        );
        require(_byteAt(rlp, 3) == 0xa0, HeaderFieldMalformed(0));
        require(_byteAt(rlp, 36) == 0xa0, HeaderFieldMalformed(1));
        require(_byteAt(rlp, 69) == 0x94, HeaderFieldMalformed(2));
        require(_byteAt(rlp, 90) == 0xa0, HeaderFieldMalformed(3));
        require(_byteAt(rlp, 123) == 0xa0, HeaderFieldMalformed(4));
        require(_byteAt(rlp, 156) == 0xa0, HeaderFieldMalformed(5));
        require(uint256(_wordAt(rlp, 189)) >> 232 == 0xb90100, HeaderFieldMalformed(6));
    }

    /// Walks the fields after the nonce. Their meaning is the execution rules' business; here each must be one
    /// canonical string, the last must end where the header ends, and their number must be the fork's.
    function _requireFieldCount(bytes memory rlp, uint256 cursor, uint256 wanted) private pure {
        uint256 count = FIRST_LATER_FIELD;
        while (cursor < rlp.length) cursor = _skipString(rlp, cursor, count++);
        // Reads above may have gone past the end (the memory there is readable and means nothing). The cursor only
        // ever advances, so that this single check makes up for all of them.
        require(cursor == rlp.length, HeaderFieldMalformed(count - 1));
        require(count == wanted, HeaderFieldCount(count, wanted));
    }

    /// A canonical integer of at most eight bytes.
    function _uint64At(
        bytes memory rlp,
        uint256 cursor,
        uint256 field
    ) private pure returns (uint64 value, uint256 next) {
        uint256 word = uint256(_wordAt(rlp, cursor));
        uint256 prefix = word >> 248;
        if (prefix < 0x80) {
            // Zero is the empty string, never a zero byte.
            require(prefix != 0, HeaderFieldMalformed(field));
            return (uint64(prefix), cursor + 1);
        }
        require(prefix <= 0x88, HeaderFieldMalformed(field));
        uint256 length = prefix - 0x80;
        if (length == 0) return (0, cursor + 1);
        uint256 lead = (word >> 240) & 0xff;
        // No leading zero; a single byte below 0x80 would have been its own encoding.
        require(lead != 0 && (length > 1 || lead >= 0x80), HeaderFieldMalformed(field));
        value = uint64((word << 8) >> (256 - 8 * length));
        next = cursor + 1 + length;
    }

    /// The position after one canonical string. Lists are not fields of a header.
    function _skipString(
        bytes memory rlp,
        uint256 cursor,
        uint256 field
    ) private pure returns (uint256 next) {
        uint256 word = uint256(_wordAt(rlp, cursor));
        uint256 prefix = word >> 248;
        if (prefix < 0x80) return cursor + 1;
        if (prefix <= 0xb7) {
            require(prefix != 0x81 || (word >> 240) & 0xff >= 0x80, HeaderFieldMalformed(field));
            return cursor + 1 + prefix - 0x80;
        }
        if (prefix == 0xb8) {
            uint256 length = (word >> 240) & 0xff;
            require(length > 55, HeaderFieldMalformed(field));
            return cursor + 2 + length;
        }
        // Three length bytes cannot be canonical in a header of this size.
        require(prefix == 0xb9, HeaderFieldMalformed(field));
        uint256 longLength = (word >> 232) & 0xffff;
        require(longLength > 255, HeaderFieldMalformed(field));
        return cursor + 3 + longLength;
    }

    function _byteAt(bytes memory rlp, uint256 offset) private pure returns (uint256) {
        return uint256(_wordAt(rlp, offset)) >> 248;
    }

    function _wordAt(bytes memory rlp, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(rlp, 0x20), offset))
        }
    }
}
