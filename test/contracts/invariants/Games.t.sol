// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStake} from "../../../contracts/interfaces/IStake.sol";
import {ClaimRecord, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Test} from "../support/Test.sol";
import {GamesHandler} from "./GamesHandler.sol";
import {GamesWorld} from "./GamesWorld.sol";

/// What holds whatever anybody does, with an anchor that has failed, as long as one honest challenger and, for its own
/// claims, one honest proposer make their moves.
contract GamesInvariants is Test {
    uint64 private constant WINDOW = 30;
    uint64 private constant GRACE = 5;
    /// Both clocks, and the least time of each of 17 moves.
    uint64 private constant LONGEST_GAME = 2 * 120 + 17 * 10;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    GamesHandler private _world;

    function setUp() public {
        _world = new GamesHandler();
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(_world);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        // Time passes and moves are made more often than anything else happens.
        bytes4[20] memory selectors = [
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.proposeHonestly.selector,
            GamesHandler.proposeHonestly.selector,
            GamesHandler.proposeLie.selector,
            GamesHandler.proposeBrokenSpan.selector,
            GamesHandler.proposeTruth.selector,
            GamesHandler.openSomething.selector,
            GamesHandler.openSomething.selector,
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.moveInGames.selector,
            GamesHandler.timeOut.selector,
            GamesHandler.settle.selector,
            GamesHandler.finalizeSomething.selector,
            GamesHandler.orphanSomething.selector,
            GamesHandler.freezeOrResume.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_world);
        targets[0].selectors = new bytes4[](selectors.length + 1);
        for (uint256 i = 0; i < selectors.length; ++i) targets[0].selectors[i] = selectors[i];
        targets[0].selectors[selectors.length] = GamesHandler.refund.selector;
    }

    function invariant_OfGames() public {
        vm.warp(_world.time());
        _requireEveryWeiAccountedFor();
        _requireNoLieFinal();
        _requireHonestPartiesWhole();
    }

    function _requireEveryWeiAccountedFor() private view {
        address[] memory parties = _world.parties();
        uint256 owed = 0;
        for (uint256 i = 0; i < parties.length; ++i) {
            (IStake.Account memory account, uint256 byClaims, uint256 byGames) = _world.ledger(parties[i]);
            (uint256 claims, uint256 games) = _world.bondsOf(parties[i]);
            assertEq(byClaims, claims, "a bond for each pending claim");
            assertEq(byGames, games, "a bond for each game that is not over");
            assertEq(account.locked, byClaims + byGames, "locked stake");
            owed += uint256(account.free) + account.locked;
        }
        (uint256 balance, uint256 burned) = _world.stakeBalance();
        assertEq(balance, owed + burned, "balance of Stake");
    }

    function _requireNoLieFinal() private {
        for (uint256 i = 0; i < _world.entryCount(); ++i) {
            GamesWorld.Entry memory entry = _world.entryAt(i);
            (ClaimStatus before, ClaimStatus now_) = _world.lookAt(i);
            assertTrue(entry.isTrue || now_ != ClaimStatus.Final, "a lie is final");
            assertTrue(before == ClaimStatus.Pending || before == now_, "a decided claim was decided again");
            assertEq(_world.recordAt(i).openChallenges, _world.openGames(i), "open challenges");
        }
    }

    function _requireHonestPartiesWhole() private view {
        (address proposer, address challenger) = _world.honestParties();
        _requireWhole(proposer);
        _requireWhole(challenger);
        for (uint256 i = 0; i < _world.entryCount(); ++i) {
            GamesWorld.Entry memory entry = _world.entryAt(i);
            if (entry.claim.proposer != proposer) continue;
            ClaimRecord memory record = _world.recordAt(i);
            assertTrue(
                record.status != ClaimStatus.Rejected && record.status != ClaimStatus.Orphaned,
                "an honest claim died"
            );
            if (record.status != ClaimStatus.Pending || _world.isRefunding()) continue;
            assertLe(
                _world.clock() - entry.proposedAt,
                WINDOW + LONGEST_GAME + GRACE + _world.REACTION(),
                "age of an honest claim that is not final"
            );
        }
    }

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
