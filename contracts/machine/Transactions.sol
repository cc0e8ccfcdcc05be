// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {ByteTree} from "./ByteTree.sol";
import {Gas} from "./Gas.sol";
import {Rlp} from "./Rlp.sol";
import {Signatures} from "./Signatures.sol";
import {Block, Machine, Tx, RULES_OSAKA, RULES_PRAGUE} from "./State.sol";

/// @title Decoding transactions
/// @notice Strictly and in place: canonical RLP, exact numbers of fields, no trailing bytes. What the state need not be
/// asked about is checked here. EIP-2718, 155, 2930, 1559, 4844, 7702, 7825, 7594.
///
/// | kind | fields                                                                                            |
/// |------|---------------------------------------------------------------------------------------------------|
/// | 0    | nonce, fee, gas, to, value, data, v, r, s                                                         |
/// | 1    | chain, nonce, fee, gas, to, value, data, access list, parity, r, s                                |
/// | 2    | chain, nonce, tip, fee, gas, to, value, data, access list, parity, r, s                           |
/// | 3    | chain, nonce, tip, fee, gas, to, value, data, access list, blob fee, blob hashes, parity, r, s    |
/// | 4    | chain, nonce, tip, fee, gas, to, value, data, access list, authorisations, parity, r, s           |
///
/// The functions return whether the block may hold the transaction; if not, the block is invalid.
library Transactions {
    using RLP for RLP.Encoder;

    uint256 internal constant LEGACY = 0;
    uint256 internal constant BLOBS = 3;
    uint256 internal constant AUTHORISING = 4;

    uint256 internal constant BLOB_GAS = 131072;

    uint64 private constant BASE_GAS = 21000;
    uint64 private constant CREATION_GAS = 32000;
    uint256 private constant LISTED_ADDRESS_GAS = 2400;
    uint256 private constant LISTED_SLOT_GAS = 1900;
    uint64 private constant AUTHORISATION_GAS = 25000;
    /// EIP-7825.
    uint256 private constant MAX_GAS = 2 ** 24;
    /// EIP-7594.
    uint256 private constant MAX_BLOBS = 6;
    /// The fields of each kind.
    bytes5 private constant FIELDS = 0x090b0c0e0d;
    uint256 private constant SIGNATURE_FIELDS = 3;
    /// A word with its RLP prefix.
    uint256 private constant WORD_ITEM = 33;
    bytes1 private constant WORD_PREFIX = 0xa0;
    uint256 private constant ADDRESS_SIZE = 20;
    /// An address with its RLP prefix.
    uint256 private constant ADDRESS_ITEM = 21;
    bytes1 private constant ADDRESS_PREFIX = 0x94;
    /// An address with no slots: d6, 94, 20 bytes, c0.
    uint256 private constant BARE_ENTRY_SIZE = 23;
    bytes32 private constant BARE_ENTRY = bytes32(bytes2(0xd694)) | (bytes32(bytes1(0xc0)) >> 176);
    bytes32 private constant BARE_ENTRY_MASK = bytes32(bytes2(0xffff)) | (bytes32(bytes1(0xff)) >> 176);
    uint256 private constant AUTHORISATION_FIELDS = 6;
    bytes1 private constant AUTHORISATION_MAGIC = 0x05;

    /// A transaction taken apart. In memory because there is too much of it for the stack.
    struct Source {
        bytes data;
        /// Where the transaction begins.
        uint256 start;
        uint256 kind;
        /// Where the fields begin, and where the last one ends.
        uint256[] bounds;
        /// Index of the nonce; the others follow from it and the kind.
        uint256 nonceAt;
        uint256 feeAt;
        uint256 maxFee;
    }

    /// An authorisation tuple of EIP-7702.
    struct Authorisation {
        uint256 chainId;
        address delegate;
        uint64 nonce;
        uint256 parity;
        uint256 r;
        uint256 s;
    }

    /// Makes the transaction in data[from, to) the machine's. What lies before and behind its fields is overwritten.
    function decode(
        Machine memory m,
        uint256 chainId,
        bytes memory data,
        uint256 from,
        uint256 to
    ) internal view returns (bool) {
        Tx memory txn = m.txn;
        txn.hash = _hash(data, from, to);
        Source memory source;
        (source.data, source.start) = (data, from);
        if (!_open(source, from, to, m.head.rules)) return false;
        txn.kind = uint8(source.kind);
        if (source.kind != LEGACY) {
            (uint256 named, uint256 end) = _integer(source, 0, 32);
            if (end == 0 || named != chainId) return false;
        }
        if (!_readFees(m, source) || !_readCall(txn, source)) return false;
        if (source.kind != LEGACY && !_readLists(m, source)) return false;
        // Last: it overwrites what is not signed.
        txn.sender = _recover(source, chainId);
        return txn.sender != address(0);
    }

    /// Kind and fields.
    function _open(Source memory source, uint256 from, uint256 to, uint8 rules) private pure returns (bool) {
        if (from == to) return false;
        uint256 first = uint8(source.data[from]);
        if (first < 0xc0) {
            if (first == 0 || first > (rules >= RULES_PRAGUE ? AUTHORISING : BLOBS)) return false;
            source.kind = first;
            ++from;
        }
        (bool isList, uint256 position, uint256 end) = Rlp.read(source.data, from, to);
        if (!isList || end != to) return false;
        uint256 count = uint8(FIELDS[source.kind]);
        source.bounds = new uint256[](count + 1);
        source.bounds[0] = position;
        for (uint256 i = 1; i <= count; ++i) {
            (, , position) = Rlp.read(source.data, position, to);
            if (position == 0) return false;
            source.bounds[i] = position;
        }
        if (position != to) return false;
        source.nonceAt = source.kind == LEGACY ? 0 : 1;
        source.feeAt = source.kind < 2 ? source.nonceAt + 1 : source.nonceAt + 2;
        return true;
    }

    /// Nonce, fees and gas limit.
    function _readFees(Machine memory m, Source memory source) private pure returns (bool) {
        (Tx memory txn, Block memory head) = (m.txn, m.head);
        (uint256 value, uint256 end) = _integer(source, source.nonceAt, 8);
        if (end == 0 || value == type(uint64).max) return false;
        txn.nonce = uint64(value);
        (txn.tip, end) = _integer(source, source.nonceAt + 1, 32);
        if (end == 0) return false;
        (source.maxFee, end) = _integer(source, source.feeAt, 32);
        if (end == 0 || source.maxFee < head.baseFee || txn.tip > source.maxFee) return false;
        // EIP-1559: the tip is what the fee leaves.
        if (txn.tip > source.maxFee - head.baseFee) txn.tip = source.maxFee - head.baseFee;
        txn.gasPrice = head.baseFee + txn.tip;
        (value, end) = _integer(source, source.feeAt + 1, 8);
        if (end == 0 || value > head.gasLimit - m.gasUsed) return false;
        if (head.rules >= RULES_OSAKA && value > MAX_GAS) return false;
        txn.gasLimit = uint64(value);
        return true;
    }

    /// Receiver, value and data.
    function _readCall(Tx memory txn, Source memory source) private pure returns (bool) {
        uint256 field = source.feeAt + 2;
        (bool isList, uint256 from, uint256 to) = _item(source, field);
        if (isList) return false;
        bool isCreation = from == to;
        if (!isCreation) {
            (uint256 receiver, uint256 end) = Rlp.readFixed(
                source.data,
                source.bounds[field],
                to,
                ADDRESS_SIZE
            );
            if (end == 0) return false;
            txn.to = address(uint160(receiver));
        }
        (txn.value, to) = _integer(source, field + 1, 32);
        if (to == 0 || !_addCost(txn, txn.gasLimit, source.maxFee) || !_addCost(txn, 1, txn.value))
            return false;
        (isList, from, to) = _item(source, field + 2);
        if (isList) return false;
        if (from != to) (txn.dataAt, txn.dataSize) = (uint32(from - source.start), uint32(to - from));
        txn.intrinsic = BASE_GAS;
        if (!isCreation) return true;
        txn.initHash = _hash(source.data, from, to);
        txn.intrinsic += CREATION_GAS + uint64(Gas.WORD_INIT * Gas.toWords(to - from));
        return to - from <= Gas.MAX_INIT_CODE && source.kind < BLOBS;
    }

    // The lists of typed transactions.

    function _readLists(Machine memory m, Source memory source) private pure returns (bool) {
        uint256 field = source.feeAt + 5;
        (bool isList, uint256 from, uint256 to) = _item(source, field);
        if (!isList || !_readAccessList(m.txn, source.data, from, to)) return false;
        if (from != to) {
            m.txn.listAt = uint32(from - source.start);
            m.txn.listEnd = uint32(to - source.start);
        }
        if (source.kind == BLOBS) return _readBlobs(m, source, field + 1);
        if (source.kind == AUTHORISING) return _readAuthorisations(m.txn, source, field + 1);
        return true;
    }

    /// EIP-2930: [[address, [slot, …]], …]. A transaction may hold thousands, and all are looked at in one step.
    function _readAccessList(
        Tx memory txn,
        bytes memory data,
        uint256 position,
        uint256 end
    ) private pure returns (bool) {
        uint256 addresses = 0;
        uint256 slots = 0;
        // Positions are within memory, and there are fewer items than bytes.
        unchecked {
            for (; position < end; ++addresses) {
                // An entry without slots in one look: it is what a transaction can hold most of.
                if (ByteTree.wordOf(data, position) & BARE_ENTRY_MASK == BARE_ENTRY) {
                    position += BARE_ENTRY_SIZE;
                    continue;
                }
                (bool isList, uint256 from, uint256 to) = Rlp.read(data, position, end);
                // The address is a string of 20 bytes, and a list has to follow it.
                if (!isList || to <= from + ADDRESS_ITEM || data[from] != ADDRESS_PREFIX) return false;
                position = to;
                (isList, from, to) = Rlp.read(data, from + ADDRESS_ITEM, to);
                if (!isList || to != position) return false;
                (bool areWords, uint256 count) = _countWords(data, from, to);
                if (!areWords) return false;
                slots += count;
            }
        }
        // The last entry may have been a bare one that went on past the end of the list.
        if (position != end) return false;
        txn.intrinsic += uint64(LISTED_ADDRESS_GAS * addresses + LISTED_SLOT_GAS * slots);
        return true;
    }

    /// Whether [from, to) is a row of strings of 32 bytes, and how many.
    function _countWords(
        bytes memory data,
        uint256 from,
        uint256 to
    ) private pure returns (bool areWords, uint256 count) {
        // Items begin and end within memory.
        unchecked {
            count = (to - from) / WORD_ITEM;
            areWords = count * WORD_ITEM == to - from;
            for (; areWords && from < to; from += WORD_ITEM) areWords = data[from] == WORD_PREFIX;
        }
    }

    /// EIP-4844: the fee for blob gas, and the blobs' versioned hashes.
    function _readBlobs(Machine memory m, Source memory source, uint256 field) private pure returns (bool) {
        (uint256 fee, uint256 end) = _integer(source, field, 32);
        if (end == 0 || fee < m.head.blobBaseFee) return false;
        (bool isList, uint256 from, uint256 to) = _item(source, field + 1);
        if (!isList || from == to) return false;
        (bool areWords, uint256 count) = _countWords(source.data, from, to);
        if (!areWords || m.blobs + count > m.head.maxBlobs) return false;
        if (m.head.rules >= RULES_OSAKA && count > MAX_BLOBS) return false;
        m.txn.blobsAt = uint32(from - source.start);
        m.txn.blobCount = uint32(count);
        for (; from < to; from += WORD_ITEM) {
            if (source.data[from + 1] != 0x01) return false;
        }
        return _addCost(m.txn, BLOB_GAS * count, fee);
    }

    /// EIP-7702.
    function _readAuthorisations(
        Tx memory txn,
        Source memory source,
        uint256 field
    ) private pure returns (bool) {
        (bool isList, uint256 position, uint256 end) = _item(source, field);
        if (!isList || position == end) return false;
        txn.authAt = uint32(position - source.start);
        txn.authEnd = uint32(end - source.start);
        // One place for all: beside a transaction of megabytes, memory for each would cost more than all else.
        uint256[AUTHORISATION_FIELDS] memory fields;
        while (position < end) {
            position = _readTuple(source.data, position, end, fields);
            if (position == 0) return false;
            txn.intrinsic += AUTHORISATION_GAS;
        }
        return true;
    }

    /// [chain id, address, nonce, parity, r, s]
    /// @return authorisation The tuple.
    /// @return end Where it ends, or zero: it is malformed.
    function readAuthorisation(
        bytes memory data,
        uint256 position,
        uint256 limit
    ) internal pure returns (Authorisation memory authorisation, uint256 end) {
        uint256[AUTHORISATION_FIELDS] memory fields;
        end = _readTuple(data, position, limit, fields);
        if (end == 0) return (authorisation, 0);
        authorisation = Authorisation(
            fields[0],
            address(uint160(fields[1])),
            uint64(fields[2]),
            fields[3],
            fields[4],
            fields[5]
        );
    }

    /// Puts the fields of a tuple where the caller wants them.
    /// @return end Where the tuple ends, or zero: it is malformed.
    function _readTuple(
        bytes memory data,
        uint256 position,
        uint256 limit,
        uint256[AUTHORISATION_FIELDS] memory fields
    ) private pure returns (uint256 end) {
        bool isList;
        (isList, position, end) = Rlp.read(data, position, limit);
        if (!isList) return 0;
        // Widths in bytes; the address alone is a string of just so many.
        bytes6 widths = 0x201408012020;
        for (uint256 i = 0; i < AUTHORISATION_FIELDS; ++i) {
            uint256 width = uint8(widths[i]);
            (fields[i], position) =
                width == ADDRESS_SIZE
                    ? Rlp.readFixed(data, position, end, width)
                    : Rlp.readInteger(data, position, end, width);
            if (position == 0) return 0;
        }
        if (position != end) return 0;
    }

    /// @return Who signed an authorisation; zero if it is to be skipped for what it says itself.
    function authorityOf(
        Authorisation memory authorisation,
        uint256 chainId
    ) internal view returns (address) {
        if (authorisation.chainId != 0 && authorisation.chainId != chainId) return address(0);
        if (authorisation.nonce == type(uint64).max) return address(0);
        bytes memory tuple = RLP
            .encoder()
            .push(authorisation.chainId)
            .push(authorisation.delegate)
            .push(authorisation.nonce)
            .encode();
        bytes32 digest = keccak256(bytes.concat(AUTHORISATION_MAGIC, tuple));
        return Signatures.recover(digest, authorisation.parity, authorisation.r, authorisation.s);
    }

    // The signature.

    /// The signer, or zero. Overwrites what is not signed.
    function _recover(Source memory source, uint256 chainId) private view returns (address) {
        uint256 field = source.bounds.length - 1 - SIGNATURE_FIELDS;
        (uint256 v, uint256 vEnd) = _integer(source, field, 32);
        (uint256 r, uint256 rEnd) = _integer(source, field + 1, 32);
        (uint256 s, uint256 sEnd) = _integer(source, field + 2, 32);
        if (vEnd == 0 || rEnd == 0 || sEnd == 0) return address(0);
        bytes memory suffix = "";
        if (source.kind == LEGACY) {
            if (v == 27 || v == 28) {
                v -= 27;
            } else {
                // EIP-155. The constructor has seen to it that this does not overflow.
                if (v < 35 + 2 * chainId) return address(0);
                v -= 35 + 2 * chainId;
                suffix = bytes.concat(RLP.encode(chainId), hex"8080");
            }
        }
        return Signatures.recover(_signingHash(source, source.bounds[field], suffix), v, r, s);
    }

    /// The hash of the fields before `end` and a suffix, as a list. It is put together in the place of the transaction:
    /// the list is not longer than the one that it replaces, and the suffix not longer than the signature.
    function _signingHash(
        Source memory source,
        uint256 end,
        bytes memory suffix
    ) private pure returns (bytes32) {
        bytes memory data = source.data;
        uint256 from = source.bounds[0];
        for (uint256 i = 0; i < suffix.length; ++i) data[end++] = suffix[i];
        uint256 size = end - from;
        if (size <= 55) {
            data[--from] = bytes1(uint8(0xc0 + size));
        } else {
            uint256 width = 0;
            for (; size != 0; size >>= 8) {
                data[--from] = bytes1(uint8(size));
                ++width;
            }
            data[--from] = bytes1(uint8(0xf7 + width));
        }
        if (source.kind != LEGACY) data[--from] = bytes1(uint8(source.kind));
        return _hash(data, from, end);
    }

    // Fields.

    function _item(
        Source memory source,
        uint256 field
    ) private pure returns (bool isList, uint256 from, uint256 to) {
        return Rlp.read(source.data, source.bounds[field], source.bounds[field + 1]);
    }

    function _integer(
        Source memory source,
        uint256 field,
        uint256 width
    ) private pure returns (uint256 value, uint256 end) {
        return Rlp.readInteger(source.data, source.bounds[field], source.bounds[field + 1], width);
    }

    /// Adds `count` times `price` to the most that the sender may have to pay.
    /// @return Whether that is a word.
    function _addCost(Tx memory txn, uint256 count, uint256 price) private pure returns (bool) {
        if (price != 0 && count > (type(uint256).max - txn.maxCost) / price) return false;
        txn.maxCost += count * price;
        return true;
    }

    function _hash(bytes memory data, uint256 from, uint256 to) private pure returns (bytes32 digest) {
        // A slice has no hash in Solidity, and a copy of the largest transaction would cost more than it is worth.
        assembly ("memory-safe") {
            digest := keccak256(add(add(data, 0x20), from), sub(to, from))
        }
    }
}
