// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {HashList} from "./HashList.sol";
import {Stage} from "./Stage.sol";
import {Account, Machine, Slot} from "./State.sol";
import {Tape} from "./Tape.sol";
import {Trie} from "./Trie.sol";
import {World} from "./World.sol";

/// Writes the world into the state trie: four walks over the map, each over the map as it was when the walk began, one
/// subtree a step:
///
/// | pass | leaf                                             | effect                                  |
/// |------|--------------------------------------------------|-----------------------------------------|
/// | 0    | slot of its account's incarnation, value not zero | put into the account's storage trie     |
/// | 1    | slot of its account's incarnation, value zero     | removed from the account's storage trie |
/// | 2    | account, not empty                               | put into the state trie                 |
/// | 3    | account, empty                                   | removed from the state trie             |
///
/// Insertions come before removals: then no removal needs a node beyond the paths of all accesses and the siblings of
/// branches that truly collapse, as geth has it.
///
/// Tape of a visit: the subtree and the rest of the walk; zero and two children, or the preimage of a leaf's key (its tag
/// is not zero) and its value; then what the effect reads.
contract FlushStage is Stage {
    using RLP for RLP.Encoder;

    uint64 private constant PUT_SLOTS = 0;
    uint64 private constant REMOVE_SLOTS = 1;
    uint64 private constant PUT_ACCOUNTS = 2;
    uint64 private constant REMOVE_ACCOUNTS = 3;

    error SubtreeForeign(bytes32 got, bytes32 wanted);

    /// A leaf of the map.
    struct Leaf {
        uint256 tag;
        uint256 a;
        uint256 b;
        uint256 c;
        bytes32 value;
    }

    /// Visits the subtree on top of the walk. The one that empties the walk ends the pass, the last pass the block.
    function _step(Machine memory m, Tape memory tape) internal pure override {
        (uint256[] memory top, bytes32 rest) = HashList.take(m.walk, tape, 1);
        m.walk = rest;
        uint256 tag = tape.nextUint();
        if (tag == 0) _enter(m, tape, bytes32(top[0]));
        else _apply(m, tape, _leaf(tape, tag, bytes32(top[0])));
        if (m.walk != 0) return;
        if (m.cursor == REMOVE_ACCOUNTS) return m.finish();
        ++m.cursor;
        m.walk = HashList.cons(m.world, 0);
    }

    /// Puts the children on the walk, the left one on top.
    function _enter(Machine memory m, Tape memory tape, bytes32 subtree) private pure {
        (bytes32 left, bytes32 right) = (tape.next(), tape.next());
        _requireSubtree(HashList.cons(left, right), subtree);
        if (right != 0) m.walk = HashList.cons(right, m.walk);
        if (left != 0) m.walk = HashList.cons(left, m.walk);
    }

    function _leaf(Tape memory tape, uint256 tag, bytes32 subtree) private pure returns (Leaf memory leaf) {
        leaf.tag = tag;
        (leaf.a, leaf.b, leaf.c) = (tape.nextUint(), tape.nextUint(), tape.nextUint());
        leaf.value = tape.next();
        bytes32 key = World.keyOf(tag, leaf.a, leaf.b, leaf.c);
        _requireSubtree(World.leafHash(key, leaf.value), subtree);
    }

    function _requireSubtree(bytes32 got, bytes32 wanted) private pure {
        // INVARIANT: only what is in the map is walked.
        require(got == wanted, SubtreeForeign(got, wanted));
    }

    function _apply(Machine memory m, Tape memory tape, Leaf memory leaf) private pure {
        if (m.cursor <= REMOVE_SLOTS) {
            if (leaf.tag == World.SLOT) _applySlot(m, tape, leaf);
        } else if (leaf.tag == World.ACCOUNT) {
            _applyAccount(m, tape, leaf);
        }
    }

    function _applySlot(Machine memory m, Tape memory tape, Leaf memory leaf) private pure {
        Slot memory slot = World.readSlot(tape, leaf.value);
        if ((slot.value == 0) != (m.cursor == REMOVE_SLOTS)) return;
        address owner = address(uint160(leaf.a));
        (Account memory account, bool found) = World.account(m, tape, owner);
        // A slot is loaded after its account.
        assert(found);
        if (account.incarnation != leaf.b) return;

        bytes memory key = abi.encode(keccak256(abi.encode(leaf.c)));
        account.storageRoot =
            slot.value == 0
                ? Trie.remove(account.storageRoot, tape, key)
                : Trie.put(account.storageRoot, tape, key, RLP.encode(slot.value));
        World.setAccount(m, tape, owner, account);
    }

    function _applyAccount(Machine memory m, Tape memory tape, Leaf memory leaf) private pure {
        Account memory account = World.dated(World.readAccount(tape, leaf.value), m.stamp);
        if (account.isEmpty() != (m.cursor == REMOVE_ACCOUNTS)) return;
        bytes memory key = abi.encode(keccak256(abi.encodePacked(address(uint160(leaf.a)))));
        m.stateRoot =
            m.cursor == REMOVE_ACCOUNTS
                ? Trie.remove(m.stateRoot, tape, key)
                : Trie.put(m.stateRoot, tape, key, _encode(account));
    }

    function _encode(Account memory account) private pure returns (bytes memory) {
        return
            RLP
                .encoder()
                .push(account.nonce)
                .push(account.balance)
                .push(account.storageRoot)
                .push(account.codeHash)
                .encode();
    }
}
