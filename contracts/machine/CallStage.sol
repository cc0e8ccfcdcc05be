// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {EMPTY_ROOT} from "../types/Account.sol";
import {Frames, Outcome} from "./Frames.sol";
import {Gas} from "./Gas.sol";
import {Attempt, Latch} from "./Latch.sol";
import {
    CALL,
    CALLCODE,
    CREATE,
    CREATE2,
    DELEGATECALL,
    RETURN,
    REVERT,
    SELFDESTRUCT,
    STATICCALL
} from "./Opcodes.sol";
import {Stage} from "./Stage.sol";
import {
    Account,
    Code,
    Frame,
    Machine,
    View,
    EMPTY_CODE,
    FRAME_CALL,
    FRAME_CREATE,
    FRAME_PRECOMPILE,
    RULES_PRAGUE
} from "./State.sol";
import {Tape} from "./Tape.sol";
import {Views} from "./Views.sol";
import {World} from "./World.sol";

/// Latched opcodes that start a frame or end one. Tried as StateStage tells.
contract CallStage is Stage {
    using RLP for RLP.Encoder;

    /// A call being tried.
    struct Target {
        address to;
        uint256 value;
        /// Whether value goes from one account to another: CALL only.
        bool moves;
        bool isCold;
        bool isPrecompile;
        address delegate;
        bool isDelegateCold;
        /// What to run: nothing if it is empty.
        Code code;
        /// Index of the input's offset among the operands.
        uint256 ranges;
    }

    function _step(Machine memory m, Tape memory tape) internal pure override {
        (Attempt memory attempt, bool goesOn) = Latch.open(m, tape);
        if (goesOn) {
            uint256 op = m.op;
            if (op == CREATE || op == CREATE2) goesOn = _create(m, tape, attempt);
            else if (op == RETURN || op == REVERT) goesOn = _return(m, tape, attempt);
            else if (op == SELFDESTRUCT) goesOn = _selfDestruct(m, tape, attempt);
            else goesOn = _call(m, tape, attempt);
        }
        if (!goesOn) Frames.halt(m, tape);
    }

    // CALL, CALLCODE, DELEGATECALL, STATICCALL.

    function _call(Machine memory m, Tape memory tape, Attempt memory attempt) private pure returns (bool) {
        Target memory target = _target(m.op, attempt.args);
        uint256 ranges = target.ranges;
        if (target.moves && m.frame.isStatic) return false;
        if (!Latch.grow(attempt, attempt.args[ranges], attempt.args[ranges + 1])) return false;
        if (!Latch.grow(attempt, attempt.args[ranges + 2], attempt.args[ranges + 3])) return false;
        if (target.value != 0) attempt.cost += Gas.CALL_VALUE;
        if (!Latch.canPay(m, attempt)) return false;
        target.isCold = !World.isWarm(m, tape, target.to);
        if (target.isCold) attempt.cost += Gas.COLD_ACCOUNT;
        if (!Latch.canPay(m, attempt)) return false;

        if (!_resolve(m, tape, attempt, target)) return true;
        if (!Latch.canPay(m, attempt)) return false;
        if (target.isCold) World.warm(m, tape, target.to);
        if (target.isDelegateCold) World.warm(m, tape, target.delegate);
        _enter(m, tape, attempt, target);
        return true;
    }

    function _target(uint256 op, uint256[] memory args) private pure returns (Target memory target) {
        target.to = address(uint160(args[1]));
        target.ranges = 2;
        if (op == CALL || op == CALLCODE) {
            target.value = args[2];
            target.ranges = 3;
            target.moves = op == CALL && target.value != 0;
        }
    }

    /// Finds out what the call runs, and what that costs more.
    /// @return Whether everything needed is there.
    function _resolve(
        Machine memory m,
        Tape memory tape,
        Attempt memory attempt,
        Target memory target
    ) private pure returns (bool) {
        target.isPrecompile = World.isPrecompile(target.to, m.head.rules);
        if (target.isPrecompile && !target.moves) return true;
        (Account memory account, bool found) = World.account(m, tape, target.to);
        if (!found) return false;
        if (target.moves && account.isEmpty()) attempt.cost += Gas.NEW_ACCOUNT;
        // The caller halts if it cannot pay. No precompile has code.
        if (!Latch.canPay(m, attempt) || target.isPrecompile) return true;

        (target.code, found) = World.code(m, tape, account.codeHash);
        if (!found) return false;
        address delegate = target.code.delegate;
        if (delegate == address(0) || m.head.rules < RULES_PRAGUE) return true;
        return _resolveDelegate(m, tape, attempt, target, delegate);
    }

    /// EIP-7702: the code is that of the delegate. Delegations are followed once; of a precompile no code is run.
    function _resolveDelegate(
        Machine memory m,
        Tape memory tape,
        Attempt memory attempt,
        Target memory target,
        address delegate
    ) private pure returns (bool) {
        target.delegate = delegate;
        // By now the account called is warm itself.
        target.isDelegateCold = delegate != target.to && !World.isWarm(m, tape, delegate);
        attempt.cost += Gas.WARM_ACCOUNT;
        if (target.isDelegateCold) attempt.cost += Gas.COLD_ACCOUNT;
        Code memory nothing;
        target.code = nothing;
        if (!Latch.canPay(m, attempt) || World.isPrecompile(delegate, m.head.rules)) return true;
        (Account memory account, bool found) = World.account(m, tape, delegate);
        if (found) (target.code, found) = World.code(m, tape, account.codeHash);
        return found;
    }

    /// The call is paid for: starts its frame, or says at once how it ends.
    function _enter(
        Machine memory m,
        Tape memory tape,
        Attempt memory attempt,
        Target memory target
    ) private pure {
        Frame memory frame = m.frame;
        uint256 op = m.op;
        Latch.commit(m, attempt);
        uint256 gas = Gas.allButOne64th(frame.gas);
        if (attempt.args[0] < gas) gas = attempt.args[0];
        frame.gas -= uint64(gas);
        if (target.value != 0) gas += Gas.CALL_STIPEND;
        View memory nothing;
        frame.returned = nothing;

        if (frame.depth == Gas.MAX_DEPTH || !_hasBalance(m, tape, target.value)) {
            frame.gas += uint64(gas);
            Frames.push(frame, 0);
            return;
        }
        bytes32 snapshot = m.world;
        if (target.moves) World.moveValue(m, tape, frame.self, target.to, target.value);
        if (!target.isPrecompile && target.code.size == 0) {
            frame.gas += uint64(gas);
            Frames.push(frame, 1);
            return;
        }

        Frame memory child;
        if (target.isPrecompile) {
            child.kind = FRAME_PRECOMPILE;
            child.precompile = uint16(uint160(target.to));
        } else {
            child.kind = FRAME_CALL;
            child.setCode(target.code);
        }
        child.world = snapshot;
        child.gas = uint64(gas);
        _address(frame, child, op, target);
        _exchange(frame, child, attempt.args, target.ranges);
        _descend(m, child);
    }

    /// Who the callee is, and for whom it takes its caller.
    function _address(Frame memory frame, Frame memory child, uint256 op, Target memory target) private pure {
        bool keepsSelf = op == CALLCODE || op == DELEGATECALL;
        child.isStatic = frame.isStatic || op == STATICCALL;
        child.self = keepsSelf ? frame.self : target.to;
        child.caller = op == DELEGATECALL ? frame.caller : frame.self;
        child.value = op == DELEGATECALL ? frame.value : target.value;
    }

    /// What the callee gets to read, and where the caller wants the answer.
    function _exchange(
        Frame memory frame,
        Frame memory child,
        uint256[] memory args,
        uint256 ranges
    ) private pure {
        child.input = Views.create(frame.memoryRoot, uint64(args[ranges]), uint64(args[ranges + 1]));
        child.outSize = uint64(args[ranges + 3]);
        if (child.outSize != 0) child.outOffset = uint64(args[ranges + 2]);
    }

    // CREATE, CREATE2.

    function _create(Machine memory m, Tape memory tape, Attempt memory attempt) private pure returns (bool) {
        (uint256 offset, uint256 size) = (attempt.args[1], attempt.args[2]);
        if (size > Gas.MAX_INIT_CODE || !Latch.grow(attempt, offset, size)) return false;
        uint256 perWord = m.op == CREATE2 ? Gas.WORD_INIT + Gas.WORD_HASH : Gas.WORD_INIT;
        attempt.cost += perWord * Gas.toWords(size);
        if (!Latch.canPay(m, attempt)) return false;

        (Account memory self, bool found) = World.account(m, tape, m.frame.self);
        assert(found);
        if (
            m.frame.depth == Gas.MAX_DEPTH || self.balance < attempt.args[0] || self.nonce == type(uint64).max
        ) {
            View memory nothing;
            Latch.commit(m, attempt, 0);
            m.frame.returned = nothing;
            return true;
        }
        bytes32 initHash;
        (initHash, found) = Latch.needHash(m, Views.create(m.frame.memoryRoot, uint64(offset), uint64(size)));
        if (!found) return true;
        address created = _createdAddress(m, attempt.args, self.nonce, initHash);
        Account memory account;
        (account, found) = World.account(m, tape, created);
        if (!found) return true;
        Code memory code;
        (code, found) = World.code(m, tape, initHash);
        if (!found) return true;
        ++self.nonce;
        World.setAccount(m, tape, m.frame.self, self);
        World.warm(m, tape, created);
        _construct(m, tape, attempt, created, account, code);
        return true;
    }

    function _createdAddress(
        Machine memory m,
        uint256[] memory args,
        uint64 nonce,
        bytes32 initHash
    ) private pure returns (address) {
        address self = m.frame.self;
        bytes memory preimage =
            m.op == CREATE
                ? RLP.encoder().push(self).push(nonce).encode()
                : abi.encodePacked(bytes1(0xff), self, args[3], initHash);
        return address(uint160(uint256(keccak256(preimage))));
    }

    /// The address is known and the nonce is spent.
    function _construct(
        Machine memory m,
        Tape memory tape,
        Attempt memory attempt,
        address created,
        Account memory account,
        Code memory code
    ) private pure {
        Frame memory frame = m.frame;
        uint256 value = attempt.args[0];
        View memory nothing;
        Latch.commit(m, attempt);
        frame.returned = nothing;
        uint64 gas = uint64(Gas.allButOne64th(frame.gas));
        frame.gas -= gas;
        // EIP-684, EIP-7610: what is there already stays, and the gas is lost.
        if (account.nonce != 0 || account.codeHash != EMPTY_CODE || account.storageRoot != EMPTY_ROOT) {
            Frames.push(frame, 0);
            return;
        }
        bytes32 snapshot = m.world;
        (account.nonce, account.createdAt) = (1, m.stamp);
        World.setAccount(m, tape, created, account);
        World.moveValue(m, tape, frame.self, created, value);
        if (code.size == 0) {
            frame.gas += gas;
            Frames.push(frame, uint160(created));
            return;
        }
        Frame memory child;
        child.kind = FRAME_CREATE;
        child.setCode(code);
        (child.world, child.gas) = (snapshot, gas);
        (child.self, child.caller, child.value) = (created, frame.self, value);
        _descend(m, child);
    }

    // RETURN, REVERT, SELFDESTRUCT.

    function _return(Machine memory m, Tape memory tape, Attempt memory attempt) private pure returns (bool) {
        (uint256 offset, uint256 size) = (attempt.args[0], attempt.args[1]);
        if (!Latch.grow(attempt, offset, size) || !Latch.canPay(m, attempt)) return false;
        View memory output = Views.create(m.frame.memoryRoot, uint64(offset), uint64(size));
        bool succeeds = m.op == RETURN;
        if (succeeds && m.frame.kind == FRAME_CREATE && size != 0) {
            if (size > Gas.MAX_CODE) return false;
            attempt.cost += Gas.CODE_BYTE * size;
            if (!Latch.canPay(m, attempt)) return false;
            // EIP-3541.
            if (bytes1(Views.readBytes(output.root, tape, offset, 1)) == 0xef) return false;
            (bytes32 codeHash, bool found) = Latch.needHash(m, output);
            if (!found) return true;
            _deploy(m, tape, codeHash);
        }
        Latch.commit(m, attempt);
        Frames.finish(m, tape, succeeds ? Outcome.SUCCESS : Outcome.REVERT, output);
        return true;
    }

    /// Whoever needs the code loads it like any other.
    function _deploy(Machine memory m, Tape memory tape, bytes32 codeHash) private pure {
        (Account memory account, bool found) = World.account(m, tape, m.frame.self);
        assert(found);
        account.codeHash = codeHash;
        World.setAccount(m, tape, m.frame.self, account);
    }

    /// EIP-6780: only what this execution created is destroyed.
    function _selfDestruct(
        Machine memory m,
        Tape memory tape,
        Attempt memory attempt
    ) private pure returns (bool) {
        address owner = m.frame.self;
        address beneficiary = address(uint160(attempt.args[0]));
        bool isCold = !World.isWarm(m, tape, beneficiary);
        if (isCold) attempt.cost += Gas.WARM_ACCOUNT + Gas.COLD_ACCOUNT;
        if (!Latch.canPay(m, attempt)) return false;
        (Account memory heir, bool found) = World.account(m, tape, beneficiary);
        if (!found) return true;
        Account memory self;
        (self, found) = World.account(m, tape, owner);
        assert(found);
        if (heir.isEmpty() && self.balance != 0) attempt.cost += Gas.NEW_ACCOUNT;
        if (!Latch.canPay(m, attempt)) return false;

        if (isCold) World.warm(m, tape, beneficiary);
        uint256 balance = self.balance;
        bool isNew = self.createdAt == m.stamp;
        if (isNew || beneficiary != owner) {
            self.balance = 0;
            if (isNew) self.destroyedAt = m.stamp;
            World.setAccount(m, tape, owner, self);
        }
        if (beneficiary != owner) World.credit(m, tape, beneficiary, balance);
        View memory nothing;
        Latch.commit(m, attempt);
        Frames.finish(m, tape, Outcome.SUCCESS, nothing);
        return true;
    }

    // Both.

    /// Whether the frame's account can pay a value. Of nothing, nothing is read.
    function _hasBalance(Machine memory m, Tape memory tape, uint256 value) private pure returns (bool) {
        if (value == 0) return true;
        (Account memory account, bool found) = World.account(m, tape, m.frame.self);
        assert(found);
        return account.balance >= value;
    }

    /// Makes the child the machine's frame. Its caller is from now on a hash.
    function _descend(Machine memory m, Frame memory child) private pure {
        child.parent = m.frame.hash();
        child.depth = m.frame.depth + 1;
        m.frame = child;
    }
}
