// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {Rlp} from "../../../../contracts/machine/Rlp.sol";
import {Test} from "../../support/Test.sol";

contract RlpReadTest is Test {
    function _slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = 0; i < part.length; ++i) part[i] = data[from + i];
    }

    function testFuzz_WhenAnItemIsCanonical(
        bytes memory content,
        bytes memory before,
        bytes memory behind
    ) public pure {
        bytes memory item = RLP.encode(content);
        bytes memory data = bytes.concat(before, item, behind);
        (bool isList, uint256 from, uint256 to) = Rlp.read(data, before.length, data.length);
        assertEq(isList, false, "string");
        assertEq(to, before.length + item.length, "end");
        assertEq(_slice(data, from, to), content, "content");

        bytes[] memory items = new bytes[](1);
        items[0] = item;
        data = RLP.encode(items);
        (isList, from, to) = Rlp.read(data, 0, data.length);
        assertEq(isList, true, "list");
        assertEq(_slice(data, from, to), item, "items");
    }

    function test_WhenAnItemIsNot() public pure {
        bytes[8] memory bad = [
            bytes(hex"8100"),
            hex"817f",
            hex"b800",
            hex"b80100",
            hex"b837",
            bytes.concat(hex"b900ff", new bytes(255)),
            bytes.concat(hex"f837", new bytes(55)),
            bytes.concat(hex"f90010", new bytes(16))
        ];
        for (uint256 i = 0; i < bad.length; ++i) {
            (, , uint256 to) = Rlp.read(bad[i], 0, bad[i].length);
            assertEq(to, 0, vm.toString(i));
        }
        (, , uint256 end) = Rlp.read("", 0, 0);
        assertEq(end, 0, "nothing");
    }

    function testFuzz_WhenAnItemGoesOnPastTheEnd(bytes memory content, uint256 cut) public pure {
        vm.assume(content.length > 1);
        bytes memory item = RLP.encode(content);
        cut = bound(cut, 0, item.length - 1);
        (, , uint256 to) = Rlp.read(item, 0, cut);
        assertEq(to, 0, "cut");
    }

    function testFuzz_WhenAnIntegerIsRead(uint256 value, uint8 shift) public pure {
        value >>= shift;
        bytes memory item = RLP.encode(value);
        (uint256 got, uint256 to) = Rlp.readInteger(item, 0, item.length, 32);
        assertEq(got, value, "value");
        assertEq(to, item.length, "end");
        (, to) = Rlp.readInteger(item, 0, item.length, 8);
        assertEq(to != 0, value <= type(uint64).max, "width");
        item = RLP.encode(abi.encodePacked(uint8(0), uint64(value)));
        (, to) = Rlp.readInteger(item, 0, item.length, 32);
        assertEq(to, 0, "leading zero");
    }
}
