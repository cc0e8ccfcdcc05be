// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Game, Move} from "../../../contracts/types/Game.sol";
import {ClaimBook} from "./ClaimBook.sol";

/// Claims challenged in games, by an honest proposer and an honest challenger that make their moves whenever time passes, and
/// three adversaries. The anchor is taken to have failed: nobody demands evidence, so that only the game stands between a lie
/// and finality. A claim is true if executing the blocks of its span and of its ancestors' gives what they say.
///
/// The honest parties decide by what they know of A and of what was posted, nothing else. This is a second spelling of
/// how to play; the bots' own is TypeScript.
abstract contract GamesWorld is ClaimBook {
    struct Span {
        uint256 parent;
        /// Whether the blocks are what executing them gives, one following the other.
        bool isTrue;
        /// The parent's block first.
        bytes[] headers;
    }

    struct Play {
        Game game;
        uint256 entry;
        bytes32[65] values;
        /// Position of `values[0]`, and how far apart the values are.
        uint256 from;
        uint256 size;
        /// The block that was entered, by its position; zero before.
        uint256 block_;
    }

    uint64 internal constant LONG_CLOCK = 120;
    uint64 internal constant LONG_MOVE = 10;
    uint256 internal constant MOVES = 17;
    uint256 internal constant FOREIGN = type(uint256).max;

    mapping(uint256 entry => Span) internal _spans;
    Play[] internal _plays;

    constructor() {
        _spans[0].isTrue = true;
        _spans[0].headers.push(blockAt(GENESIS_NUMBER));
    }

    function _gameParameters() internal pure override returns (IExecutionCourt.Parameters memory games) {
        games = super._gameParameters();
        (games.clock, games.moveTime, games.proveTime) = (LONG_CLOCK, LONG_MOVE, LONG_MOVE);
    }

    // Writing down

    function _tryPropose(address proposer, uint256 parent, bytes[] memory headers, bool spanIsTrue) internal {
        bytes memory tip = headers[headers.length - 1];
        if (timestampAt(_number(tip)) > block.timestamp) return;
        bytes32 parentId = _entries[parent].claim.id();
        vm.prank(proposer);
        try sync.propose(proposer, parentId, tip) {
            bool isTrue = spanIsTrue && _entries[parent].isTrue;
            Claim memory claim = claimOf(proposer, parentId, tip);
            _spans[_entries.length] = Span(parent, spanIsTrue, headers);
            _entries.push(Entry(claim, isTrue, sync.clock(), ClaimStatus.Pending));
        } catch {}
    }

    function _tryOpen(address challenger, uint256 entry) internal {
        Game memory game = Game(_entries[entry].claim, challenger, uint64(_plays.length));
        Claim memory parent = _entries[_spans[entry].parent].claim;
        vm.prank(challenger);
        try court.open(game, parent) {
            _plays.push();
            Play storage play = _plays[_plays.length - 1];
            play.game = game;
            play.entry = entry;
            (play.values[0], play.values[64]) = (parent.blockHash, game.claim.blockHash);
            play.size = 64;
        } catch {}
    }

    // Duties

    function _pass(uint64 elapsed) internal {
        time += elapsed;
        vm.warp(time);
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (!_spans[i].isTrue && _isPending(i) && !_isChallenged(i)) _tryOpen(CHALLENGER, i);
        }
        for (uint256 i = 0; i < _plays.length; ++i) _playHonestly(i);
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (_entries[i].claim.proposer != PROPOSER || !_isPending(i)) continue;
            try sync.finalize(_entries[i].claim) {} catch {}
        }
    }

    function _isChallenged(uint256 entry) private view returns (bool) {
        for (uint256 i = 0; i < _plays.length; ++i) {
            if (_plays[i].entry == entry && _plays[i].game.challenger == CHALLENGER) return true;
        }
        return false;
    }

    function _playHonestly(uint256 index) private {
        Play storage play = _plays[index];
        (Move move, ) = court.due(play.game.id());
        if (move == Move.Settled) return;
        if (sync.refundMode() || !_isPending(play.entry)) {
            court.settle(play.game);
            return;
        }
        if (move == Move.Point) {
            if (play.game.challenger == CHALLENGER) _point(play, CHALLENGER, _losingPart(play));
        } else if (play.game.claim.proposer == PROPOSER) {
            _defendTruly(play, move);
        }
        // Whose time is over is told by the other side; for the wrong side it reverts.
        try court.timeout(play.game) {} catch {}
    }

    /// A revert here would be an honest defender that cannot defend the truth.
    function _defendTruly(Play storage play, Move move) private {
        if (move == Move.Prove) _prove(play, PROPOSER);
        else if (move == Move.Split) _split(play, PROPOSER, _trueValues(play));
        else if (play.from + 1 < _spans[play.entry].headers.length)
            _enter(play, PROPOSER, play.from + 1, NEVER);
        else {
            vm.prank(PROPOSER);
            court.showTip(play.game);
        }
    }

    /// The true values at the positions of the next split.
    function _trueValues(Play storage play) internal view returns (bytes32[65] memory values) {
        Story memory story = _storyOf(play, NEVER);
        for (uint256 i = 0; i < 65; ++i) {
            uint256 place = play.from + i * play.size;
            // The last state of a run is the machine's, whatever the block's header says.
            values[i] =
                play.block_ == 0
                    ? blockValue(story.headers, place)
                    : stateValue(story, place < 2 ** 36 ? place : 2 ** 36 - 1);
        }
    }

    function _storyOf(Play storage play, uint256 lieFrom) internal view returns (Story memory) {
        return Story(_spans[play.entry].headers, play.block_, play.from, lieFrom);
    }

    // Choosing a part

    /// The part that nobody can defend. Reverts if there is none: then the honest challenger is lost.
    function _losingPart(Play storage play) private view returns (uint256 index) {
        bool isFirstLevel = play.block_ == 0;
        bytes32[65] memory truth;
        if (!isFirstLevel) truth = _trueValues(play);
        bytes[] memory headers = _spans[play.entry].headers;
        for (; index < 64; ++index) {
            (bytes32 left, bytes32 right) = (play.values[index], play.values[index + 1]);
            if (!isFirstLevel) {
                if (right != truth[index + 1]) return index;
            } else if (_isLosing(headers, left, right, play.size)) {
                return index;
            }
        }
        revert("no part to point at");
    }

    /// Whether no path of `length` links leads from `left` to `right` over blocks that can all be defended.
    function _isLosing(
        bytes[] memory headers,
        bytes32 left,
        bytes32 right,
        uint256 length
    ) private view returns (bool) {
        uint256 to = _heightOf(headers, right);
        if (to == FOREIGN) return false;
        uint256 from = _heightOf(headers, left);
        if (from == FOREIGN || from > to) return true;
        bool isTip = to == headers.length - 1;
        if (isTip ? to - from > length : to - from != length) return true;
        for (uint256 i = from + 1; i <= to; ++i) {
            if (_stateRoot(headers[i]) != toy.rule(_stateRoot(headers[i - 1]), _number(headers[i])))
                return true;
        }
        return false;
    }

    /// The position of a block among the claimed block and its ancestors in the span.
    function _heightOf(bytes[] memory headers, bytes32 hash) private pure returns (uint256 height) {
        for (height = headers.length - 1; keccak256(headers[height]) != hash; --height) {
            if (height == 0 || _parentHash(headers[height]) != keccak256(headers[height - 1])) return FOREIGN;
        }
    }

    // Moves, written down when they succeed

    function _split(Play storage play, address player, bytes32[65] memory values) internal {
        vm.prank(player);
        court.split(play.game, play.values[0], play.values[64], pointsOf(values));
        for (uint256 i = 1; i < 64; ++i) play.values[i] = values[i];
    }

    function _point(Play storage play, address player, uint256 index) internal {
        uint8 moves = court.record(play.game.id()).moves;
        vm.prank(player);
        court.point(play.game, play.values, index);
        (play.values[0], play.values[64]) = (play.values[index], play.values[index + 1]);
        play.from += index * play.size;
        // The next values: 1 apart on level 1; on level 2 from 64^5 down.
        play.size = moves < 3 ? 1 : play.size / 64;
    }

    function _enter(Play storage play, address player, uint256 position, uint256 lieFrom) internal {
        (play.block_, play.from, play.size) = (position, 0, 64 ** 5);
        Story memory story = _storyOf(play, lieFrom);
        bytes32[65] memory values = valuesAt(story, 4, 0, 64 ** 5);
        vm.prank(player);
        court.enter(play.game, story.headers[position - 1], story.headers[position], pointsOf(values));
        play.values = values;
        play.values[0] = stateValue(_storyOf(play, NEVER), 0);
    }

    function _prove(Play storage play, address player) internal {
        bytes memory proof = proofOf(_storyOf(play, NEVER), play.from);
        vm.prank(player);
        court.prove(play.game, play.values[0], play.values[64], proof);
    }

    // Reading

    function _isOver(uint256 play) internal view returns (bool) {
        return court.record(_plays[play].game.id()).moves == type(uint8).max;
    }

    function openGames(uint256 entry) external view returns (uint256 count) {
        for (uint256 i = 0; i < _plays.length; ++i) if (_plays[i].entry == entry && !_isOver(i)) ++count;
    }

    function _parentHash(bytes memory header) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := mload(add(header, 36))
        }
    }

    // The court

    function _court() internal view override returns (address) {
        return address(court);
    }

    function _challengeBonds(address party) internal view override returns (uint256 bonds) {
        for (uint256 i = 0; i < _plays.length; ++i) {
            if (_plays[i].game.challenger == party && !_isOver(i)) bonds += GAME_BOND;
        }
    }

    /// Both clocks, and the least time of each move.
    function longestChallenge() public pure override returns (uint64) {
        return 2 * LONG_CLOCK + uint64(MOVES) * LONG_MOVE;
    }

    function _timeOutAll() internal override {
        for (uint256 i = 0; i < _plays.length; ++i) {
            try court.timeout(_plays[i].game) {} catch {}
        }
    }

    function _settleAll() internal override {
        for (uint256 i = 0; i < _plays.length; ++i) if (!_isOver(i)) court.settle(_plays[i].game);
        for (uint256 i = 0; i < _entries.length; ++i) {
            assertEq(sync.record(_entries[i].claim.id()).openChallenges, 0, "open challenges in the end");
        }
    }

    function _enterRefundMode() internal override {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
    }
}
