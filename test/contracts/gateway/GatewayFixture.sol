// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {Gateway} from "../../../contracts/messaging/Gateway.sol";
import {Message} from "../../../contracts/types/Message.sol";
import {Vm} from "../support/Test.sol";
import {TwoWayBridge} from "../support/TwoWayBridge.sol";

/// A Gateway on each chain.
abstract contract GatewayFixture is TwoWayBridge {
    address internal constant ALICE = address(0xa11ce);
    Gateway internal gatewayA;
    Gateway internal gatewayB;

    function setUp() public virtual {
        _deploy();
        address peer = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        vm.chainId(CHAIN_A);
        gatewayA = new Gateway(ways[AB].outbox, ways[BA].inbox, peer);
        vm.chainId(CHAIN_B);
        gatewayB = new Gateway(ways[BA].outbox, ways[AB].inbox, address(gatewayA));
        assertEq(address(gatewayB), peer, "peer");
    }

    function at(uint256 chainId, address account) internal pure returns (bytes memory) {
        return InteroperableAddress.formatEvmV1(chainId, account);
    }

    /// Notes the message whose sending is among the recorded events. @return Its number.
    function note(uint256 way) internal returns (uint256) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(ways[way].outbox)) continue;
            bytes32[] memory topics = logs[i].topics;
            (uint32 nonce, uint64 gasLimit, uint64 expiry, bytes memory payload) = abi.decode(
                logs[i].data,
                (uint32, uint64, uint64, bytes)
            );
            (address from, address to) = (
                address(uint160(uint256(topics[2]))),
                address(uint160(uint256(topics[3])))
            );
            messages[way].push(Message(nonce, from, to, gasLimit, expiry, payload));
            leaves[way].push(topics[1]);
            return nonce;
        }
        revert("nothing was sent");
    }

    /// Brings the message whose sending is among the recorded events to the other chain.
    function carry(uint256 way) internal returns (bool) {
        uint256 nonce = note(way);
        syncWay(way);
        return push(way, nonce);
    }
}
