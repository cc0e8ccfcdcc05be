// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Header, Headers} from "../libraries/Headers.sol";
import {ForkSchedule} from "../types/ForkSchedule.sol";
import {Rlp} from "./Rlp.sol";
import {Fork} from "./Schedule.sol";
import {RULES_OSAKA} from "./State.sol";

// In memory only: the order is the header's.
// solhint-disable gas-struct-packing

/// What execution reads from a header. `base` is what Headers decodes.
struct BlockHeader {
    Header base;
    bytes32 ommersHash;
    address coinbase;
    bytes32 transactionsRoot;
    uint64 gasLimit;
    uint64 gasUsed;
    uint256 extraSize;
    bytes32 prevRandao;
    bytes8 nonce;
    uint256 baseFee;
    bytes32 withdrawalsRoot;
    uint64 blobGasUsed;
    uint64 excessBlobGas;
    bytes32 beaconRoot;
}

/// @title The rules by which a header follows from its parent's
/// @notice Yellow Paper section 4.4.4, EIP-1559, EIP-3675, EIP-4844, EIP-7918.
library HeaderRules {
    uint256 internal constant BLOB_GAS = 131072;

    /// keccak256(rlp([])).
    bytes32 private constant NO_OMMERS = 0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347;
    uint64 private constant MIN_GAS_LIMIT = 5000;
    /// What the machine's memory and step bounds are made for.
    uint64 private constant MAX_GAS_LIMIT = 2 ** 27;
    uint64 private constant MAX_GAS_LIMIT_OSAKA = 2 ** 30;
    uint64 private constant GAS_LIMIT_QUOTIENT = 1024;
    uint64 private constant GAS_TARGET_QUOTIENT = 2;
    uint256 private constant FEE_QUOTIENT = 8;
    uint256 private constant MAX_EXTRA_DATA = 32;
    /// EIP-7918.
    uint256 private constant BLOB_BASE_COST = 2 ** 13;

    // Offsets and indices of fields: see Headers.
    uint256 private constant OMMERS_OFFSET = 36;
    uint256 private constant COINBASE_OFFSET = 69;
    uint256 private constant TRANSACTIONS_OFFSET = 123;
    uint256 private constant GAS_LIMIT_AFTER = 448;
    uint256 private constant BASE_FEE = 15;

    /// @dev The field at this index (from 0, in header order) has the wrong width or encoding.
    error FieldMalformed(uint256 field);
    error ParentForeign(bytes32 got, bytes32 wanted);
    error NumberNotNext(uint64 number, uint64 parent);
    error TimestampNotLater(uint64 timestamp, uint64 parent);
    error OmmersNotEmpty(bytes32 ommersHash);
    error NonceNotZero(bytes8 nonce);
    error GasLimitOutOfRange(uint64 gasLimit, uint64 low, uint64 high);
    error GasUsedAboveLimit(uint64 gasUsed, uint64 gasLimit);
    error ExtraDataTooLarge(uint256 size, uint256 max);
    error BaseFeeWrong(uint256 got, uint256 wanted);
    error BlobGasUsedInvalid(uint64 blobGasUsed, uint256 max);
    error ExcessBlobGasWrong(uint64 got, uint256 wanted);

    /// @notice Decodes a header of Cancun or later.
    function decode(bytes memory rlp, ForkSchedule forks) internal pure returns (BlockHeader memory header) {
        header.base = Headers.decode(rlp, forks);
        // Headers has seen that every field is one canonical string, and where the first seven are.
        header.ommersHash = bytes32(_fixed(rlp, OMMERS_OFFSET, 1, 32));
        header.coinbase = address(uint160(_fixed(rlp, COINBASE_OFFSET, 2, 20)));
        header.transactionsRoot = bytes32(_fixed(rlp, TRANSACTIONS_OFFSET, 4, 32));
        // Difficulty is one byte; the number was read.
        (, , uint256 position) = Rlp.read(rlp, GAS_LIMIT_AFTER + 1, rlp.length);
        (header.gasLimit, position) = _uint64(rlp, position, 9);
        (header.gasUsed, position) = _uint64(rlp, position, 10);
        (, , position) = Rlp.read(rlp, position, rlp.length);
        (, uint256 from, uint256 to) = Rlp.read(rlp, position, rlp.length);
        header.extraSize = to - from;
        header.prevRandao = bytes32(_fixed(rlp, to, 13, 32));
        header.nonce = bytes8(uint64(_fixed(rlp, to + 33, 14, 8)));
        _decodeLater(rlp, to + 42, header);
    }

    /// Fields after the nonce.
    function _decodeLater(bytes memory rlp, uint256 position, BlockHeader memory header) private pure {
        (header.baseFee, position) = Rlp.readInteger(rlp, position, rlp.length, 32);
        require(position != 0, FieldMalformed(BASE_FEE));
        header.withdrawalsRoot = bytes32(_fixed(rlp, position, 16, 32));
        (header.blobGasUsed, position) = _uint64(rlp, position + 33, 17);
        (header.excessBlobGas, position) = _uint64(rlp, position, 18);
        header.beaconRoot = bytes32(_fixed(rlp, position, 19, 32));
        // From Prague on the hash of the requests, which execution does not read.
        if (position + 33 != rlp.length) _fixed(rlp, position + 33, 20, 32);
    }

    /// @notice Reverts unless the header follows.
    /// @param fork The fork of the header.
    function requireChild(
        BlockHeader memory header,
        BlockHeader memory parent,
        Fork memory fork
    ) internal pure {
        (Header memory child, Header memory before) = (header.base, parent.base);
        require(child.parentHash == before.hash, ParentForeign(child.parentHash, before.hash));
        require(child.number == before.number + 1, NumberNotNext(child.number, before.number));
        require(child.timestamp > before.timestamp, TimestampNotLater(child.timestamp, before.timestamp));
        require(header.ommersHash == NO_OMMERS, OmmersNotEmpty(header.ommersHash));
        require(header.nonce == 0, NonceNotZero(header.nonce));
        require(header.extraSize <= MAX_EXTRA_DATA, ExtraDataTooLarge(header.extraSize, MAX_EXTRA_DATA));
        _requireGas(header, parent, fork.rules);
        _requireBlobGas(header, parent, fork);
    }

    function _requireGas(BlockHeader memory header, BlockHeader memory parent, uint8 rules) private pure {
        uint64 step = parent.gasLimit / GAS_LIMIT_QUOTIENT;
        uint64 max = rules >= RULES_OSAKA ? MAX_GAS_LIMIT_OSAKA : MAX_GAS_LIMIT;
        // The limit moves by less than the step; one of a tiny parent cannot move at all.
        uint64 high = step == 0 ? 0 : parent.gasLimit + step - 1;
        uint64 low = parent.gasLimit + 1 - step;
        if (high > max) high = max;
        if (low < MIN_GAS_LIMIT) low = MIN_GAS_LIMIT;
        require(
            header.gasLimit >= low && header.gasLimit <= high,
            GasLimitOutOfRange(header.gasLimit, low, high)
        );
        require(header.gasUsed <= header.gasLimit, GasUsedAboveLimit(header.gasUsed, header.gasLimit));
        uint256 wanted = nextBaseFee(parent.gasLimit, parent.gasUsed, parent.baseFee);
        require(header.baseFee == wanted, BaseFeeWrong(header.baseFee, wanted));
    }

    function _requireBlobGas(
        BlockHeader memory header,
        BlockHeader memory parent,
        Fork memory fork
    ) private pure {
        uint256 max = BLOB_GAS * fork.blobMax;
        require(
            header.blobGasUsed <= max && header.blobGasUsed % BLOB_GAS == 0,
            BlobGasUsedInvalid(header.blobGasUsed, max)
        );
        uint256 wanted = nextExcessBlobGas(parent, fork);
        require(header.excessBlobGas == wanted, ExcessBlobGasWrong(header.excessBlobGas, wanted));
    }

    /// @notice EIP-1559: the base fee after a block.
    function nextBaseFee(uint64 gasLimit, uint64 gasUsed, uint256 baseFee) internal pure returns (uint256) {
        uint256 target = gasLimit / GAS_TARGET_QUOTIENT;
        if (gasUsed == target) return baseFee;
        if (gasUsed < target) return baseFee - (baseFee * (target - gasUsed)) / target / FEE_QUOTIENT;
        uint256 rise = (baseFee * (gasUsed - target)) / target / FEE_QUOTIENT;
        return baseFee + (rise == 0 ? 1 : rise);
    }

    /// @notice EIP-4844, from Osaka EIP-7918: the excess of blob gas after a block, by the parameters of the next one.
    function nextExcessBlobGas(BlockHeader memory parent, Fork memory fork) internal pure returns (uint256) {
        uint256 total = uint256(parent.excessBlobGas) + parent.blobGasUsed;
        uint256 target = BLOB_GAS * fork.blobTarget;
        if (total < target) return 0;
        if (
            fork.rules >= RULES_OSAKA &&
            BLOB_BASE_COST * parent.baseFee > BLOB_GAS * blobBaseFee(parent.excessBlobGas, fork.blobFraction)
        ) {
            uint256 grown = (uint256(parent.blobGasUsed) * (fork.blobMax - fork.blobTarget)) / fork.blobMax;
            return parent.excessBlobGas + grown;
        }
        return total - target;
    }

    /// @notice EIP-4844: e to the power of excess / fraction, by its series.
    function blobBaseFee(uint256 excess, uint256 fraction) internal pure returns (uint256 fee) {
        uint256 term = fraction;
        for (uint256 i = 1; term != 0; ++i) {
            fee += term;
            term = (term * excess) / (fraction * i);
        }
        return fee / fraction;
    }

    function _fixed(
        bytes memory rlp,
        uint256 position,
        uint256 field,
        uint256 width
    ) private pure returns (uint256 value) {
        uint256 to;
        (value, to) = Rlp.readFixed(rlp, position, rlp.length, width);
        require(to != 0, FieldMalformed(field));
    }

    function _uint64(
        bytes memory rlp,
        uint256 position,
        uint256 field
    ) private pure returns (uint64, uint256) {
        (uint256 value, uint256 to) = Rlp.readInteger(rlp, position, rlp.length, 8);
        require(to != 0, FieldMalformed(field));
        return (uint64(value), to);
    }
}
