// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {ClaimBook} from "./ClaimBook.sol";

/// Claims challenged in the anchor court, by an honest proposer and an honest challenger that do their duty whenever time
/// passes, and three adversaries. A claim is true if its block is A's; the committee never signs any other.
///
/// The honest parties use no more than the rules: the challenger demands evidence for every false claim, the proposer
/// claims true blocks on its own or final claims and answers demands on its own claims.
abstract contract ClaimsWorld is ClaimBook {
    struct Demand {
        uint256 entry;
        address challenger;
    }

    Demand[] internal _demands;
    mapping(bytes32 claim => mapping(address challenger => bool)) private _demanded;

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

    // The court

    function _court() internal view override returns (address) {
        return address(anchorCourt);
    }

    function _challengeBonds(address party) internal view override returns (uint256 bonds) {
        for (uint256 i = 0; i < _demands.length; ++i) {
            bytes32 id = _entries[_demands[i].entry].claim.id();
            if (_demands[i].challenger != party) continue;
            if (anchorCourt.demandDeadline(id, party) != 0) bonds += DEMAND_BOND;
        }
    }

    function longestChallenge() public pure override returns (uint64) {
        return ANSWER_TIME;
    }

    function _timeOutAll() internal override {
        for (uint256 i = 0; i < _demands.length; ++i) {
            Demand memory demand_ = _demands[i];
            try anchorCourt.timeout(_entries[demand_.entry].claim, demand_.challenger) {} catch {}
        }
    }

    function _settleAll() internal override {
        for (uint256 i = 0; i < _demands.length; ++i) {
            Claim memory claim = _entries[_demands[i].entry].claim;
            address challenger = _demands[i].challenger;
            if (anchorCourt.demandDeadline(claim.id(), challenger) != 0)
                anchorCourt.settle(claim, challenger);
        }
    }

    function _enterRefundMode() internal override {
        _equivocate();
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
