// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract StateSyncRequireFinalTest is Deployment {
    function _expect(Claim memory claim, ClaimStatus got) private {
        vm.expectRevert(
            abi.encodeWithSelector(ClaimStatusWrong.selector, claim.id(), got, ClaimStatus.Final)
        );
        sync.requireFinal(claim);
    }

    function test_RevertWhen_NobodyMadeTheClaim() public {
        Claim memory nothing;
        _expect(nothing, ClaimStatus.None);
        _expect(claimOf(PROPOSER, sync.genesis(), blockAt(110)), ClaimStatus.None);
    }

    function test_RevertWhen_AnyFieldIsNotTheClaims() public {
        Claim memory claim = makeFinal(110);
        for (uint256 field = 0; field < 6; ++field) {
            Claim memory other = abi.decode(abi.encode(claim), (Claim));
            if (field == 0) other.parent = keccak256("other");
            if (field == 1) other.blockHash = keccak256("other");
            if (field == 2) other.stateRoot = keccak256("other");
            if (field == 3) other.number += 1;
            if (field == 4) other.timestamp += 1;
            if (field == 5) other.proposer = STRANGER;
            _expect(other, ClaimStatus.None);
        }
    }

    function test_RevertWhen_TheClaimIsPending() public {
        Claim memory claim = propose(sync.genesis(), 110);
        passWindow();
        _expect(claim, ClaimStatus.Pending);
    }

    function test_RevertWhen_TheClaimWasRejected() public {
        Claim memory claim = propose(sync.genesis(), 110);
        vm.prank(address(anchorCourt));
        sync.reject(claim, CHALLENGER);
        _expect(claim, ClaimStatus.Rejected);
    }

    function test_RevertWhen_TheClaimWasRefunded() public {
        Claim memory claim = propose(sync.genesis(), 110);
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        _expect(claim, ClaimStatus.Pending);
        sync.refund(claim);
        _expect(claim, ClaimStatus.Refunded);
    }

    function test_WhenNobodyAttestedTheClaim() public {
        assertTrue(!sync.requireFinal(makeFinal(110)), "attested");
        assertTrue(!sync.requireFinal(genesisClaim()), "nobody attests the genesis claim");
    }

    function test_WhenTheClaimWasAttestedWhilePending() public {
        Claim memory claim = propose(sync.genesis(), 110);
        anchorCourt.attest(claim, evidenceFor(claim));
        finalize(claim);
        assertTrue(sync.requireFinal(claim), "attested");
    }

    function test_WhenTheClaimWasAttestedAfterFinality() public {
        Claim memory claim = makeFinal(110);
        anchorCourt.attest(claim, evidenceFor(claim));
        assertTrue(sync.requireFinal(claim), "attested");
        assertTrue(!sync.requireFinal(genesisClaim()), "another claim is not");
    }

    function test_WhenRefundModeIsOn() public {
        Claim memory claim = makeFinal(110);
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        sync.requireFinal(claim);
    }
}
