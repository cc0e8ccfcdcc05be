// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeedState} from "../../../contracts/dapp/FeedState.sol";
import {SourceSlot, SourceSlots} from "../../../contracts/dapp/SourceSlot.sol";
import {IFeeds, FeedTooOld} from "../../../contracts/interfaces/IFeeds.sol";
import {Test} from "../support/Test.sol";

/// What a feed shows to a dapp: one contract's storage, which is this test's own.
contract OneFeed {
    bytes private _empty;
    bytes private _short = "thirty-one bytes fit the head!!";
    bytes private _long =
        "ninety-six bytes take three slots of their own and leave nothing over in the last of them......";
    bytes private _longer =
        "and one more byte takes another slot, of which it fills the first byte and nothing else, alas. ..!";

    function read(uint64 feed, bytes32 slot, uint256 maxAge) external view returns (bytes32 value) {
        require(maxAge >= 60, FeedTooOld(feed, 1, maxAge));
        // Raw slots can only be reached in assembly.
        assembly ("memory-safe") {
            value := sload(slot)
        }
    }
}

contract FeedStateReadTest is Test {
    using FeedState for IFeeds;

    uint64 private constant FEED = 7;

    IFeeds private feeds;

    function setUp() public {
        feeds = IFeeds(address(new OneFeed()));
        vm.store(address(feeds), bytes32(uint256(100)), bytes32((uint256(1) << 160) | 0xbeef));
    }

    function test_WhenTheFeedShowsIt() external view {
        SourceSlot slot = SourceSlots.variable(100);
        uint256 word = (uint256(1) << 160) | 0xbeef;
        assertEq(feeds.readWord(FEED, slot, 60), bytes32(word), "word");
        assertEq(feeds.readUint(FEED, slot, 60), word, "uint");
        assertEq(feeds.readAddress(FEED, slot, 60), address(0xbeef), "address");
        assertTrue(feeds.readBool(FEED, slot, 60), "bool");
        assertTrue(!feeds.readBool(FEED, SourceSlots.variable(101), 60), "never written");
    }

    function test_WhenItIsBytes() external view {
        string[4] memory wanted = [
            "",
            "thirty-one bytes fit the head!!",
            "ninety-six bytes take three slots of their own and leave nothing over in the last of them......",
            "and one more byte takes another slot, of which it fills the first byte and nothing else, alas. ..!"
        ];
        for (uint256 i = 0; i < 4; ++i) {
            uint256 length = bytes(wanted[i]).length;
            bytes memory content = feeds.readBytes(FEED, SourceSlots.variable(i), 60, length);
            bytes memory behind = abi.encode(i);
            assertEq(content, bytes(wanted[i]), "content");
            assertEq(behind, abi.encode(i), "memory behind");
        }
    }

    function test_RevertWhen_ItIsLonger() external {
        vm.expectRevert(abi.encodeWithSelector(FeedState.BytesTooLong.selector, 31, 30));
        this.readBytes(1, 60, 30);
    }

    function test_RevertWhen_TheFeedIsTooOld() external {
        vm.expectRevert(abi.encodeWithSelector(FeedTooOld.selector, FEED, 1, 59));
        this.readBytes(1, 59, 100);
    }

    function readBytes(uint256 slot, uint256 maxAge, uint256 most) external view returns (bytes memory) {
        return feeds.readBytes(FEED, SourceSlots.variable(slot), maxAge, most);
    }
}
