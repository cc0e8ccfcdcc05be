// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "../support/Test.sol";
import {FeedsHandler} from "./FeedsHandler.sol";

/// What holds whatever anybody does to feeds, as long as one honest challenger watches them.
contract FeedsInvariants is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint256 private constant FEED_COUNT = 5;

    FeedsHandler private _world;

    function setUp() public {
        _world = new FeedsHandler();
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(_world);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[15] memory selectors = [
            FeedsHandler.post.selector,
            FeedsHandler.post.selector,
            FeedsHandler.post.selector,
            FeedsHandler.post.selector,
            FeedsHandler.applyNext.selector,
            FeedsHandler.applyNext.selector,
            FeedsHandler.applyNext.selector,
            FeedsHandler.watch.selector,
            FeedsHandler.wakeUp.selector,
            FeedsHandler.attack.selector,
            FeedsHandler.releaseDead.selector,
            FeedsHandler.moveFunds.selector,
            FeedsHandler.passTime.selector,
            FeedsHandler.freezeClock.selector,
            FeedsHandler.endEverything.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_world);
        targets[0].selectors = new bytes4[](selectors.length);
        for (uint256 i = 0; i < selectors.length; ++i) targets[0].selectors[i] = selectors[i];
    }

    /// Feeds owes exactly what it has, and holds exactly the bonds of living updates.
    function invariant_EveryWeiIsAccountedFor() external view {
        (uint256 balance, uint256 locked) = _world.held();
        (uint256 reserves, uint256 bonds) = _world.reserved();
        assertEq(balance, _world.owed() + reserves, "balance");
        assertEq(locked, bonds, "bonds");
    }

    /// What a replica shows is what A's contract held at the block it names, or it shows nothing.
    function invariant_ReplicasAreFaithful() external view {
        for (uint256 feed = 0; feed < FEED_COUNT; ++feed) _world.requireFaithful(feed);
    }

    /// Whoever tells the truth, building on truths, never loses a bond.
    function invariant_TruthsSurvive() external view {
        for (uint256 feed = 0; feed < FEED_COUNT; ++feed) _world.requireTruthsAlive(feed);
    }

    /// Every wei can leave from every reachable state.
    function afterInvariant() external {
        _world.takeEverythingOut();
        (uint256 balance, uint256 locked) = _world.held();
        assertEq(balance, 0, "balance at the end");
        assertEq(locked, 0, "bonds at the end");
    }
}
