// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccountPathMalformed} from "../../../contracts/libraries/AccountPath.sol";
import {Account} from "../../../contracts/types/Account.sol";
import {MixedColumns} from "../support/MixedColumns.sol";
import {Test} from "../support/Test.sol";
import {AccountPathHarness} from "./AccountPathHarness.sol";

/// forge-config: default.fuzz.runs = 64
contract AccountPathRootOfTest is Test, MixedColumns {
    /// An account somewhere in a state trie.
    struct Case {
        address owner;
        uint64 nonce;
        uint256 balance;
        bytes32 storageRoot;
        bytes32 codeHash;
        uint256 depth;
        uint256 seed;
    }

    AccountPathHarness private immutable LIBRARY = new AccountPathHarness();

    function _fields(Case memory said) private pure returns (bytes memory) {
        return bytes.concat(integerOf(said.nonce), integerOf(said.balance));
    }

    function _leaf(Case memory said) private pure returns (bytes memory) {
        bytes memory hashes = bytes.concat(hex"a0", said.storageRoot, hex"a0", said.codeHash);
        bytes memory account = listOf(bytes.concat(_fields(said), hashes));
        return leafAt(keccak256(abi.encodePacked(said.owner)), said.depth, account);
    }

    function _column(Case memory said) private pure returns (Column memory) {
        bytes32 key = keccak256(abi.encodePacked(said.owner));
        return columnAbove(key, said.depth, keccak256(_leaf(said)), said.seed);
    }

    function _path(Case memory said, Column memory column) private pure returns (bytes memory) {
        bytes memory fields = _fields(said);
        return abi.encodePacked(uint8(said.depth), uint8(fields.length), fields, said.codeHash, column.steps);
    }

    function _bound(Case memory said) private pure {
        said.depth %= 64;
        // Numbers of any length.
        said.nonce >>= said.seed % 64;
        said.balance >>= (said.seed >> 8) % 256;
        if (said.codeHash == 0) said.codeHash = keccak256("");
        if (said.storageRoot == 0) said.storageRoot = keccak256("storage");
    }

    /// It must neither be read as an account of `root` nor lead anywhere else than to an error or another root.
    function _refuse(address owner, bytes32 storageRoot, bytes memory path, bytes32 root) private view {
        try LIBRARY.rootOf(owner, storageRoot, path) returns (bytes32 got, bytes32) {
            assertTrue(got != root, "another root");
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), AccountPathMalformed.selector, "reason");
        }
    }

    function testFuzz_WhenThePathIsTheAccounts(Case memory said) external view {
        _bound(said);
        Column memory column = _column(said);
        (bytes32 root, bytes32 codeHash) = LIBRARY.rootOf(said.owner, said.storageRoot, _path(said, column));
        assertEq(root, column.root, "root");
        assertEq(codeHash, said.codeHash, "code hash");
        (Account memory account, bool exists) = LIBRARY.accountAt(
            column.root,
            said.owner,
            withLeaf(column.proof, _leaf(said))
        );
        assertTrue(exists, "exists");
        assertEq(account.storageRoot, said.storageRoot, "storage root by the proof");
        assertEq(account.codeHash, codeHash, "code hash by the proof");
        assertEq(account.balance, said.balance, "balance by the proof");
    }

    function test_WhenItIsAtAnyDepth() external view {
        Case memory said = Case(address(1), 7, 1 ether, keccak256("storage"), keccak256("code"), 0, 0);
        for (; said.depth < 64; ++said.depth) {
            Column memory column = _column(said);
            (bytes32 root, ) = LIBRARY.rootOf(said.owner, said.storageRoot, _path(said, column));
            assertEq(root, column.root, "root");
        }
    }

    function testFuzz_WhenABitIsFlipped(Case memory said, uint256 bit) external view {
        _bound(said);
        Column memory column = _column(said);
        bytes memory path = _path(said, column);
        bit %= 8 * path.length;
        path[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _refuse(said.owner, said.storageRoot, path, column.root);
    }

    function testFuzz_WhenItIsCut(Case memory said, uint256 size) external view {
        _bound(said);
        Column memory column = _column(said);
        bytes memory path = _path(said, column);
        size %= path.length;
        assembly ("memory-safe") {
            mstore(path, size)
        }
        _refuse(said.owner, said.storageRoot, path, column.root);
    }

    function testFuzz_WhenItIsAnotherAccounts(Case memory said, address other) external view {
        _bound(said);
        if (other == said.owner) return;
        Column memory column = _column(said);
        _refuse(other, said.storageRoot, _path(said, column), column.root);
    }

    /// The nibbles that a key shares with another account's do not help: the leaf holds the rest.
    function testFuzz_WhenTheDepthIsAnother(Case memory said, uint8 depth) external view {
        _bound(said);
        Column memory column = _column(said);
        bytes memory path = _path(said, column);
        if (depth == said.depth) return;
        path[0] = bytes1(depth);
        _refuse(said.owner, said.storageRoot, path, column.root);
    }

    /// A field of the account told as if it were the next one.
    function testFuzz_WhenTheFieldsAreShifted(Case memory said) external view {
        _bound(said);
        Column memory column = _column(said);
        bytes memory fields = _fields(said);
        // The code hash as storage root, behind it what begins the next node.
        bytes memory swallowed = bytes.concat(fields, hex"a0", said.storageRoot);
        bytes memory path = abi.encodePacked(
            uint8(said.depth),
            uint8(swallowed.length),
            swallowed,
            column.steps
        );
        _refuse(said.owner, said.codeHash, path, column.root);
        // The storage root as code hash, and the balance before it as storage root.
        path = abi.encodePacked(uint8(said.depth), uint8(1), uint8(0x80), said.storageRoot, column.steps);
        _refuse(said.owner, bytes32(said.balance), path, column.root);
        // No fields at all.
        path = abi.encodePacked(uint8(said.depth), uint8(0), said.codeHash, column.steps);
        _refuse(said.owner, said.storageRoot, path, column.root);
    }

    /// Hashes of leaves and branches are told apart by what is hashed: a leaf cannot be told as an extension to its
    /// storage root, nor the branch above it as the root.
    function testFuzz_WhenItLacksOrRepeatsASide(Case memory said) external view {
        _bound(said);
        Column memory column = _column(said);
        bytes memory path = _path(said, column);
        bytes[5] memory more = [bytes(hex"400001"), hex"81", hex"80", hex"ff", hex"40ffff"];
        for (uint256 i = 0; i < more.length; ++i)
            _refuse(said.owner, said.storageRoot, bytes.concat(path, more[i]), column.root);
    }
}
