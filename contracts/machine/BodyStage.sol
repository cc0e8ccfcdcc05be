// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {Frames} from "./Frames.sol";
import {Rlp} from "./Rlp.sol";
import {Stage} from "./Stage.sol";
import {Account, Machine, Phase, JOB_DATA, RULES_PRAGUE} from "./State.sol";
import {Tape} from "./Tape.sol";
import {Transactions} from "./Transactions.sol";
import {Trie} from "./Trie.sol";
import {World} from "./World.sol";

/// Takes transactions and withdrawals out of the lists of the block: the phases BEGIN and WITHDRAW.
contract BodyStage is Stage {
    uint256 private constant WEI_PER_GWEI = 1e9;
    uint256 private constant ADDRESS_SIZE = 20;
    /// Twice the chain id and 35 are a word.
    uint256 private constant MAX_CHAIN_ID = type(uint256).max / 2 - 18;

    /// The chain id of A.
    uint256 public immutable CHAIN_ID;
    /// Whether A makes system calls: see Stepper.
    bool public immutable MAKES_SYSTEM_CALLS;

    error ChainIdTooLarge(uint256 chainId);

    constructor(uint256 chainId, bool makesSystemCalls) {
        require(chainId <= MAX_CHAIN_ID, ChainIdTooLarge(chainId));
        CHAIN_ID = chainId;
        MAKES_SYSTEM_CALLS = makesSystemCalls;
    }

    function _step(Machine memory m, Tape memory tape) internal view override {
        if (m.phase == Phase.BEGIN) return _begin(m, tape);
        assert(m.phase == Phase.WITHDRAW);
        _withdraw(m, tape);
    }

    function _begin(Machine memory m, Tape memory tape) private view {
        bytes memory key = RLP.encode(uint256(m.cursor));
        (bytes memory node, uint256 from, uint256 to) = Trie.get(m.head.transactionsRoot, tape, key);
        if (to == 0) {
            (m.phase, m.cursor) = (Phase.WITHDRAW, 0);
            return;
        }
        if (!Transactions.decode(m, CHAIN_ID, node, from, to)) return m.invalidate();
        if (m.txn.dataSize != 0) m.job.kind = JOB_DATA;
        m.phase = Phase.CHECK;
    }

    /// EIP-4895: [index, validator, address, amount in gwei].
    function _withdraw(Machine memory m, Tape memory tape) private view {
        bytes memory key = RLP.encode(uint256(m.cursor));
        (bytes memory node, uint256 from, uint256 to) = Trie.get(m.head.withdrawalsRoot, tape, key);
        if (to == 0) {
            if (m.head.rules < RULES_PRAGUE || !MAKES_SYSTEM_CALLS) return World.startFlush(m);
            (m.phase, m.cursor) = (Phase.AFTER, Frames.FIRST_AFTER);
            return;
        }
        (address owner, uint256 amount, bool valid) = _decode(node, from, to);
        if (!valid) return m.invalidate();
        (Account memory account, bool found) = World.account(m, tape, owner);
        if (!found) return;
        account.balance += amount * WEI_PER_GWEI;
        World.setAccount(m, tape, owner, account);
        ++m.cursor;
    }

    function _decode(
        bytes memory node,
        uint256 from,
        uint256 to
    ) private pure returns (address owner, uint256 amount, bool valid) {
        (bool isList, uint256 position, uint256 end) = Rlp.read(node, from, to);
        if (!isList || end != to) return (owner, 0, false);
        for (uint256 i = 0; i < 2; ++i) {
            (, position) = Rlp.readInteger(node, position, to, 8);
            if (position == 0) return (owner, 0, false);
        }
        uint256 receiver;
        (receiver, position) = Rlp.readFixed(node, position, to, ADDRESS_SIZE);
        if (position == 0) return (owner, 0, false);
        (amount, position) = Rlp.readInteger(node, position, to, 8);
        return (address(uint160(receiver)), amount, position == to);
    }
}
