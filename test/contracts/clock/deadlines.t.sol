// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

/// A freeze moves every deadline alike: none is passed earlier or later than another because of it.
contract ClockDeadlinesTest is Deployment {
    Claim private _calm;
    Claim private _demanded;
    /// A challenge to it is open up to the last second of its window.
    Claim private _challenged;

    /// B's time at which the protocol clock shows `elapsed` seconds after the proposals, if it was frozen for
    /// `frozenFor` seconds from `frozenAt` seconds after the proposals on.
    function _timeAt(uint256 elapsed, uint256 frozenAt, uint256 frozenFor) private pure returns (uint256) {
        return START + elapsed + (elapsed > frozenAt ? frozenFor : 0);
    }

    function _tryFinalize(Claim memory claim) private returns (bool success) {
        (success, ) = address(sync).call(abi.encodeCall(sync.finalize, (claim)));
    }

    function _tryDemand(Claim memory claim) private returns (bool success) {
        vm.prank(PROPOSER);
        (success, ) = address(anchorCourt).call(abi.encodeCall(anchorCourt.demand, (claim, PROPOSER)));
    }

    function _tryTimeout(Claim memory claim) private returns (bool success) {
        (success, ) = address(anchorCourt).call(abi.encodeCall(anchorCourt.timeout, (claim, CHALLENGER)));
    }

    function _tryAttest(Claim memory claim) private returns (bool success) {
        bytes memory evidence = evidenceFor(claim);
        (success, ) = address(anchorCourt).call(abi.encodeCall(anchorCourt.attest, (claim, evidence)));
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenTheClockWasFrozen(uint256 frozenAt, uint256 frozenFor) public {
        frozenAt = bound(frozenAt, 0, WINDOW + GRACE + 1);
        frozenFor = bound(frozenFor, 0, GUARDIAN_BUDGET);
        bytes32 genesis = sync.genesis();
        _calm = propose(genesis, 110);
        _demanded = propose(genesis, 120);
        _challenged = propose(genesis, 130);
        demand(_demanded);
        bytes32 challenged = _challenged.id();
        vm.prank(address(anchorCourt));
        sync.openChallenge(challenged);

        // What must be so at the last open second and at the first closed one of each deadline, with the freeze
        // somewhere before, between or after.
        bool frozen = false;
        uint64[6] memory moments = [
            ANSWER_TIME,
            ANSWER_TIME + 1,
            WINDOW,
            WINDOW + 1,
            WINDOW + GRACE,
            WINDOW + GRACE + 1
        ];
        for (uint256 i = 0; i < moments.length; ++i) {
            if (!frozen && moments[i] > frozenAt) {
                vm.warp(START + frozenAt);
                vm.prank(GUARDIAN);
                sync.freeze();
                vm.warp(START + frozenAt + frozenFor);
                vm.prank(GUARDIAN);
                sync.resume();
                frozen = true;
            }
            vm.warp(_timeAt(moments[i], frozenAt, frozenFor));
            assertEq(sync.clock(), START + moments[i], "clock");
            _requireAt(moments[i]);
        }
    }

    function _requireAt(uint64 elapsed) private {
        uint256 state = vm.snapshotState();
        assertEq(_tryTimeout(_demanded), elapsed > ANSWER_TIME, "timeout");
        vm.revertToState(state);
        state = vm.snapshotState();
        assertEq(_tryAttest(_demanded), elapsed <= ANSWER_TIME, "attest");
        vm.revertToState(state);
        state = vm.snapshotState();
        assertEq(_tryDemand(_calm), elapsed <= WINDOW, "demand");
        vm.revertToState(state);
        state = vm.snapshotState();
        assertEq(_tryFinalize(_calm), elapsed > WINDOW, "finalize");
        vm.revertToState(state);

        bytes32 id = _challenged.id();
        if (elapsed == WINDOW) {
            vm.prank(address(anchorCourt));
            sync.closeChallenge(id);
        }
        state = vm.snapshotState();
        assertEq(_tryFinalize(_challenged), elapsed > WINDOW + GRACE, "finalize after a challenge");
        vm.revertToState(state);
    }
}
