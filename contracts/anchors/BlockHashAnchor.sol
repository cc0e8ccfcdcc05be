// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchor} from "../interfaces/IAnchor.sol";
import {IBlockHashOracle} from "../interfaces/IBlockHashOracle.sol";

/// @title Block hash anchor
/// @notice A block is canonical if a contract on B knows its hash, or knows the hash of a later block from which
/// headers lead back to it. Evidence is bytes, without padding:
///
///   recordedNumber (8) | header, ... each as: size (2) | RLP
///
/// The first header is the recorded block's, every next one is the parent of the one before, and the parent of the
/// last one is the block in question. No header at all means that the block itself is recorded.
/// @dev A header's number need not be read. The first header hashes to a hash that the oracle vouches for, every next
/// one to a hash that its child, a block of A, names as its parent. They are therefore blocks of A, whose numbers A's
/// own consensus makes descend by one. For the same reason neither their encoding nor their field count needs a
/// check, so that this anchor works across forks of A that its deployment did not know.
contract BlockHashAnchor is IAnchor {
    /// @notice The size limit of evidence in bytes: about 148 full mainnet headers.
    uint256 public constant MAX_EVIDENCE_SIZE = 96 * 1024;

    uint256 private constant NUMBER_SIZE = 8;
    uint256 private constant LENGTH_SIZE = 2;

    /// List prefix f9 LL LL, then a0 and the parent hash: the first field of every header.
    uint256 private constant PARENT_HASH_OFFSET = 4;
    uint256 private constant PARENT_HASH_END = 36;

    /// @notice Who knows A's block hashes.
    IBlockHashOracle public immutable oracle;

    error OracleZero();
    error EvidenceTooShort(uint256 size, uint256 min);
    error EvidenceTooLarge(uint256 size, uint256 max);
    /// @dev The header at this index (from 0) does not hash to what the oracle or the header before it says.
    error HeaderNotLinked(uint256 index, bytes32 got, bytes32 wanted);
    /// @dev The header at this index is cut off or too short to have a parent hash.
    error HeaderTruncated(uint256 index);

    /// @param oracle_ Trusted to know only final blocks of A and never to change its mind.
    constructor(IBlockHashOracle oracle_) {
        require(address(oracle_) != address(0), OracleZero());
        oracle = oracle_;
    }

    /// @inheritdoc IAnchor
    function isCanonical(uint64 number, bytes32 hash, bytes calldata evidence) external view returns (bool) {
        require(evidence.length >= NUMBER_SIZE, EvidenceTooShort(evidence.length, NUMBER_SIZE));
        require(evidence.length <= MAX_EVIDENCE_SIZE, EvidenceTooLarge(evidence.length, MAX_EVIDENCE_SIZE));
        uint64 recordedNumber = uint64(bytes8(evidence[:NUMBER_SIZE]));
        bytes32 recordedHash = oracle.blockHash(recordedNumber);
        // INVARIANT: an unknown block vouches for nothing.
        if (recordedHash == 0) return false;

        (bytes32 reached, uint256 count) = _walk(recordedHash, evidence[NUMBER_SIZE:]);
        return reached == hash && uint256(number) + count == recordedNumber;
    }

    /// @inheritdoc IAnchor
    /// @dev The oracle never forgets.
    function evidenceLifetime() external pure returns (uint64) {
        return type(uint64).max;
    }

    /// Follows parent hashes from `hash` through all headers.
    function _walk(bytes32 hash, bytes calldata headers) private pure returns (bytes32, uint256 count) {
        while (headers.length != 0) {
            require(headers.length >= LENGTH_SIZE, HeaderTruncated(count));
            uint256 end = LENGTH_SIZE + uint16(bytes2(headers[:LENGTH_SIZE]));
            require(end >= LENGTH_SIZE + PARENT_HASH_END && headers.length >= end, HeaderTruncated(count));
            bytes calldata header = headers[LENGTH_SIZE:end];
            bytes32 got = keccak256(header);
            require(got == hash, HeaderNotLinked(count, got, hash));
            hash = bytes32(header[PARENT_HASH_OFFSET:PARENT_HASH_END]);
            headers = headers[end:];
            count++;
        }
        return (hash, count);
    }
}
