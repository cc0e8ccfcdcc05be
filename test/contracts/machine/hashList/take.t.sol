// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {HashList} from "../../../../contracts/machine/HashList.sol";
import {Tape, Tapes} from "../../../../contracts/machine/Tape.sol";
import {Test} from "../../support/Test.sol";
import {TapeWriter} from "../support/TapeWriter.sol";

contract HashListTakeTest is Test {
    using TapeWriter for Tape;

    function take(
        bytes32 list,
        Tape memory tape,
        uint256 count
    ) external pure returns (uint256[] memory, bytes32) {
        return HashList.take(list, tape, count);
    }

    function _list(uint256[] memory values, bytes32 rest) private pure returns (bytes32 list) {
        list = rest;
        for (uint256 i = values.length; i != 0; --i) list = keccak256(abi.encode(values[i - 1], list));
    }

    function test_GivenNothingIsAskedFor() public view {
        Tape memory tape;
        (uint256[] memory values, bytes32 rest) = this.take(keccak256("list"), tape, 0);
        assertEq(values.length, 0, "values");
        assertEq(rest, keccak256("list"), "rest");
    }

    function testFuzz_WhenTheTapeShowsTheValuesAndTheRest(uint256[] memory values, bytes32 rest) public view {
        vm.assume(values.length != 0);
        Tape memory tape;
        for (uint256 i = 0; i < values.length; ++i) tape.add(values[i]);
        tape.add(rest);
        (uint256[] memory got, bytes32 gotRest) = this.take(_list(values, rest), tape, values.length);
        assertEq(keccak256(abi.encode(got)), keccak256(abi.encode(values)), "values");
        assertEq(gotRest, rest, "rest");
    }

    function testFuzz_RevertWhen_AnyWordOfItIsAnother(uint256 seed, uint256 flip) public {
        uint256[] memory values = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) values[i] = uint256(keccak256(abi.encode(seed, i)));
        Tape memory tape;
        for (uint256 i = 0; i < 3; ++i) tape.add(values[i]);
        tape.add(uint256(0));
        bytes32 list = _list(values, 0);
        tape.words[flip % 4] ^= bytes32(1 << (flip >> 248));
        vm.expectPartialRevert(HashList.ListForeign.selector);
        this.take(list, tape, 3);
    }

    function test_RevertWhen_TheTapeIsTooShort() public {
        Tape memory tape;
        tape.add(uint256(1));
        vm.expectRevert(abi.encodeWithSelector(Tapes.TapeExhausted.selector, 1, 0));
        this.take(keccak256("list"), tape, 1);
    }
}
