// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DeltaRedundant, NotRevalued} from "../../../contracts/types/Multiproof.sol";
import {MixedColumns} from "../support/MixedColumns.sol";
import {Test} from "../support/Test.sol";
import {RevaluationHarness} from "./RevaluationHarness.sol";

/// One key in tries of forms that no search for hashed slots would find; tries of many keys are in
/// test/shared/proofs/revaluationProof.test.ts.
///
/// forge-config: default.fuzz.runs = 64
contract RevaluationRootAfterTest is Test, MixedColumns {
    struct Case {
        bytes32 slot;
        uint256 old;
        uint256 later;
        uint256 depth;
        uint256 seed;
    }

    struct Said {
        bytes deltas;
        bytes before;
        bytes nodes;
    }

    RevaluationHarness private immutable LIBRARY = new RevaluationHarness();

    function _key(Case memory case_) private pure returns (bytes32) {
        return keccak256(abi.encode(case_.slot));
    }

    function _leaf(Case memory case_, uint256 value) private pure returns (bytes memory) {
        return leafAt(_key(case_), case_.depth, integerOf(value));
    }

    function _column(Case memory case_, uint256 value) private pure returns (Column memory) {
        return columnAbove(_key(case_), case_.depth, keccak256(_leaf(case_, value)), case_.seed);
    }

    function _say(Case memory case_) private pure returns (Said memory said) {
        bytes memory digits;
        for (uint256 rest = case_.old; rest != 0; rest >>= 8) digits = abi.encodePacked(uint8(rest), digits);
        said.deltas = abi.encode(case_.slot, case_.later);
        said.before = abi.encodePacked(uint8(digits.length), digits);
        said.nodes = abi.encodePacked(hex"ff", uint8(case_.depth), _column(case_, 1).steps);
    }

    function _bound(Case memory case_) private pure {
        case_.depth %= 64;
        // Numbers of any length.
        case_.old >>= case_.seed % 256;
        case_.later >>= (case_.seed >> 8) % 256;
    }

    function _isWithinParent(Case memory case_, uint256 value) private pure returns (bool) {
        return value == 0 || _leaf(case_, value).length < 32;
    }

    /// Every leaf that is referred to by hash is taken, and no other.
    function _require(Case memory case_) private {
        Said memory said = _say(case_);
        bytes32 oldRoot = _column(case_, case_.old).root;
        bytes memory reason;
        if (case_.old == case_.later) reason = abi.encodeWithSelector(DeltaRedundant.selector, 0);
        else if (_isWithinParent(case_, case_.old) || _isWithinParent(case_, case_.later))
            reason = abi.encodeWithSelector(NotRevalued.selector, 0);
        if (reason.length != 0) {
            vm.expectRevert(reason);
            LIBRARY.rootAfter(oldRoot, said.deltas, said.before, said.nodes);
            return;
        }
        bytes32 root = LIBRARY.rootAfter(oldRoot, said.deltas, said.before, said.nodes);
        Column memory later = _column(case_, case_.later);
        assertEq(root, later.root, "new root");
        bytes[] memory proof = withLeaf(later.proof, _leaf(case_, case_.later));
        assertEq(LIBRARY.slotAt(root, _key(case_), proof), case_.later, "value by the proof");
    }

    function testFuzz_WhenAValueChanges(Case memory case_) external {
        _bound(case_);
        _require(case_);
    }

    /// Deep down leaves have some 32 bytes, more or less.
    function testFuzz_WhenTheLeafIsShort(Case memory case_) external {
        case_.depth = 36 + (case_.depth % 28);
        case_.old = 1 << (case_.old % 160);
        case_.later = (1 << (case_.later % 160)) | 1;
        _require(case_);
    }

    /// It must lead to no root: what is said of the old trie is not true of it.
    function _refuse(Case memory case_, Said memory said) private view {
        try LIBRARY.rootAfter(_column(case_, case_.old).root, said.deltas, said.before, said.nodes) returns (
            bytes32
        ) {
            assertTrue(false, "accepted");
        } catch (bytes memory reason) {
            assertTrue(reason.length >= 4, "a named reason");
        }
    }

    function testFuzz_WhenABitIsFlipped(Case memory case_, uint256 bit) external view {
        _bound(case_);
        Said memory said = _say(case_);
        uint256 nodeBits = 8 * said.nodes.length - 8;
        // The first byte was read by whoever called the library.
        bit %= nodeBits + 8 * said.before.length + 256;
        if (bit < nodeBits) _flip(said.nodes, bit + 8);
        else if (bit < nodeBits + 256) _flip(said.deltas, bit - nodeBits);
        else _flip(said.before, bit - nodeBits - 256);
        _refuse(case_, said);
    }

    function testFuzz_WhenItIsCut(Case memory case_, uint256 size) external view {
        _bound(case_);
        Said memory said = _say(case_);
        bytes memory nodes = said.nodes;
        size = 1 + (size % (nodes.length - 1));
        assembly ("memory-safe") {
            mstore(nodes, size)
        }
        _refuse(case_, said);
    }

    /// Another value leads to another root: A's account would have to have it.
    function testFuzz_WhenTheNewValueIsForged(Case memory case_, uint256 bit) external view {
        _bound(case_);
        Said memory said = _say(case_);
        _flip(said.deltas, 256 + (bit % 256));
        try LIBRARY.rootAfter(_column(case_, case_.old).root, said.deltas, said.before, said.nodes) returns (
            bytes32 root
        ) {
            assertTrue(root != _column(case_, case_.later).root, "another root");
        } catch (bytes memory reason) {
            assertTrue(reason.length >= 4, "a named reason");
        }
    }

    function _flip(bytes memory data, uint256 bit) private pure {
        data[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
    }
}
