// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";

/// The fields of a header of A that the tests choose; all others have the values of a busy block.
struct HeaderFields {
    bytes32 parentHash;
    bytes32 stateRoot;
    uint64 number;
    uint64 timestamp;
    bytes extraData;
}

/// Spells the headers of Prague: 21 fields, in the order of the Yellow Paper section 4.4 and EIP-1559, EIP-4895,
/// EIP-4844, EIP-4788, EIP-7685. It goes through OpenZeppelin's encoder, so that the decoder under test is not
/// tested against itself.
library HeaderBuilder {
    using RLP for RLP.Encoder;

    bytes32 private constant EMPTY_LIST_HASH =
        0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347;
    bytes32 private constant EMPTY_TRIE = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;
    bytes32 private constant EMPTY_REQUESTS =
        0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    function encode(HeaderFields memory fields) internal pure returns (bytes memory) {
        RLP.Encoder memory list = RLP.encoder();
        list.push(fields.parentHash).push(EMPTY_LIST_HASH).push(address(0xFEE)).push(fields.stateRoot);
        list.push(EMPTY_TRIE).push(EMPTY_TRIE).push(_bloom()).push(uint256(0));
        list.push(uint256(fields.number)).push(uint256(36_000_000)).push(uint256(17_654_321));
        list.push(uint256(fields.timestamp)).push(fields.extraData).push(keccak256("randao"));
        list.push(new bytes(8)).push(uint256(1 gwei)).push(EMPTY_TRIE).push(uint256(0)).push(uint256(0));
        list.push(keccak256("beacon root")).push(EMPTY_REQUESTS);
        return list.encode();
    }

    /// The same header with extra data that brings it to `size` bytes. `size` must leave room for at least 256 bytes.
    function encodeSized(HeaderFields memory fields, uint256 size) internal pure returns (bytes memory) {
        fields.extraData = _filled(256);
        uint256 padding = size - encode(fields).length;
        fields.extraData = _filled(256 + padding);
        return encode(fields);
    }

    /// No zero bytes, which would make calldata look cheap.
    function _filled(uint256 size) private pure returns (bytes memory data) {
        data = new bytes(size);
        for (uint256 i = 0; i < size; ++i) data[i] = 0xee;
    }

    /// The bloom filter of a busy block has few zero bytes.
    function _bloom() private pure returns (bytes memory bloom) {
        for (uint256 i = 0; i < 8; ++i) bloom = abi.encodePacked(bloom, keccak256(abi.encode("bloom", i)));
    }
}
