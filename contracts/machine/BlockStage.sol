// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {EMPTY_ROOT} from "../types/Account.sol";
import {ByteTree} from "./ByteTree.sol";
import {Frames} from "./Frames.sol";
import {Rlp} from "./Rlp.sol";
import {Stage} from "./Stage.sol";
import {
    Account,
    Code,
    Frame,
    Machine,
    Phase,
    Tx,
    EMPTY_CODE,
    FRAME_CREATE,
    FRAME_PRECOMPILE,
    KIND_SYSTEM,
    RULES_PRAGUE,
    SYSTEM
} from "./State.sol";
import {Tape} from "./Tape.sol";
import {Transactions} from "./Transactions.sol";
import {Views} from "./Views.sol";
import {World} from "./World.sol";

/// The steps around the execution of a transaction, and the system calls.
contract BlockStage is Stage {
    using RLP for RLP.Encoder;

    address private constant BEACON_ROOTS = 0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02;
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    address private constant WITHDRAWAL_REQUESTS = 0x00000961Ef480Eb55e80D19ad83579A64c007002;
    address private constant CONSOLIDATION_REQUESTS = 0x0000BBdDc7CE488642fb579F8B00f3a590007251;
    uint64 private constant SYSTEM_GAS = 30_000_000;
    /// Past the last call after the transactions.
    uint64 private constant AFTER_END = 4;

    /// EIP-7623.
    uint64 private constant FLOOR_BASE = 21000;
    uint64 private constant FLOOR_TOKEN = 10;
    uint64 private constant DATA_TOKEN = 4;
    /// EIP-3529: at most a fifth of the gas used is refunded.
    uint64 private constant REFUND_QUOTIENT = 5;

    /// EIP-7702: what an authorisation costs less when its account exists.
    uint64 private constant EXISTING_REFUND = 12500;
    bytes3 private constant DESIGNATOR = 0xef0100;

    /// A word with its RLP prefix.
    uint32 private constant WORD_ITEM = 33;

    /// The chain id of A.
    uint256 public immutable CHAIN_ID;

    constructor(uint256 chainId) {
        CHAIN_ID = chainId;
    }

    function _step(Machine memory m, Tape memory tape) internal view override {
        Phase phase = m.phase;
        if (phase == Phase.BEFORE) return _before(m, tape);
        if (phase == Phase.CHECK) return _check(m, tape);
        if (phase == Phase.WARM) return _warm(m, tape);
        if (phase == Phase.AUTHORISE) return _authorise(m, tape);
        if (phase == Phase.ENTER) return m.txn.initHash == 0 ? _enterCall(m, tape) : _enterCreation(m, tape);
        if (phase == Phase.END) return _end(m, tape);
        assert(phase == Phase.AFTER);
        _after(m, tape);
    }

    // System calls.

    /// EIP-4788, from Prague EIP-2935. Without code there is no call.
    function _before(Machine memory m, Tape memory tape) private pure {
        if (m.cursor == (m.head.rules >= RULES_PRAGUE ? 2 : 1)) {
            (m.phase, m.cursor) = (Phase.BEGIN, 0);
            return;
        }
        bool isFirst = m.cursor == 0;
        address target = isFirst ? BEACON_ROOTS : HISTORY;
        (Account memory account, bool found) = World.account(m, tape, target);
        if (!found) return;
        bytes memory data = abi.encode(isFirst ? m.head.beaconRoot : m.head.parentHash);
        if (account.codeHash == EMPTY_CODE) ++m.cursor;
        else _callSystem(m, tape, target, account.codeHash, data);
    }

    /// EIP-7002, EIP-7251. Without code the block is invalid.
    function _after(Machine memory m, Tape memory tape) private pure {
        if (m.cursor == AFTER_END) return World.startFlush(m);
        address target = m.cursor == Frames.FIRST_AFTER ? WITHDRAWAL_REQUESTS : CONSOLIDATION_REQUESTS;
        (Account memory account, bool found) = World.account(m, tape, target);
        if (!found) return;
        if (account.codeHash == EMPTY_CODE) m.invalidate();
        else _callSystem(m, tape, target, account.codeHash, "");
    }

    function _callSystem(
        Machine memory m,
        Tape memory tape,
        address target,
        bytes32 codeHash,
        bytes memory data
    ) private pure {
        (Code memory code, bool found) = World.code(m, tape, codeHash);
        if (!found) return;
        (m.txn.kind, m.txn.sender) = (KIND_SYSTEM, SYSTEM);
        Frame memory frame = m.frame;
        frame.world = m.world;
        (frame.self, frame.caller) = (target, SYSTEM);
        frame.setCode(code);
        frame.input = Views.store(data);
        frame.gas = SYSTEM_GAS;
        m.phase = Phase.RUN;
    }

    // Before a transaction's first frame.

    /// Validity against the state. Gas and blob gas are bought, the nonce is spent, the first addresses are warmed.
    function _check(Machine memory m, Tape memory tape) private pure {
        Tx memory txn = m.txn;
        (Account memory sender, bool found) = World.account(m, tape, txn.sender);
        if (!found) return;
        Code memory code;
        (code, found) = World.code(m, tape, sender.codeHash);
        if (!found) return;
        if (!_isValid(m, sender, code)) return m.invalidate();

        ++sender.nonce;
        sender.balance -=
            txn.gasLimit * txn.gasPrice +
            txn.blobCount * Transactions.BLOB_GAS * m.head.blobBaseFee;
        World.setAccount(m, tape, txn.sender, sender);
        World.warm(m, tape, txn.sender);
        if (txn.initHash == 0) World.warm(m, tape, txn.to);
        // EIP-3651.
        World.warm(m, tape, m.head.coinbase);
        m.blobs += txn.blobCount;
        m.phase = Phase.WARM;
    }

    function _isValid(Machine memory m, Account memory sender, Code memory code) private pure returns (bool) {
        Tx memory txn = m.txn;
        bool isPrague = m.head.rules >= RULES_PRAGUE;
        return
            txn.gasLimit >= txn.intrinsic + DATA_TOKEN * txn.tokens &&
            (!isPrague || txn.gasLimit >= FLOOR_BASE + FLOOR_TOKEN * txn.tokens) &&
            sender.balance >= txn.maxCost &&
            sender.nonce == txn.nonce &&
            // EIP-3607, EIP-7702.
            (code.size == 0 || (isPrague && code.delegate != address(0)));
    }

    /// One item of the access list: an address, or a slot of the last one. BEGIN has seen that the list is well formed.
    function _warm(Machine memory m, Tape memory tape) private pure {
        Tx memory txn = m.txn;
        if (txn.listAt == txn.listEnd) {
            (txn.listAt, txn.listEnd, txn.slotsEnd, txn.listAccount) = (0, 0, 0, address(0));
            m.phase = Phase.AUTHORISE;
            return;
        }
        bytes memory raw = tape.nextBlob(txn.hash);
        if (txn.listAt < txn.slotsEnd) {
            World.warmSlot(m, tape, txn.listAccount, uint256(ByteTree.wordOf(raw, txn.listAt + 1)));
            txn.listAt += WORD_ITEM;
            return;
        }
        (, uint256 entry, uint256 entryEnd) = Rlp.read(raw, txn.listAt, txn.listEnd);
        (uint256 owner, uint256 next) = Rlp.readFixed(raw, entry, entryEnd, 20);
        (, uint256 slots, uint256 slotsEnd) = Rlp.read(raw, next, entryEnd);
        txn.listAccount = address(uint160(owner));
        (txn.listAt, txn.slotsEnd) = (uint32(slots), uint32(slotsEnd));
        World.warm(m, tape, txn.listAccount);
    }

    /// One authorisation of EIP-7702. BEGIN has seen that it is well formed.
    function _authorise(Machine memory m, Tape memory tape) private view {
        Tx memory txn = m.txn;
        if (txn.authAt == txn.authEnd) {
            (txn.authAt, txn.authEnd) = (0, 0);
            m.phase = Phase.ENTER;
            return;
        }
        (Transactions.Authorisation memory authorisation, uint256 end) = Transactions.readAuthorisation(
            tape.nextBlob(txn.hash),
            txn.authAt,
            txn.authEnd
        );
        address authority = Transactions.authorityOf(authorisation, CHAIN_ID);
        if (authority == address(0) || _delegate(m, tape, authorisation, authority)) txn.authAt = uint32(end);
    }

    /// @return Whether everything needed was there.
    function _delegate(
        Machine memory m,
        Tape memory tape,
        Transactions.Authorisation memory authorisation,
        address authority
    ) private pure returns (bool) {
        (Account memory account, bool found) = World.account(m, tape, authority);
        if (!found) return false;
        Code memory code;
        (code, found) = World.code(m, tape, account.codeHash);
        if (!found) return false;
        World.warm(m, tape, authority);
        if (code.size != 0 && code.delegate == address(0)) return true;
        if (account.nonce != authorisation.nonce) return true;
        if (!account.isEmpty()) m.txn.refund += EXISTING_REFUND;
        account.codeHash =
            authorisation.delegate == address(0)
                ? EMPTY_CODE
                : keccak256(abi.encodePacked(DESIGNATOR, authorisation.delegate));
        ++account.nonce;
        World.setAccount(m, tape, authority, account);
        return true;
    }

    // The first frame.

    function _enterCall(Machine memory m, Tape memory tape) private pure {
        (address to, uint256 value) = (m.txn.to, m.txn.value);
        bool isPrecompile = World.isPrecompile(to, m.head.rules);
        (Code memory code, bool found) = _codeToRun(m, tape, to, isPrecompile && value == 0);
        if (!found) return;
        bytes32 snapshot = m.world;
        World.moveValue(m, tape, m.txn.sender, to, value);
        if (!isPrecompile && code.size == 0) return _settle(m, _gasToRun(m));
        Frame memory frame = m.frame;
        if (isPrecompile) (frame.kind, frame.precompile) = (FRAME_PRECOMPILE, uint16(uint160(to)));
        else frame.setCode(code);
        frame.input = Views.create(m.txn.input, 0, m.txn.dataSize);
        _enter(m, snapshot, to);
    }

    /// @param isNothing The receiver is a precompile and gets no value: nothing of its account is needed.
    function _codeToRun(
        Machine memory m,
        Tape memory tape,
        address to,
        bool isNothing
    ) private pure returns (Code memory code, bool found) {
        if (isNothing) return (code, true);
        Account memory account;
        (account, found) = World.account(m, tape, to);
        if (!found || World.isPrecompile(to, m.head.rules)) return (code, found);
        (code, found) = World.code(m, tape, account.codeHash);
        address delegate = code.delegate;
        if (!found || delegate == address(0) || m.head.rules < RULES_PRAGUE) return (code, found);
        // EIP-7702: the delegate is warmed for nothing; of a precompile no code is run.
        Code memory nothing;
        code = nothing;
        if (!World.isPrecompile(delegate, m.head.rules)) {
            (account, found) = World.account(m, tape, delegate);
            if (found) (code, found) = World.code(m, tape, account.codeHash);
            if (!found) return (code, false);
        }
        World.warm(m, tape, delegate);
    }

    function _enterCreation(Machine memory m, Tape memory tape) private pure {
        Tx memory txn = m.txn;
        bytes memory preimage = RLP.encoder().push(txn.sender).push(txn.nonce).encode();
        address created = address(uint160(uint256(keccak256(preimage))));
        (Account memory account, bool found) = World.account(m, tape, created);
        if (!found) return;
        Code memory code;
        (code, found) = World.code(m, tape, txn.initHash);
        if (!found) return;
        World.warm(m, tape, created);
        // EIP-684, EIP-7610: what is there already stays, and the gas is lost.
        if (account.nonce != 0 || account.codeHash != EMPTY_CODE || account.storageRoot != EMPTY_ROOT)
            return _settle(m, 0);
        bytes32 snapshot = m.world;
        (account.nonce, account.createdAt) = (1, m.stamp);
        World.setAccount(m, tape, created, account);
        World.moveValue(m, tape, txn.sender, created, txn.value);
        if (code.size == 0) return _settle(m, _gasToRun(m));
        m.frame.kind = FRAME_CREATE;
        m.frame.setCode(code);
        _enter(m, snapshot, created);
    }

    function _enter(Machine memory m, bytes32 snapshot, address self) private pure {
        Frame memory frame = m.frame;
        frame.world = snapshot;
        (frame.self, frame.caller, frame.value) = (self, m.txn.sender, m.txn.value);
        frame.gas = _gasToRun(m);
        m.phase = Phase.RUN;
    }

    function _gasToRun(Machine memory m) private pure returns (uint64) {
        return m.txn.gasLimit - m.txn.intrinsic - DATA_TOKEN * m.txn.tokens;
    }

    /// There is nothing to run.
    function _settle(Machine memory m, uint64 gas) private pure {
        m.frame.gas = gas;
        m.phase = Phase.END;
    }

    // After a transaction's last frame.

    function _end(Machine memory m, Tape memory tape) private pure {
        Tx memory txn = m.txn;
        address coinbase = m.head.coinbase;
        (, bool found) = World.account(m, tape, txn.sender);
        if (found) (, found) = World.account(m, tape, coinbase);
        if (!found) return;

        uint64 used = txn.gasLimit - m.frame.gas;
        // Whatever a frame took back it had given before: the sum is not negative.
        assert(m.frame.refund >= 0);
        uint64 refund = uint64(m.frame.refund) + txn.refund;
        used -= refund < used / REFUND_QUOTIENT ? refund : used / REFUND_QUOTIENT;
        uint64 floor = FLOOR_BASE + FLOOR_TOKEN * txn.tokens;
        if (m.head.rules >= RULES_PRAGUE && used < floor) used = floor;
        World.credit(m, tape, txn.sender, (txn.gasLimit - used) * txn.gasPrice);
        World.credit(m, tape, coinbase, used * txn.tip);

        m.gasUsed += used;
        ++m.cursor;
        ++m.stamp;
        Tx memory noTransaction;
        Frame memory noFrame;
        (m.txn, m.frame) = (noTransaction, noFrame);
        m.phase = Phase.BEGIN;
    }
}
