// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EMPTY_ROOT} from "../../../../contracts/types/Account.sol";
import {Tape, Tapes} from "../../../../contracts/machine/Tape.sol";
import {Trie} from "../../../../contracts/machine/Trie.sol";
import {Test} from "../../support/Test.sol";
import {TapeWriter} from "../support/TapeWriter.sol";
import {TrieModel} from "../support/TrieModel.sol";

contract TrieAccessTest is Test {
    using TapeWriter for Tape;

    enum Action {
        GET,
        PUT,
        REMOVE
    }

    /// What EthereumJS makes of dog, doe, horse and cat.
    bytes32 private constant KNOWN_ROOT = 0x8410fdac547d81122bdc55888b04948d9938838ab4459b072b90d5d157da242e;
    bytes private constant LONG = "a value of more than thirty-two bytes, which makes its leaf a hashed node";

    TrieModel private _trie;

    function setUp() public {
        _trie = new TrieModel();
    }

    function run(
        Action action,
        bytes32 root,
        bytes[] memory blobs,
        bytes memory key,
        bytes memory value
    ) external pure returns (bytes32 changed, bytes memory found) {
        Tape memory tape;
        tape.blobs = blobs;
        if (action == Action.PUT) {
            changed = Trie.put(root, tape, key, value);
        } else if (action == Action.REMOVE) {
            changed = Trie.remove(root, tape, key);
        } else {
            (bytes memory node, uint256 from, uint256 to) = Trie.get(root, tape, key);
            found = new bytes(to - from);
            for (uint256 i = 0; i < found.length; ++i) found[i] = node[from + i];
        }
        tape.close();
    }

    /// Shows the nodes that are asked for, one after the other: an empty blob makes the reader say which it wants.
    function _run(
        Action action,
        bytes32 root,
        bytes memory key,
        bytes memory value
    ) private view returns (bytes32 changed, bytes memory found) {
        Tape memory tape;
        while (true) {
            try this.run(action, root, tape.blobs, key, value) returns (bytes32 root_, bytes memory found_) {
                return (root_, found_);
            } catch (bytes memory reason) {
                assertEq(bytes32(bytes4(reason)), bytes32(Tapes.TapeExhausted.selector), "ends early");
            }
            bytes[] memory shown = tape.blobs;
            tape.addBlob("");
            try this.run(action, root, tape.blobs, key, value) {
                revert("an empty node was accepted");
            } catch (bytes memory reason) {
                assertEq(bytes32(bytes4(reason)), bytes32(Tapes.BlobForeign.selector), "foreign");
                bytes32 wanted;
                assembly ("memory-safe") {
                    wanted := mload(add(reason, 0x44))
                }
                tape.blobs = shown;
                tape.addBlob(_trie.nodes(wanted));
            }
        }
    }

    /// Keys of two bytes that share nibbles often, values short and long.
    function _entry(uint256 seed, uint256 i) private pure returns (bytes memory key, bytes memory value) {
        uint256 random = uint256(keccak256(abi.encode(seed, i)));
        key = abi.encodePacked(uint8((random % 3) * 16 + ((random >> 8) % 2)), uint8((random >> 16) % 40));
        value =
            (random >> 32) % 2 == 0
                ? abi.encodePacked(uint8(1 + ((random >> 40) % 255)))
                : abi.encodePacked(bytes32(random | 1), uint8(7));
    }

    function _fill(uint256 seed, uint256 count) private returns (bytes32) {
        for (uint256 i = 0; i < count; ++i) {
            (bytes memory key, bytes memory value) = _entry(seed, i);
            _trie.set(key, value);
        }
        return _trie.write();
    }

    function test_WhenEntriesArePutThatOthersKnow() public {
        string[4] memory keys = ["dog", "doe", "horse", "cat"];
        bytes[4] memory values = [bytes("puppy"), "reindeer", "stallion", LONG];
        bytes32 root = EMPTY_ROOT;
        for (uint256 i = 0; i < 4; ++i) {
            (root, ) = _run(Action.PUT, root, bytes(keys[i]), values[i]);
            _trie.set(bytes(keys[i]), values[i]);
            assertEq(root, _trie.write(), keys[i]);
        }
        assertEq(root, KNOWN_ROOT, "root");
        for (uint256 i = 0; i < 4; ++i) {
            (root, ) = _run(Action.REMOVE, root, bytes(keys[i]), "");
            _trie.set(bytes(keys[i]), "");
            assertEq(root, _trie.write(), keys[i]);
        }
        assertEq(root, EMPTY_ROOT, "empty");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenAKeyIsSearched(uint256 seed, uint256 which) public {
        bytes32 root = _fill(seed, seed % 12);
        (bytes memory key, ) = _entry(seed, which % 24);
        (, bytes memory found) = _run(Action.GET, root, key, "");
        assertEq(found, _trie.valueOf(key), "value");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenAValueIsPut(uint256 seed, uint256 which) public {
        bytes32 root = _fill(seed, seed % 12);
        (bytes memory key, ) = _entry(seed, which % 24);
        (, bytes memory value) = _entry(which, 99);
        (root, ) = _run(Action.PUT, root, key, value);
        _trie.set(key, value);
        assertEq(root, _trie.write(), "root");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenAKeyIsRemoved(uint256 seed, uint256 which) public {
        bytes32 root = _fill(seed, 1 + (seed % 12));
        (bytes memory key, ) = _entry(seed, which % 16);
        (root, ) = _run(Action.REMOVE, root, key, "");
        _trie.set(key, "");
        assertEq(root, _trie.write(), "root");
    }

    function test_RevertWhen_ANodeIsNone() public {
        bytes[10] memory malformed = [
            bytes(hex"83646f67"),
            hex"c0",
            hex"c120",
            hex"c3208080",
            // A path of an unknown kind, and one with padding that is not zero.
            hex"c24001",
            hex"c22101",
            // A child that is neither hash nor node: two bytes.
            hex"c41182abcd",
            // A leaf that holds a list where others hold a string.
            hex"c4822011c0",
            // A branch with an item too few, and one with bytes behind it.
            hex"d080808080808080808080808080808080",
            hex"d1808080808080808080808080808080808000"
        ];
        for (uint256 i = 0; i < malformed.length; ++i) {
            bytes[] memory blobs = new bytes[](1);
            blobs[0] = malformed[i];
            vm.expectRevert(Trie.TrieNodeMalformed.selector);
            this.run(Action.GET, keccak256(blobs[0]), blobs, hex"11", "");
        }
    }

    function test_RevertWhen_ANodeIsAnother() public {
        bytes[] memory blobs = new bytes[](1);
        blobs[0] = hex"c22001";
        bytes32 wanted = keccak256("another");
        vm.expectRevert(abi.encodeWithSelector(Tapes.BlobForeign.selector, keccak256(blobs[0]), wanted));
        this.run(Action.GET, wanted, blobs, "", "");
    }
}
