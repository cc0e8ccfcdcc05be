// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {MerklePatriciaHarness} from "./MerklePatriciaHarness.sol";
import {Test} from "../support/Test.sol";

struct TrieCase {
    string name;
    bytes32 root;
    bytes32 key;
    bytes[] proof;
    MerklePatricia.Reason reason;
    uint256 node;
    bytes value;
}

struct AccountCase {
    string name;
    bytes32 stateRoot;
    address owner;
    bytes[] proof;
    bool valid;
    uint256 field;
    bool exists;
    uint256 nonce;
    uint256 balance;
    bytes32 storageRoot;
    bytes32 codeHash;
}

struct SlotCase {
    string name;
    bytes32 storageRoot;
    bytes32 hashedSlot;
    bytes[] proof;
    bool valid;
    uint256 value;
}

/// Reads `test/vectors/trie.json`, which `tools/vectors/trie.ts` makes and the TypeScript twin reads as well.
abstract contract TrieVectors is Test {
    string private constant VECTORS = "test/vectors/trie.json";

    MerklePatriciaHarness internal harness;

    function setUp() public virtual {
        harness = new MerklePatriciaHarness();
    }

    function trieCases() internal view returns (TrieCase[] memory) {
        bytes memory encoded = vm.parseJsonTypeArray(
            vm.readFile(VECTORS),
            ".proofs",
            "TrieCase(string name,bytes32 root,bytes32 key,bytes[] proof,uint8 reason,uint256 node,bytes value)"
        );
        return abi.decode(encoded, (TrieCase[]));
    }

    function accountCases() internal view returns (AccountCase[] memory) {
        bytes memory encoded = vm.parseJsonTypeArray(
            vm.readFile(VECTORS),
            ".accounts",
            "AccountCase(string name,bytes32 stateRoot,address owner,bytes[] proof,bool valid,uint256 field,bool exists,"
            "uint256 nonce,uint256 balance,bytes32 storageRoot,bytes32 codeHash)"
        );
        return abi.decode(encoded, (AccountCase[]));
    }

    function slotCases() internal view returns (SlotCase[] memory) {
        bytes memory encoded = vm.parseJsonTypeArray(
            vm.readFile(VECTORS),
            ".slots",
            "SlotCase(string name,bytes32 storageRoot,bytes32 hashedSlot,bytes[] proof,bool valid,uint256 value)"
        );
        return abi.decode(encoded, (SlotCase[]));
    }
}
