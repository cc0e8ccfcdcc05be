// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Quorum} from "../../../contracts/types/Quorum.sol";
import {Test} from "./Test.sol";

/// A committee of 21 with known keys, of which 15 must sign, and its signatures (EIP-712, EIP-2098).
abstract contract Committee is Test {
    uint8 internal constant MEMBERS = 21;
    uint8 internal constant THRESHOLD = 15;

    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(uint256 sourceChainId,uint64 number,bytes32 blockHash,uint64 validUntil)"
    );

    /// Keys in the order of their addresses.
    uint256[] private _keys;

    constructor() {
        for (uint256 i = 0; i < MEMBERS; ++i) _keys.push(uint256(keccak256(abi.encode("member", i))));
        for (uint256 i = 1; i < MEMBERS; ++i) {
            for (uint256 j = i; j != 0 && vm.addr(_keys[j]) < vm.addr(_keys[j - 1]); --j) {
                (_keys[j], _keys[j - 1]) = (_keys[j - 1], _keys[j]);
            }
        }
    }

    function _members() internal view returns (address[] memory members) {
        members = new address[](MEMBERS);
        for (uint256 i = 0; i < MEMBERS; ++i) members[i] = vm.addr(_keys[i]);
    }

    /// The first `THRESHOLD` members sign.
    function _signEvidence(
        address anchor,
        uint256 sourceChainId,
        uint64 number,
        bytes32 hash,
        uint64 validUntil
    ) internal view returns (bytes memory) {
        return _signEvidence(anchor, sourceChainId, number, hash, validUntil, THRESHOLD);
    }

    /// The first `signers` members sign.
    function _signEvidence(
        address anchor,
        uint256 sourceChainId,
        uint64 number,
        bytes32 hash,
        uint64 validUntil,
        uint256 signers
    ) internal view returns (bytes memory evidence) {
        bytes32 digest = keccak256(
            abi.encodePacked(
                hex"1901",
                _domainSeparator(anchor),
                keccak256(abi.encode(ATTESTATION_TYPEHASH, sourceChainId, number, hash, validUntil))
            )
        );
        evidence = abi.encodePacked(
            uint64(0),
            validUntil,
            Quorum.encodeCommittee(_members(), THRESHOLD),
            uint64((1 << signers) - 1)
        );
        for (uint256 i = 0; i < signers; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[i], digest);
            evidence = abi.encodePacked(evidence, r, s | bytes32(uint256(v - 27) << 255));
        }
    }

    function _domainSeparator(address anchor) private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    DOMAIN_TYPEHASH,
                    keccak256("optisync CommitteeAnchor"),
                    keccak256("1"),
                    block.chainid,
                    anchor
                )
            );
    }
}
