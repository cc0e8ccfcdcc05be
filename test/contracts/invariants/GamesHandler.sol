// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Game, Move} from "../../../contracts/types/Game.sol";
import {HeaderBuilder, HeaderFields} from "../support/HeaderBuilder.sol";
import {GamesWorld} from "./GamesWorld.sol";

/// What the fuzzer calls: the honest proposer proposes, adversaries claim, open, move, stall and time out as the
/// contracts let them, time passes.
contract GamesHandler is GamesWorld {
    uint256 private constant REFUND_ODDS = 60;
    uint256 private constant MOST_GAMES = 16;

    /// Adversaries move, time passes, the honest parties move.
    function passTime(uint64 elapsed, uint256 seed) external atTime {
        _moveInGames(seed);
        _pass(uint64(bound(elapsed, 1, REACTION)));
    }

    /// The honest proposer builds on its newest living claim, or on the final head if it has none.
    function proposeHonestly(uint64 span) external atTime {
        uint256 parent = _headEntry();
        for (uint256 i = _entries.length; i != 0; --i) {
            Entry memory own = _entries[i - 1];
            if (own.claim.proposer != PROPOSER || !_isPending(i - 1)) continue;
            if (own.claim.number >= sync.head()) parent = i - 1;
            break;
        }
        uint64 from = _entries[parent].claim.number - GENESIS_NUMBER;
        if (from > 60) return;
        _tryPropose(PROPOSER, parent, trueHeaders(from, from + uint64(bound(span, 1, 5))), true);
    }

    /// A span with a false state root at any place, the last included.
    function proposeLie(
        uint256 who,
        uint256 parent,
        uint64 span,
        uint256 place,
        uint256 salt
    ) external atTime {
        parent %= _entries.length;
        bytes[] memory headers = _span(parent, span);
        place = bound(place, 1, headers.length - 1);
        _rebuild(headers, place, bound(salt, 1, 1000));
        _tryPropose(_adversary(who), parent, headers, false);
    }

    /// A span in which some block does not follow the one before it.
    function proposeBrokenSpan(uint256 who, uint256 parent, uint64 span, uint256 place) external atTime {
        parent %= _entries.length;
        bytes[] memory headers = _span(parent, span);
        place = bound(place, 1, headers.length - 1);
        uint64 number = _number(headers[0]) + uint64(place);
        headers[place] = HeaderBuilder.encode(
            HeaderFields(
                keccak256(abi.encode("nothing", place)),
                toy.rule(_stateRoot(headers[place - 1]), number),
                number,
                timestampAt(number),
                ""
            )
        );
        _rebuild(headers, place + 1, 0);
        _tryPropose(_adversary(who), parent, headers, false);
    }

    /// Adversaries tell the truth, too, on whatever parent, lies included.
    function proposeTruth(uint256 who, uint256 parent, uint64 span) external atTime {
        parent %= _entries.length;
        _tryPropose(_adversary(who), parent, _span(parent, span), true);
    }

    /// Games on true claims, on lies to shield them, on the adversary's own claims.
    function openSomething(uint256 who, uint256 entry) external atTime {
        uint256 open = 0;
        for (uint256 i = 0; i < _plays.length; ++i) if (!_isOver(i)) ++open;
        if (open < MOST_GAMES) _tryOpen(_adversary(who), entry % _entries.length);
    }

    function moveInGames(uint256 seed) external atTime {
        _moveInGames(seed);
    }

    /// Adversaries make some move, a good or a bad one, in three of four games in which it is their turn.
    function _moveInGames(uint256 seed) private {
        for (uint256 i = 0; i < _plays.length; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            if (dice % 4 != 0) _moveIn(i, dice >> 2);
        }
    }

    function _moveIn(uint256 index, uint256 seed) private {
        Play storage play = _plays[index];
        (Move move, ) = court.due(play.game.id());
        address player = move == Move.Point ? play.game.challenger : play.game.claim.proposer;
        if (player == PROPOSER || player == CHALLENGER || move == Move.Settled) return;
        if (sync.refundMode() || !_isPending(play.entry)) return;
        // It reverts if the time is over, or if the lie is one that cannot even be told.
        try this.moveAs(index, player, move, seed) {} catch {}
    }

    /// Only by `_moveIn`: a move that reverts shall leave no trace.
    function moveAs(uint256 index, address player, Move move, uint256 seed) external {
        assertTrue(msg.sender == address(this), "called from outside");
        Play storage play = _plays[index];
        if (move == Move.Point) _point(play, player, seed % 64);
        else if (move == Move.Prove) _prove(play, player);
        else if (move == Move.Split) _split(play, player, _saidBy(play, seed));
        else _enterFalsely(play, player, seed);
    }

    function timeOut(uint256 index) external atTime {
        if (_plays.length == 0) return;
        try court.timeout(_plays[index % _plays.length].game) {} catch {}
    }

    function settle(uint256 index) external atTime {
        if (_plays.length == 0) return;
        try court.settle(_plays[index % _plays.length].game) {} catch {}
    }

    function finalizeSomething(uint256 entry) external atTime {
        try sync.finalize(_entries[entry % _entries.length].claim) {} catch {}
    }

    function orphanSomething(uint256 entry) external atTime {
        try sync.orphan(_entries[entry % _entries.length].claim) {} catch {}
    }

    function freezeOrResume(bool freeze) external atTime {
        vm.prank(GUARDIAN);
        if (freeze) {
            try sync.freeze() {} catch {}
        } else {
            try sync.resume() {} catch {}
        }
    }

    function refund(uint256 luck) external atTime {
        if (luck % REFUND_ODDS == 0 && !sync.refundMode()) _enterRefundMode();
    }

    /// What a defender may say instead of the truth.
    function _saidBy(Play storage play, uint256 seed) private view returns (bytes32[65] memory values) {
        values = _trueValues(play);
        uint256 kind = seed % 6;
        uint256 from = 1 + ((seed >> 8) % 63);
        for (uint256 i = from; i < 64; ++i) {
            // 0: the truth; 1: one false value; 2: false from here on; 3: the end repeated; 4: the start repeated;
            // 5: one position too late.
            if (kind == 1 && i != from) break;
            if (kind == 1 || kind == 2) values[i] = keccak256(abi.encode("said", i, seed));
            if (kind == 3) values[i] = play.values[64];
            if (kind == 4) values[i] = play.values[0];
        }
        if (kind == 5) for (uint256 i = 63; i >= from; --i) values[i] = values[i - 1];
    }

    /// Shows the block if the interval is one, or the tip; true states up to anywhere, lies from there on.
    function _enterFalsely(Play storage play, address player, uint256 seed) private {
        bytes[] memory headers = _spans[play.entry].headers;
        for (uint256 i = 1; i < headers.length; ++i) {
            if (keccak256(headers[i]) != play.values[64] || keccak256(headers[i - 1]) != play.values[0])
                continue;
            _enter(play, player, i, seed % 2 == 0 ? NEVER : (seed >> 8) % 2 ** 36);
            return;
        }
        vm.prank(player);
        court.showTip(play.game);
    }

    function _span(uint256 parent, uint64 span) private view returns (bytes[] memory headers) {
        headers = new bytes[](bound(span, 1, 5) + 1);
        headers[0] = _spans[parent].headers[_spans[parent].headers.length - 1];
        _rebuild(headers, 1, 0);
    }

    /// Lets each block from `at` on follow the one before it; with salt, the first of them falsely.
    function _rebuild(bytes[] memory headers, uint256 place, uint256 salt) private view {
        for (uint256 i = place; i < headers.length; ++i) {
            headers[i] = childOf(headers[i - 1], _number(headers[0]) + uint64(i), i == place ? salt : 0);
        }
    }

    function _headEntry() private view returns (uint256) {
        for (uint256 i = _entries.length; i != 0; --i) {
            Claim memory claim = _entries[i - 1].claim;
            if (claim.number == sync.head() && sync.status(claim.id()) == ClaimStatus.Final) return i - 1;
        }
        return 0;
    }

    function _adversary(uint256 who) private view returns (address) {
        return _parties[2 + (who % (_parties.length - 2))];
    }
}
