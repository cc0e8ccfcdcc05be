// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {TrieCase, TrieVectors} from "./TrieVectors.sol";

contract MerklePatriciaTraverseTest is TrieVectors {
    TrieCase[] internal cases;

    function setUp() public override {
        super.setUp();
        TrieCase[] memory all = trieCases();
        for (uint256 i = 0; i < all.length; ++i) {
            cases.push(all[i]);
        }
        assertTrue(cases.length > 300, "vectors");
    }

    function test_WhenTheVectorIsValid() external view {
        for (uint256 i = 0; i < cases.length; ++i) {
            TrieCase memory each = cases[i];
            if (each.reason != MerklePatricia.Reason.None) continue;
            (bytes memory value, MerklePatricia.Reason reason) = harness.tryTraverse(
                each.root,
                each.key,
                each.proof
            );
            assertEq(uint256(reason), uint256(each.reason), each.name);
            assertEq(value, each.value, each.name);
            assertEq(harness.traverse(each.root, each.key, each.proof), each.value, each.name);
            assertTrue(harness.verify(each.root, each.key, each.value, each.proof), each.name);
            bytes memory other = bytes.concat(each.value, hex"00");
            assertTrue(!harness.verify(each.root, each.key, other, each.proof), each.name);
        }
    }

    function test_RevertWhen_TheVectorIsNotValid() external view {
        for (uint256 i = 0; i < cases.length; ++i) {
            TrieCase memory each = cases[i];
            if (each.reason == MerklePatricia.Reason.None) continue;
            (bytes memory value, MerklePatricia.Reason reason) = harness.tryTraverse(
                each.root,
                each.key,
                each.proof
            );
            assertEq(uint256(reason), uint256(each.reason), each.name);
            assertEq(value.length, 0, each.name);
            assertTrue(!harness.verify(each.root, each.key, "", each.proof), each.name);
            try harness.traverse(each.root, each.key, each.proof) {
                assertTrue(false, each.name);
            } catch (bytes memory thrown) {
                bytes memory wanted = abi.encodeWithSelector(
                    MerklePatricia.InvalidProof.selector,
                    each.node,
                    each.reason
                );
                assertEq(thrown, wanted, each.name);
            }
        }
    }

    function test_WhenOpenZeppelinAcceptsTheVector() external view {
        uint256 accepted;
        for (uint256 i = 0; i < cases.length; ++i) {
            TrieCase memory each = cases[i];
            try harness.traverseOpenZeppelin(each.root, each.key, each.proof) returns (bytes memory value) {
                // Where ours is stricter a malformed trie is at fault, and its vector names the rule.
                if (each.reason == MerklePatricia.Reason.None) assertEq(value, each.value, each.name);
                else assertTrue(_isMalformed(each.name), each.name);
                ++accepted;
            } catch {
                // OpenZeppelin proves no absence; every inclusion in a trie of EthereumJS it does accept.
                assertTrue(each.value.length == 0 || _isHandmade(each.name), each.name);
            }
        }
        assertTrue(accepted > 50, "accepted");
    }

    /// Changes, drops, repeats, cuts or appends in one place of a valid proof.
    function testFuzz_WhenOnePlaceIsDamaged(
        uint256 which,
        uint256 damage,
        uint256 element,
        uint256 position,
        uint8 change
    ) external view {
        TrieCase memory each = _validCase(which);
        bytes[] memory proof = _damage(each.proof, damage % 5, element, position, change);
        try harness.traverse(each.root, each.key, proof) returns (bytes memory value) {
            assertEq(value, each.value, each.name);
        } catch (bytes memory thrown) {
            assertEq(bytes32(bytes4(thrown)), bytes32(MerklePatricia.InvalidProof.selector), each.name);
        }
        try harness.traverseOpenZeppelin(each.root, each.key, proof) returns (bytes memory value) {
            assertEq(harness.traverse(each.root, each.key, proof), value, each.name);
        } catch {
            // It refuses absences, and refuses with its own errors.
        }
    }

    /// A proof says something about every key whose path it covers, and nothing about the others.
    function testFuzz_WhenTheKeyIsAnother(uint256 which, uint256 nibble, bytes32 noise) external view {
        TrieCase memory each = _validCase(which);
        uint256 shift = 4 * bound(nibble, 0, 63);
        // The first nibbles are the key's own, so that the walk gets to every depth.
        bytes32 key = bytes32(
            ((uint256(each.key) >> shift) << shift) | (uint256(noise) & ((1 << shift) - 1))
        );
        if (key == each.key) return;
        try harness.traverse(each.root, key, each.proof) returns (bytes memory value) {
            if (value.length == 0) return;
            assertEq(harness.traverseOpenZeppelin(each.root, key, each.proof), value, each.name);
        } catch (bytes memory thrown) {
            assertEq(bytes32(bytes4(thrown)), bytes32(MerklePatricia.InvalidProof.selector), each.name);
        }
    }

    function _validCase(uint256 which) private view returns (TrieCase memory each) {
        for (uint256 i = which % cases.length; ; i = (i + 1) % cases.length) {
            if (cases[i].reason == MerklePatricia.Reason.None) return cases[i];
        }
    }

    function _damage(
        bytes[] memory proof,
        uint256 damage,
        uint256 element,
        uint256 position,
        uint8 change
    ) private pure returns (bytes[] memory damaged) {
        uint256 count = proof.length;
        uint256 hit = count == 0 ? 0 : element % count;
        if (count == 0 || damage == 0) {
            damaged = new bytes[](count + 1);
            for (uint256 i = 0; i < count; ++i) damaged[i] = proof[i];
            damaged[count] = abi.encodePacked(change);
        } else if (damage == 1) {
            damaged = new bytes[](hit);
            for (uint256 i = 0; i < hit; ++i) damaged[i] = proof[i];
        } else if (damage == 2) {
            damaged = new bytes[](count - 1);
            for (uint256 i = 0; i < count - 1; ++i) damaged[i] = proof[i < hit ? i : i + 1];
        } else if (damage == 3) {
            damaged = new bytes[](count + 1);
            for (uint256 i = 0; i <= count; ++i) damaged[i] = proof[i <= hit ? i : i - 1];
        } else {
            damaged = proof;
            bytes memory node = damaged[hit];
            position %= node.length;
            node[position] = bytes1(uint8(node[position]) ^ uint8(bound(change, 1, 255)));
        }
    }

    function _isMalformed(string memory name) private pure returns (bool) {
        return bytes10(bytes(name)) == "malformed:";
    }

    function _isHandmade(string memory name) private pure returns (bool) {
        return bytes9(bytes(name)) == "handmade:";
    }
}
