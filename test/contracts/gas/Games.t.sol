// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Deployment} from "../support/Deployment.sol";
import {GameDeployment} from "../support/GameDeployment.sol";
import {HeaderBuilder, HeaderFields} from "../support/HeaderBuilder.sol";
import {TransactionGas} from "../support/TransactionGas.sol";
import {IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Game} from "../../../contracts/types/Game.sol";

/// What a game costs, in whole transactions; the machine is the toy one, whose part of `enter` and `prove` is next to
/// nothing. Values are hashes, which have few zero bytes, so that every game costs this much.
///
/// forge-config: default.isolate = true
contract GamesGasTest is TransactionGas, GameDeployment {
    string private constant COURT = "ExecutionCourt";
    uint256 private constant LARGEST_HEADER = 2048;

    Claim private _claim;
    Game private _game;
    Story private _story;

    function setUp() public override(Deployment, GameDeployment) {
        GameDeployment.setUp();
        bytes[] memory headers = falseHeaders(0, 5, 3, 1);
        _claim = claimSpan(headers);
        _game = Game(_claim, CHALLENGER, 0);
        (_story.target, _story.step, _story.lieFrom) = (3, 777_777, NEVER);
        for (uint256 i = 0; i < headers.length; ++i) _story.headers.push(headers[i]);
    }

    function _furtherCourts() internal pure override(Deployment, GameDeployment) returns (uint256) {
        return GameDeployment._furtherCourts();
    }

    function _deployFurther() internal override(Deployment, GameDeployment) {
        GameDeployment._deployFurther();
    }

    function _court(string memory name, address from, bytes memory data) private returns (uint256) {
        return _send(COURT, name, from, address(court), data);
    }

    function _open() private returns (uint256) {
        return
            _court(
                "open, first lock",
                CHALLENGER,
                abi.encodeCall(IExecutionCourt.open, (_game, genesisClaim()))
            );
    }

    function _values() private view returns (bytes32[65] memory) {
        uint8 moves = court.record(_game.id()).moves;
        (uint256 from, uint256 size) = intervalAt(_story, moves);
        return valuesAt(_story, moves, from, size);
    }

    function _split(bytes32[65] memory values) private returns (uint256) {
        return
            _court(
                "split",
                PROPOSER,
                abi.encodeCall(IExecutionCourt.split, (_game, values[0], values[64], pointsOf(values)))
            );
    }

    function _point(bytes32[65] memory values, uint256 goal) private returns (uint256) {
        (uint256 from, uint256 size) = intervalAt(_story, court.record(_game.id()).moves);
        return
            _court(
                "point",
                CHALLENGER,
                abi.encodeCall(IExecutionCourt.point, (_game, values, (goal - from) / size))
            );
    }

    /// All seventeen moves and the opening, as both sides pay for them together.
    function test_WholeGame() public {
        uint256 whole = _open();
        uint256 mostOfPoint = 0;
        uint256 mostOfSplit = 0;
        vm.warp(block.timestamp + 1);
        for (uint256 moves = 0; moves < 16; ++moves) {
            bytes32[65] memory values = _values();
            if (moves % 2 == 1) {
                uint256 gas = _point(values, moves < 4 ? _story.target - 1 : _story.step);
                if (gas > mostOfPoint) mostOfPoint = gas;
                whole += gas;
            } else if (moves == 4) {
                whole += _court(
                    "enter, typical headers",
                    PROPOSER,
                    abi.encodeCall(
                        IExecutionCourt.enter,
                        (_game, _story.headers[2], _story.headers[3], pointsOf(values))
                    )
                );
            } else {
                uint256 gas = _split(values);
                if (gas > mostOfSplit) mostOfSplit = gas;
                whole += gas;
            }
            vm.warp(block.timestamp + 1);
        }
        (bytes32 left, bytes32 right) = pairOf(_story);
        whole += _court(
            "prove, without the machine's part",
            PROPOSER,
            abi.encodeCall(IExecutionCourt.prove, (_game, left, right, proofOf(_story, _story.step)))
        );
        vm.snapshotValue(COURT, "split", mostOfSplit);
        vm.snapshotValue(COURT, "point", mostOfPoint);
        vm.snapshotValue(COURT, "a whole game, without the machine's part", whole);
        // Nine moves of the defender, without the step itself: what the constructor takes for granted is 9,700,000.
        assertLe(whole, 3_500_000, "a whole game");
    }

    function test_EnterWithLargestHeaders() public {
        bytes memory above = HeaderBuilder.encodeSized(
            HeaderFields(keccak256("parent"), keccak256("root"), 101, timestampAt(101), ""),
            LARGEST_HEADER
        );
        bytes memory header = HeaderBuilder.encodeSized(
            HeaderFields(keccak256(above), keccak256("next"), 102, timestampAt(102), ""),
            LARGEST_HEADER
        );
        _claim = propose(PROPOSER, sync.genesis(), header);
        _game = Game(_claim, CHALLENGER, 0);
        bytes32[65] memory values;
        openGame(_claim);
        (values[0], values[64]) = (genesisClaim().blockHash, _claim.blockHash);
        (values[1], values[2]) = (keccak256(above), keccak256(header));
        for (uint256 i = 3; i < 64; ++i) values[i] = keccak256(abi.encode(i));
        for (uint256 round = 0; round < 2; ++round) {
            vm.prank(PROPOSER);
            court.split(_game, values[0], values[64], pointsOf(values));
            vm.prank(CHALLENGER);
            court.point(_game, values, 1);
            (values[0], values[64]) = (values[1], values[2]);
        }
        _court(
            "enter, headers of 2,048 bytes",
            PROPOSER,
            abi.encodeCall(IExecutionCourt.enter, (_game, above, header, pointsOf(values)))
        );
    }

    function test_Endings() public {
        openGame(_claim);
        Game memory other = Game(_claim, CHALLENGER, 1);
        vm.prank(CHALLENGER);
        court.open(other, genesisClaim());
        vm.warp(block.timestamp + GAME_CLOCK + 1);
        _court("timeout, defender", STRANGER, abi.encodeCall(IExecutionCourt.timeout, (_game)));
        _court("settle, void", STRANGER, abi.encodeCall(IExecutionCourt.settle, (other)));
    }

    function test_ChallengerTimesOut() public {
        openGame(_claim);
        playTo(_game, _story, 1);
        vm.warp(block.timestamp + GAME_CLOCK + 1);
        _court("timeout, challenger", STRANGER, abi.encodeCall(IExecutionCourt.timeout, (_game)));
    }
}
