// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStake} from "../../../contracts/interfaces/IStake.sol";
import {Claim, ClaimRecord, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {GameDeployment} from "../support/GameDeployment.sol";

/// A deployment with every claim ever made on it written down, an honest proposer, an honest challenger and three
/// adversaries, and the ways to take everything out in the end. In which court claims are challenged is said by who
/// inherits.
abstract contract ClaimBook is GameDeployment {
    struct Entry {
        Claim claim;
        bool isTrue;
        /// On the protocol clock.
        uint64 proposedAt;
        /// When an invariant last looked.
        ClaimStatus seen;
    }

    /// The longest time, in seconds, for which the honest parties look away.
    uint64 public constant REACTION = 8;
    uint256 public constant ENDOWMENT = 50 ether;

    Entry[] internal _entries;
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

    // The court

    /// Whose locks are the bonds of challenges.
    function _court() internal view virtual returns (address);

    /// The bonds that the party should have locked for challenges that are not settled.
    function _challengeBonds(address party) internal view virtual returns (uint256);

    /// The longest time that a challenge takes, in seconds.
    function longestChallenge() public pure virtual returns (uint64);

    /// Ends every challenge whose time is over.
    function _timeOutAll() internal virtual;

    /// Settles every challenge that is not settled.
    function _settleAll() internal virtual;

    function _enterRefundMode() internal virtual;

    // Reading

    function _isPending(uint256 entry) internal view returns (bool) {
        return sync.status(_entries[entry].claim.id()) == ClaimStatus.Pending;
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

    /// The longest time for which an honest claim may be pending.
    function longestWait() external pure returns (uint64) {
        return WINDOW + longestChallenge() + GRACE + REACTION;
    }

    function ledger(
        address party
    ) external view returns (IStake.Account memory account, uint256 byClaims, uint256 byChallenges) {
        account = stake.account(party);
        byClaims = stake.lockedBy(address(sync), party);
        byChallenges = stake.lockedBy(_court(), party);
    }

    /// What the party should have locked: one bond for each pending claim, and for each challenge of its own.
    function bondsOf(address party) external view returns (uint256 claims, uint256 challenges) {
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (_entries[i].claim.proposer == party && _isPending(i)) claims += BOND;
        }
        challenges = _challengeBonds(party);
    }

    function stakeBalance() external view returns (uint256 balance, uint256 burned) {
        return (address(stake).balance, stake.burned());
    }

    // Taking everything out

    /// Ends the protocol at once and takes everything out without a second passing.
    function drainByRefund() external atTime {
        if (!sync.refundMode()) _enterRefundMode();
        _refundAll();
    }

    /// Lets everything end in its own time, without any duty done, and takes everything out. Lies that nobody challenges
    /// become final, and may then contradict the truth: that ends in refund mode.
    function drainByTime() external atTime {
        // A freeze ends by itself when its budget is spent.
        vm.warp(block.timestamp + GUARDIAN_BUDGET + WINDOW + longestChallenge() + GRACE + 1);
        _timeOutAll();
        vm.warp(block.timestamp + GRACE + 1);
        // Parents come before children.
        for (uint256 i = 0; i < _entries.length && !sync.refundMode(); ++i) {
            if (!_isPending(i)) continue;
            try sync.finalize(_entries[i].claim) {} catch {
                sync.orphan(_entries[i].claim);
            }
        }
        _refundAll();
    }

    function _refundAll() private {
        for (uint256 i = 0; i < _entries.length; ++i) if (_isPending(i)) sync.refund(_entries[i].claim);
        _settleAll();
        for (uint256 i = 0; i < _parties.length; ++i) {
            address party = _parties[i];
            uint256 free = stake.account(party).free;
            vm.prank(party);
            stake.withdraw(free, party);
        }
        stake.sweepBurned();
    }
}
