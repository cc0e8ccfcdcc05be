// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ByteTree} from "./ByteTree.sol";
import {Frames} from "./Frames.sol";
import {Gas} from "./Gas.sol";
import {Attempt, Latch} from "./Latch.sol";
import {
    BALANCE,
    BLOBHASH,
    BLOCKHASH,
    EXTCODECOPY,
    EXTCODEHASH,
    EXTCODESIZE,
    KECCAK256,
    SELFBALANCE,
    SLOAD,
    SSTORE,
    TLOAD,
    TSTORE
} from "./Opcodes.sol";
import {Stage} from "./Stage.sol";
import {Account, Code, Job, Machine, Slot, View, JOB_COPY, JOB_LOAD_ANCESTOR} from "./State.sol";
import {Tape} from "./Tape.sol";
import {Views} from "./Views.sol";
import {World} from "./World.sol";

/// Latched opcodes that read or write the world, a hash or the transaction, and start no frame.
///
/// Each is tried in the same order: what can fail without the world; warm or cold, and its gas; what has to be loaded;
/// and only then its effects. A try returns whether the frame goes on: if not, it halts. One that lacks something
/// leaves a job behind and is tried again.
contract StateStage is Stage {
    /// How far back BLOCKHASH sees.
    uint256 private constant ANCESTORS = 256;
    /// A blob's hash in the transaction, with its RLP prefix.
    uint256 private constant BLOB_ITEM = 33;

    function _step(Machine memory m, Tape memory tape) internal pure override {
        (Attempt memory attempt, bool goesOn) = Latch.open(m, tape);
        if (goesOn) goesOn = _try(m, tape, attempt);
        if (!goesOn) Frames.halt(m, tape);
    }

    function _try(Machine memory m, Tape memory tape, Attempt memory attempt) private pure returns (bool) {
        uint256 op = m.op;
        if (op == KECCAK256) return _keccak(m, attempt);
        if (op == BALANCE || op == EXTCODESIZE || op == EXTCODECOPY || op == EXTCODEHASH)
            return _external(m, tape, attempt, address(uint160(attempt.args[0])));
        if (op == SLOAD) return _sload(m, tape, attempt);
        if (op == SSTORE) return _sstore(m, tape, attempt);
        // These cost what they cost: nothing can fail any more.
        if (op == BLOCKHASH) _blockHash(m, tape, attempt);
        else if (op == SELFBALANCE) _selfBalance(m, tape, attempt);
        else if (op == BLOBHASH) _blobHash(m, tape, attempt);
        else _transient(m, tape, attempt);
        return true;
    }

    function _keccak(Machine memory m, Attempt memory attempt) private pure returns (bool) {
        (uint256 offset, uint256 size) = (attempt.args[0], attempt.args[1]);
        if (!Latch.grow(attempt, offset, size)) return false;
        attempt.cost += Gas.WORD_HASH * Gas.toWords(size);
        if (!Latch.canPay(m, attempt)) return false;
        View memory source = Views.create(m.frame.memoryRoot, uint64(offset), uint64(size));
        (bytes32 digest, bool found) = Latch.needHash(m, source);
        if (found) Latch.commit(m, attempt, uint256(digest));
        return true;
    }

    /// BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH.
    function _external(
        Machine memory m,
        Tape memory tape,
        Attempt memory attempt,
        address owner
    ) private pure returns (bool) {
        uint256 op = m.op;
        if (op == EXTCODECOPY) {
            if (!Latch.grow(attempt, attempt.args[1], attempt.args[3])) return false;
            attempt.cost += Gas.WORD_COPY * Gas.toWords(attempt.args[3]);
            if (!Latch.canPay(m, attempt)) return false;
        }
        bool isCold = !World.isWarm(m, tape, owner);
        if (isCold) attempt.cost += Gas.COLD_ACCOUNT;
        if (!Latch.canPay(m, attempt)) return false;

        (Account memory account, bool found) = World.account(m, tape, owner);
        if (!found) return true;
        Code memory code;
        if (op == EXTCODESIZE || op == EXTCODECOPY) {
            (code, found) = World.code(m, tape, account.codeHash);
            if (!found) return true;
        }
        if (isCold) World.warm(m, tape, owner);
        if (op == EXTCODECOPY) {
            Latch.commit(m, attempt);
            _copyCode(m, attempt.args, code);
        } else if (op == BALANCE) {
            Latch.commit(m, attempt, account.balance);
        } else if (op == EXTCODESIZE) {
            Latch.commit(m, attempt, code.size);
        } else {
            Latch.commit(m, attempt, account.isEmpty() ? 0 : uint256(account.codeHash));
        }
        return true;
    }

    function _copyCode(Machine memory m, uint256[] memory args, Code memory code) private pure {
        if (args[3] == 0) return;
        Job memory job = m.job;
        job.kind = JOB_COPY;
        job.source = code.toView();
        job.position = uint64(args[2] < code.size ? args[2] : code.size);
        job.to = uint64(args[1]);
        job.left = uint64(args[3]);
    }

    function _sload(Machine memory m, Tape memory tape, Attempt memory attempt) private pure returns (bool) {
        (address owner, uint256 key) = (m.frame.self, attempt.args[0]);
        bool isCold = !World.isWarmSlot(m, tape, owner, key);
        if (isCold) attempt.cost += Gas.COLD_SLOT;
        if (!Latch.canPay(m, attempt)) return false;

        (Account memory account, bool found) = World.account(m, tape, owner);
        if (!found) return true;
        Slot memory slot;
        (slot, found) = World.slot(m, tape, owner, account.incarnation, key);
        if (!found) return true;
        if (isCold) World.warmSlot(m, tape, owner, key);
        Latch.commit(m, attempt, slot.value);
        return true;
    }

    function _sstore(Machine memory m, Tape memory tape, Attempt memory attempt) private pure returns (bool) {
        (address owner, uint256 key, uint256 value) = (m.frame.self, attempt.args[0], attempt.args[1]);
        // EIP-2200: a callee that got only the stipend cannot write.
        if (m.frame.gas <= Gas.SSTORE_STIPEND) return false;
        bool isCold = !World.isWarmSlot(m, tape, owner, key);
        if (isCold) attempt.cost += Gas.SSTORE_COLD;
        if (!Latch.canPay(m, attempt)) return false;

        (Account memory account, bool found) = World.account(m, tape, owner);
        if (!found) return true;
        Slot memory slot;
        (slot, found) = World.slot(m, tape, owner, account.incarnation, key);
        if (!found) return true;
        if (slot.originalAt != m.stamp) (slot.original, slot.originalAt) = (slot.value, m.stamp);
        attempt.cost += _storeCost(slot, value);
        if (!Latch.canPay(m, attempt)) return false;

        m.frame.refund += _storeRefund(slot, value);
        slot.value = value;
        if (isCold) World.warmSlot(m, tape, owner, key);
        World.setSlot(m, tape, owner, account.incarnation, key, slot);
        Latch.commit(m, attempt);
        return true;
    }

    /// EIP-2200 with the prices of EIP-2929.
    function _storeCost(Slot memory slot, uint256 value) private pure returns (uint256) {
        if (value == slot.value || slot.value != slot.original) return Gas.SSTORE_NOTHING;
        return slot.original == 0 ? Gas.SSTORE_SET : Gas.SSTORE_RESET;
    }

    /// EIP-2200 with the refunds of EIP-3529.
    function _storeRefund(Slot memory slot, uint256 value) private pure returns (int64 refund) {
        if (value == slot.value) return 0;
        if (slot.value == slot.original)
            return slot.original != 0 && value == 0 ? Gas.SSTORE_CLEARED : int64(0);
        if (slot.original != 0) {
            if (slot.value == 0) refund -= Gas.SSTORE_CLEARED;
            else if (value == 0) refund += Gas.SSTORE_CLEARED;
        }
        if (value == slot.original) refund += slot.original == 0 ? Gas.SSTORE_UNSET : Gas.SSTORE_RESTORED;
    }

    function _blockHash(Machine memory m, Tape memory tape, Attempt memory attempt) private pure {
        uint256 number = attempt.args[0];
        uint256 current = m.head.number;
        bytes32 ancestor = 0;
        if (number < current && current - number <= ANCESTORS) {
            if (number < m.oldest) {
                World.need(m, JOB_LOAD_ANCESTOR);
                return;
            }
            uint256 index = number % ANCESTORS;
            ancestor = ByteTree.open(m.ancestors, tape, index, ByteTree.ANCESTORS_DEPTH).word;
        }
        Latch.commit(m, attempt, uint256(ancestor));
    }

    function _selfBalance(Machine memory m, Tape memory tape, Attempt memory attempt) private pure {
        (Account memory account, bool found) = World.account(m, tape, m.frame.self);
        if (found) Latch.commit(m, attempt, account.balance);
    }

    function _blobHash(Machine memory m, Tape memory tape, Attempt memory attempt) private pure {
        uint256 index = attempt.args[0];
        bytes32 blobHash = 0;
        if (index < m.txn.blobCount) {
            bytes memory raw = tape.nextBlob(m.txn.hash);
            blobHash = ByteTree.wordOf(raw, m.txn.blobsAt + BLOB_ITEM * index + 1);
        }
        Latch.commit(m, attempt, uint256(blobHash));
    }

    /// TLOAD, TSTORE.
    function _transient(Machine memory m, Tape memory tape, Attempt memory attempt) private pure {
        (address owner, uint256 key) = (m.frame.self, attempt.args[0]);
        if (m.op == TLOAD) {
            Latch.commit(m, attempt, World.transientWord(m, tape, owner, key));
            return;
        }
        assert(m.op == TSTORE);
        World.setTransientWord(m, tape, owner, key, attempt.args[1]);
        Latch.commit(m, attempt);
    }
}
