// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SlotFeeds} from "../../../contracts/SlotFeeds.sol";
import {ISlotFeeds} from "../../../contracts/interfaces/ISlotFeeds.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {DeepTries} from "../support/DeepTries.sol";
import {Deployment} from "../support/Deployment.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";
import {ProverDeployment} from "../support/ProverDeployment.sol";
import {TransactionGas} from "../support/TransactionGas.sol";

/// What a proven slot costs, in whole transactions: an account below eight full branches, the slot below four.
///
/// forge-config: default.isolate = true
contract SlotFeedsGasTest is ProverDeployment, TransactionGas {
    string private constant SLOT_FEEDS = "SlotFeeds";
    bytes32 private constant SLOT = bytes32(uint256(5));
    uint256 private constant MAX_GAS = 12_000_000;

    SlotFeeds private _slotFeeds;
    uint64 private _feed;
    bytes32[] private _slots;

    function setUp() public override(Deployment, FeedDeployment) {
        super.setUp();
        _slotFeeds = new SlotFeeds(sync);
        _slots.push(SLOT);
        _feed = _slotFeeds.createSlotFeed(ACCOUNT, _slots);
    }

    function _prove(string memory name, uint256 value) private {
        bytes[][] memory proofs = new bytes[][](1);
        bytes32 storageRoot;
        (storageRoot, proofs[0]) = DeepTries.prove(
            keccak256(abi.encode(SLOT)),
            DeepTries.slotValue(value),
            5
        );
        (bytes32 stateRoot, bytes[] memory account) = column(
            keccak256(abi.encodePacked(ACCOUNT)),
            8,
            accountRlp(storageRoot, CODE_HASH),
            16
        );
        Claim memory root = finalRoot(stateRoot);
        bytes memory data = abi.encodeCall(ISlotFeeds.proveSlots, (_feed, _slots, root, account, proofs));
        uint256 gas = _send(SLOT_FEEDS, name, STRANGER, address(_slotFeeds), data);
        assertLe(gas, MAX_GAS, name);
    }

    function test_ProveSlots() external {
        _prove("proveSlots: one, for the first time", 1000);
        _prove("proveSlots: one, changed", 1001);
        _prove("proveSlots: one, unchanged", 1001);
    }

    function test_ReadSlot() external {
        _prove("proveSlots: one, for the first time", 1000);
        bytes memory data = abi.encodeCall(ISlotFeeds.readSlot, (_feed, SLOT, 1 hours));
        _send(SLOT_FEEDS, "readSlot, as a transaction", STRANGER, address(_slotFeeds), data);
    }
}
