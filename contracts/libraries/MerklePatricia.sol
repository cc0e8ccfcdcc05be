// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeRlp} from "./NodeRlp.sol";
import {Account, EMPTY_ROOT, absentAccount, decodeAccount, decodeSlotValue} from "../types/Account.sol";

/// @title Merkle-Patricia proofs
/// @notice Proves what a trie with 32-byte hashed keys (A's state trie and storage tries) holds under a key, or that
/// it holds nothing. Walks the proof in calldata, once, from the root down. Node formats: Yellow Paper appendix D.
///
///     branch     [child 0, …, child 15, ""]      consumes one nibble of the key
///     extension  [path, child]                   consumes its path; its child is a branch
///     leaf       [path, value]                   consumes the rest of the key
///
/// A child is empty (0x80), the hash of a node of at least 32 bytes (0xa0 …), or a shorter node itself, *inline*.
///
/// The proof lists the nodes on the way down. An inline node is already inside its parent, so that it need not be
/// listed (as in geth's answers to `eth_getProof`) but may be (as EthereumJS does). No hashed node may be missing, so
/// that a truncated proof is never an absence, and nothing may be left over. The proof of an empty trie is empty.
///
/// Whatever is accepted, the result is a function of root and key alone. Beyond that the encoding of every node on the
/// way must be canonical, so that this library and its twin in `shared/proofs` accept exactly the same proofs, for the
/// same reasons. The children of a branch that the key does not select are checked in form (empty, hash or inline),
/// not entered.
///
/// How a node's bytes are read is in NodeRlp; what they must say is here. Arithmetic on positions is unchecked: they
/// are offsets into calldata, and sizes come from one or two length bytes.
///
/// A malformed ABI encoding of the proof array itself reverts without data in every function.
library MerklePatricia {
    /// @notice Why a proof was refused.
    enum Reason {
        /// It was not.
        None,
        /// The walk needs a node that the proof does not list.
        Truncated,
        /// The walk has ended and the proof goes on.
        Trailing,
        /// The node does not hash to what its parent, or the root, says.
        WrongHash,
        /// A hash refers to a node that should be inline: it has fewer than 32 bytes.
        NotInlined,
        /// The node is not one canonical RLP list.
        NotList,
        /// The node has neither 2 nor 17 items, or they do not end where it ends.
        WrongItems,
        /// A child is neither empty, a hash, nor a list of fewer than 32 bytes; or an extension's is empty.
        WrongChild,
        /// A branch holds a value. No key ends at a branch when all have 64 nibbles.
        BranchValue,
        /// The path's encoding or length is impossible at this depth.
        WrongPath,
        /// A leaf's value is empty or not a canonical RLP string.
        WrongValue,
        /// An extension leads to something else than a branch.
        ExtensionChild,
        /// A branch below the last nibble of the key.
        TooDeep
    }

    /// @param node Index into the proof of the node refused, or of the first node missing or left over.
    error InvalidProof(uint256 node, Reason reason);

    uint256 private constant KEY_NIBBLES = 64;
    /// Nodes of at least this many bytes are referred to by hash, shorter ones are inline.
    uint256 private constant HASHED_SIZE = 32;

    /// Where a walk stands. Positions are offsets into calldata.
    struct Walk {
        /// The part of the key not yet consumed, aligned to the top of the word.
        uint256 key;
        /// How many nibbles that is.
        uint256 nibbles;
        /// The node just reached: [start, end).
        uint256 start;
        uint256 end;
        /// What that node led to: a child with its RLP prefix, or a leaf's value. A value of size zero means that
        /// the key is absent.
        uint256 item;
        uint256 size;
        /// The node came out of an extension.
        bool afterExtension;
    }

    /// @notice Walks `proof` from `root` along `key`.
    /// @param key The hashed key: keccak256 of the address or of the slot.
    /// @return value The bytes in the leaf, or empty bytes if the trie provably has no such key.
    function traverse(
        bytes32 root,
        bytes32 key,
        bytes[] calldata proof
    ) internal pure returns (bytes calldata value) {
        Reason reason;
        uint256 node;
        (value, reason, node) = _walk(root, key, proof);
        require(reason == Reason.None, InvalidProof(node, reason));
    }

    /// @notice Like `traverse`, but returns the reason of a refusal.
    /// @return value Meaningful only if `reason` is None.
    function tryTraverse(
        bytes32 root,
        bytes32 key,
        bytes[] calldata proof
    ) internal pure returns (bytes calldata value, Reason reason) {
        (value, reason, ) = _walk(root, key, proof);
    }

    /// @notice Whether `proof` shows that the trie holds exactly `value` under `key`; empty bytes stand for absence.
    function verify(
        bytes32 root,
        bytes32 key,
        bytes memory value,
        bytes[] calldata proof
    ) internal pure returns (bool) {
        (bytes calldata proven, Reason reason, ) = _walk(root, key, proof);
        return reason == Reason.None && keccak256(proven) == keccak256(value);
    }

    /// @notice Proves an account, or that it does not exist.
    /// @return account The account; if absent, zeros with the empty storage root.
    function accountAt(
        bytes32 stateRoot,
        address owner,
        bytes[] calldata proof
    ) internal pure returns (Account memory account, bool exists) {
        bytes calldata value = traverse(stateRoot, keccak256(abi.encodePacked(owner)), proof);
        exists = value.length != 0;
        account = exists ? decodeAccount(value) : absentAccount();
    }

    /// @notice Proves the value of a slot. A slot that the trie does not hold is zero.
    /// @param hashedSlot keccak256 of the slot's number.
    function slotAt(
        bytes32 storageRoot,
        bytes32 hashedSlot,
        bytes[] calldata proof
    ) internal pure returns (uint256) {
        bytes calldata value = traverse(storageRoot, hashedSlot, proof);
        return value.length == 0 ? 0 : decodeSlotValue(value);
    }

    /// Every pass of the loop but the last consumes at least one nibble, so there are at most 65.
    function _walk(
        bytes32 root,
        bytes32 key,
        bytes[] calldata proof
    ) private pure returns (bytes calldata value, Reason reason, uint256 index) {
        value = NodeRlp.slice(0, 0);
        if (root == EMPTY_ROOT) return (value, proof.length == 0 ? Reason.None : Reason.Trailing, 0);

        Walk memory walk;
        walk.key = uint256(key);
        walk.nibbles = KEY_NIBBLES;
        (reason, index) = _enterHashed(walk, root, proof, 0);
        while (reason == Reason.None) {
            bool ended;
            (reason, ended) = _step(walk);
            if (reason != Reason.None) break;
            if (ended) {
                // INVARIANT: the proof is consumed exactly.
                if (++index != proof.length) reason = Reason.Trailing;
                else value = NodeRlp.slice(walk.item, walk.size);
                break;
            }
            if (walk.size == NodeRlp.REFERENCE_SIZE) {
                (reason, index) = _enterHashed(walk, NodeRlp.word(walk.item + 1), proof, index + 1);
            } else {
                index = _enterInline(walk, proof, index);
            }
        }
    }

    /// Makes the node with this hash the walk's node or, past any number of full branches, the one they lead to.
    /// Full branches are the upper levels of every large trie. Nothing is decided here that `_step` would not decide
    /// alike, but a level costs a fraction of what it costs there.
    /// @return The index in the proof of the node entered, refused or missing.
    function _enterHashed(
        Walk memory walk,
        bytes32 hash,
        bytes[] calldata proof,
        uint256 index
    ) private pure returns (Reason, uint256) {
        // Nothing can overflow: positions are within calldata, and no more nibbles are taken than are left.
        unchecked {
            uint256 key = walk.key;
            // Each branch takes a nibble, so that at this index none is left.
            uint256 deepest = index + walk.nibbles;
            for (; index < proof.length; ++index) {
                bytes calldata node = proof[index];
                // INVARIANT: every node entered is committed to by the root.
                if (NodeRlp.hash(node) != hash) return (Reason.WrongHash, index);
                if (index == deepest || !NodeRlp.isFullBranch(node)) {
                    // The root is always hashed, whatever its size.
                    if (node.length < HASHED_SIZE && index != 0) return (Reason.NotInlined, index);
                    if (deepest - index != walk.nibbles) walk.afterExtension = false;
                    walk.key = key;
                    walk.nibbles = deepest - index;
                    (walk.start, walk.end) = NodeRlp.bounds(node);
                    return (Reason.None, index);
                }
                hash = NodeRlp.childOfFullBranch(node, key >> 252);
                key <<= 4;
            }
            return (Reason.Truncated, index);
        }
    }

    /// Makes the inline child that the walk has found its node.
    /// @return The index in the proof of the node entered, or of the one that contains it.
    function _enterInline(
        Walk memory walk,
        bytes[] calldata proof,
        uint256 index
    ) private pure returns (uint256) {
        walk.start = walk.item;
        walk.end = walk.item + walk.size;
        uint256 next = index + 1;
        if (next == proof.length) return index;
        // The next element repeats it, or has to be accounted for further down.
        return NodeRlp.hash(proof[next]) == NodeRlp.hash(NodeRlp.slice(walk.item, walk.size)) ? next : index;
    }

    /// Follows the key through the walk's node.
    /// @return ended True if the node decides: `item` is then the value. Otherwise it is the child to enter.
    function _step(Walk memory walk) private pure returns (Reason, bool ended) {
        unchecked {
            uint256 start = walk.start;
            uint256 first = NodeRlp.payload(start, walk.end);
            if (first == 0) return (Reason.NotList, false);
            uint256 second = first < walk.end ? NodeRlp.itemEnd(first) : walk.end;
            if (second >= walk.end) return (Reason.WrongItems, false);
            // Two items that end where the node ends cannot be seventeen; anything else must be a branch.
            if (NodeRlp.itemEnd(second) != walk.end) return _stepBranch(walk, first);
            if (walk.afterExtension) return (Reason.ExtensionChild, false);
            return _stepPath(walk, first, second);
        }
    }

    /// A branch whose items begin at `cursor`.
    function _stepBranch(Walk memory walk, uint256 cursor) private pure returns (Reason, bool) {
        unchecked {
            uint256 end = walk.end;
            uint256 nibble = walk.key >> 252;
            uint256 child;
            uint256 childSize;
            for (uint256 i = 0; i < 16; ++i) {
                // Also stops after an item that went past the end: what lies there is not the node's.
                if (cursor >= end) return (Reason.WrongItems, false);
                uint256 prefix = NodeRlp.byteAt(cursor);
                // The two common forms first and without a call: this loop is half of what a branch costs.
                uint256 size =
                    prefix == 0xa0
                        ? NodeRlp.REFERENCE_SIZE
                        : prefix == 0x80
                            ? 1
                            : NodeRlp.childSize(cursor);
                if (size == 0) return (Reason.WrongChild, false);
                if (i == nibble) (child, childSize) = (cursor, size);
                cursor += size;
            }
            if (cursor >= end) return (Reason.WrongItems, false);
            if (NodeRlp.byteAt(cursor) != 0x80) return (Reason.BranchValue, false);
            if (cursor + 1 != end) return (Reason.WrongItems, false);
            if (walk.nibbles == 0) return (Reason.TooDeep, false);
            if (childSize == 1) return _absent(walk);
            walk.afterExtension = false;
            return _descend(walk, 1, child, childSize);
        }
    }

    /// A leaf or extension, its path being the item [first, second), the other item ending with the node.
    function _stepPath(Walk memory walk, uint256 first, uint256 second) private pure returns (Reason, bool) {
        unchecked {
            // A path of one byte stands for itself. A longer one has a prefix, a short one because the key is short.
            uint256 size = second - first;
            if (size > 1) {
                if (size == 2 || NodeRlp.byteAt(first) > 0xa1) return (Reason.WrongPath, false);
                ++first;
                --size;
            }
            uint256 flags = NodeRlp.byteAt(first);
            // Bit 5 says leaf, bit 4 odd; an even path has a zero nibble of padding. The empty path (0x80) ends here too.
            bool padded = flags & 0x10 != 0 || flags & 0x0f == 0;
            if (flags >= 0x40 || !padded) return (Reason.WrongPath, false);
            bool isLeaf = flags & 0x20 != 0;
            uint256 odd = (flags >> 4) & 1;
            uint256 count = 2 * (size - 1) + odd;
            // All keys have 64 nibbles: a leaf consumes all that are left, an extension leaves one for its branch.
            if (isLeaf ? count != walk.nibbles : count == 0 || count >= walk.nibbles)
                return (Reason.WrongPath, false);

            uint256 path = odd == 1 ? uint256(NodeRlp.word(first)) << 4 : uint256(NodeRlp.word(first + 1));
            // A shift by all 256 bits leaves nothing: no nibbles always match.
            bool matches = (path ^ walk.key) >> (256 - 4 * count) == 0;
            if (isLeaf) return _endAtLeaf(walk, second, matches);

            uint256 childSize = NodeRlp.childSize(second);
            // One byte is the empty child.
            if (childSize <= 1) return (Reason.WrongChild, false);
            if (!matches) return _absent(walk);
            walk.afterExtension = true;
            return _descend(walk, count, second, childSize);
        }
    }

    /// The leaf's value is the item at `cursor`, which ends with the node.
    function _endAtLeaf(Walk memory walk, uint256 cursor, bool matches) private pure returns (Reason, bool) {
        unchecked {
            uint256 prefix = NodeRlp.byteAt(cursor);
            uint256 value = cursor;
            // The canonical form is the shortest: below 0x80 a byte is itself, up to 55 bytes have no separate length.
            if (prefix >= 0x80) {
                if (prefix > 0xb9) return (Reason.WrongValue, false);
                value += prefix <= 0xb7 ? 1 : prefix - 0xb6;
                uint256 length = walk.end - value;
                bool canonical =
                    prefix <= 0xb7
                        ? length > 1 || (length == 1 && NodeRlp.byteAt(value) >= 0x80)
                        : length > (prefix == 0xb8 ? 55 : 255);
                if (!canonical) return (Reason.WrongValue, false);
            }
            if (!matches) return _absent(walk);
            walk.item = value;
            walk.size = walk.end - value;
            return (Reason.None, true);
        }
    }

    /// The key goes on in the child at `item`.
    function _descend(
        Walk memory walk,
        uint256 nibbles,
        uint256 item,
        uint256 size
    ) private pure returns (Reason, bool) {
        unchecked {
            walk.key <<= 4 * nibbles;
            walk.nibbles -= nibbles;
            walk.item = item;
            walk.size = size;
            return (Reason.None, false);
        }
    }

    /// The node shows that the trie does not hold the key.
    function _absent(Walk memory walk) private pure returns (Reason, bool) {
        walk.item = 0;
        walk.size = 0;
        return (Reason.None, true);
    }
}
