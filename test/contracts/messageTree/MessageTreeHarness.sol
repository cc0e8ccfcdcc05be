// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Frontier, MessageTree} from "../../../contracts/libraries/MessageTree.sol";
import {Branch, Channel} from "../../../contracts/types/Message.sol";
import {Test} from "../support/Test.sol";

contract MessageTreeHarness {
    using MessageTree for Frontier;

    Frontier private _frontier;
    uint256 public count;
    bytes32 public root;

    /// @return The root after the leaf was appended.
    function append(bytes32 leaf) external returns (bytes32) {
        root = _frontier.append(root, count++, leaf);
        return root;
    }

    function rootOf(bytes32[] memory leaves, Branch calldata branch) external pure returns (bytes32) {
        return MessageTree.rootOf(leaves, branch);
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
    bytes steps;
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
            "BranchCase(string name,uint256 size,bytes32[] siblings,bytes steps,bytes32[] ids,bytes32 root)"
        );
        return abi.decode(encoded, (BranchCase[]));
    }

    function branchIn(BranchCase memory each) internal pure returns (Branch memory) {
        return Branch(each.siblings, each.steps);
    }
}
