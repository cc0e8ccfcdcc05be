// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeedFrozen, IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {SlotHealthy} from "../../../contracts/interfaces/IProver.sol";
import {NotHead} from "../../../contracts/interfaces/IReplicas.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {ProverDeployment} from "../support/ProverDeployment.sol";

contract ProverHealTest is ProverDeployment {
    bytes32 private constant SLOT = bytes32(uint256(5));
    bytes32 private constant OTHER = bytes32(uint256(6));

    bytes[] private _accountProof;
    bytes[] private _slotProof;

    /// An update that nobody doubted says 9 of a slot that holds 1000.
    function _lie() private returns (Update memory head) {
        (bytes32 storageRoot, bytes[] memory proof) = column(keccak256(abi.encode(SLOT)), 2, hex"8203e8", 16);
        _slotProof = proof;
        Update memory parent = createFeed(ACCOUNT);
        Claim memory root;
        (root, _accountProof) = finalStorage(storageRoot);
        bytes memory deltas = abi.encode(SLOT, 9);
        head = postAt(parent, root, storageRoot, deltas);
        passUpdateWindow();
        applyUpdate(head, deltas);
    }

    function test_WhenTheReplicaIsWrong() external {
        Update memory head = _lie();
        assertEq(feeds.read(head.feed, SLOT, 1 hours), bytes32(uint256(9)), "false");
        vm.expectEmit(address(feeds));
        emit IFeeds.SlotHealed(head.feed, SLOT, bytes32(uint256(9)), bytes32(uint256(1000)));
        prover.heal(head, SLOT, _accountProof, _slotProof);
        assertEq(feeds.read(head.feed, SLOT, 1 hours), bytes32(uint256(1000)), "healed");
    }

    function test_RevertWhen_TheReplicaIsRight() external {
        Update memory head = _lie();
        prover.heal(head, SLOT, _accountProof, _slotProof);
        vm.expectRevert(
            abi.encodeWithSelector(SlotHealthy.selector, head.feed, SLOT, bytes32(uint256(1000)))
        );
        prover.heal(head, SLOT, _accountProof, _slotProof);
    }

    function test_RevertWhen_TheProofIsOfAnotherSlot() external {
        Update memory head = _lie();
        vm.expectPartialRevert(MerklePatricia.InvalidProof.selector);
        prover.heal(head, OTHER, _accountProof, _slotProof);
    }

    function test_RevertWhen_TheUpdateIsNotTheHead() external {
        Update memory head = _lie();
        (Claim memory root, ) = finalStorage(head.storageRoot);
        Update memory next = postAt(head, root, head.storageRoot, "");
        passUpdateWindow();
        applyUpdate(next, "");
        vm.expectRevert(abi.encodeWithSelector(NotHead.selector, head.id(), next.id()));
        prover.heal(head, SLOT, _accountProof, _slotProof);
    }

    function test_RevertGiven_TheFeedIsFrozen() external {
        Update memory head = _lie();
        vm.prank(address(deltaCourt));
        feeds.reject(head, CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(FeedFrozen.selector, head.feed));
        prover.heal(head, SLOT, _accountProof, _slotProof);
    }
}
