// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChessClock} from "../../../contracts/libraries/ChessClock.sol";
import {Vectors} from "../../../contracts/libraries/Vectors.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {BLOCKS, Game, GameRecord, Move, SETTLED} from "../../../contracts/types/Game.sol";
import {Test} from "../support/Test.sol";

/// Vectors come as calldata.
contract VectorsHarness {
    function hashVector(bytes32[65] calldata values) external pure returns (bytes32) {
        bytes32[63] calldata points;
        assembly ("memory-safe") {
            points := add(values, 32)
        }
        return Vectors.hashVector(values[0], points, values[64]);
    }

    function requireVector(bytes32[65] calldata values, bytes32 wanted) external pure {
        Vectors.requireVector(values, wanted);
    }

    function hashPart(bytes32[65] calldata values, uint256 index) external pure returns (bytes32) {
        return Vectors.hashPart(values, index);
    }
}

/// Reads `test/vectors/games.json`, which `tools/vectors/games.ts` lays out; `test/shared/protocol/game.test.ts` reads the same.
contract GameVectorsTest is Test {
    string private constant FILE = "test/vectors/games.json";
    uint256 private constant GAMES = 9;
    uint256 private constant PAIRS = 2;
    uint256 private constant VECTORS = 5;
    uint256 private constant TURNS = 9;
    uint8 private constant LAST = 16;

    string private json;
    VectorsHarness private immutable HARNESS = new VectorsHarness();

    function setUp() external {
        json = vm.readFile(FILE);
    }

    function test_NamesGamesByClaimChallengerAndNonce() external view {
        for (uint256 i = 0; i < GAMES; ++i) {
            string memory entry = _at("games", i);
            Claim memory claim = Claim({
                parent: vm.parseJsonBytes32(json, string.concat(entry, "parent")),
                blockHash: vm.parseJsonBytes32(json, string.concat(entry, "blockHash")),
                stateRoot: vm.parseJsonBytes32(json, string.concat(entry, "stateRoot")),
                number: uint64(vm.parseJsonUint(json, string.concat(entry, "number"))),
                timestamp: uint64(vm.parseJsonUint(json, string.concat(entry, "timestamp"))),
                proposer: vm.parseJsonAddress(json, string.concat(entry, "proposer"))
            });
            assertEq(claim.id(), vm.parseJsonBytes32(json, string.concat(entry, "claimId")), entry);
            Game memory game = Game({
                claim: claim,
                challenger: vm.parseJsonAddress(json, string.concat(entry, "challenger")),
                nonce: uint64(vm.parseJsonUint(json, string.concat(entry, "nonce")))
            });
            assertEq(game.id(), vm.parseJsonBytes32(json, string.concat(entry, "gameId")), entry);
        }
    }

    function test_HashesPairs() external view {
        for (uint256 i = 0; i < PAIRS; ++i) {
            string memory entry = _at("vectors", i);
            bytes32[] memory values = vm.parseJsonBytes32Array(json, string.concat(entry, "values"));
            assertEq(values.length, 2, entry);
            bytes32 wanted = vm.parseJsonBytes32(json, string.concat(entry, "hash"));
            assertEq(Vectors.hashPair(values[0], values[1]), wanted, entry);
        }
    }

    function test_HashesVectorsAndTheirParts() external view {
        for (uint256 i = PAIRS; i < VECTORS; ++i) {
            string memory entry = _at("vectors", i);
            bytes32[65] memory values;
            bytes32[] memory read = vm.parseJsonBytes32Array(json, string.concat(entry, "values"));
            assertEq(read.length, 65, entry);
            for (uint256 j = 0; j < 65; ++j) values[j] = read[j];
            bytes32 wanted = vm.parseJsonBytes32(json, string.concat(entry, "hash"));
            assertEq(HARNESS.hashVector(values), wanted, entry);
            HARNESS.requireVector(values, wanted);
            bytes32[] memory parts = vm.parseJsonBytes32Array(json, string.concat(entry, "parts"));
            for (uint256 j = 0; j < 64; ++j) assertEq(HARNESS.hashPart(values, j), parts[j], entry);
        }
    }

    function test_HasOneOrderOfMoves() external view {
        uint256 points;
        for (uint8 moves = 0; moves <= LAST; ++moves) {
            uint256 wanted = vm.parseJsonUint(json, string.concat(".due[", vm.toString(uint256(moves)), "]"));
            GameRecord memory record = _record(moves);
            assertEq(uint256(record.due()), wanted, "due");
            if (record.due() == Move.Enter) assertEq(64 ** points, BLOCKS, "blocks");
            if (record.due() == Move.Point) ++points;
        }
        assertEq(uint256(_record(SETTLED).due()), uint256(Move.Settled), "settled");
    }

    function test_EndsTurnsWhenBothSay() external view {
        uint64 move = uint64(vm.parseJsonUint(json, ".times.moveSeconds"));
        uint64 prove = uint64(vm.parseJsonUint(json, ".times.proveSeconds"));
        for (uint256 i = 0; i < TURNS; ++i) {
            string memory entry = _at("turns", i);
            ChessClock memory clock = ChessClock({
                since: uint40(vm.parseJsonUint(json, ".since")),
                defender: uint32(vm.parseJsonUint(json, string.concat(entry, "defender"))),
                challenger: uint32(vm.parseJsonUint(json, string.concat(entry, "challenger")))
            });
            Move due = _record(uint8(vm.parseJsonUint(json, string.concat(entry, "moves")))).due();
            uint64 deadline = clock.deadline(due != Move.Point, due == Move.Prove ? prove : move);
            assertEq(deadline, vm.parseJsonUint(json, string.concat(entry, "deadline")), entry);
        }
    }

    function _record(uint8 moves) private pure returns (GameRecord memory record) {
        record.clock.since = 1;
        record.moves = moves;
    }

    function _at(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(index), "].");
    }
}
