// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {FeedDeployment} from "./FeedDeployment.sol";
import {MirroredToken} from "./Mirrored.sol";

/// A token that plays a contract of A, with feeds that mirror its storage slot by slot.
abstract contract ReplicaDeployment is FeedDeployment {
    uint40 internal constant PLAIN_AGE = 1 hours;
    address internal constant ALICE = address(0xa11ce);
    address internal constant BOB = address(0xb0b);
    uint256 internal constant CAP = 21_000_000;

    MirroredToken internal token;

    function setUp() public virtual override {
        super.setUp();
        token = new MirroredToken(CAP);
        token.mint(ALICE, 1000);
        token.mint(BOB, 234);
    }

    /// The slots of the token that hold something.
    function tokenSlots() internal pure returns (bytes32[] memory slots) {
        slots = new bytes32[](8);
        slots[0] = balanceSlot(ALICE);
        slots[1] = balanceSlot(BOB);
        // Supply, name, symbol, number of holders, and two of them.
        slots[2] = bytes32(uint256(2));
        slots[3] = bytes32(uint256(3));
        slots[4] = bytes32(uint256(4));
        slots[5] = bytes32(uint256(5));
        slots[6] = keccak256(abi.encode(5));
        slots[7] = bytes32(uint256(keccak256(abi.encode(5))) + 1);
    }

    function balanceSlot(address account) internal pure returns (bytes32) {
        return keccak256(abi.encode(account, 0));
    }

    /// A feed that answers plain calls.
    function createReplica(address account, uint32 environment) internal returns (Update memory genesis) {
        vm.prank(CREATOR);
        genesis.feed = feeds.createReplica(account, 0, 0, PLAIN_AGE, environment);
        genesis.storageRoot = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;
    }

    /// Posts and applies what `slots` of `original` hold. Nobody doubts it, so that its roots may be made up.
    function mirror(
        Update memory parent,
        address original,
        bytes32[] memory slots
    ) internal returns (Update memory) {
        return mirrorAs(parent, original.codehash, deltasFrom(original, slots));
    }

    function mirrorAs(
        Update memory parent,
        bytes32 codeHash,
        bytes memory deltas
    ) internal returns (Update memory update) {
        update = postMirror(parent, codeHash, deltas);
        passUpdateWindow();
        applyUpdate(update, deltas);
    }

    function postMirror(
        Update memory parent,
        bytes32 codeHash,
        bytes memory deltas
    ) internal returns (Update memory) {
        Claim memory root = finalRoot(keccak256(abi.encode("state", parent.id())));
        IFeeds.Post memory said;
        said.proposer = PROPOSER;
        said.storageRoot = keccak256(abi.encode("storage", parent.id()));
        said.codeHash = codeHash;
        return post(parent, root, said, deltas);
    }

    /// A feed that shows the token, with its logic.
    function mirrorToken() internal returns (Update memory head) {
        head = mirror(createReplica(address(token), 0), address(token), tokenSlots());
        replicas.storeCode(address(token).code);
        replicas.register(head);
    }

    function replicaOf(Update memory update) internal view returns (address) {
        return replicas.replicaOf(update.feed);
    }

    /// The values of slots as deltas in their order.
    function deltasFrom(
        address original,
        bytes32[] memory slots
    ) internal view returns (bytes memory deltas) {
        for (uint256 i = 1; i < slots.length; ++i) {
            for (uint256 j = i; j > 0 && keyOf(slots[j]) < keyOf(slots[j - 1]); --j)
                (slots[j], slots[j - 1]) = (slots[j - 1], slots[j]);
        }
        for (uint256 i = 0; i < slots.length; ++i)
            deltas = bytes.concat(deltas, slots[i], vm.load(original, slots[i]));
    }

    function keyOf(bytes32 slot) internal pure returns (bytes32) {
        return keccak256(abi.encode(slot));
    }

    function one(bytes32 slot) internal pure returns (bytes32[] memory slots) {
        slots = new bytes32[](1);
        slots[0] = slot;
    }
}
