// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStake} from "../../../contracts/interfaces/IStake.sol";
import {ClaimRecord, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Test} from "../support/Test.sol";
import {ClaimsHandler} from "./ClaimsHandler.sol";
import {ClaimsWorld} from "./ClaimsWorld.sol";

/// What holds whatever anybody does, as long as one honest challenger and, for its own claims, one honest proposer
/// do their duty.
contract ClaimsInvariants is Test {
    uint64 private constant WINDOW = 30;
    uint64 private constant ANSWER_TIME = 20;
    uint64 private constant GRACE = 5;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    ClaimsHandler private _world;

    function setUp() public {
        _world = new ClaimsHandler();
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(_world);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        // Time passes and honest claims arrive more often than any one attack.
        bytes4[20] memory selectors = [
            ClaimsHandler.passTime.selector,
            ClaimsHandler.passTime.selector,
            ClaimsHandler.passTime.selector,
            ClaimsHandler.passTime.selector,
            ClaimsHandler.proposeHonestly.selector,
            ClaimsHandler.proposeHonestly.selector,
            ClaimsHandler.proposeLie.selector,
            ClaimsHandler.proposeTruth.selector,
            ClaimsHandler.demandSomething.selector,
            ClaimsHandler.demandSomething.selector,
            ClaimsHandler.attestTruth.selector,
            ClaimsHandler.attestLie.selector,
            ClaimsHandler.timeOut.selector,
            ClaimsHandler.settle.selector,
            ClaimsHandler.finalizeSomething.selector,
            ClaimsHandler.orphanSomething.selector,
            ClaimsHandler.refundSomething.selector,
            ClaimsHandler.freezeOrResume.selector,
            ClaimsHandler.moveStake.selector,
            ClaimsHandler.equivocate.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_world);
        targets[0].selectors = new bytes4[](selectors.length + 1);
        for (uint256 i = 0; i < selectors.length; ++i) targets[0].selectors[i] = selectors[i];
        targets[0].selectors[selectors.length] = ClaimsHandler.proposeForAnother.selector;
    }

    /// One invariant, not three: each would be a campaign of its own.
    function invariant_OfClaims() public {
        vm.warp(_world.time());
        _requireEveryWeiAccountedFor();
        _requireNoLieFinal();
        _requireHonestPartiesWhole();
    }

    /// Stake owes exactly what it holds, and every lock is one bond of one living claim or demand.
    function _requireEveryWeiAccountedFor() private view {
        address[] memory parties = _world.parties();
        uint256 owed = 0;
        for (uint256 i = 0; i < parties.length; ++i) {
            (IStake.Account memory account, uint256 byClaims, uint256 byDemands) = _world.ledger(parties[i]);
            (uint256 claims, uint256 demands) = _world.bondsOf(parties[i]);
            assertEq(byClaims, claims, "a bond for each pending claim");
            assertEq(byDemands, demands, "a bond for each unsettled demand");
            assertEq(account.locked, byClaims + byDemands, "locked stake");
            owed += uint256(account.free) + account.locked;
        }
        (uint256 balance, uint256 burned) = _world.stakeBalance();
        assertEq(balance, owed + burned, "balance of Stake");
    }

    /// No lie becomes final, and nothing is decided twice.
    function _requireNoLieFinal() private {
        for (uint256 i = 0; i < _world.entryCount(); ++i) {
            ClaimsWorld.Entry memory entry = _world.entryAt(i);
            (ClaimStatus before, ClaimStatus now_) = _world.lookAt(i);
            assertTrue(entry.isTrue || now_ != ClaimStatus.Final, "a lie is final");
            assertTrue(before == ClaimStatus.Pending || before == now_, "a decided claim was decided again");
            assertTrue(now_ != ClaimStatus.None, "a claim was forgotten");
        }
    }

    /// Nobody takes stake from them, and no honest claim dies or waits longer than the rules say.
    function _requireHonestPartiesWhole() private view {
        (address proposer, address challenger) = _world.honestParties();
        _requireWhole(proposer);
        _requireWhole(challenger);
        for (uint256 i = 0; i < _world.entryCount(); ++i) {
            ClaimsWorld.Entry memory entry = _world.entryAt(i);
            if (entry.claim.proposer != proposer) continue;
            ClaimRecord memory record = _world.recordAt(i);
            assertTrue(
                record.status != ClaimStatus.Rejected && record.status != ClaimStatus.Orphaned,
                "an honest claim died"
            );
            if (record.status != ClaimStatus.Pending || _world.isRefunding()) continue;
            assertLe(
                _world.clock() - entry.proposedAt,
                WINDOW + ANSWER_TIME + GRACE + _world.REACTION(),
                "age of an honest claim that is not final"
            );
        }
    }

    /// From every state that a run ends in, everything can be taken out: at once after an equivocation, also while the
    /// clock stands still, and otherwise by waiting.
    function afterInvariant() public {
        uint256 state = vm.snapshotState();
        _world.drainByRefund();
        _requireEmpty("after refunds");
        vm.revertToState(state);
        if (_world.isRefunding()) return;
        _world.drainByTime();
        _requireEmpty("after all windows");
    }

    function _requireWhole(address party) private view {
        (IStake.Account memory account, , ) = _world.ledger(party);
        assertTrue(uint256(account.free) + account.locked >= 100 ether, "an honest party lost stake");
    }

    function _requireEmpty(string memory what) private view {
        (uint256 balance, ) = _world.stakeBalance();
        assertEq(balance, 0, what);
    }
}
