// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceSlot, SourceSlots} from "../../../contracts/dapp/SourceSlot.sol";
import {SourceWords} from "../../../contracts/dapp/SourceWords.sol";
import {Test} from "../support/Test.sol";

/// What somebody on A may have written. The comments are what the compiler prints as its layout.
contract Drawers {
    struct Loan {
        uint96 amount;
        address owner;
        uint256 deadline;
        string note;
    }

    mapping(address => uint256) internal balances; // 0
    mapping(uint256 => mapping(bool => int64)) internal nested; // 1
    mapping(bytes4 => bytes32) internal selectors; // 2
    mapping(int16 => uint256) internal depths; // 3
    mapping(string => address) internal names; // 4
    Loan[] internal loans; // 5
    uint40[] internal packed; // 6
    uint256[3] internal fixedArray = [uint256(7), 8, 9]; // 7 to 9
    int32 internal negative = -5; // 10, byte 0
    bool internal open = true; // 10, byte 4
    bytes3 internal tag = 0xabcdef; // 10, byte 5
    address internal holder = address(0xbeef); // 10, byte 8
    string internal short_ = "a short one"; // 11
    string internal long_ = "a string of more than thirty-one bytes in all"; // 12

    constructor() {
        balances[address(0xabc)] = 5;
        nested[3][true] = -7;
        selectors[0xdeadbeef] = keccak256("selector");
        depths[-2] = 22;
        names["a name that is longer than a word of thirty-two"] = address(0xcafe);
        loans.push();
        loans.push(Loan(96, address(0xf00d), 1_800_000_000, "note"));
        for (uint40 i = 0; i < 8; ++i) packed.push(2 ** 39 + i);
    }
}

contract Slots is Test, Drawers {
    using SourceWords for bytes32;

    function test_WhenTheCompilerLaidThemOut() external view {
        assertEq(_load(SourceSlots.variable(0).entry(address(0xabc))).toUint(0, 32), 5, "address");
        assertEq(_load(SourceSlots.variable(1).entry(uint256(3)).entry(true)).toInt(0, 8), -7, "nested");
        assertEq(_load(SourceSlots.variable(1).entry(uint256(3)).entry(false)), bytes32(0), "never written");
        assertEq(
            _load(SourceSlots.variable(2).entry(bytes32(bytes4(0xdeadbeef)))),
            keccak256("selector"),
            "fixed bytes"
        );
        assertEq(_load(SourceSlots.variable(3).entry(int256(-2))).toUint(0, 32), 22, "signed");
        SourceSlot named = SourceSlots.variable(4).entryOfBytes(
            "a name that is longer than a word of thirty-two"
        );
        assertEq(_load(named).toAddress(0), address(0xcafe), "string");
    }

    function test_WhenTheyAreStructsAndArrays() external view {
        SourceSlot loan = SourceSlots.variable(5).element(1, 3);
        assertEq(_load(SourceSlots.variable(5)).toUint(0, 32), 2, "length");
        assertEq(_load(loan).toUint(0, 12), 96, "amount");
        assertEq(_load(loan).toAddress(12), address(0xf00d), "owner");
        assertEq(_load(loan.member(1)).toUint(0, 32), 1_800_000_000, "deadline");
        assertEq(_load(SourceSlots.variable(7).member(2)).toUint(0, 32), 9, "fixed");
        for (uint256 i = 0; i < 8; ++i) {
            (SourceSlot slot, uint256 offset) = SourceSlots.variable(6).packedElement(i, 5);
            assertEq(_load(slot).toUint(offset, 5), 2 ** 39 + i, "packed");
        }
    }

    function test_WhenTheyShareASlot() external view {
        bytes32 word = _load(SourceSlots.variable(10));
        assertEq(word.toInt(0, 4), -5, "int32");
        assertTrue(word.toBool(4), "bool");
        assertEq(word.toFixedBytes(5, 3), bytes32(bytes3(0xabcdef)), "bytes3");
        assertEq(word.toAddress(8), address(0xbeef), "address");
    }

    function test_WhenTheyAreStrings() external view {
        (uint256 length, bool isLong) = _load(SourceSlots.variable(11)).bytesLength();
        assertEq(length, 11, "short");
        assertTrue(!isLong, "short");
        (length, isLong) = _load(SourceSlots.variable(12)).bytesLength();
        assertEq(length, 45, "long");
        assertTrue(isLong, "long");
        bytes32 first = _load(SourceSlots.variable(12).data());
        assertEq(first, bytes32("a string of more than thirty-one"), "content");
    }

    function testFuzz_EntryIsWhatTheCompilerHashes(uint256 key, uint256 slot) external pure {
        assertEq(
            SourceSlots.variable(slot).entry(key).word(),
            keccak256(abi.encode(key, slot)),
            "entry of a mapping"
        );
    }

    function test_RevertWhen_AnElementTakesNoSlot() external {
        vm.expectRevert(abi.encodeWithSelector(SourceSlots.ElementSizeWrong.selector, 0));
        this.element(0);
    }

    function test_RevertWhen_AnElementHasNoBytesOrTooMany() external {
        vm.expectRevert(abi.encodeWithSelector(SourceSlots.ElementSizeWrong.selector, 0));
        this.packedElement(0);
        vm.expectRevert(abi.encodeWithSelector(SourceSlots.ElementSizeWrong.selector, 33));
        this.packedElement(33);
    }

    function test_RevertWhen_AValueLeavesItsWord() external {
        for (uint256 size = 0; size <= 33; size += 11) {
            uint256 offset = size == 0 ? 0 : 33 - size;
            vm.expectRevert(abi.encodeWithSelector(SourceWords.OutsideWord.selector, offset, size));
            this.toUint(offset, size);
        }
        vm.expectRevert(
            abi.encodeWithSelector(SourceWords.OutsideWord.selector, type(uint256).max, uint256(1))
        );
        this.toUint(type(uint256).max, 1);
    }

    function test_RevertWhen_AWordIsNoHead() external {
        // A long form of 31 bytes, and a short form of 32.
        bytes32[2] memory heads = [bytes32(uint256(31 * 2 + 1)), bytes32(uint256(64))];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SourceWords.NotBytes.selector, heads[i]));
            this.bytesLength(heads[i]);
        }
    }

    function element(uint256 slotsEach) external pure {
        SourceSlots.variable(0).element(1, slotsEach);
    }

    function packedElement(uint256 bytesEach) external pure {
        SourceSlots.variable(0).packedElement(1, bytesEach);
    }

    function toUint(uint256 offset, uint256 size) external pure {
        bytes32(0).toUint(offset, size);
    }

    function bytesLength(bytes32 head) external pure {
        head.bytesLength();
    }

    function _load(SourceSlot slot) private view returns (bytes32) {
        return vm.load(address(this), slot.word());
    }
}
