// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {GasLimitTooHigh, ReceiverZero} from "../../../contracts/interfaces/IOutbox.sol";
import {
    DestinationUnknown,
    EndsInvalid,
    Gateway,
    ValueNotCarried
} from "../../../contracts/messaging/Gateway.sol";
import {MAX_GAS_LIMIT, NEVER} from "../../../contracts/types/Message.sol";
import {GatewayFixture} from "./GatewayFixture.sol";

contract GatewaySendMessageTest is GatewayFixture {
    bytes private _recipient;
    bytes[] private _attributes;

    function setUp() public override {
        super.setUp();
        _recipient = at(CHAIN_B, address(0xb0b));
        vm.chainId(CHAIN_A);
        vm.deal(ALICE, 1);
    }

    function _send() private returns (bytes32) {
        vm.prank(ALICE);
        return gatewayA.sendMessage(_recipient, "hello", _attributes);
    }

    function test_WhenThereAreNoAttributes() external {
        vm.recordLogs();
        vm.expectEmit(false, false, false, true, address(gatewayA));
        bytes memory sender = at(CHAIN_A, ALICE);
        emit IERC7786GatewaySource.MessageSent(0, sender, _recipient, "hello", 0, _attributes);
        bytes32 id = _send();
        uint256 nonce = note(AB);
        assertEq(leaves[AB][nonce], id, "id");
        assertEq(messages[AB][nonce].receiver, address(gatewayB), "receiver");
        assertEq(messages[AB][nonce].expiry, NEVER, "expiry");
        assertEq(messages[AB][nonce].gasLimit, 200_000 + 3_174 + 15_000 + 5, "gasLimit");
        assertEq(messages[AB][nonce].payload, abi.encode(ALICE, address(0xb0b), bytes("hello")), "payload");
    }

    function test_WhenThereAreAttributes() external {
        uint64 expiry = uint64(block.timestamp + 1 days);
        _attributes.push(abi.encodeWithSignature("gasLimit(uint64)", 63_000));
        _attributes.push(abi.encodeWithSignature("expiry(uint64)", expiry));
        vm.recordLogs();
        _send();
        uint256 nonce = note(AB);
        assertEq(messages[AB][nonce].expiry, expiry, "expiry");
        assertEq(messages[AB][nonce].gasLimit, 63_000 + 1_000 + 15_000 + 5, "gasLimit");
    }

    function test_WhenAskedForAttributes() external view {
        assertTrue(gatewayA.supportsAttribute(bytes4(keccak256("gasLimit(uint64)"))), "gasLimit");
        assertTrue(gatewayA.supportsAttribute(bytes4(keccak256("expiry(uint64)"))), "expiry");
        assertTrue(!gatewayA.supportsAttribute(0), "nothing else");
    }

    function test_RevertWhen_AnAttributeIsUnknown() external {
        _attributes.push(abi.encodeWithSignature("tip(uint256)", 1));
        bytes4 selector = bytes4(keccak256("tip(uint256)"));
        vm.expectRevert(
            abi.encodeWithSelector(IERC7786GatewaySource.UnsupportedAttribute.selector, selector)
        );
        _send();
        _attributes[0] = "";
        vm.expectRevert(
            abi.encodeWithSelector(IERC7786GatewaySource.UnsupportedAttribute.selector, bytes4(0))
        );
        _send();
    }

    function test_RevertWhen_AnAttributeIsCutShort() external {
        _attributes.push(bytes.concat(bytes4(keccak256("gasLimit(uint64)")), hex"00"));
        vm.expectRevert();
        _send();
    }

    function test_RevertWhen_TheGasIsTooMuch() external {
        _attributes.push(abi.encodeWithSignature("gasLimit(uint64)", NEVER));
        vm.expectRevert(abi.encodeWithSelector(GasLimitTooHigh.selector, NEVER, MAX_GAS_LIMIT));
        _send();
    }

    function test_RevertWhen_TheRecipientIsElsewhere() external {
        _recipient = at(1, ALICE);
        vm.expectRevert(abi.encodeWithSelector(DestinationUnknown.selector, 1));
        _send();
        _recipient = "";
        vm.expectRevert();
        _send();
    }

    function test_RevertWhen_TheRecipientIsNobody() external {
        _recipient = at(CHAIN_B, address(0));
        vm.expectRevert(ReceiverZero.selector);
        _send();
        _recipient = InteroperableAddress.formatEvmV1(CHAIN_B);
        vm.expectRevert(ReceiverZero.selector);
        _send();
    }

    function test_RevertWhen_TheRecipientIsNoAddress() external {
        bytes memory whole = at(CHAIN_B, address(0xb0b));
        // Every byte less, and an address of another length.
        for (uint256 size = 0; size < whole.length; ++size) {
            _recipient = whole;
            for (uint256 i = size; i < whole.length; ++i) _recipient.pop();
            vm.expectRevert();
            _send();
        }
        _recipient = InteroperableAddress.formatV1(0, abi.encodePacked(uint32(CHAIN_B)), new bytes(21));
        vm.expectRevert(
            abi.encodeWithSelector(InteroperableAddress.InteroperableAddressParsingError.selector, _recipient)
        );
        _send();
    }

    function test_RevertWhen_ThereIsValue() external {
        vm.expectRevert(abi.encodeWithSelector(ValueNotCarried.selector, 1));
        vm.prank(ALICE);
        gatewayA.sendMessage{value: 1}(_recipient, "hello", _attributes);
    }

    function test_RevertWhen_TheEndsDoNotFit() external {
        bytes memory invalid = abi.encodeWithSelector(EndsInvalid.selector);
        vm.expectRevert(invalid);
        new Gateway(ways[AB].outbox, ways[BA].inbox, address(0));
        vm.expectRevert(invalid);
        new Gateway(ways[AB].outbox, ways[AB].inbox, ALICE);
        vm.chainId(CHAIN_B);
        vm.expectRevert(invalid);
        new Gateway(ways[AB].outbox, ways[BA].inbox, ALICE);
    }
}
