// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClaimInvariants} from "./ClaimInvariants.sol";
import {GamesHandler} from "./GamesHandler.sol";

/// What holds whatever anybody does, with an anchor that has failed, as long as one honest challenger and, for its own
/// claims, one honest proposer make their moves.
contract GamesInvariants is ClaimInvariants {
    GamesHandler private _world;

    function setUp() public {
        _book = _world = new GamesHandler();
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        // Time passes and moves are made more often than anything else happens.
        bytes4[20] memory selectors = [
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.proposeHonestly.selector,
            GamesHandler.proposeHonestly.selector,
            GamesHandler.proposeLie.selector,
            GamesHandler.proposeBrokenSpan.selector,
            GamesHandler.proposeTruth.selector,
            GamesHandler.openSomething.selector,
            GamesHandler.openSomething.selector,
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.passTime.selector,
            GamesHandler.moveInGames.selector,
            GamesHandler.timeOut.selector,
            GamesHandler.settle.selector,
            GamesHandler.finalizeSomething.selector,
            GamesHandler.orphanSomething.selector,
            GamesHandler.freezeOrResume.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_world);
        targets[0].selectors = new bytes4[](selectors.length + 1);
        for (uint256 i = 0; i < selectors.length; ++i) targets[0].selectors[i] = selectors[i];
        targets[0].selectors[selectors.length] = GamesHandler.refund.selector;
    }

    function invariant_OfGames() public {
        _requireAll();
        for (uint256 i = 0; i < _world.entryCount(); ++i) {
            assertEq(_world.recordAt(i).openChallenges, _world.openGames(i), "open challenges");
        }
    }
}
