// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {IProver} from "../../../contracts/interfaces/IProver.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {FeedDeployment} from "./FeedDeployment.sol";
import {TrieBuilder} from "./TrieBuilder.sol";

/// A transition of a storage trie with its multi-proof.
struct TransitionVector {
    string name;
    bytes32 oldRoot;
    bytes32 newRoot;
    bytes deltas;
    bytes before;
    bytes nodes;
}

/// What a sync says, part by part; one of the last two shows the account.
struct Sync {
    address payee;
    uint96 minFee;
    bytes deltas;
    bytes before;
    bytes nodes;
    bytes accountPath;
    bytes[] accountProof;
}

/// Feeds whose updates are proven. The storage tries are real ones, from `test/vectors/transitions.json`, which
/// `tools/vectors/transitions.ts` makes; the account is alone with made-up siblings in its state trie.
abstract contract ProverDeployment is FeedDeployment, TrieBuilder {
    string private constant VECTORS = "test/vectors/transitions.json";
    string private constant TYPE =
        "TransitionVector(string name,bytes32 oldRoot,bytes32 newRoot,bytes deltas,bytes before,bytes nodes)";
    bytes32 internal constant CODE_HASH = keccak256("code");
    /// Nodes above the account's leaf, as in a small state trie.
    uint256 internal constant ACCOUNT_LEVELS = 2;

    address internal immutable ACCOUNT = address(uint160(uint256(keccak256("account"))));

    function transition(string memory name) internal view returns (TransitionVector memory) {
        string memory json = vm.readFile(VECTORS);
        for (uint256 i = 0; ; ++i) {
            string memory path = string.concat(".cases[", vm.toString(i), "]");
            if (
                keccak256(bytes(vm.parseJsonString(json, string.concat(path, ".name")))) !=
                keccak256(bytes(name))
            ) continue;
            return abi.decode(vm.parseJsonType(json, path, TYPE), (TransitionVector));
        }
    }

    function transitions() internal view returns (TransitionVector[] memory) {
        return abi.decode(vm.parseJsonTypeArray(vm.readFile(VECTORS), ".cases", TYPE), (TransitionVector[]));
    }

    /// A state in which `ACCOUNT` has this storage and code.
    function stateWith(
        bytes32 storageRoot,
        bytes32 codeHash
    ) internal view returns (bytes32 stateRoot, bytes[] memory proof) {
        return
            column(
                keccak256(abi.encodePacked(ACCOUNT)),
                ACCOUNT_LEVELS,
                accountRlp(storageRoot, codeHash),
                16
            );
    }

    /// A final root at which `ACCOUNT` has this storage.
    function finalStorage(bytes32 storageRoot) internal returns (Claim memory root, bytes[] memory proof) {
        bytes32 stateRoot;
        (stateRoot, proof) = stateWith(storageRoot, CODE_HASH);
        root = finalRoot(stateRoot);
    }

    /// The path that says the same as a proof, of an account without nonce and balance: see AccountPath.sol. All
    /// children of its branches are hashes, and it has no extensions.
    function pathOf(address owner, bytes[] memory proof) internal pure returns (bytes memory path) {
        uint256 levels = proof.length - 1;
        bytes memory account = proof[levels];
        path = abi.encodePacked(
            uint8(levels),
            hex"028080",
            slice(account, account.length - 32, account.length)
        );
        bytes32 key = keccak256(abi.encodePacked(owner));
        for (uint256 level = levels; level > 0; --level) {
            bytes memory node = proof[level - 1];
            uint256 nibble = (uint256(key) >> (256 - 4 * level)) & 0x0f;
            uint16 mask = 0;
            bytes memory siblings;
            uint256 cursor = uint8(node[0]) - 0xf6;
            for (uint256 i = 0; i < 16; ++i) {
                if (node[cursor] == 0x80) {
                    ++cursor;
                    continue;
                }
                if (i != nibble) {
                    mask |= uint16(1 << i);
                    siblings = bytes.concat(siblings, slice(node, cursor + 1, cursor + 33));
                }
                cursor += 33;
            }
            path = bytes.concat(path, hex"40", bytes2(mask), siblings);
        }
    }

    function proofOf(Sync memory said) internal pure returns (bytes memory) {
        return
            bytes.concat(
                bytes3(uint24(said.deltas.length)),
                bytes3(uint24(said.before.length)),
                bytes3(uint24(said.nodes.length)),
                said.deltas,
                said.before,
                said.nodes,
                said.accountPath
            );
    }

    /// The call that syncs a feed on top of its head.
    function syncCall(
        Update memory parent,
        Claim memory root,
        Sync memory said
    ) internal pure returns (bytes memory) {
        IProver.Terms memory terms = IProver.Terms(said.payee, said.minFee);
        bytes memory proof = proofOf(said);
        if (said.accountPath.length != 0)
            return abi.encodeCall(IProver.sync, (headOf(parent), root, terms, proof));
        return abi.encodeCall(IProver.syncByProof, (headOf(parent), root, terms, proof, said.accountProof));
    }

    function syncAs(Update memory parent, Claim memory root, Sync memory said) internal returns (bytes32 id) {
        IProver.Terms memory terms = IProver.Terms(said.payee, said.minFee);
        bytes memory proof = proofOf(said);
        if (said.accountPath.length != 0) return prover.sync(headOf(parent), root, terms, proof);
        return prover.syncByProof(headOf(parent), root, terms, proof, said.accountProof);
    }

    /// With the account's path instead of its proof.
    function shortSyncOf(
        TransitionVector memory vector,
        bytes[] memory accountProof
    ) internal view returns (Sync memory said) {
        said = syncOf(vector, new bytes[](0));
        said.accountPath = pathOf(ACCOUNT, accountProof);
    }

    function syncOf(
        TransitionVector memory vector,
        bytes[] memory accountProof
    ) internal view returns (Sync memory said) {
        said.payee = PROPOSER;
        said.accountProof = accountProof;
        said.deltas = vector.deltas;
        said.before = vector.before;
        said.nodes = vector.nodes;
    }

    /// What a proven update is going to be.
    function provenUpdate(
        Update memory parent,
        Claim memory root,
        TransitionVector memory vector
    ) internal pure returns (Update memory) {
        return
            Update({
                feed: parent.feed,
                parent: parent.id(),
                number: root.number,
                timestamp: root.timestamp,
                stateRoot: root.stateRoot,
                oldStorageRoot: parent.storageRoot,
                storageRoot: vector.newRoot,
                codeHash: CODE_HASH,
                deltas: commitmentOf(digestsOf(chunksOf(vector.deltas))),
                count: uint32(vector.deltas.length / 64),
                proposer: address(0),
                rootProposer: root.proposer,
                reserve: 0
            });
    }

    /// A feed whose head has this storage root: an update nobody doubted, whose deltas do not matter.
    function feedAt(bytes32 storageRoot) internal returns (Update memory head) {
        head = createFeed(ACCOUNT);
        if (storageRoot == head.storageRoot) return head;
        (Claim memory root, ) = finalStorage(storageRoot);
        head = postAt(head, root, storageRoot, "");
        passUpdateWindow();
        applyUpdate(head, "");
    }

    /// `PROPOSER` posts an update that says this storage root and these deltas.
    function postAt(
        Update memory parent,
        Claim memory root,
        bytes32 storageRoot,
        bytes memory deltas
    ) internal returns (Update memory) {
        IFeeds.Post memory said;
        said.proposer = PROPOSER;
        said.storageRoot = storageRoot;
        said.codeHash = CODE_HASH;
        return post(parent, root, said, deltas);
    }

    /// All deltas of an update of one chunk, from [from, to).
    function pieceOf(
        TransitionVector memory vector,
        uint256 from,
        uint256 to
    ) internal pure returns (IProver.Piece memory piece) {
        piece.digests = digestsOf(chunksOf(vector.deltas));
        piece.chunk = vector.deltas;
        (piece.from, piece.to) = (from, to);
        (piece.before, piece.nodes) = (vector.before, vector.nodes);
    }

    function requireShown(Update memory update, bytes memory deltas) internal view {
        assertEq(feeds.feedOf(update.feed).head, update.id(), "head");
        for (uint256 i = 0; i < deltas.length / 64; ++i) {
            (bytes32 slot, bytes32 value) = deltaAt(deltas, i);
            assertEq(feeds.read(update.feed, slot, 1 hours), value, "value");
        }
    }
}
