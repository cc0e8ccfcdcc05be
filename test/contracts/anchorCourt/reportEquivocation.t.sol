// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    EvidenceRejected,
    IAnchorCourt,
    NotAnEquivocation
} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {IStateSync, RefundModeActive} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract AnchorCourtReportEquivocationTest is Deployment {
    bytes32 private _hash = hashAt(110);
    bytes32 private _forged = keccak256("forged");

    function _report() private {
        anchorCourt.reportEquivocation(
            110,
            _hash,
            evidenceFor(110, _hash),
            _forged,
            evidenceFor(110, _forged)
        );
    }

    function test_RevertWhen_TheHashesAreTheSame() public {
        bytes memory evidence = evidenceFor(110, _hash);
        vm.expectRevert(abi.encodeWithSelector(NotAnEquivocation.selector, 110, _hash));
        anchorCourt.reportEquivocation(110, _hash, evidence, _hash, evidence);
    }

    function test_RevertWhen_EitherEvidenceDoesNotConvince() public {
        bytes memory good = evidenceFor(110, _hash);
        bytes memory other = evidenceFor(111, _forged);
        vm.expectRevert(abi.encodeWithSelector(EvidenceRejected.selector, 110, _forged));
        anchorCourt.reportEquivocation(110, _hash, good, _forged, other);
        vm.expectRevert(abi.encodeWithSelector(EvidenceRejected.selector, 110, _forged));
        anchorCourt.reportEquivocation(110, _forged, other, _hash, good);
    }

    function test_RevertWhen_TheEvidenceIsForBlocksOfDifferentNumbers() public {
        bytes32 next = hashAt(111);
        bytes memory evidenceA = evidenceFor(110, _hash);
        bytes memory evidenceB = evidenceFor(111, next);
        vm.expectRevert(abi.encodeWithSelector(EvidenceRejected.selector, 110, next));
        anchorCourt.reportEquivocation(110, _hash, evidenceA, next, evidenceB);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        _report();
        bytes memory evidenceA = evidenceFor(110, _hash);
        bytes memory evidenceB = evidenceFor(110, _forged);
        vm.expectRevert(abi.encodeWithSelector(RefundModeActive.selector));
        anchorCourt.reportEquivocation(110, _hash, evidenceA, _forged, evidenceB);
    }

    function test_WhenTwoHashesWereSigned() public {
        bytes memory evidenceA = evidenceFor(110, _hash);
        bytes memory evidenceB = evidenceFor(110, _forged);
        vm.expectEmit();
        emit IAnchorCourt.EquivocationReported(110, _hash, _forged);
        vm.expectEmit();
        emit IStateSync.RefundModeEntered(address(anchorCourt));
        vm.prank(STRANGER);
        anchorCourt.reportEquivocation(110, _hash, evidenceA, _forged, evidenceB);
        assertTrue(sync.refundMode(), "refund mode");
    }

    /// Every bond gets out whole, and what was final stays readable.
    function test_WhenClaimsAndDemandsAreAlive() public {
        Claim memory done = makeFinal(105);
        Claim[] memory claims = new Claim[](2);
        claims[0] = propose(done.id(), 110);
        claims[1] = propose(claims[0].id(), 120);
        demand(claims[0]);
        demand(claims[1]);
        _report();

        sync.refund(claims[0]);
        anchorCourt.settle(claims[0], CHALLENGER);
        anchorCourt.settle(claims[1], CHALLENGER);
        sync.refund(claims[1]);
        vm.prank(PROPOSER);
        stake.withdraw(100 ether, PROPOSER);
        vm.prank(CHALLENGER);
        stake.withdraw(100 ether, CHALLENGER);
        assertEq(address(stake).balance, 0, "nothing is left behind");
        sync.requireFinal(done);
    }
}
