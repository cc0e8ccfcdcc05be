// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Stake} from "../../../contracts/Stake.sol";
import {StateSync} from "../../../contracts/StateSync.sol";
import {ExecutionCourt} from "../../../contracts/courts/ExecutionCourt.sol";
import {IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {NotModule} from "../../../contracts/interfaces/IStake.sol";
import {IStateSync, NotCourt, ParameterOutOfRange} from "../../../contracts/interfaces/IStateSync.sol";
import {RewardTooSmall, WindowTooShort} from "../../../contracts/types/Assumptions.sol";
import {GameDeployment} from "../support/GameDeployment.sol";

contract ExecutionCourtConstructorTest is GameDeployment {
    function _expect(IExecutionCourt.Parameters memory games, bytes memory reason) private {
        vm.expectRevert(reason);
        new ExecutionCourt(sync, stake, toy, games);
    }

    function _outOfRange(bytes32 name, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ParameterOutOfRange.selector, name, value);
    }

    function _assume(uint64 censorship, uint64 skew) private {
        IStateSync.Parameters memory claims = _claimParameters();
        claims.window = 1000;
        claims.assumptions.censorship = censorship;
        claims.assumptions.skew = skew;
        address[] memory modules = new address[](2);
        uint256 nonce = vm.getNonce(address(this));
        modules[0] = vm.computeCreateAddress(address(this), nonce + 1);
        modules[1] = vm.computeCreateAddress(address(this), nonce + 2);
        address[] memory courts = new address[](1);
        courts[0] = modules[1];
        stake = new Stake(modules);
        sync = new StateSync(stake, courts, claims, blockAt(GENESIS_NUMBER));
    }

    function test_RevertWhen_TheClockIsTooShort() public {
        _assume(30, 2);
        IExecutionCourt.Parameters memory games = _gameParameters();
        games.clock = 71;
        // censorship 30 + skew 2 + ten moves of 4
        _expect(games, abi.encodeWithSelector(WindowTooShort.selector, 71, 72));
    }

    function test_RevertWhen_TheClockIsShorterThanTenTimesTheSkew() public {
        _assume(0, 7);
        _expect(_gameParameters(), abi.encodeWithSelector(WindowTooShort.selector, 60, 70));
    }

    function test_WhenTheClockIsJustLongEnough() public {
        _assume(30, 2);
        IExecutionCourt.Parameters memory games = _gameParameters();
        games.clock = 72;
        new ExecutionCourt(sync, stake, toy, games);
    }

    function test_RevertWhen_ATimeIsLongerThanDeadlinesCanBe() public {
        IExecutionCourt.Parameters memory games = _gameParameters();
        games.clock = 2 ** 32;
        _expect(games, _outOfRange("clock", 2 ** 32));
        games = _gameParameters();
        games.proveTime = 2 ** 32;
        _expect(games, _outOfRange("proveTime", 2 ** 32));
    }

    function test_RevertWhen_AMoveHasNoTimeOrMoreThanAProof() public {
        IExecutionCourt.Parameters memory games = _gameParameters();
        games.moveTime = 0;
        _expect(games, _outOfRange("moveTime", 0));
        games.moveTime = PROVE_TIME + 1;
        _expect(games, _outOfRange("moveTime", PROVE_TIME + 1));
    }

    function test_RevertWhen_TheBondExceedsHalfOfTheClaims() public {
        IExecutionCourt.Parameters memory games = _gameParameters();
        games.bond = BOND / 2 + 1;
        _expect(games, _outOfRange("game bond", BOND / 2 + 1));
    }

    function test_RevertWhen_ThereIsNoBond() public {
        IExecutionCourt.Parameters memory games = _gameParameters();
        games.bond = 0;
        _expect(games, _outOfRange("game bond", 0));
    }

    function test_RevertWhen_TheBondDoesNotPayForADefence() public {
        IExecutionCourt.Parameters memory games = _gameParameters();
        // 9,700,000 gas at 10 gwei
        games.bond = 0.194 ether - 2;
        _expect(games, abi.encodeWithSelector(RewardTooSmall.selector, 0.097 ether - 1, 0.097 ether));
    }

    function test_RevertWhen_TheBondDoesNotFollowTheBaseFee() public {
        IExecutionCourt.Parameters memory games = _gameParameters();
        games.gasCover = 19_400_000 - 1;
        _expect(games, _outOfRange("gasCover", 19_400_000 - 1));
    }

    function test_RevertWhen_StateSyncDoesNotKnowTheContract() public {
        address next = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        _expect(_gameParameters(), abi.encodeWithSelector(NotCourt.selector, next));
    }

    function test_RevertWhen_StakeDoesNotKnowTheContract() public {
        uint256 nonce = vm.getNonce(address(this));
        address[] memory modules = new address[](1);
        modules[0] = vm.computeCreateAddress(address(this), nonce + 1);
        address[] memory courts = new address[](1);
        courts[0] = vm.computeCreateAddress(address(this), nonce + 2);
        stake = new Stake(modules);
        sync = new StateSync(stake, courts, _claimParameters(), blockAt(GENESIS_NUMBER));
        _expect(_gameParameters(), abi.encodeWithSelector(NotModule.selector, courts[0]));
    }

    function test_WhenTheParametersHold() public view {
        assertEq(abi.encode(court.parameters()), abi.encode(_gameParameters()), "parameters");
        assertEq(address(court.STEPPER()), address(toy), "stepper");
        assertEq(court.bondNow(), GAME_BOND, "bond at no base fee");
    }
}
