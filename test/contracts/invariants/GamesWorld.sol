// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {IStake} from "../../../contracts/interfaces/IStake.sol";
import {Claim, ClaimRecord, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Game, GameRecord, Move} from "../../../contracts/types/Game.sol";
import {GameDeployment} from "../support/GameDeployment.sol";

/// A deployment with everything that ever happened on it written down, an honest proposer and an honest challenger that
/// make their moves whenever time passes, and three adversaries. The anchor is taken to have failed: nobody demands
/// evidence, so that only the game stands between a lie and finality.
///
/// The honest parties decide by what they know of A and of what was posted, nothing else. This is a second spelling of
/// how to play; the bots' own is TypeScript.
abstract contract GamesWorld is GameDeployment {
    struct Entry {
        Claim claim;
        uint256 parent;
        /// Whether the blocks of its own span are what executing them gives, one following the other.
        bool spanIsTrue;
        /// The same for all its ancestors, too.
        bool isTrue;
        uint64 proposedAt;
        ClaimStatus seen;
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

    /// The longest time, in seconds, for which the honest parties look away.
    uint64 public constant REACTION = 8;
    uint64 internal constant LONG_CLOCK = 120;
    uint64 internal constant LONG_MOVE = 10;
    uint256 internal constant FOREIGN = type(uint256).max;

    Entry[] internal _entries;
    /// The headers of each entry's span, its parent's block first.
    mapping(uint256 entry => bytes[]) internal _headers;
    Play[] internal _plays;
    address[] internal _parties;
    uint256 public time;
    uint256 public withdrawn;

    modifier atTime() {
        vm.warp(time);
        _;
    }

    constructor() {
        setUp();
        time = START;
        _parties.push(PROPOSER);
        _parties.push(CHALLENGER);
        for (uint256 i = 0; i < 3; ++i) _parties.push(address(uint160(0xAD00 + i)));
        for (uint256 i = 2; i < _parties.length; ++i) _fund(_parties[i], 50 ether);
        _entries.push(Entry(genesisClaim(), 0, true, true, START, ClaimStatus.Final));
        _headers[0].push(blockAt(GENESIS_NUMBER));
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
            for (uint256 i = 0; i < headers.length; ++i) _headers[_entries.length].push(headers[i]);
            _entries.push(Entry(claim, parent, spanIsTrue, isTrue, sync.clock(), ClaimStatus.Pending));
        } catch {}
    }

    function _tryOpen(address challenger, uint256 entry) internal {
        Game memory game = Game(_entries[entry].claim, challenger, uint64(_plays.length));
        Claim memory parent = _entries[_entries[entry].parent].claim;
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
            if (!_entries[i].spanIsTrue && _isPending(i) && !_isChallenged(i)) _tryOpen(CHALLENGER, i);
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
        else if (play.from + 1 < _headers[play.entry].length) _enter(play, PROPOSER, play.from + 1, NEVER);
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
        return Story(_headers[play.entry], play.block_, play.from, lieFrom);
    }

    // Choosing a part

    /// The part that nobody can defend. Reverts if there is none: then the honest challenger is lost.
    function _losingPart(Play storage play) private view returns (uint256 index) {
        bool isFirstLevel = play.block_ == 0;
        bytes32[65] memory truth;
        if (!isFirstLevel) truth = _trueValues(play);
        bytes[] memory headers = _headers[play.entry];
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

    function _isPending(uint256 entry) internal view returns (bool) {
        return sync.status(_entries[entry].claim.id()) == ClaimStatus.Pending;
    }

    function _isOver(uint256 play) internal view returns (bool) {
        return court.record(_plays[play].game.id()).moves == type(uint8).max;
    }

    function entryCount() external view returns (uint256) {
        return _entries.length;
    }

    function entryAt(uint256 i) external view returns (Entry memory) {
        return _entries[i];
    }

    function recordAt(uint256 i) external view returns (ClaimRecord memory) {
        return sync.record(_entries[i].claim.id());
    }

    function openGames(uint256 entry) external view returns (uint256 count) {
        for (uint256 i = 0; i < _plays.length; ++i) if (_plays[i].entry == entry && !_isOver(i)) ++count;
    }

    function lookAt(uint256 i) external returns (ClaimStatus before, ClaimStatus now_) {
        before = _entries[i].seen;
        now_ = sync.status(_entries[i].claim.id());
        _entries[i].seen = now_;
    }

    function parties() external view returns (address[] memory) {
        return _parties;
    }

    function isRefunding() external view returns (bool) {
        return sync.refundMode();
    }

    function clock() external view returns (uint64) {
        return sync.clock();
    }

    function honestParties() external view returns (address proposer, address challenger) {
        return (PROPOSER, CHALLENGER);
    }

    function ledger(
        address party
    ) external view returns (IStake.Account memory account, uint256 byClaims, uint256 byGames) {
        account = stake.account(party);
        byClaims = stake.lockedBy(address(sync), party);
        byGames = stake.lockedBy(address(court), party);
    }

    /// What the party should have locked: one bond for each pending claim, one for each game that is not over.
    function bondsOf(address party) external view returns (uint256 claims, uint256 games) {
        for (uint256 i = 0; i < _entries.length; ++i) {
            if (_entries[i].claim.proposer == party && _isPending(i)) claims += BOND;
        }
        for (uint256 i = 0; i < _plays.length; ++i) {
            if (_plays[i].game.challenger == party && !_isOver(i)) games += GAME_BOND;
        }
    }

    function stakeBalance() external view returns (uint256 balance, uint256 burned) {
        return (address(stake).balance, stake.burned());
    }

    function _parentHash(bytes memory header) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := mload(add(header, 36))
        }
    }

    // Taking everything out

    function drainByRefund() external atTime {
        if (!sync.refundMode()) _enterRefundMode();
        for (uint256 i = 0; i < _entries.length; ++i) if (_isPending(i)) sync.refund(_entries[i].claim);
        _settleAll();
        _withdrawAll();
    }

    /// Lets everything end in its own time, without any duty done, and takes everything out.
    function drainByTime() external atTime {
        vm.warp(block.timestamp + GUARDIAN_BUDGET + WINDOW + LONG_CLOCK + GRACE + 1);
        for (uint256 i = 0; i < _plays.length; ++i) {
            try court.timeout(_plays[i].game) {} catch {}
        }
        vm.warp(block.timestamp + GRACE + 1);
        for (uint256 i = 0; i < _entries.length && !sync.refundMode(); ++i) {
            if (!_isPending(i)) continue;
            try sync.finalize(_entries[i].claim) {} catch {
                sync.orphan(_entries[i].claim);
            }
        }
        for (uint256 i = 0; i < _entries.length; ++i) if (_isPending(i)) sync.refund(_entries[i].claim);
        _settleAll();
        _withdrawAll();
    }

    function _settleAll() private {
        for (uint256 i = 0; i < _plays.length; ++i) if (!_isOver(i)) court.settle(_plays[i].game);
        for (uint256 i = 0; i < _entries.length; ++i) {
            assertEq(sync.record(_entries[i].claim.id()).openChallenges, 0, "open challenges in the end");
        }
    }

    function _withdrawAll() private {
        for (uint256 i = 0; i < _parties.length; ++i) {
            address party = _parties[i];
            uint256 free = stake.account(party).free;
            vm.prank(party);
            stake.withdraw(free, party);
        }
        stake.sweepBurned();
    }

    function _enterRefundMode() internal {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
    }
}
