// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ExecutionCourt} from "../../../contracts/courts/ExecutionCourt.sol";
import {IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Game, Move} from "../../../contracts/types/Game.sol";
import {Deployment} from "./Deployment.sol";
import {HeaderBuilder, HeaderFields} from "./HeaderBuilder.sol";
import {ToyStepper} from "./ToyStepper.sol";

/// A deployment with an execution court that runs the toy machine, and what it takes to play: chains of linked
/// headers, the positions of both levels, and a way to bring a game to any move.
abstract contract GameDeployment is Deployment {
    uint64 internal constant GAME_CLOCK = 60;
    uint64 internal constant MOVE_TIME = 4;
    uint64 internal constant PROVE_TIME = 9;
    uint96 internal constant GAME_BOND = 0.5 ether;
    uint64 internal constant GAS_COVER = 40_000_000;
    /// Steps of every block of the toy machine before its absorbing end.
    uint64 internal constant TOY_LENGTH = 1_000_003;
    uint64 internal constant NEVER = type(uint64).max;

    ExecutionCourt internal court;
    ToyStepper internal toy;

    /// Headers of A's chain from `GENESIS_NUMBER` on, as far as they were asked for.
    bytes[] private _chain;

    /// How a game is played by both sides when a test brings it to some move.
    struct Story {
        /// The parent claim's block and those of the span.
        bytes[] headers;
        /// Position of the block, from 1, at which the challenger points.
        uint256 target;
        /// The step at which the challenger points.
        uint256 step;
        /// The first false state that the defender tells; `NEVER` for none.
        uint256 lieFrom;
    }

    function setUp() public virtual override {
        vm.fee(0);
        toy = new ToyStepper(TOY_LENGTH, forkSchedule());
        super.setUp();
    }

    function _furtherCourts() internal pure virtual override returns (uint256) {
        return 1;
    }

    function _deployFurther() internal virtual override {
        court = new ExecutionCourt(sync, stake, toy, _gameParameters());
    }

    function _gameParameters() internal pure virtual returns (IExecutionCourt.Parameters memory) {
        return
            IExecutionCourt.Parameters({
                clock: GAME_CLOCK,
                moveTime: MOVE_TIME,
                proveTime: PROVE_TIME,
                bond: GAME_BOND,
                gasCover: GAS_COVER
            });
    }

    // Chains

    /// The headers of A's blocks GENESIS_NUMBER + `from` to GENESIS_NUMBER + `to`.
    function trueHeaders(uint64 from, uint64 to) internal returns (bytes[] memory headers) {
        if (_chain.length == 0) _chain.push(blockAt(GENESIS_NUMBER));
        while (_chain.length <= to) {
            uint64 number = GENESIS_NUMBER + uint64(_chain.length);
            _chain.push(childOf(_chain[_chain.length - 1], number, 0));
        }
        headers = new bytes[](to - from + 1);
        for (uint256 i = 0; i < headers.length; ++i) headers[i] = _chain[from + i];
    }

    /// The same, but the block at position `place` states a root that its execution does not give; the blocks after it
    /// build on that.
    function falseHeaders(
        uint64 from,
        uint64 to,
        uint256 place,
        uint256 salt
    ) internal returns (bytes[] memory headers) {
        headers = trueHeaders(from, to);
        for (uint256 i = place; i < headers.length; ++i) {
            headers[i] = childOf(headers[i - 1], GENESIS_NUMBER + from + uint64(i), i == place ? salt : 0);
        }
    }

    /// A block that follows another by the rules of the toy machine, unless there is salt.
    function childOf(bytes memory parent, uint64 number, uint256 salt) internal view returns (bytes memory) {
        bytes32 root = toy.rule(_stateRoot(parent), number);
        if (salt != 0) root = keccak256(abi.encode(root, salt));
        return
            HeaderBuilder.encode(
                HeaderFields({
                    parentHash: keccak256(parent),
                    stateRoot: root,
                    number: number,
                    timestamp: timestampAt(number),
                    extraData: ""
                })
            );
    }

    /// `PROPOSER` claims the last of the headers on top of the first, which is the genesis.
    function claimSpan(bytes[] memory headers) internal returns (Claim memory) {
        return propose(PROPOSER, sync.genesis(), headers[headers.length - 1]);
    }

    // Positions

    /// Level 1: the hash at a position of a span.
    function blockValue(bytes[] memory headers, uint256 position) internal pure returns (bytes32) {
        return keccak256(headers[position < headers.length ? position : headers.length - 1]);
    }

    /// Level 2: the state after so many steps of the block at `target`, true up to `lieFrom`.
    function stateValue(Story memory story, uint256 step) internal view returns (bytes32) {
        bytes memory header = story.headers[story.target];
        bytes memory parent = story.headers[story.target - 1];
        if (step >= 2 ** 36) return toy.done(_stateRoot(header));
        if (step >= story.lieFrom) return keccak256(abi.encode("lie", step));
        ToyStepper.State memory state = _toyState(parent, step);
        if (step >= TOY_LENGTH) return toy.done(toy.result(state));
        return keccak256(abi.encode(state));
    }

    /// The proof of the step that follows so many steps.
    function proofOf(Story memory story, uint256 step) internal view returns (bytes memory) {
        ToyStepper.State memory state = _toyState(story.headers[story.target - 1], step);
        if (step >= TOY_LENGTH) return abi.encode(toy.result(state));
        return abi.encode(state);
    }

    function _toyState(bytes memory parent, uint256 step) private pure returns (ToyStepper.State memory) {
        return ToyStepper.State(keccak256(parent), _stateRoot(parent), _number(parent) + 1, uint64(step));
    }

    /// Value `i` of the 65 that move `moves` answers or makes: `size` apart from `from` on.
    function valuesAt(
        Story memory story,
        uint8 moves,
        uint256 from,
        uint256 size
    ) internal view returns (bytes32[65] memory values) {
        for (uint256 i = 0; i < 65; ++i) {
            uint256 place = from + i * size;
            values[i] = moves < 4 ? blockValue(story.headers, place) : stateValue(story, place);
        }
    }

    function pointsOf(bytes32[65] memory values) internal pure returns (bytes32[63] memory points) {
        for (uint256 i = 0; i < 63; ++i) points[i] = values[i + 1];
    }

    /// Where the interval of a move begins if the challenger points at `target` and `step`, and the size of its parts.
    function intervalAt(Story memory story, uint8 moves) internal pure returns (uint256 from, uint256 size) {
        uint256 round = moves / 2;
        uint256 goal = round < 2 ? story.target - 1 : story.step;
        size = round < 2 ? 64 ** (1 - round) : 64 ** (7 - round);
        from = goal - (goal % (size * 64));
    }

    // Playing

    function openGame(Claim memory claim, Claim memory parent) internal returns (Game memory game) {
        game = Game(claim, CHALLENGER, 0);
        vm.prank(CHALLENGER);
        court.open(game, parent);
    }

    function openGame(Claim memory claim) internal returns (Game memory) {
        return openGame(claim, genesisClaim());
    }

    /// Both sides play until `moves` moves are made.
    function playTo(Game memory game, Story memory story, uint8 moves) internal {
        for (uint8 made = court.record(game.id()).moves; made < moves; ++made) playMove(game, story, made);
    }

    /// The side to move makes its move, the `made`-th from 0.
    function playMove(Game memory game, Story memory story, uint8 made) internal {
        (uint256 from, uint256 size) = intervalAt(story, made);
        bytes32[65] memory values = valuesAt(story, made, from, size);
        if (made % 2 == 1) {
            uint256 goal = made < 4 ? story.target - 1 : story.step;
            vm.prank(game.challenger);
            court.point(game, values, (goal - from) / size);
            return;
        }
        vm.prank(game.claim.proposer);
        if (made == 4) {
            court.enter(game, story.headers[story.target - 1], story.headers[story.target], pointsOf(values));
        } else {
            court.split(game, values[0], values[64], pointsOf(values));
        }
    }

    /// The defender proves the step at which the challenger pointed.
    function proveStep(Game memory game, Story memory story) internal {
        (bytes32 left, bytes32 right) = pairOf(story);
        bytes memory proof = proofOf(story, story.step);
        vm.prank(game.claim.proposer);
        court.prove(game, left, right, proof);
    }

    function pairOf(Story memory story) internal view returns (bytes32 left, bytes32 right) {
        return (stateValue(story, story.step), stateValue(story, story.step + 1));
    }

    function requireDue(Game memory game, Move wanted) internal view {
        (Move move, ) = court.due(game.id());
        assertEq(uint256(move), uint256(wanted), "move due");
    }

    /// Everything that was ever locked by games and claims is free again.
    function requireNothingLocked() internal view {
        address[2] memory parties = [PROPOSER, CHALLENGER];
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(stake.lockedBy(address(court), parties[i]), 0, "locked by games");
            assertEq(stake.account(parties[i]).locked, 0, "locked");
        }
    }

    function _stateRoot(bytes memory header) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            root := mload(add(header, 123))
        }
    }

    /// Header numbers of these tests take one byte or two.
    function _number(bytes memory header) internal pure returns (uint64) {
        uint256 prefix = uint8(header[449]);
        if (prefix < 0x80) return uint64(prefix);
        if (prefix == 0x81) return uint8(header[450]);
        return (uint64(uint8(header[450])) << 8) | uint8(header[451]);
    }
}
