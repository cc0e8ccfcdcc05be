// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stake} from "../../../contracts/Stake.sol";
import {StateSync} from "../../../contracts/StateSync.sol";
import {NotModule, ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {
    IStateSync,
    NumberOutOfRange,
    ParameterOutOfRange,
    TimestampOutOfRange
} from "../../../contracts/interfaces/IStateSync.sol";
import {Headers} from "../../../contracts/libraries/Headers.sol";
import {RewardTooSmall, WindowTooShort} from "../../../contracts/types/Assumptions.sol";
import {Claim, ClaimRecord, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {ForkSchedule, ForkScheduleLibrary} from "../../../contracts/types/ForkSchedule.sol";
import {Deployment} from "../support/Deployment.sol";

contract StateSyncConstructorTest is Deployment {
    IStateSync.Parameters private _parameters;
    address[] private _courts;

    function setUp() public override {
        super.setUp();
        _parameters = _claimParameters();
        _courts.push(STRANGER);
    }

    /// A Stake that has the contract deployed right after it for its only module.
    function _stakeForNext() private returns (Stake) {
        address[] memory modules = new address[](1);
        modules[0] = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        return new Stake(modules);
    }

    function _expect(bytes memory reason) private {
        Stake stake_ = _stakeForNext();
        vm.expectRevert(reason);
        new StateSync(stake_, _courts, _parameters, blockAt(GENESIS_NUMBER));
    }

    function test_RevertWhen_TheWindowIsShorterThanTheAssumptionsAllow() public {
        // censorship 16 + reaction 5 + skew 1
        _parameters.assumptions.censorship = 16;
        _parameters.window = 21;
        _expect(abi.encodeWithSelector(WindowTooShort.selector, 21, 22));
    }

    function test_RevertWhen_TheWindowIsShorterThanTenTimesTheSkew() public {
        _parameters.assumptions.skew = 4;
        _expect(abi.encodeWithSelector(WindowTooShort.selector, WINDOW, 40));
    }

    function test_RevertWhen_TheRewardDoesNotPayAChallengerTwice() public {
        // 2 x 2,100,000 gas at 10 gwei
        _parameters.bond = 0.084 ether - 1;
        _expect(abi.encodeWithSelector(RewardTooSmall.selector, 0.042 ether - 1, 0.042 ether));
    }

    function test_RevertWhen_ReactionTakesMoreThanAQuarterOfTheWindow() public {
        _parameters.assumptions.reaction = 8;
        _expect(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("reaction"), 8));
    }

    function test_RevertWhen_TheSpanIsZero() public {
        _parameters.maxSpan = 0;
        _expect(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("maxSpan"), 0));
    }

    function test_RevertWhen_TheSpanIsLongerThanTheGameReaches() public {
        _parameters.maxSpan = 4097;
        _expect(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("maxSpan"), 4097));
    }

    function test_RevertWhen_ThereIsNoGrace() public {
        _parameters.grace = 0;
        _expect(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("grace"), 0));
    }

    function test_RevertWhen_TheWindowIsLongerThanDeadlinesCanBe() public {
        _parameters.window = 2 ** 32;
        _expect(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("window"), 2 ** 32));
    }

    function test_RevertWhen_TheGraceIsLongerThanDeadlinesCanBe() public {
        _parameters.grace = 2 ** 32;
        _expect(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("grace"), 2 ** 32));
    }

    function test_RevertWhen_TheGuardiansBudgetIsLongerThanDeadlinesCanBe() public {
        _parameters.guardianBudget = 2 ** 32;
        _expect(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("guardianBudget"), 2 ** 32));
    }

    function test_WhenDurationsAreAsLongAsTheyCanBe() public {
        _parameters.window = 2 ** 32 - 1;
        _parameters.grace = 2 ** 32 - 1;
        _parameters.guardianBudget = 2 ** 32 - 1;
        Stake stake_ = _stakeForNext();
        StateSync sync_ = new StateSync(stake_, _courts, _parameters, blockAt(GENESIS_NUMBER));

        vm.deal(address(this), BOND);
        stake_.deposit{value: BOND}(PROPOSER);
        bytes32 genesis_ = sync_.genesis();
        vm.prank(PROPOSER);
        bytes32 id = sync_.propose(PROPOSER, genesis_, blockAt(110));
        assertEq(sync_.record(id).deadline, START + 2 ** 32 - 1, "deadline");
    }

    function test_RevertWhen_TheForkScheduleIsNone() public {
        _parameters.forks = ForkSchedule.wrap(0);
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.ForkScheduleLength.selector, 0, 0, 3));
    }

    function test_RevertWhen_ThereIsNoBond() public {
        _parameters.bond = 0;
        _parameters.assumptions.gasPrice = 0;
        _expect(abi.encodeWithSelector(ParameterOutOfRange.selector, bytes32("bond"), 0));
    }

    function test_RevertWhen_StakeDoesNotKnowTheContract() public {
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectRevert(abi.encodeWithSelector(NotModule.selector, next));
        new StateSync(stake, _courts, _parameters, blockAt(GENESIS_NUMBER));
    }

    function test_RevertWhen_ACourtIsZero() public {
        _courts.push(address(0));
        _expect(abi.encodeWithSelector(ZeroAddress.selector));
    }

    function test_RevertWhen_TheGenesisHeaderIsNotAHeader() public {
        Stake stake_ = _stakeForNext();
        vm.expectRevert(abi.encodeWithSelector(Headers.HeaderNotList.selector, 0));
        new StateSync(stake_, _courts, _parameters, "");
    }

    function _expectGenesisRefused(uint64 number, uint64 timestamp, bytes memory reason) private {
        Stake stake_ = _stakeForNext();
        bytes memory header = headerWith(number, timestamp, keccak256("state"));
        vm.expectRevert(reason);
        new StateSync(stake_, _courts, _parameters, header);
    }

    function test_RevertWhen_TheGenesisNumberLeavesClaimsNoRoom() public {
        uint64 limit = 2 ** 47;
        _expectGenesisRefused(
            limit + 1,
            START,
            abi.encodeWithSelector(NumberOutOfRange.selector, limit + 1, 0, limit)
        );
    }

    function test_RevertWhen_TheGenesisLiesInTheFuture() public {
        _expectGenesisRefused(
            GENESIS_NUMBER,
            START + 1,
            abi.encodeWithSelector(TimestampOutOfRange.selector, START + 1, 0, START)
        );
    }

    function test_WhenTheGenesisIsAsHighAndAsNewAsCanBe() public {
        uint64 limit = 2 ** 47;
        Stake stake_ = _stakeForNext();
        bytes memory header = headerWith(limit, START, keccak256("state"));
        StateSync sync_ = new StateSync(stake_, _courts, _parameters, header);
        assertEq(sync_.record(sync_.genesis()).number, limit, "number");
        assertEq(sync_.record(sync_.genesis()).timestamp, START, "timestamp");
    }

    function test_WhenThereIsNoGuardian() public {
        _parameters.guardian = address(0);
        Stake stake_ = _stakeForNext();
        StateSync sync_ = new StateSync(stake_, _courts, _parameters, blockAt(GENESIS_NUMBER));
        assertEq(sync_.parameters().guardianBudget, 0, "a budget that nobody can use is none");
        assertEq(sync_.freezeBudget(), 0, "freeze budget");
    }

    function test_WhenEverythingHoldsExactly() public {
        _parameters.assumptions.censorship = 14;
        _parameters.assumptions.reaction = 5;
        _parameters.assumptions.skew = 2;
        _parameters.window = 21;
        _parameters.bond = 0.084 ether;
        _parameters.grace = 1;
        Stake stake_ = _stakeForNext();
        new StateSync(stake_, _courts, _parameters, blockAt(GENESIS_NUMBER));
    }

    function test_WhenTheParametersHold() public {
        Claim memory claim = genesisClaim();
        Stake stake_ = _stakeForNext();
        vm.expectEmit();
        emit IStateSync.ClaimProposed(
            claim.id(),
            bytes32(0),
            address(0),
            GENESIS_NUMBER,
            claim.blockHash,
            claim.stateRoot,
            GENESIS_TIMESTAMP,
            START
        );
        vm.expectEmit();
        emit IStateSync.ClaimFinalized(claim.id(), GENESIS_NUMBER, claim.stateRoot);
        StateSync sync_ = new StateSync(stake_, _courts, _parameters, blockAt(GENESIS_NUMBER));

        assertEq(sync_.genesis(), claim.id(), "genesis");
        assertEq(sync_.head(), GENESIS_NUMBER, "head");
        assertEq(sync_.finalBlockHash(GENESIS_NUMBER), claim.blockHash, "final hash");
        assertTrue(!sync_.requireFinal(claim), "nobody attested the genesis");
        ClaimRecord memory record = sync_.record(claim.id());
        assertEq(uint256(record.status), uint256(ClaimStatus.Final), "status");
        assertEq(record.number, GENESIS_NUMBER, "number");
        assertEq(record.timestamp, GENESIS_TIMESTAMP, "timestamp");
        assertTrue(sync_.isCourt(STRANGER), "court");
        assertTrue(!sync_.isCourt(address(this)), "nobody else is a court");
        assertTrue(!sync_.refundMode(), "refund mode");
    }

    function test_WhenTheParametersAreReadBack() public view {
        bytes memory got = abi.encode(sync.parameters());
        assertEq(got, abi.encode(_claimParameters()), "parameters");
        assertEq(sync.guardian(), GUARDIAN, "guardian");
        assertEq(
            ForkSchedule.unwrap(sync.parameters().forks),
            ForkSchedule.unwrap(forkSchedule()),
            "fork schedule"
        );
    }
}
