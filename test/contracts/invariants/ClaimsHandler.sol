// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim} from "../../../contracts/types/Claim.sol";
import {ClaimsWorld} from "./ClaimsWorld.sol";

/// What the fuzzer calls: the honest proposer proposes, adversaries do whatever the contracts let them, time passes.
contract ClaimsHandler is ClaimsWorld {
    /// One in so many tries to equivocate succeeds: most runs shall see a long healthy life.
    uint256 private constant EQUIVOCATION_ODDS = 40;

    function passTime(uint64 elapsed) external atTime {
        _pass(uint64(bound(elapsed, 1, REACTION)));
    }

    /// The honest proposer builds on its newest living claim, or on the final head if it has none.
    function proposeHonestly(uint64 span) external atTime {
        bytes32 parent = _headClaim();
        uint64 low = sync.head();
        for (uint256 i = _entries.length; i != 0; --i) {
            Claim memory own = _entries[i - 1].claim;
            if (own.proposer != PROPOSER || !_isPending(i - 1) || own.number < low) continue;
            (parent, low) = (own.id(), own.number);
            break;
        }
        uint64 number = low + uint64(bound(span, 1, 20));
        if (timestampAt(number) > block.timestamp) return;
        _tryPropose(PROPOSER, PROPOSER, parent, blockAt(number), true);
    }

    function proposeLie(uint256 who, uint256 parent, uint64 span, uint256 fork) external atTime {
        _proposeAs(_adversary(who), parent, span, bound(fork, 1, 3));
    }

    /// Adversaries tell the truth, too, on whatever parent, lies included.
    function proposeTruth(uint256 who, uint256 parent, uint64 span) external atTime {
        _proposeAs(_adversary(who), parent, span, 0);
    }

    function demandSomething(uint256 who, uint256 entry) external atTime {
        _tryDemand(_adversary(who), entry % _entries.length);
    }

    function attestTruth(uint256 entry) external atTime {
        entry %= _entries.length;
        if (!_entries[entry].isTrue) return;
        Claim memory claim = _entries[entry].claim;
        bytes memory evidence = evidenceFor(claim);
        try anchorCourt.attest(claim, evidence) {} catch {}
    }

    /// Evidence of the committee for the true block of the same number is all a liar can get.
    function attestLie(uint256 entry) external atTime {
        Claim memory claim = _entries[entry % _entries.length].claim;
        if (_entries[entry % _entries.length].isTrue) return;
        bytes memory evidence = evidenceFor(claim.number, hashAt(claim.number));
        (bool success, ) = address(anchorCourt).call(abi.encodeCall(anchorCourt.attest, (claim, evidence)));
        assertTrue(!success, "a lie was attested");
    }

    function timeOut(uint256 index) external atTime {
        if (_demands.length == 0) return;
        Demand memory demand_ = _demands[index % _demands.length];
        try anchorCourt.timeout(_entries[demand_.entry].claim, demand_.challenger) {} catch {}
    }

    function settle(uint256 index) external atTime {
        if (_demands.length == 0) return;
        Demand memory demand_ = _demands[index % _demands.length];
        try anchorCourt.settle(_entries[demand_.entry].claim, demand_.challenger) {} catch {}
    }

    function finalizeSomething(uint256 entry) external atTime {
        try sync.finalize(_entries[entry % _entries.length].claim) {} catch {}
    }

    function orphanSomething(uint256 entry) external atTime {
        try sync.orphan(_entries[entry % _entries.length].claim) {} catch {}
    }

    function refundSomething(uint256 entry) external atTime {
        try sync.refund(_entries[entry % _entries.length].claim) {} catch {}
    }

    function freezeOrResume(bool freeze) external atTime {
        vm.prank(GUARDIAN);
        if (freeze) {
            try sync.freeze() {} catch {}
        } else {
            try sync.resume() {} catch {}
        }
    }

    function moveStake(uint256 who, uint256 amount, uint256 operator) external atTime {
        address party = _adversary(who);
        amount = bound(amount, 0, 1 ether);
        vm.prank(party);
        try stake.withdraw(amount, party) {
            withdrawn += amount;
        } catch {}
        vm.prank(party);
        stake.setOperator(_adversary(operator), uint96(amount * 4));
    }

    /// One adversary spends the stake of another, as its operator or in vain.
    function proposeForAnother(uint256 who, uint256 other, uint64 span) external atTime {
        uint64 number = sync.head() + uint64(bound(span, 1, 20));
        if (timestampAt(number) > block.timestamp) return;
        bytes32 parent = _headClaim();
        _tryPropose(_adversary(who), _adversary(other), parent, blockAt(number), true);
    }

    function equivocate(uint256 luck) external atTime {
        if (luck % EQUIVOCATION_ODDS == 0 && !sync.refundMode()) _equivocate();
    }

    function _proposeAs(address party, uint256 parent, uint64 span, uint256 fork) private {
        Claim memory above = _entries[parent % _entries.length].claim;
        uint64 number = above.number + uint64(bound(span, 1, 40));
        if (timestampAt(number) > block.timestamp) return;
        _tryPropose(party, party, above.id(), forkedBlockAt(number, fork), fork == 0);
    }

    function _adversary(uint256 who) private view returns (address) {
        return _parties[2 + (who % (_parties.length - 2))];
    }
}
