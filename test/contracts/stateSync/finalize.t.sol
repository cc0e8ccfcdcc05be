// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    BlockContested,
    ChallengesOpen,
    ClaimStatusWrong,
    GracePeriod,
    IStateSync,
    ParentStatusWrong,
    RefundModeActive,
    WindowOpen
} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract StateSyncFinalizeTest is Deployment {
    Claim private _claim;

    function setUp() public override {
        super.setUp();
        _claim = propose(sync.genesis(), 110);
    }

    function _expect(Claim memory claim, bytes memory reason) private {
        vm.expectRevert(reason);
        sync.finalize(claim);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        passWindow();
        _expect(_claim, abi.encodeWithSelector(RefundModeActive.selector));
    }

    function test_RevertWhen_AnyFieldIsNotTheClaims() public {
        passWindow();
        for (uint256 field = 0; field < 6; ++field) {
            Claim memory other = _claim;
            if (field == 0) other.parent = keccak256("other");
            if (field == 1) other.blockHash = keccak256("other");
            if (field == 2) other.stateRoot = keccak256("other");
            if (field == 3) other.number += 1;
            if (field == 4) other.timestamp += 1;
            if (field == 5) other.proposer = STRANGER;
            _expect(
                other,
                abi.encodeWithSelector(
                    ClaimStatusWrong.selector,
                    other.id(),
                    ClaimStatus.None,
                    ClaimStatus.Pending
                )
            );
        }
    }

    function test_RevertWhen_TheClaimIsFinal() public {
        finalize(_claim);
        _expect(
            _claim,
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Final,
                ClaimStatus.Pending
            )
        );
    }

    function test_RevertWhen_TheClaimWasRejected() public {
        vm.prank(address(anchorCourt));
        sync.reject(_claim, CHALLENGER);
        passWindow();
        _expect(
            _claim,
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Rejected,
                ClaimStatus.Pending
            )
        );
    }

    function test_RevertWhen_TheParentIsPending() public {
        Claim memory child = propose(_claim.id(), 120);
        passWindow();
        _expect(child, abi.encodeWithSelector(ParentStatusWrong.selector, _claim.id(), ClaimStatus.Pending));
    }

    function test_RevertWhen_TheParentWasRejected() public {
        Claim memory child = propose(_claim.id(), 120);
        vm.prank(address(anchorCourt));
        sync.reject(_claim, CHALLENGER);
        passWindow();
        _expect(child, abi.encodeWithSelector(ParentStatusWrong.selector, _claim.id(), ClaimStatus.Rejected));
    }

    function test_RevertWhen_TheWindowIsInItsLastSecond() public {
        vm.warp(START + WINDOW);
        _expect(_claim, abi.encodeWithSelector(WindowOpen.selector, START + WINDOW, START + WINDOW));
    }

    function test_WhenTheWindowEndedASecondAgo() public {
        vm.warp(START + WINDOW + 1);
        sync.finalize(_claim);
        requireStatus(_claim, ClaimStatus.Final);
    }

    function test_RevertWhen_AFreezeHoldsTheWindowOpen() public {
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + GUARDIAN_BUDGET);
        _expect(_claim, abi.encodeWithSelector(WindowOpen.selector, START + WINDOW, START));
    }

    function test_RevertWhen_AChallengeIsOpen() public {
        bytes32 id = _claim.id();
        vm.prank(address(anchorCourt));
        sync.openChallenge(id);
        passWindow();
        _expect(_claim, abi.encodeWithSelector(ChallengesOpen.selector, id, 1));
    }

    function test_RevertWhen_TheGracePeriodIsInItsLastSecond() public {
        bytes32 id = _claim.id();
        vm.prank(address(anchorCourt));
        sync.openChallenge(id);
        vm.warp(START + WINDOW);
        vm.prank(address(anchorCourt));
        sync.closeChallenge(id);

        uint256 quietUntil = START + WINDOW + GRACE;
        vm.warp(quietUntil);
        _expect(_claim, abi.encodeWithSelector(GracePeriod.selector, quietUntil, quietUntil));
        vm.warp(quietUntil + 1);
        sync.finalize(_claim);
        requireStatus(_claim, ClaimStatus.Final);
    }

    /// `contrary` runs its whole course beside `_claim`, which becomes final before it.
    function _conflict(bytes memory contrary) private returns (Claim memory lie, Claim memory after_) {
        _fund(STRANGER, BOND);
        lie = propose(STRANGER, sync.genesis(), contrary);
        after_ = propose(_claim.id(), 120);
        finalize(_claim);
        sync.finalize(after_);
        vm.expectEmit();
        emit IStateSync.BlockConflict(110, _claim.blockHash, lie.blockHash, lie.id());
        vm.expectEmit();
        emit IStateSync.RefundModeEntered(CHALLENGER);
        vm.prank(CHALLENGER);
        sync.finalize(lie);
    }

    function test_WhenAFinalClaimGivesTheBlockAnotherRoot() public {
        (Claim memory lie, Claim memory after_) = _conflict(forkedBlockAt(110, 1));

        assertTrue(sync.refundMode(), "refund mode");
        assertEq(sync.finalBlockHash(110), _claim.blockHash, "the first hash stays recorded");
        vm.expectRevert(abi.encodeWithSelector(BlockContested.selector, 110));
        sync.requireFinal(_claim);
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                lie.id(),
                ClaimStatus.Pending,
                ClaimStatus.Final
            )
        );
        sync.requireFinal(lie);
        // What nobody contests can still be read: the blocks before and after.
        sync.requireFinal(genesisClaim());
        sync.requireFinal(after_);
    }

    function test_WhenAFinalClaimGivesTheBlockAnotherHashWithTheSameRoot() public {
        _conflict(headerWith(110, timestampAt(110) + 1, _claim.stateRoot));

        assertTrue(sync.refundMode(), "refund mode");
        vm.expectRevert(abi.encodeWithSelector(BlockContested.selector, 110));
        sync.requireFinal(_claim);
    }

    function test_WhenTheConflictIsRefunded() public {
        (Claim memory lie, ) = _conflict(forkedBlockAt(110, 1));
        requireStatus(lie, ClaimStatus.Pending);
        requireStake(STRANGER, 0, BOND);
        requireStake(PROPOSER, 100 ether, 0);
        _expect(lie, abi.encodeWithSelector(RefundModeActive.selector));

        sync.refund(lie);
        requireStake(STRANGER, BOND, 0);
        requireStatus(lie, ClaimStatus.Refunded);
    }

    /// Whoever comes first is recorded; order changes who is refunded, not that both are contested.
    function test_WhenTheLieBecomesFinalFirst() public {
        _fund(STRANGER, BOND);
        Claim memory lie = propose(STRANGER, sync.genesis(), forkedBlockAt(110, 1));
        finalize(lie);
        sync.finalize(_claim);

        assertTrue(sync.refundMode(), "refund mode");
        vm.expectRevert(abi.encodeWithSelector(BlockContested.selector, 110));
        sync.requireFinal(lie);
        sync.refund(_claim);
        requireStake(PROPOSER, 100 ether, 0);
    }

    /// The conflict is no shortcut: what could not become final cannot contest either.
    function test_RevertWhen_TheContraryClaimsWindowIsOpen() public {
        _fund(STRANGER, BOND);
        vm.warp(START + 1);
        Claim memory lie = propose(STRANGER, sync.genesis(), forkedBlockAt(110, 1));
        vm.warp(START + WINDOW + 1);
        sync.finalize(_claim);
        _expect(lie, abi.encodeWithSelector(WindowOpen.selector, START + WINDOW + 1, START + WINDOW + 1));
        assertTrue(!sync.refundMode(), "refund mode");
        vm.warp(START + WINDOW + 2);
        sync.finalize(lie);
        assertTrue(sync.refundMode(), "refund mode a second later");
    }

    function test_WhenAFinalClaimGivesTheBlockTheSameHash() public {
        _fund(STRANGER, BOND);
        Claim memory second = propose(STRANGER, sync.genesis(), blockAt(110));
        finalize(_claim);
        sync.finalize(second);

        requireStatus(second, ClaimStatus.Final);
        requireStake(STRANGER, BOND, 0);
        assertEq(sync.finalBlockHash(110), _claim.blockHash, "final hash");
        assertTrue(!sync.refundMode(), "two of one mind are no conflict");
        sync.requireFinal(_claim);
        sync.requireFinal(second);
    }

    /// Nobody watches, and half a dozen claims of whatever truth run their course beside each other. Whatever their
    /// order, no two claims that can be relied upon give one block two hashes.
    function testFuzz_WhenNobodyWatches(
        uint8[6] memory numbers,
        uint8[6] memory forks,
        uint256 order
    ) public {
        Claim[] memory claims = new Claim[](6);
        for (uint256 i = 0; i < 6; ++i) {
            address staker = address(uint160(0xBAD00 + i));
            _fund(staker, BOND);
            bytes memory header = forkedBlockAt(110 + (numbers[i] % 3), forks[i] % 2);
            claims[i] = propose(staker, sync.genesis(), header);
        }
        passWindow();
        for (uint256 i = 0; i < 6; ++i) {
            try sync.finalize(claims[(i + (order % 6)) % 6]) {} catch {}
        }
        for (uint256 i = 0; i < 36; ++i) {
            (Claim memory a, Claim memory b) = (claims[i / 6], claims[i % 6]);
            if (a.number != b.number || !_isReliable(a) || !_isReliable(b)) continue;
            assertEq(a.blockHash, b.blockHash, "hash of one block");
            assertEq(sync.finalBlockHash(a.number), a.blockHash, "final hash");
        }
    }

    function _isReliable(Claim memory claim) private view returns (bool) {
        try sync.requireFinal(claim) {
            return true;
        } catch {
            return false;
        }
    }

    function test_WhenTheHeadIsHigher() public {
        _fund(STRANGER, BOND);
        Claim memory higher = propose(STRANGER, sync.genesis(), blockAt(150));
        finalize(higher);
        sync.finalize(_claim);

        assertEq(sync.head(), 150, "head");
        assertEq(sync.finalBlockHash(110), _claim.blockHash, "the lower block is decided, too");
        sync.requireFinal(_claim);
    }

    function test_WhenNobodyObjected() public {
        passWindow();
        vm.expectEmit();
        emit IStateSync.ClaimFinalized(_claim.id(), 110, _claim.stateRoot);
        vm.prank(STRANGER);
        sync.finalize(_claim);

        requireStatus(_claim, ClaimStatus.Final);
        requireStake(PROPOSER, 100 ether, 0);
        assertEq(sync.head(), 110, "head");
        assertEq(sync.finalBlockHash(110), _claim.blockHash, "final hash");
        sync.requireFinal(_claim);
    }

    function test_WhenTheClockStandsStillAfterTheWindow() public {
        passWindow();
        vm.prank(GUARDIAN);
        sync.freeze();
        sync.finalize(_claim);
        requireStatus(_claim, ClaimStatus.Final);
    }
}
