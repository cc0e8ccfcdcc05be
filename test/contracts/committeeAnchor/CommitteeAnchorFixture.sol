// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommitteeAnchor} from "../../../contracts/anchors/CommitteeAnchor.sol";
import {Test} from "../support/Test.sol";

/// The committee of test/vectors/attestation.json, its anchor, and ways to sign for it. The encodings are built here
/// from their descriptions, independently of `Quorum`.
abstract contract CommitteeAnchorFixture is Test {
    bytes32 internal constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(uint256 sourceChainId,uint64 number,bytes32 blockHash,uint64 validUntil)"
    );
    bytes32 internal constant ROTATION_TYPEHASH = keccak256(
        "Rotation(uint64 epoch,bytes32 newCommitteeHash)"
    );

    uint64 internal constant LIFETIME = 10 days;
    uint64 internal constant MAX_LIFETIME = 30 days;
    uint64 internal constant START = 1_899_000_000;

    uint256 internal constant SIZE = 21;
    uint8 internal constant THRESHOLD = 15;

    CommitteeAnchor internal anchor;
    string internal json;
    uint256[] internal keys;
    address[] internal members;
    uint256[] internal signers;

    uint64 internal number;
    bytes32 internal blockHash;
    uint64 internal validUntil;

    function setUp() public virtual {
        vm.warp(START);
        json = vm.readFile("test/vectors/attestation.json");
        vm.chainId(vm.parseJsonUint(json, ".destinationChainId"));
        members = vm.parseJsonAddressArray(json, ".members");
        for (uint256 i = 0; i < SIZE; i++) {
            keys.push(uint256(vm.parseJsonBytes32(json, _indexed(".keys", i))));
        }
        for (uint256 i = 0; i < THRESHOLD; i++) {
            signers.push(vm.parseJsonUint(json, _indexed(".signers", i)));
        }
        number = uint64(vm.parseJsonUint(json, ".attestation.number"));
        blockHash = vm.parseJsonBytes32(json, ".attestation.blockHash");
        validUntil = uint64(vm.parseJsonUint(json, ".attestation.validUntil"));

        vm.prank(vm.parseJsonAddress(json, ".deployer"));
        anchor = new CommitteeAnchor(100, members, THRESHOLD, LIFETIME, MAX_LIFETIME);
        assertEq(address(anchor), vm.parseJsonAddress(json, ".anchor"), "anchor");
    }

    function _indexed(string memory key, uint256 index) internal pure returns (string memory) {
        return string.concat(key, "[", vm.toString(index), "]");
    }

    function _domainSeparator() internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                    ),
                    keccak256("optisync CommitteeAnchor"),
                    keccak256("1"),
                    block.chainid,
                    address(anchor)
                )
            );
    }

    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", _domainSeparator(), structHash));
    }

    function _attestationDigest(
        uint256 chainId,
        uint64 n,
        bytes32 hash,
        uint64 until
    ) internal view returns (bytes32) {
        return _digest(keccak256(abi.encode(ATTESTATION_TYPEHASH, chainId, n, hash, until)));
    }

    function _rotationDigest(uint64 epoch, bytes32 newHash) internal view returns (bytes32) {
        return _digest(keccak256(abi.encode(ROTATION_TYPEHASH, epoch, newHash)));
    }

    /// EIP-2098: the parity of v in the highest bit of s.
    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }

    function _committee(
        address[] memory who,
        uint8 threshold
    ) internal pure returns (bytes memory committee) {
        committee = abi.encodePacked(threshold, uint8(who.length));
        for (uint256 i = 0; i < who.length; i++) committee = abi.encodePacked(committee, who[i]);
    }

    /// `who` are indices into `members`, ascending.
    function _quorum(uint256[] memory who, bytes32 digest) internal view returns (bytes memory quorum) {
        uint64 bits;
        bytes memory signatures;
        for (uint256 i = 0; i < who.length; i++) {
            bits |= uint64(1 << who[i]);
            signatures = abi.encodePacked(signatures, _sign(keys[who[i]], digest));
        }
        quorum = abi.encodePacked(_committee(members, THRESHOLD), bits, signatures);
    }

    function _evidence(
        uint64 epoch,
        uint64 until,
        uint256[] memory who,
        bytes32 digest
    ) internal view returns (bytes memory) {
        return abi.encodePacked(epoch, until, _quorum(who, digest));
    }

    /// Evidence by the vector's signers for the vector's block.
    function _goodEvidence(uint64 until) internal view returns (bytes memory) {
        return _evidence(0, until, signers, _attestationDigest(100, number, blockHash, until));
    }

    /// The indices from 0 to `count` - 1.
    function _firstIndices(uint256 count) internal pure returns (uint256[] memory indices) {
        indices = new uint256[](count);
        for (uint256 i = 0; i < count; i++) indices[i] = i;
    }

    /// The first `count` members.
    function _firstMembers(uint256 count) internal view returns (address[] memory who) {
        who = new address[](count);
        for (uint256 i = 0; i < count; i++) who[i] = members[i];
    }
}
