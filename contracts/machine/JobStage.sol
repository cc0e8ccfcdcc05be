// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerklePatricia} from "../libraries/MerklePatricia.sol";
import {EMPTY_ROOT, Account as TrieAccount} from "../types/Account.sol";
import {ByteTree} from "./ByteTree.sol";
import {Codes} from "./Codes.sol";
import {Keccak} from "./Keccak.sol";
import {Stage} from "./Stage.sol";
import {
    Account,
    Frame,
    Job,
    Machine,
    Slot,
    Tx,
    EMPTY_CODE,
    JOB_COPY,
    JOB_DATA,
    JOB_HASH,
    JOB_LOAD_ACCOUNT,
    JOB_LOAD_ANCESTOR,
    JOB_LOAD_CODE,
    JOB_LOAD_SLOT
} from "./State.sol";
import {Tape} from "./Tape.sol";
import {Views} from "./Views.sol";
import {World} from "./World.sol";

/// One unit of a job that is not a precompile's.
contract JobStage is Stage {
    uint256 private constant ANCESTORS = 256;
    /// Where a header says its parent's hash: behind the list's prefix of three bytes and the item's.
    uint256 private constant PARENT_HASH_OFFSET = 4;

    function _step(Machine memory m, Tape memory tape) internal view override {
        uint8 kind = m.job.kind;
        if (kind == JOB_LOAD_ACCOUNT) return _loadAccount(m, tape);
        if (kind == JOB_LOAD_SLOT) return _loadSlot(m, tape);
        if (kind == JOB_LOAD_CODE) return _loadCode(m, tape);
        if (kind == JOB_LOAD_ANCESTOR) return _loadAncestor(m, tape);
        if (kind == JOB_HASH) return _hash(m, tape);
        if (kind == JOB_COPY) return _copy(m, tape);
        assert(kind == JOB_DATA);
        _data(m, tape);
    }

    // MerklePatricia walks proofs in calldata, and the tape is in memory: these turn the one into the other.

    function accountAt(
        bytes32 stateRoot,
        address owner,
        bytes[] calldata proof
    ) external pure returns (TrieAccount memory account, bool exists) {
        return MerklePatricia.accountAt(stateRoot, owner, proof);
    }

    function slotAt(
        bytes32 storageRoot,
        bytes32 hashedSlot,
        bytes[] calldata proof
    ) external pure returns (uint256) {
        return MerklePatricia.slotAt(storageRoot, hashedSlot, proof);
    }

    function _loadAccount(Machine memory m, Tape memory tape) private view {
        address owner = m.job.account;
        (TrieAccount memory found, bool exists) = this.accountAt(m.stateRoot, owner, tape.takeBlobs());
        bytes32 codeHash = exists ? found.codeHash : EMPTY_CODE;
        Account memory account = Account(found.nonce, found.balance, codeHash, found.storageRoot, 0, 0, 0);
        World.setAccount(m, tape, owner, account);
        _finish(m);
    }

    function _loadSlot(Machine memory m, Tape memory tape) private view {
        (address owner, uint256 position) = (m.job.account, m.job.key);
        (Account memory account, bool found) = World.account(m, tape, owner);
        // Whoever asks for a slot has read its account.
        assert(found);
        Slot memory slot;
        if (account.storageRoot != EMPTY_ROOT)
            slot.value = this.slotAt(account.storageRoot, keccak256(abi.encode(position)), tape.takeBlobs());
        World.setSlot(m, tape, owner, account.incarnation, position, slot);
        _finish(m);
    }

    function _loadCode(Machine memory m, Tape memory tape) private pure {
        bytes32 codeHash = m.job.hash;
        bytes memory code = tape.nextBlob(codeHash);
        World.setCode(m, tape, codeHash, Codes.describe(code));
        _finish(m);
    }

    function _loadAncestor(Machine memory m, Tape memory tape) private pure {
        uint256 depth = ByteTree.ANCESTORS_DEPTH;
        ByteTree.Path memory path = ByteTree.open(m.ancestors, tape, m.oldest % ANCESTORS, depth);
        bytes memory header = tape.nextBlob(path.word);
        --m.oldest;
        path = ByteTree.open(m.ancestors, tape, m.oldest % ANCESTORS, depth);
        m.ancestors = ByteTree.update(path, ByteTree.wordOf(header, PARENT_HASH_OFFSET));
        _finish(m);
    }

    /// Absorbs a block of the source. The last is the first that is not full.
    function _hash(Machine memory m, Tape memory tape) private pure {
        Job memory job = m.job;
        uint64[25] memory lanes = job.memo == 0 ? Keccak.empty() : Keccak.decode(tape.nextBlob(job.memo));
        uint256 left = job.source.size - job.position;
        uint256 size = left < Keccak.RATE ? left : Keccak.RATE;
        Keccak.absorb(lanes, Views.read(job.source, tape, job.position, size));
        if (size == Keccak.RATE) {
            job.position += uint64(size);
            job.memo = keccak256(Keccak.encode(lanes));
        } else {
            m.hashed = Keccak.digest(lanes);
            _finish(m);
        }
    }

    /// Fills memory to the end of a word.
    function _copy(Machine memory m, Tape memory tape) private pure {
        Job memory job = m.job;
        Frame memory frame = m.frame;
        uint64 size = 32 - (job.to % 32);
        if (size > job.left) size = job.left;
        bytes32 data = _viewBytes(job, tape, size);
        frame.memoryRoot = Views.writeBytes(frame.memoryRoot, tape, job.to, size, data);
        job.position += size;
        job.to += size;
        job.left -= size;
        if (job.left == 0) _finish(m);
    }

    /// The next bytes of the source, at most 32.
    function _viewBytes(Job memory job, Tape memory tape, uint256 size) private pure returns (bytes32) {
        uint256 left = job.position < job.source.size ? job.source.size - job.position : 0;
        if (left == 0) return 0;
        uint256 offset = uint256(job.source.offset) + job.position;
        return Views.readBytes(job.source.root, tape, offset, left < size ? left : size);
    }

    /// Puts a word of the transaction's data into its tree, and counts its tokens (EIP-7623).
    function _data(Machine memory m, Tape memory tape) private pure {
        Tx memory txn = m.txn;
        uint256 position = m.job.position;
        bytes32 word = ByteTree.wordOf(tape.nextBlob(txn.hash), txn.dataAt + position);
        uint256 left = txn.dataSize - position;
        uint256 size = left < 32 ? left : 32;
        if (size < 32) word &= ~bytes32(type(uint256).max >> (8 * size));
        for (uint256 i = 0; i < size; ++i) txn.tokens += word[i] == 0 ? 1 : 4;
        txn.input = ByteTree.write(txn.input, tape, position / 32, word);
        m.job.position += 32;
        if (left <= 32) _finish(m);
    }

    function _finish(Machine memory m) private pure {
        Job memory idle;
        m.job = idle;
    }
}
