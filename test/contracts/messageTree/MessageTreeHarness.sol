// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageTree, TREE_DEPTH} from "../../../contracts/libraries/MessageTree.sol";
import {Branch, Channel} from "../../../contracts/types/Message.sol";
import {Test} from "../support/Test.sol";

contract MessageTreeHarness {
    using MessageTree for bytes32[TREE_DEPTH];

    bytes32[TREE_DEPTH] private _frontier;
    uint256 public count;

    /// @return root After the leaf was appended.
    function append(bytes32 leaf) external returns (bytes32 root) {
        uint256 index = count++;
        (bytes32 node, uint256 level) = _frontier.append(index, leaf);
        return _frontier.rootOf(index, node, level);
    }

    function rootOfLeaf(bytes32 leaf, uint256 index, Branch calldata branch) external pure returns (bytes32) {
        return MessageTree.rootOfLeaf(leaf, index, branch);
    }

    function rootOfLeaves(
        bytes32[] memory leaves,
        uint256[] memory indices,
        Branch calldata branch
    ) external pure returns (bytes32) {
        return MessageTree.rootOfLeaves(leaves, indices, branch);
    }
}

struct MessageVector {
    uint256 nonce;
    address sender;
    address receiver;
    uint256 gasLimit;
    uint256 expiry;
    bytes payload;
    bytes32 id;
}

struct BranchCase {
    string name;
    uint256 size;
    bytes32[] siblings;
    uint256[] nonces;
    bytes32[] ids;
    bytes32 root;
}

/// Reads `test/vectors/messages.json`, which `tools/vectors/messages.ts` makes and the TypeScript twin reads as well.
abstract contract MessageVectors is Test {
    string private constant VECTORS = "test/vectors/messages.json";

    MessageTreeHarness internal tree;

    function setUp() public virtual {
        tree = new MessageTreeHarness();
    }

    function channelVector() internal view returns (Channel memory channel, bytes32 id) {
        string memory json = vm.readFile(VECTORS);
        channel.sourceChainId = vm.parseJsonUint(json, ".channel.sourceChainId");
        channel.outbox = vm.parseJsonAddress(json, ".channel.outbox");
        channel.destinationChainId = vm.parseJsonUint(json, ".channel.destinationChainId");
        channel.inbox = vm.parseJsonAddress(json, ".channel.inbox");
        id = vm.parseJsonBytes32(json, ".channelId");
    }

    function messageVectors() internal view returns (MessageVector[] memory) {
        bytes memory encoded = vm.parseJsonTypeArray(
            vm.readFile(VECTORS),
            ".messages",
            "MessageVector(uint256 nonce,address sender,address receiver,uint256 gasLimit,uint256 expiry,bytes payload,"
            "bytes32 id)"
        );
        return abi.decode(encoded, (MessageVector[]));
    }

    /// The root after each of the messages.
    function rootVectors() internal view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(vm.readFile(VECTORS), ".roots");
    }

    function acceptedCases() internal view returns (BranchCase[] memory) {
        return _cases(".accepted");
    }

    function rejectedCases() internal view returns (BranchCase[] memory) {
        return _cases(".rejected");
    }

    function _cases(string memory key) private view returns (BranchCase[] memory) {
        bytes memory encoded = vm.parseJsonTypeArray(
            vm.readFile(VECTORS),
            key,
            "BranchCase(string name,uint256 size,bytes32[] siblings,uint256[] nonces,bytes32[] ids,bytes32 root)"
        );
        return abi.decode(encoded, (BranchCase[]));
    }

    function branchIn(BranchCase memory each) internal pure returns (Branch memory) {
        return Branch(uint32(each.size), each.siblings);
    }
}
