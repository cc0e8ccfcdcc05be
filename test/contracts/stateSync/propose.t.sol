// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NotStaker, OperatorCapExceeded, StakeTooSmall} from "../../../contracts/interfaces/IStake.sol";
import {
    ClaimExists,
    IStateSync,
    NumberOutOfRange,
    ParentStatusWrong,
    RefundModeActive,
    TimestampOutOfRange
} from "../../../contracts/interfaces/IStateSync.sol";
import {Headers} from "../../../contracts/libraries/Headers.sol";
import {Claim, ClaimRecord, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";
import {HeaderBuilder, HeaderFields} from "../support/HeaderBuilder.sol";

contract StateSyncProposeTest is Deployment {
    bytes32 private _genesis;

    function setUp() public override {
        super.setUp();
        _genesis = sync.genesis();
    }

    function _expect(bytes memory reason, bytes32 parent, bytes memory header) private {
        vm.prank(PROPOSER);
        vm.expectRevert(reason);
        sync.propose(PROPOSER, parent, header);
    }

    function _reject(Claim memory claim) private {
        vm.prank(address(anchorCourt));
        sync.reject(claim, CHALLENGER);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        _expect(abi.encodeWithSelector(RefundModeActive.selector), _genesis, blockAt(110));
    }

    function test_RevertWhen_TheParentIsUnknown() public {
        bytes32 unknown = keccak256("unknown");
        _expect(
            abi.encodeWithSelector(ParentStatusWrong.selector, unknown, ClaimStatus.None),
            unknown,
            blockAt(110)
        );
    }

    function test_RevertWhen_TheParentWasRejected() public {
        Claim memory parent = propose(_genesis, 110);
        _reject(parent);
        _expect(
            abi.encodeWithSelector(ParentStatusWrong.selector, parent.id(), ClaimStatus.Rejected),
            parent.id(),
            blockAt(120)
        );
    }

    function test_RevertWhen_TheParentWasOrphaned() public {
        Claim[] memory claims = proposeChain(2, 10);
        _reject(claims[0]);
        sync.orphan(claims[1]);
        _expect(
            abi.encodeWithSelector(ParentStatusWrong.selector, claims[1].id(), ClaimStatus.Orphaned),
            claims[1].id(),
            blockAt(130)
        );
    }

    function test_RevertWhen_TheHeaderIsTooLarge() public {
        bytes memory header = HeaderBuilder.encodeSized(_fields(110), 2049);
        _expect(abi.encodeWithSelector(Headers.HeaderTooLarge.selector, 2049, 2048), _genesis, header);
    }

    function test_RevertWhen_TheHeaderHasAFieldTooMany() public {
        bytes memory header = abi.encodePacked(blockAt(110), hex"80");
        uint256 payload = header.length - 3;
        (header[1], header[2]) = (bytes1(uint8(payload >> 8)), bytes1(uint8(payload)));
        _expect(abi.encodeWithSelector(Headers.HeaderFieldCount.selector, 22, 21), _genesis, header);
    }

    function test_RevertWhen_TheBlockIsAtTheSunset() public {
        vm.warp(uint256(SUNSET) + 1);
        _expect(
            abi.encodeWithSelector(Headers.BeyondSunset.selector, SUNSET, SUNSET),
            _genesis,
            headerWith(110, SUNSET, keccak256("state"))
        );
    }

    function test_WhenTheBlockIsOneSecondBeforeTheSunset() public {
        vm.warp(uint256(SUNSET) + 1);
        propose(PROPOSER, _genesis, headerWith(110, SUNSET - 1, keccak256("state")));
    }

    function test_RevertWhen_TheBlockIsTheHead() public {
        _expect(
            abi.encodeWithSelector(NumberOutOfRange.selector, 100, 100, 100 + MAX_SPAN),
            _genesis,
            blockAt(100)
        );
    }

    function test_RevertWhen_TheBlockIsNotAboveTheHead() public {
        makeFinal(150);
        _expect(
            abi.encodeWithSelector(NumberOutOfRange.selector, 150, 150, 100 + MAX_SPAN),
            _genesis,
            forkedBlockAt(150, 1)
        );
    }

    function test_RevertWhen_TheBlockIsNotAboveItsPendingParent() public {
        Claim memory parent = propose(_genesis, 150);
        _expect(
            abi.encodeWithSelector(NumberOutOfRange.selector, 150, 150, 150 + MAX_SPAN),
            parent.id(),
            blockAt(150)
        );
    }

    function test_RevertWhen_TheSpanIsTooLong() public {
        uint64 number = 100 + MAX_SPAN + 1;
        _expect(
            abi.encodeWithSelector(NumberOutOfRange.selector, number, 100, 100 + MAX_SPAN),
            _genesis,
            blockAt(number)
        );
    }

    function test_WhenTheSpanIsOne() public {
        propose(_genesis, 101);
    }

    function test_WhenTheSpanIsTheLongest() public {
        propose(_genesis, 100 + MAX_SPAN);
    }

    function test_RevertWhen_TheTimestampIsAheadOfB() public {
        uint64 now_ = uint64(block.timestamp);
        _expect(
            abi.encodeWithSelector(TimestampOutOfRange.selector, now_ + 1, GENESIS_TIMESTAMP, now_),
            _genesis,
            headerWith(110, now_ + 1, keccak256("state"))
        );
    }

    function test_WhenTheTimestampIsThatOfB() public {
        propose(PROPOSER, _genesis, headerWith(110, uint64(block.timestamp), keccak256("state")));
    }

    function test_RevertWhen_TheTimestampIsNotAfterTheParents() public {
        _expect(
            abi.encodeWithSelector(
                TimestampOutOfRange.selector,
                GENESIS_TIMESTAMP,
                GENESIS_TIMESTAMP,
                block.timestamp
            ),
            _genesis,
            headerWith(110, GENESIS_TIMESTAMP, keccak256("state"))
        );
    }

    function test_RevertWhen_TheClaimExists() public {
        Claim memory claim = propose(_genesis, 110);
        _expect(abi.encodeWithSelector(ClaimExists.selector, claim.id()), _genesis, blockAt(110));
    }

    function test_RevertWhen_TheClaimWasRejectedBefore() public {
        Claim memory claim = propose(_genesis, 110);
        _reject(claim);
        _expect(abi.encodeWithSelector(ClaimExists.selector, claim.id()), _genesis, blockAt(110));
    }

    function test_RevertWhen_TheStakeIsTooSmall() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(StakeTooSmall.selector, STRANGER, 0, BOND));
        sync.propose(STRANGER, _genesis, blockAt(110));
    }

    function test_RevertWhen_AStrangerSpendsTheStake() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(NotStaker.selector, PROPOSER, STRANGER));
        sync.propose(PROPOSER, _genesis, blockAt(110));
    }

    function test_RevertWhen_TheOperatorExceedsItsCap() public {
        vm.prank(PROPOSER);
        stake.setOperator(STRANGER, 2 * BOND - 1);
        vm.prank(STRANGER);
        sync.propose(PROPOSER, _genesis, blockAt(110));

        vm.prank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(OperatorCapExceeded.selector, STRANGER, 2 * BOND, 2 * BOND - 1)
        );
        sync.propose(PROPOSER, _genesis, blockAt(120));
    }

    function test_WhenTheOperatorSends() public {
        vm.prank(PROPOSER);
        stake.setOperator(STRANGER, BOND);
        vm.prank(STRANGER);
        bytes32 id = sync.propose(PROPOSER, _genesis, blockAt(110));
        assertEq(id, claimOf(PROPOSER, _genesis, blockAt(110)).id(), "the claim is the staker's");
        requireStake(PROPOSER, 99 ether, BOND);
    }

    function test_WhenTheHeaderHasTheLargestSize() public {
        propose(PROPOSER, _genesis, HeaderBuilder.encodeSized(_fields(110), 2048));
    }

    function test_WhenTheParentIsPending() public {
        Claim[] memory claims = proposeChain(3, 10);
        requireStatus(claims[2], ClaimStatus.Pending);
        requireStake(PROPOSER, 97 ether, 3 * BOND);
    }

    function test_WhenAnotherProposedTheSameBlock() public {
        _fund(STRANGER, 1 ether);
        Claim memory first = propose(_genesis, 110);
        Claim memory second = propose(STRANGER, _genesis, blockAt(110));
        assertTrue(first.id() != second.id(), "claims of two proposers differ");
    }

    function test_WhenTheClockStandsStill() public {
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + 100);
        Claim memory claim = propose(_genesis, 110);
        assertEq(sync.record(claim.id()).deadline, START + WINDOW, "deadline");
    }

    function test_WhenTheParentIsFinal() public {
        Claim memory claim = claimOf(PROPOSER, _genesis, blockAt(110));
        vm.expectEmit();
        emit IStateSync.ClaimProposed(
            claim.id(),
            _genesis,
            PROPOSER,
            110,
            hashAt(110),
            claim.stateRoot,
            timestampAt(110),
            START + WINDOW
        );
        propose(_genesis, 110);

        ClaimRecord memory record = sync.record(claim.id());
        assertEq(uint256(record.status), uint256(ClaimStatus.Pending), "status");
        assertEq(record.deadline, START + WINDOW, "deadline");
        assertEq(record.quietUntil, 0, "quiet until");
        assertEq(record.openChallenges, 0, "open challenges");
        assertEq(record.number, 110, "number");
        assertEq(record.timestamp, timestampAt(110), "timestamp");
        assertTrue(!record.attested, "attested");
        requireStake(PROPOSER, 99 ether, BOND);
        assertEq(sync.head(), GENESIS_NUMBER, "head");
        assertEq(sync.finalBlockHash(110), bytes32(0), "a pending claim decides no block");
    }

    /// Nobody can make the contract record a block number or a time that the header does not state.
    function testFuzz_WhenAnyHeaderIsClaimed(uint64 number, uint64 timestamp, bytes32 stateRoot) public {
        number = uint64(bound(number, 101, 100 + MAX_SPAN));
        timestamp = uint64(bound(timestamp, GENESIS_TIMESTAMP + 1, START));
        vm.assume(stateRoot != 0);
        Claim memory claim = propose(PROPOSER, _genesis, headerWith(number, timestamp, stateRoot));
        assertEq(claim.stateRoot, stateRoot, "state root");
        assertEq(sync.record(claim.id()).number, number, "number");
        assertEq(sync.record(claim.id()).timestamp, timestamp, "timestamp");
    }

    function _fields(uint64 number) private pure returns (HeaderFields memory) {
        return HeaderFields(keccak256("parent"), keccak256("state"), number, timestampAt(number), "");
    }
}
