// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHashAnchor} from "../../../contracts/anchors/BlockHashAnchor.sol";
import {IBlockHashOracle} from "../../../contracts/interfaces/IBlockHashOracle.sol";
import {Test} from "../support/Test.sol";

contract OracleStub is IBlockHashOracle {
    mapping(uint64 number => bytes32 hash) public blockHash;

    function set(uint64 number, bytes32 hash) external {
        blockHash[number] = hash;
    }
}

contract BlockHashAnchorIsCanonicalTest is Test {
    uint64 internal constant RECORDED = 3;

    OracleStub internal oracle;
    BlockHashAnchor internal anchor;

    /// Headers 0 to 3 of a chain, and its hashes.
    bytes[] internal headers;
    bytes32[] internal hashes;

    function setUp() public {
        oracle = new OracleStub();
        anchor = new BlockHashAnchor(oracle);
        string memory json = vm.readFile("test/vectors/headers.json");
        for (uint256 i = 0; i <= RECORDED; i++) {
            headers.push(vm.parseJsonBytes(json, string.concat(".accepted[", vm.toString(i + 1), "].rlp")));
            hashes.push(keccak256(headers[i]));
        }
        oracle.set(RECORDED, hashes[RECORDED]);
    }

    function test_RevertWhen_TheOracleIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(BlockHashAnchor.OracleZero.selector));
        new BlockHashAnchor(IBlockHashOracle(address(0)));
    }

    function test_EvidenceNeverExpires() external view {
        assertEq(uint256(anchor.evidenceLifetime()), type(uint64).max, "lifetime");
    }

    function test_WhenTheBlockIsRecorded() external view {
        bytes memory evidence = abi.encodePacked(RECORDED);
        assertTrue(anchor.isCanonical(RECORDED, hashes[3], evidence), "itself");
        assertTrue(!anchor.isCanonical(RECORDED, hashes[2], evidence), "another hash");
        assertTrue(!anchor.isCanonical(RECORDED - 1, hashes[3], evidence), "an earlier number");
        assertTrue(!anchor.isCanonical(RECORDED + 1, hashes[3], evidence), "a later number");
    }

    function test_WhenALaterBlockIsRecorded() external view {
        bytes memory evidence = abi.encodePacked(RECORDED);
        for (uint64 number = RECORDED; number != 0; number--) {
            evidence = abi.encodePacked(evidence, _entry(headers[number]));
            assertTrue(anchor.isCanonical(number - 1, hashes[number - 1], evidence), "ancestor");
            assertTrue(!anchor.isCanonical(number - 1, hashes[number], evidence), "another hash");
            assertTrue(!anchor.isCanonical(number, hashes[number - 1], evidence), "another number");
            assertTrue(!anchor.isCanonical(number, hashes[number], evidence), "led past the block");
        }
    }

    function test_WhenTheHeadersLeadPastTheFirstBlock() external view {
        bytes memory evidence = abi.encodePacked(RECORDED);
        for (uint256 i = 4; i != 0; i--) evidence = abi.encodePacked(evidence, _entry(headers[i - 1]));
        assertTrue(!anchor.isCanonical(type(uint64).max, bytes32(0), evidence), "before the first block");
        assertTrue(!anchor.isCanonical(0, bytes32(0), evidence), "the zero hash");
    }

    function test_WhenTheRecordedBlockIsUnknown() external view {
        bytes memory evidence = abi.encodePacked(uint64(2));
        assertTrue(!anchor.isCanonical(2, hashes[2], evidence), "without headers");
        assertTrue(!anchor.isCanonical(2, bytes32(0), evidence), "zero hash");
        evidence = abi.encodePacked(evidence, _entry(headers[2]));
        assertTrue(!anchor.isCanonical(1, hashes[1], evidence), "with headers");
    }

    function test_RevertWhen_TheFirstHeaderIsNotTheRecordedBlocks() external {
        _expectNotLinked(0, hashes[2], hashes[3]);
        anchor.isCanonical(1, hashes[1], abi.encodePacked(RECORDED, _entry(headers[2])));
    }

    function test_RevertWhen_AHeaderIsLeftOut() external {
        bytes memory evidence = abi.encodePacked(RECORDED, _entry(headers[3]), _entry(headers[1]));
        _expectNotLinked(1, hashes[1], hashes[2]);
        anchor.isCanonical(0, hashes[0], evidence);
    }

    function test_RevertWhen_TwoHeadersAreSwapped() external {
        bytes memory evidence = abi.encodePacked(RECORDED, _entry(headers[2]), _entry(headers[3]));
        _expectNotLinked(0, hashes[2], hashes[3]);
        anchor.isCanonical(1, hashes[1], evidence);
    }

    function testFuzz_RevertWhen_OneBitIsChanged(uint256 index, uint256 bit) external {
        index = bound(index, 1, 3);
        bit = bound(bit, 0, headers[index].length * 8 - 1);
        bytes memory damaged = headers[index];
        damaged[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        bytes memory evidence = abi.encodePacked(RECORDED);
        for (uint256 i = 3; i != 0; i--) {
            evidence = abi.encodePacked(evidence, _entry(i == index ? damaged : headers[i]));
        }
        _expectNotLinked(3 - index, keccak256(damaged), hashes[index]);
        anchor.isCanonical(0, hashes[0], evidence);
    }

    function test_RevertWhen_TooShort() external {
        vm.expectRevert(abi.encodeWithSelector(BlockHashAnchor.EvidenceTooShort.selector, 7, 8));
        anchor.isCanonical(RECORDED, hashes[3], new bytes(7));
    }

    function test_RevertWhen_TooLarge() external {
        uint256 max = anchor.MAX_EVIDENCE_SIZE();
        vm.expectRevert(abi.encodeWithSelector(BlockHashAnchor.EvidenceTooLarge.selector, max + 1, max));
        anchor.isCanonical(RECORDED, hashes[3], new bytes(max + 1));
    }

    function test_RevertWhen_ASizeIsCutOff() external {
        bytes memory evidence = abi.encodePacked(RECORDED, _entry(headers[3]), hex"00");
        _expectTruncated(1);
        anchor.isCanonical(2, hashes[2], evidence);
    }

    function test_RevertWhen_AHeaderIsCutOff() external {
        bytes memory evidence = abi.encodePacked(RECORDED, _entry(headers[3]));
        assembly {
            mstore(evidence, sub(mload(evidence), 1))
        }
        _expectTruncated(0);
        anchor.isCanonical(2, hashes[2], evidence);
    }

    function test_RevertWhen_AHeaderIsTooShortForAParent() external {
        oracle.set(9, keccak256(new bytes(35)));
        _expectTruncated(0);
        anchor.isCanonical(8, hashes[2], abi.encodePacked(uint64(9), uint16(35), new bytes(35)));
    }

    function test_WhenTheEvidenceIsAsLargeAsCanBe() external {
        // Mainnet-sized headers; only their parent hashes matter here.
        bytes32 hash = keccak256("the block in question");
        bytes32 wanted = hash;
        bytes memory chain;
        uint64 count = 148;
        for (uint256 i = 0; i < count; i++) {
            bytes memory header = abi.encodePacked(hex"f90285a0", hash, new bytes(610));
            hash = keccak256(header);
            chain = abi.encodePacked(_entry(header), chain);
        }
        oracle.set(1000, hash);
        bytes memory evidence = abi.encodePacked(uint64(1000), chain);
        assertLe(evidence.length, anchor.MAX_EVIDENCE_SIZE(), "size");
        assertTrue(anchor.isCanonical(1000 - count, wanted, evidence), "canonical");
        vm.snapshotGasLastCall("BlockHashAnchor", "isCanonical_148_headers");
    }

    function _entry(bytes memory header) internal pure returns (bytes memory) {
        return abi.encodePacked(uint16(header.length), header);
    }

    function _expectNotLinked(uint256 index, bytes32 got, bytes32 wanted) internal {
        vm.expectRevert(abi.encodeWithSelector(BlockHashAnchor.HeaderNotLinked.selector, index, got, wanted));
    }

    function _expectTruncated(uint256 index) internal {
        vm.expectRevert(abi.encodeWithSelector(BlockHashAnchor.HeaderTruncated.selector, index));
    }
}
