// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {EMPTY_ROOT} from "../types/Account.sol";
import {HashList} from "./HashList.sol";
import {
    Account,
    Code,
    Job,
    Machine,
    Phase,
    Slot,
    EMPTY_CODE,
    JOB_LOAD_ACCOUNT,
    JOB_LOAD_CODE,
    JOB_LOAD_SLOT,
    RULES_OSAKA,
    RULES_PRAGUE
} from "./State.sol";
import {Tape} from "./Tape.sol";

/// @title The world map: a compact sparse Merkle tree of everything that a revert undoes
/// @notice Entries are added or overwritten, never removed, so that the root is a function of the content.
///
///     empty subtree   0
///     leaf            keccak256(abi.encode(1, key, value))   96 bytes
///     node            keccak256(left ‖ right)                64 bytes
///
/// A leaf stands at the top of the largest subtree that holds only it. A bit of the key, from 255 down, chooses the
/// child: zero the left one.
///
/// | tag            | a, b, c                    | value                    |
/// |----------------|----------------------------|--------------------------|
/// | ACCOUNT        | address, 0, 0              | hash of an Account       |
/// | SLOT           | address, incarnation, slot | hash of a Slot           |
/// | CODE           | code hash, 0, 0            | hash of a Code           |
/// | WARM_ACCOUNT   | stamp, address, 0          | 1                        |
/// | WARM_SLOT      | stamp, address, slot       | 1                        |
/// | TRANSIENT      | stamp, address, slot       | the word                 |
///
/// Tape of a search: n, n siblings from the root down, the leaf's key (zero: an empty subtree), the leaf's value if
/// there is a leaf; then the fields of the record, if one was asked for and found. Every write searches anew.
///
/// A function that asks for a record which the map lacks returns `found = false` and leaves the job that loads it in
/// the machine: the caller must then change nothing else.
library World {
    uint256 internal constant ACCOUNT = 1;
    uint256 internal constant SLOT = 2;
    uint256 internal constant CODE = 3;
    uint256 internal constant WARM_ACCOUNT = 4;
    uint256 internal constant WARM_SLOT = 5;
    uint256 internal constant TRANSIENT = 6;

    uint256 private constant KEY_BITS = 256;

    uint256 private constant ACCOUNT_FIELDS = 7;
    uint256 private constant SLOT_FIELDS = 3;
    uint256 private constant CODE_FIELDS = 4;

    error MapForeign(bytes32 got, bytes32 wanted);
    error MapPathTooLong(uint256 length);
    /// @dev A leaf that shows absence must stand in the way of the key.
    error MapLeafElsewhere(bytes32 leafKey, bytes32 key);

    /// Where a search ended.
    struct Path {
        bytes32 key;
        bytes32[] siblings;
        bytes32 leafKey;
        bytes32 leafValue;
    }

    function keyOf(uint256 tag, uint256 a, uint256 b, uint256 c) internal pure returns (bytes32) {
        return keccak256(abi.encode(tag, a, b, c));
    }

    function leafHash(bytes32 key, bytes32 value) internal pure returns (bytes32) {
        return keccak256(abi.encode(uint256(1), key, value));
    }

    // The map.

    /// Proves what the map holds under a key.
    /// @return path What `put` needs.
    /// @return found Whether there is an entry: then it is `path.leafValue`.
    function find(
        bytes32 root,
        Tape memory tape,
        bytes32 key
    ) internal pure returns (Path memory path, bool found) {
        uint256 length = tape.nextUint();
        require(length <= KEY_BITS, MapPathTooLong(length));
        path.key = key;
        path.siblings = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) path.siblings[i] = tape.next();
        path.leafKey = tape.next();
        bytes32 leaf = 0;
        if (path.leafKey != 0) {
            // INVARIANT: a leaf elsewhere in the map says nothing about the key.
            require(
                length == 0 || uint256(path.leafKey ^ key) >> (KEY_BITS - length) == 0,
                MapLeafElsewhere(path.leafKey, key)
            );
            path.leafValue = tape.next();
            leaf = leafHash(path.leafKey, path.leafValue);
        }
        // INVARIANT: the path is the map's.
        bytes32 got = _fold(path, leaf);
        require(got == root, MapForeign(got, root));
        found = path.leafKey == key;
    }

    /// The root of the map with `value` under the key that was searched.
    function put(Path memory path, bytes32 value) internal pure returns (bytes32) {
        bytes32 leaf = leafHash(path.key, value);
        if (path.leafKey == 0 || path.leafKey == path.key) return _fold(path, leaf);

        // Another leaf stands here. Both go down to where the keys part.
        bytes32 other = leafHash(path.leafKey, path.leafValue);
        uint256 differ = uint256(path.leafKey ^ path.key);
        uint256 depth = path.siblings.length;
        uint256 bit = KEY_BITS - 1;
        while ((differ >> bit) & 1 == 0) --bit;
        bytes32 node = _node(path.key, bit, leaf, other);
        for (++bit; bit < KEY_BITS - depth; ++bit) node = _node(path.key, bit, node, 0);
        return _fold(path, node);
    }

    /// The root over a subtree in the place where the search ended.
    function _fold(Path memory path, bytes32 node) private pure returns (bytes32) {
        uint256 length = path.siblings.length;
        uint256 bit = KEY_BITS - length;
        for (uint256 i = length; i != 0; --i) node = _node(path.key, bit++, node, path.siblings[i - 1]);
        return node;
    }

    /// The parent of `node`, which lies where this bit of the key leads, and its sibling.
    function _node(bytes32 key, uint256 bit, bytes32 node, bytes32 sibling) private pure returns (bytes32) {
        return
            (uint256(key) >> bit) & 1 == 0
                ? Hashes.efficientKeccak256(node, sibling)
                : Hashes.efficientKeccak256(sibling, node);
    }

    /// Puts a value under a key of the machine's world.
    function set(Machine memory m, Tape memory tape, bytes32 key, bytes32 value) internal pure {
        (Path memory path, ) = find(m.world, tape, key);
        m.world = put(path, value);
    }

    // Accounts.

    /// The account as it is now: what was destroyed by an earlier execution is empty.
    function account(
        Machine memory m,
        Tape memory tape,
        address owner
    ) internal pure returns (Account memory value, bool found) {
        Path memory path;
        (path, found) = find(m.world, tape, accountKey(owner));
        if (!found) {
            need(m, JOB_LOAD_ACCOUNT).account = owner;
            return (value, false);
        }
        value = dated(readAccount(tape, path.leafValue), m.stamp);
    }

    function setAccount(
        Machine memory m,
        Tape memory tape,
        address owner,
        Account memory value
    ) internal pure {
        set(m, tape, accountKey(owner), value.hash());
    }

    function accountKey(address owner) internal pure returns (bytes32) {
        return keyOf(ACCOUNT, uint160(owner), 0, 0);
    }

    /// The fields of the account with this hash.
    function readAccount(Tape memory tape, bytes32 digest) internal pure returns (Account memory) {
        return abi.decode(tape.nextRecord(ACCOUNT_FIELDS, digest), (Account));
    }

    /// An account in the eyes of execution `stamp`.
    function dated(Account memory value, uint64 stamp) internal pure returns (Account memory) {
        if (value.destroyedAt == 0 || value.destroyedAt == stamp) return value;
        return Account(0, 0, EMPTY_CODE, EMPTY_ROOT, value.incarnation + 1, 0, 0);
    }

    // Slots.

    function slot(
        Machine memory m,
        Tape memory tape,
        address owner,
        uint64 incarnation,
        uint256 position
    ) internal pure returns (Slot memory value, bool found) {
        Path memory path;
        (path, found) = find(m.world, tape, slotKey(owner, incarnation, position));
        if (!found) {
            Job memory job = need(m, JOB_LOAD_SLOT);
            job.account = owner;
            job.key = position;
            return (value, false);
        }
        value = readSlot(tape, path.leafValue);
    }

    function setSlot(
        Machine memory m,
        Tape memory tape,
        address owner,
        uint64 incarnation,
        uint256 position,
        Slot memory value
    ) internal pure {
        set(m, tape, slotKey(owner, incarnation, position), value.hash());
    }

    function slotKey(address owner, uint64 incarnation, uint256 position) internal pure returns (bytes32) {
        return keyOf(SLOT, uint160(owner), incarnation, position);
    }

    function readSlot(Tape memory tape, bytes32 digest) internal pure returns (Slot memory) {
        return abi.decode(tape.nextRecord(SLOT_FIELDS, digest), (Slot));
    }

    // Codes.

    /// What is known of a code. The empty code is known without an entry.
    function code(
        Machine memory m,
        Tape memory tape,
        bytes32 codeHash
    ) internal pure returns (Code memory value, bool found) {
        if (codeHash == EMPTY_CODE) return (value, true);
        Path memory path;
        (path, found) = find(m.world, tape, codeKey(codeHash));
        if (!found) {
            need(m, JOB_LOAD_CODE).hash = codeHash;
            return (value, false);
        }
        value = abi.decode(tape.nextRecord(CODE_FIELDS, path.leafValue), (Code));
    }

    function setCode(Machine memory m, Tape memory tape, bytes32 codeHash, Code memory value) internal pure {
        set(m, tape, codeKey(codeHash), value.hash());
    }

    function codeKey(bytes32 codeHash) internal pure returns (bytes32) {
        return keyOf(CODE, uint256(codeHash), 0, 0);
    }

    // Balances.

    /// Adds to the balance of an account that is there.
    function credit(Machine memory m, Tape memory tape, address owner, uint256 amount) internal pure {
        (Account memory value, bool found) = account(m, tape, owner);
        assert(found);
        value.balance += amount;
        setAccount(m, tape, owner, value);
    }

    /// Moves value between two accounts that are there; of nothing, nothing is read.
    function moveValue(
        Machine memory m,
        Tape memory tape,
        address from,
        address to,
        uint256 amount
    ) internal pure {
        if (amount == 0) return;
        (Account memory value, bool found) = account(m, tape, from);
        assert(found);
        value.balance -= amount;
        setAccount(m, tape, from, value);
        credit(m, tape, to, amount);
    }

    // Marks. Precompiles are warm by rule and have none.

    function isWarm(Machine memory m, Tape memory tape, address owner) internal pure returns (bool found) {
        if (isPrecompile(owner, m.head.rules)) return true;
        (, found) = find(m.world, tape, _warmKey(m, owner));
    }

    function warm(Machine memory m, Tape memory tape, address owner) internal pure {
        if (isPrecompile(owner, m.head.rules)) return;
        set(m, tape, _warmKey(m, owner), bytes32(uint256(1)));
    }

    /// 01 to 0a; from Prague also 0b to 11 (EIP-2537), from Osaka also 100 (EIP-7951).
    function isPrecompile(address owner, uint8 rules) internal pure returns (bool) {
        uint160 number = uint160(owner);
        if (number <= 0x0a) return number != 0;
        if (number <= 0x11) return rules >= RULES_PRAGUE;
        return number == 0x100 && rules >= RULES_OSAKA;
    }

    function isWarmSlot(
        Machine memory m,
        Tape memory tape,
        address owner,
        uint256 position
    ) internal pure returns (bool found) {
        (, found) = find(m.world, tape, _warmSlotKey(m, owner, position));
    }

    function warmSlot(Machine memory m, Tape memory tape, address owner, uint256 position) internal pure {
        set(m, tape, _warmSlotKey(m, owner, position), bytes32(uint256(1)));
    }

    function _warmKey(Machine memory m, address owner) private pure returns (bytes32) {
        return keyOf(WARM_ACCOUNT, m.stamp, uint160(owner), 0);
    }

    function _warmSlotKey(Machine memory m, address owner, uint256 position) private pure returns (bytes32) {
        return keyOf(WARM_SLOT, m.stamp, uint160(owner), position);
    }

    // Transient storage (EIP-1153).

    function transientWord(
        Machine memory m,
        Tape memory tape,
        address owner,
        uint256 position
    ) internal pure returns (uint256) {
        (Path memory path, bool found) = find(m.world, tape, _transientKey(m, owner, position));
        return found ? uint256(path.leafValue) : 0;
    }

    function setTransientWord(
        Machine memory m,
        Tape memory tape,
        address owner,
        uint256 position,
        uint256 value
    ) internal pure {
        set(m, tape, _transientKey(m, owner, position), bytes32(value));
    }

    function _transientKey(Machine memory m, address owner, uint256 position) private pure returns (bytes32) {
        return keyOf(TRANSIENT, m.stamp, uint160(owner), position);
    }

    /// Ends the execution: what is in the world now is written into the state trie. If nothing was ever loaded, there is
    /// nothing to write.
    function startFlush(Machine memory m) internal pure {
        if (m.world == 0) return m.finish();
        (m.phase, m.cursor) = (Phase.FLUSH, 0);
        m.walk = HashList.cons(m.world, 0);
    }

    // Needs.

    /// Makes a job of this kind the next thing to do.
    function need(Machine memory m, uint8 kind) internal pure returns (Job memory job) {
        job = m.job;
        job.kind = kind;
    }
}
