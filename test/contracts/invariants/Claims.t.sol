// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClaimInvariants} from "./ClaimInvariants.sol";
import {ClaimsHandler} from "./ClaimsHandler.sol";

/// What holds whatever anybody does, as long as one honest challenger and, for its own claims, one honest proposer
/// do their duty.
contract ClaimsInvariants is ClaimInvariants {
    ClaimsHandler private _world;

    function setUp() public {
        _book = _world = new ClaimsHandler();
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        // Time passes and honest claims arrive more often than any one attack.
        bytes4[20] memory selectors = [
            ClaimsHandler.passTime.selector,
            ClaimsHandler.passTime.selector,
            ClaimsHandler.passTime.selector,
            ClaimsHandler.passTime.selector,
            ClaimsHandler.proposeHonestly.selector,
            ClaimsHandler.proposeHonestly.selector,
            ClaimsHandler.proposeLie.selector,
            ClaimsHandler.proposeTruth.selector,
            ClaimsHandler.demandSomething.selector,
            ClaimsHandler.demandSomething.selector,
            ClaimsHandler.attestTruth.selector,
            ClaimsHandler.attestLie.selector,
            ClaimsHandler.timeOut.selector,
            ClaimsHandler.settle.selector,
            ClaimsHandler.finalizeSomething.selector,
            ClaimsHandler.orphanSomething.selector,
            ClaimsHandler.refundSomething.selector,
            ClaimsHandler.freezeOrResume.selector,
            ClaimsHandler.moveStake.selector,
            ClaimsHandler.equivocate.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(_world);
        targets[0].selectors = new bytes4[](selectors.length + 1);
        for (uint256 i = 0; i < selectors.length; ++i) targets[0].selectors[i] = selectors[i];
        targets[0].selectors[selectors.length] = ClaimsHandler.proposeForAnother.selector;
    }

    function invariant_OfClaims() public {
        _requireAll();
    }
}
