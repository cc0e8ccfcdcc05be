// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SlotFeeds} from "../../../contracts/SlotFeeds.sol";
import {
    ProofCountWrong,
    SlotCountWrong,
    SlotFeedEmpty,
    SlotFeedNotNewer,
    SlotFeedTooOld,
    SlotFeedUnknown,
    SlotNotListed,
    SlotsMismatch,
    SlotsUnordered
} from "../../../contracts/interfaces/ISlotFeeds.sol";
import {ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {ProverDeployment} from "../support/ProverDeployment.sol";

contract SlotFeedsTest is ProverDeployment {
    bytes32 private constant SLOT = bytes32(uint256(5));

    SlotFeeds private _slotFeeds;
    uint64 private _feed;
    bytes32[] private _slots;

    function setUp() public override {
        super.setUp();
        _slotFeeds = new SlotFeeds(sync);
        _slots.push(SLOT);
        _feed = _slotFeeds.createSlotFeed(ACCOUNT, _slots);
    }

    /// A final root at which the slot holds the value with this RLP, and the proofs.
    function _holding(
        bytes memory rlp
    ) private returns (Claim memory root, bytes[] memory accountProof, bytes[][] memory proofs) {
        bytes32 storageRoot;
        proofs = new bytes[][](1);
        (storageRoot, proofs[0]) = column(keccak256(abi.encode(SLOT)), 2, rlp, 16);
        (root, accountProof) = finalStorage(storageRoot);
    }

    function test_WhenItIsProven() external {
        (Claim memory root, bytes[] memory account, bytes[][] memory proofs) = _holding(hex"8203e8");
        _slotFeeds.proveSlots(_feed, _slots, root, account, proofs);
        assertEq(_slotFeeds.readSlot(_feed, SLOT, 1 hours), bytes32(uint256(1000)), "value");
        (uint64 number, uint64 timestamp) = _slotFeeds.asOf(_feed);
        assertEq(number, root.number, "number");
        assertEq(timestamp, root.timestamp, "timestamp");
        (root, account, proofs) = _holding(hex"8203e9");
        _slotFeeds.proveSlots(_feed, _slots, root, account, proofs);
        assertEq(_slotFeeds.readSlot(_feed, SLOT, 1 hours), bytes32(uint256(1001)), "newer value");
    }

    function test_RevertWhen_ItIsOlderThanAccepted() external {
        (Claim memory root, bytes[] memory account, bytes[][] memory proofs) = _holding(hex"8203e8");
        _slotFeeds.proveSlots(_feed, _slots, root, account, proofs);
        vm.warp(root.timestamp + 100);
        assertTrue(_slotFeeds.isReadable(_feed, 100), "just fresh enough");
        assertTrue(!_slotFeeds.isReadable(_feed, 99), "too old");
        vm.expectRevert(abi.encodeWithSelector(SlotFeedTooOld.selector, _feed, root.timestamp, 99));
        _slotFeeds.readSlot(_feed, SLOT, 99);
    }

    function test_RevertWhen_TheSlotIsNotListed() external {
        (Claim memory root, bytes[] memory account, bytes[][] memory proofs) = _holding(hex"8203e8");
        _slotFeeds.proveSlots(_feed, _slots, root, account, proofs);
        vm.expectRevert(abi.encodeWithSelector(SlotNotListed.selector, _feed, bytes32(0)));
        _slotFeeds.readSlot(_feed, 0, 1 hours);
    }

    function test_RevertGiven_NothingIsProven() external {
        vm.expectRevert(abi.encodeWithSelector(SlotFeedEmpty.selector, _feed));
        _slotFeeds.readSlot(_feed, SLOT, 1 hours);
        vm.expectRevert(abi.encodeWithSelector(SlotFeedUnknown.selector, 9));
        _slotFeeds.readSlot(9, SLOT, 1 hours);
    }

    function test_RevertWhen_TheProofIsBad() external {
        (Claim memory root, bytes[] memory account, bytes[][] memory proofs) = _holding(hex"8203e8");
        bytes[][] memory none = new bytes[][](0);
        vm.expectRevert(abi.encodeWithSelector(ProofCountWrong.selector, 0, 1));
        _slotFeeds.proveSlots(_feed, _slots, root, account, none);
        bytes32[] memory others = new bytes32[](1);
        vm.expectRevert(
            abi.encodeWithSelector(
                SlotsMismatch.selector,
                keccak256(abi.encode(others)),
                keccak256(abi.encode(_slots))
            )
        );
        _slotFeeds.proveSlots(_feed, others, root, account, proofs);
        proofs[0][2] = proofs[0][1];
        vm.expectPartialRevert(MerklePatricia.InvalidProof.selector);
        _slotFeeds.proveSlots(_feed, _slots, root, account, proofs);
    }

    function test_RevertWhen_TheRootIsNotFinalOrNotNewer() external {
        (Claim memory root, bytes[] memory account, bytes[][] memory proofs) = _holding(hex"8203e8");
        _slotFeeds.proveSlots(_feed, _slots, root, account, proofs);
        vm.expectRevert(abi.encodeWithSelector(SlotFeedNotNewer.selector, root.number, root.number));
        _slotFeeds.proveSlots(_feed, _slots, root, account, proofs);
        (root, account, proofs) = _holding(hex"8203e9");
        root.stateRoot = keccak256("forged");
        vm.expectPartialRevert(ClaimStatusWrong.selector);
        _slotFeeds.proveSlots(_feed, _slots, root, account, proofs);
    }

    function test_RevertWhen_TheListIsBad() external {
        bytes32[] memory slots = new bytes32[](0);
        vm.expectRevert(abi.encodeWithSelector(SlotCountWrong.selector, 0));
        _slotFeeds.createSlotFeed(ACCOUNT, slots);
        slots = new bytes32[](17);
        vm.expectRevert(abi.encodeWithSelector(SlotCountWrong.selector, 17));
        _slotFeeds.createSlotFeed(ACCOUNT, slots);
        slots = new bytes32[](2);
        vm.expectRevert(abi.encodeWithSelector(SlotsUnordered.selector, bytes32(0), bytes32(0)));
        _slotFeeds.createSlotFeed(ACCOUNT, slots);
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        _slotFeeds.createSlotFeed(address(0), _slots);
    }
}
