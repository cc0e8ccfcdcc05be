// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tape, Tapes} from "../../../../contracts/machine/Tape.sol";
import {Test} from "../../support/Test.sol";

contract TapesPagesTest is Test {
    address private constant FIRST = address(0xaa01);
    address private constant SECOND = address(0xaa02);

    /// Reads all blobs against these hashes.
    function read(
        bytes32[] calldata words,
        bytes[] calldata blobs,
        address[] calldata pages,
        bytes32[] calldata hashes
    ) external view returns (bytes[] memory all) {
        Tape memory tape = Tapes.open(words, blobs, pages);
        all = new bytes[](hashes.length);
        for (uint256 i = 0; i < hashes.length; ++i) all[i] = tape.nextBlob(hashes[i]);
        tape.close();
    }

    function _lists(
        bytes memory page
    ) private pure returns (bytes[] memory blobs, address[] memory pages, bytes32[] memory hashes) {
        blobs = new bytes[](1);
        blobs[0] = "blob";
        pages = new address[](2);
        (pages[0], pages[1]) = (FIRST, SECOND);
        hashes = new bytes32[](2);
        (hashes[0], hashes[1]) = (keccak256("blob"), keccak256(page));
    }

    function testFuzz_GivenPages(bytes memory first, bytes memory second) public {
        vm.etch(FIRST, bytes.concat(hex"00", first));
        vm.etch(SECOND, bytes.concat(hex"fe", second));
        bytes memory page = bytes.concat(first, second);
        (bytes[] memory blobs, address[] memory pages, bytes32[] memory hashes) = _lists(page);
        bytes[] memory all = this.read(new bytes32[](0), blobs, pages, hashes);
        assertEq(all[0], "blob", "first blob");
        assertEq(all[1], page, "last blob");
    }

    function test_RevertWhen_APageHasNoCode() public {
        vm.etch(FIRST, hex"00");
        (bytes[] memory blobs, address[] memory pages, bytes32[] memory hashes) = _lists("");
        vm.expectRevert(abi.encodeWithSelector(Tapes.PageEmpty.selector, SECOND));
        this.read(new bytes32[](0), blobs, pages, hashes);
    }

    function test_RevertWhen_ABlobHasAnotherHash() public {
        (bytes[] memory blobs, , bytes32[] memory hashes) = _lists("");
        hashes[0] = keccak256("other");
        vm.expectRevert(abi.encodeWithSelector(Tapes.BlobForeign.selector, keccak256("blob"), hashes[0]));
        this.read(new bytes32[](0), blobs, new address[](0), hashes);
    }

    function test_RevertWhen_SomethingIsLeft() public {
        (bytes[] memory blobs, , ) = _lists("");
        vm.expectRevert(abi.encodeWithSelector(Tapes.TapeNotConsumed.selector, 2, 1));
        this.read(new bytes32[](2), blobs, new address[](0), new bytes32[](0));
    }
}
