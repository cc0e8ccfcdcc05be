// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Inbox} from "../../../contracts/messaging/Inbox.sol";
import {Branch, Message, MessageStatus} from "../../../contracts/types/Message.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {TwoWayBridge} from "../support/TwoWayBridge.sol";

/// What anybody may do to a bridge, and what befalls the chains under it. Every action first makes sure that it may be
/// taken, so none may revert.
contract BridgeHandler is TwoWayBridge {
    using MessageTrees for bytes32[];

    uint256 private constant ACTORS = 3;
    uint256 private constant MOST_MESSAGES = 24;

    /// How often what happened: an invariant that is never put to the test proves nothing.
    mapping(bytes32 what => uint256) public seen;

    constructor() {
        _deploy();
        for (uint256 i = 0; i < ACTORS; ++i) token.transfer(_actor(i), SUPPLY / ACTORS);
    }

    function _actor(uint256 seed) private pure returns (address) {
        return address(uint160(0xac700 + (seed % ACTORS)));
    }

    function lockOnA(uint256 seed) public {
        if (messages[AB].length == MOST_MESSAGES) return;
        address from = _actor(seed);
        lock(from, _actor(seed >> 8), bound(seed >> 16, 0, token.balanceOf(from)));
        ++seen["locked"];
    }

    function burnOnB(uint256 seed) public {
        address from = _actor(seed);
        uint256 balance = wrapped.balanceOf(from);
        if (messages[BA].length == MOST_MESSAGES || balance == 0) return;
        burn(from, _actor(seed >> 8), bound(seed >> 16, 1, balance));
        ++seen["burned"];
    }

    function sync(uint256 seed) public {
        uint256 way = seed % 2;
        if (messages[way].length == 0) return;
        syncWay(way);
        ++seen["synced"];
    }

    /// Delivers or retries.
    function relay(uint256 seed) public {
        uint256 way = seed % 2;
        if (ways[way].synced == 0) return;
        uint256 nonce = (seed >> 8) % ways[way].synced;
        // Mostly one that is due, in no order.
        for (uint256 i = 0; i < ways[way].synced && seed & 0xf0 != 0 && isDelivered(way, nonce); ++i) {
            nonce = (nonce + 1) % ways[way].synced;
        }
        MessageStatus before = ways[way].inbox.status(uint32(nonce));
        bool succeeded = push(way, nonce);
        if (before == MessageStatus.Delivered) ++seen["repeated"];
        else if (!succeeded) ++seen["failed"];
        else ++seen[before == MessageStatus.None ? bytes32("delivered") : bytes32("retried")];
    }

    /// Delivers several at once, some of which may have been attempted before.
    function relayBatch(uint256 seed) public {
        uint256 way = seed % 2;
        Way storage way_ = ways[way];
        uint256 first = way_.synced == 0 ? 0 : (seed >> 8) % way_.synced;
        uint256 count = bound(seed >> 16, 0, way_.synced - first < 4 ? way_.synced - first : 4);
        if (count == 0) return;
        Message[] memory batch = new Message[](count);
        uint256[] memory nonces = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) (batch[i], nonces[i]) = (messages[way][first + i], first + i);
        vm.chainId(way_.to);
        way_.inbox.deliverBatch(batch, leaves[way].branch(way_.synced, nonces));
        ++seen["batches"];
    }

    function changeMoods(uint256 seed) public {
        token.setMood(seed % 4 == 0);
        wrapped.setMood((seed >> 8) % 4 == 0);
    }

    /// A chain takes back what just happened on it: A, B or both, each with what happens there alone. Messages of the
    /// history that is gone must not arrive in the one that took its place.
    function reorganise(uint256 seed) external {
        uint256 fork = vm.snapshotState();
        uint256 where = seed % 3;
        for (uint256 i = 0; i < 4; ++i) _happen(where, uint256(keccak256(abi.encode(seed, i))));
        requireConserved();
        uint256 way = where == 0 ? AB : (where == 1 ? BA : (seed >> 8) % 2);
        bool isSent = messages[way].length != 0;
        Message memory gone;
        Branch memory branch;
        if (isSent) {
            gone = messages[way][messages[way].length - 1];
            branch = leaves[way].branch(messages[way].length, gone.nonce);
        }
        bytes32 root = ways[way].outbox.root();
        vm.revertToState(fork);

        ++seen["reorganised"];
        Inbox inbox = ways[way].inbox;
        if (!isSent || inbox.syncedAt(root) != 0) return;
        vm.chainId(ways[way].to);
        try inbox.deliver(gone, branch) {
            revert("a message arrived that was never sent");
        } catch {
            ++seen["refused"];
        }
    }

    /// Something that happens on A alone (0), on B alone (1), or anywhere.
    function _happen(uint256 where, uint256 seed) private {
        uint256 what = seed % 3;
        seed >>= 8;
        uint256 here = where == 2 ? seed % 2 : where;
        // What arrives on A comes from B, by the way number BA, and the other way round.
        uint256 arriving = here == 0 ? BA : AB;
        seed = (seed & ~uint256(1)) | arriving;
        if (what == 0 && here == 0) lockOnA(seed);
        else if (what == 0) burnOnB(seed);
        else if (what == 1) sync(seed);
        else relay(seed);
    }

    /// Everybody comes to his senses, and relayers do all there is to do.
    function bringEverything() external {
        token.setMood(false);
        wrapped.setMood(false);
        for (uint256 way = 0; way < 2; ++way) {
            if (messages[way].length == 0) continue;
            syncWay(way);
            for (uint256 nonce = 0; nonce < messages[way].length; ++nonce) {
                assertTrue(push(way, nonce), "a message cannot be delivered");
            }
        }
    }

    function locked() external view returns (uint256) {
        return token.balanceOf(address(vault));
    }

    function minted() external view returns (uint256) {
        return wrapped.totalSupply();
    }
}
