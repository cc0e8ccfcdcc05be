// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStake} from "../../../contracts/interfaces/IStake.sol";
import {ClaimRecord, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Test} from "../support/Test.sol";
import {ClaimBook} from "./ClaimBook.sol";

/// What holds of claims whatever anybody does, and in whichever court they are challenged.
abstract contract ClaimInvariants is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    ClaimBook internal _book;

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(_book);
    }

    /// Everything in one: each invariant would be a campaign of its own.
    function _requireAll() internal {
        vm.warp(_book.time());
        _requireEveryWeiAccountedFor();
        _requireNoLieFinal();
        _requireHonestPartiesWhole();
    }

    /// Stake owes exactly what it holds, and every lock is one bond of one living claim or challenge.
    function _requireEveryWeiAccountedFor() private view {
        address[] memory parties = _book.parties();
        uint256 owed = 0;
        for (uint256 i = 0; i < parties.length; ++i) {
            (IStake.Account memory account, uint256 byClaims, uint256 byChallenges) = _book.ledger(
                parties[i]
            );
            (uint256 claims, uint256 challenges) = _book.bondsOf(parties[i]);
            assertEq(byClaims, claims, "a bond for each pending claim");
            assertEq(byChallenges, challenges, "a bond for each unsettled challenge");
            assertEq(account.locked, byClaims + byChallenges, "locked stake");
            owed += uint256(account.free) + account.locked;
        }
        (uint256 balance, uint256 burned) = _book.stakeBalance();
        assertEq(balance, owed + burned, "balance of Stake");
    }

    /// No lie becomes final, and nothing is decided twice.
    function _requireNoLieFinal() private {
        for (uint256 i = 0; i < _book.entryCount(); ++i) {
            ClaimBook.Entry memory entry = _book.entryAt(i);
            (ClaimStatus before, ClaimStatus now_) = _book.lookAt(i);
            assertTrue(entry.isTrue || now_ != ClaimStatus.Final, "a lie is final");
            assertTrue(before == ClaimStatus.Pending || before == now_, "a decided claim was decided again");
            assertTrue(now_ != ClaimStatus.None, "a claim was forgotten");
        }
    }

    /// Nobody takes stake from them, and no honest claim dies or waits longer than the rules say.
    function _requireHonestPartiesWhole() private view {
        (address proposer, address challenger) = _book.honestParties();
        _requireWhole(proposer);
        _requireWhole(challenger);
        for (uint256 i = 0; i < _book.entryCount(); ++i) {
            ClaimBook.Entry memory entry = _book.entryAt(i);
            if (entry.claim.proposer != proposer) continue;
            ClaimRecord memory record = _book.recordAt(i);
            assertTrue(
                record.status != ClaimStatus.Rejected && record.status != ClaimStatus.Orphaned,
                "an honest claim died"
            );
            if (record.status != ClaimStatus.Pending || _book.isRefunding()) continue;
            uint256 age = _book.clock() - entry.proposedAt;
            assertLe(age, _book.longestWait(), "age of an honest claim that is not final");
        }
    }

    /// From every state that a run ends in, everything can be taken out: at once in refund mode, also while the clock
    /// stands still, and otherwise by waiting.
    function afterInvariant() public {
        uint256 state = vm.snapshotState();
        _book.drainByRefund();
        _requireEmpty("after refunds");
        vm.revertToState(state);
        if (_book.isRefunding()) return;
        _book.drainByTime();
        _requireEmpty("after all windows");
    }

    function _requireWhole(address party) private view {
        (IStake.Account memory account, , ) = _book.ledger(party);
        assertTrue(uint256(account.free) + account.locked >= 100 ether, "an honest party lost stake");
    }

    function _requireEmpty(string memory what) private view {
        (uint256 balance, ) = _book.stakeBalance();
        assertEq(balance, 0, what);
    }
}
