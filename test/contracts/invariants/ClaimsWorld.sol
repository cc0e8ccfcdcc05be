// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchorCourt} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {IStake} from "../../../contracts/interfaces/IStake.sol";
import {Claim, ClaimRecord, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

/// A deployment with everything that ever happened on it written down, an honest proposer and an honest challenger
/// that do their duty whenever time passes, and three adversaries. A claim is true if its block is A's; the committee
/// never signs any other.
///
/// The honest parties use no more than the rules: the challenger demands evidence for every false claim, the proposer
/// claims true blocks on its own or final claims and answers demands on its own claims.
abstract contract ClaimsWorld is Deployment {
    struct Entry {
        Claim claim;
        bool isTrue;
        /// On the protocol clock.
        uint64 proposedAt;
        /// When an invariant last looked.
        ClaimStatus seen;
    }

    struct Demand {
        uint256 entry;
        address challenger;
    }

    /// The longest time, in seconds, for which the honest parties look away.
    uint64 public constant REACTION = 8;
    uint256 public constant ENDOWMENT = 50 ether;

    Entry[] internal _entries;
    Demand[] internal _demands;
    mapping(bytes32 claim => mapping(address challenger => bool)) private _demanded;
    address[] internal _parties;
    /// B's time: forge need not keep it between two calls of the fuzzer.
    uint256 public time;
    uint256 public withdrawn;

    modifier atTime() {
        vm.warp(time);
        _;
    }

    constructor() {
        setUp();
        time = START;
        _parties.push(PROPOSER);
        _parties.push(CHALLENGER);
        for (uint256 i = 0; i < 3; ++i) _parties.push(address(uint160(0xAD00 + i)));
        for (uint256 i = 2; i < _parties.length; ++i) _fund(_parties[i], ENDOWMENT);
        _entries.push(Entry(genesisClaim(), true, START, ClaimStatus.Final));
    }

    // Writing down

    function _tryPropose(
        address sender,
        address proposer,
        bytes32 parent,
        bytes memory header,
        bool isTrue
    ) internal {
        Claim memory claim = claimOf(proposer, parent, header);
        vm.prank(sender);
        try sync.propose(proposer, parent, header) {
            _entries.push(Entry(claim, isTrue, sync.clock(), ClaimStatus.Pending));
        } catch {}
    }

    function _tryDemand(address challenger, uint256 entry) internal {
        Claim memory claim = _entries[entry].claim;
        vm.prank(challenger);
        try anchorCourt.demand(claim, challenger) {
            bytes32 id = claim.id();
            if (!_demanded[id][challenger]) _demands.push(Demand(entry, challenger));
            _demanded[id][challenger] = true;
        } catch {}
    }

    // Duties

    /// Lets time pass; the honest parties act at its end, not before.
    function _pass(uint64 elapsed) internal {
        time += elapsed;
        vm.warp(time);
        _challengeLies();
        _answerDemands();
        _collect();
    }

    function _challengeLies() private {
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (!_entries[i].isTrue && _isPending(i)) _tryDemand(CHALLENGER, i);
        }
    }

    function _answerDemands() private {
        for (uint256 i = 0; i < _entries.length; ++i) {
            Claim memory claim = _entries[i].claim;
            if (claim.proposer != PROPOSER || anchorCourt.answerDeadline(claim.id()) == 0) continue;
            // A revert would be an honest proposer that cannot defend itself, except in refund mode.
            if (!sync.refundMode() && _isPending(i)) anchorCourt.attest(claim, evidenceFor(claim));
        }
    }

    function _collect() private {
        for (uint256 i = 0; i < _demands.length; ++i) {
            Demand memory demand_ = _demands[i];
            Claim memory claim = _entries[demand_.entry].claim;
            if (demand_.challenger == CHALLENGER) {
                try anchorCourt.timeout(claim, CHALLENGER) {} catch {}
            }
            if (demand_.challenger == CHALLENGER || claim.proposer == PROPOSER) {
                try anchorCourt.settle(claim, demand_.challenger) {} catch {}
            }
        }
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (_entries[i].claim.proposer != PROPOSER) continue;
            try sync.finalize(_entries[i].claim) {} catch {}
        }
    }

    // Reading

    function _isPending(uint256 entry) internal view returns (bool) {
        return sync.status(_entries[entry].claim.id()) == ClaimStatus.Pending;
    }

    /// A final claim about the highest block that has one; what the fuzzer proposes is built on it.
    function _headClaim() internal view returns (bytes32 id) {
        uint64 head = sync.head();
        for (uint256 i = _entries.length; i != 0; --i) {
            Claim memory claim = _entries[i - 1].claim;
            if (claim.number != head) continue;
            id = claim.id();
            if (sync.status(id) == ClaimStatus.Final) return id;
        }
    }

    function entryCount() external view returns (uint256) {
        return _entries.length;
    }

    function entryAt(uint256 i) external view returns (Entry memory) {
        return _entries[i];
    }

    function recordAt(uint256 i) external view returns (ClaimRecord memory) {
        return sync.record(_entries[i].claim.id());
    }

    /// Remembers the status of a claim and returns the one remembered before.
    function lookAt(uint256 i) external returns (ClaimStatus before, ClaimStatus now_) {
        before = _entries[i].seen;
        now_ = sync.status(_entries[i].claim.id());
        _entries[i].seen = now_;
    }

    function parties() external view returns (address[] memory) {
        return _parties;
    }

    function isRefunding() external view returns (bool) {
        return sync.refundMode();
    }

    function clock() external view returns (uint64) {
        return sync.clock();
    }

    function honestParties() external view returns (address proposer, address challenger) {
        return (PROPOSER, CHALLENGER);
    }

    function ledger(
        address party
    ) external view returns (IStake.Account memory account, uint256 byClaims, uint256 byDemands) {
        account = stake.account(party);
        byClaims = stake.lockedBy(address(sync), party);
        byDemands = stake.lockedBy(address(anchorCourt), party);
    }

    /// What the party should have locked: one bond for each pending claim, one for each unsettled demand.
    function bondsOf(address party) external view returns (uint256 claims, uint256 demands) {
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (_entries[i].claim.proposer == party && _isPending(i)) claims += BOND;
        }
        for (uint256 i = 0; i < _demands.length; ++i) {
            bytes32 id = _entries[_demands[i].entry].claim.id();
            if (_demands[i].challenger != party) continue;
            if (anchorCourt.demandDeadline(id, party) != 0) demands += DEMAND_BOND;
        }
    }

    function stakeBalance() external view returns (uint256 balance, uint256 burned) {
        return (address(stake).balance, stake.burned());
    }

    // Taking everything out

    /// Ends the protocol at once and takes everything out without a second passing.
    function drainByRefund() external atTime {
        if (!sync.refundMode()) _equivocate();
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (_isPending(i)) sync.refund(_entries[i].claim);
        }
        for (uint256 i = 0; i < _demands.length; ++i) _settleIfOpen(i);
        _withdrawAll();
    }

    /// Lets everything end in its own time, without any duty done, and takes everything out. Lies that nobody challenges
    /// become final, and may then contradict the truth: that ends in refund mode.
    function drainByTime() external atTime {
        // A freeze ends by itself when its budget is spent.
        vm.warp(block.timestamp + GUARDIAN_BUDGET + WINDOW + ANSWER_TIME + GRACE + 1);
        for (uint256 i = 0; i < _demands.length; ++i) {
            Demand memory demand_ = _demands[i];
            try anchorCourt.timeout(_entries[demand_.entry].claim, demand_.challenger) {} catch {}
        }
        // Parents come before children.
        for (uint256 i = 0; i < _entries.length && !sync.refundMode(); ++i) {
            if (!_isPending(i)) continue;
            try sync.finalize(_entries[i].claim) {} catch {
                sync.orphan(_entries[i].claim);
            }
        }
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (_isPending(i)) sync.refund(_entries[i].claim);
        }
        for (uint256 i = 0; i < _demands.length; ++i) _settleIfOpen(i);
        _withdrawAll();
    }

    function _settleIfOpen(uint256 i) private {
        Claim memory claim = _entries[_demands[i].entry].claim;
        address challenger = _demands[i].challenger;
        if (anchorCourt.demandDeadline(claim.id(), challenger) != 0) anchorCourt.settle(claim, challenger);
    }

    function _withdrawAll() private {
        for (uint256 i = 0; i < _parties.length; ++i) {
            address party = _parties[i];
            uint256 free = stake.account(party).free;
            vm.prank(party);
            stake.withdraw(free, party);
        }
        stake.sweepBurned();
    }

    /// The committee signs two hashes for one block, and somebody tells.
    function _equivocate() internal {
        bytes32 a = keccak256("one");
        bytes32 b = keccak256("other");
        bytes memory evidenceA = evidenceFor(1, a);
        bytes memory evidenceB = evidenceFor(1, b);
        anchorCourt.reportEquivocation(1, a, evidenceA, b, evidenceB);
    }
}
