// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Header} from "../../../contracts/libraries/Headers.sol";
import {ForkSchedule} from "../../../contracts/types/ForkSchedule.sol";
import {HeadersHarness} from "./HeadersHarness.sol";
import {Test} from "../support/Test.sol";

contract HeadersDecodeTest is Test {
    string internal constant VECTORS = "test/vectors/headers.json";

    HeadersHarness internal harness;
    ForkSchedule internal schedule;
    string internal json;
    bytes internal mainnet;

    function setUp() public {
        harness = new HeadersHarness();
        json = vm.readFile(VECTORS);
        schedule = ForkSchedule.wrap(vm.parseJsonUint(json, ".schedule.packed"));
        mainnet = vm.parseJsonBytes(json, ".accepted[0].rlp");
    }

    function test_WhenTheVectorIsAccepted() external view {
        uint256 count = vm.parseJsonUint(json, ".acceptedCount");
        for (uint256 i = 0; i < count; i++) {
            string memory path = string.concat(".accepted[", vm.toString(i), "]");
            Header memory header = harness.decode(_bytes(path, ".rlp"), schedule);
            assertEq(header.hash, vm.parseJsonBytes32(json, string.concat(path, ".hash")), path);
            assertEq(header.parentHash, vm.parseJsonBytes32(json, string.concat(path, ".parentHash")), path);
            assertEq(header.stateRoot, vm.parseJsonBytes32(json, string.concat(path, ".stateRoot")), path);
            assertEq(header.number, vm.parseJsonUint(json, string.concat(path, ".number")), path);
            assertEq(header.timestamp, vm.parseJsonUint(json, string.concat(path, ".timestamp")), path);
        }
    }

    function test_RevertWhen_TheVectorIsRejected() external {
        uint256 count = vm.parseJsonUint(json, ".rejectedCount");
        for (uint256 i = 0; i < count; i++) {
            string memory path = string.concat(".rejected[", vm.toString(i), "]");
            bytes memory rlp = _bytes(path, ".rlp");
            vm.expectRevert(_bytes(path, ".revertData"));
            harness.decode(rlp, schedule);
        }
    }

    function test_WhenComparedWithOpenZeppelin() external view {
        uint256 count = vm.parseJsonUint(json, ".acceptedCount");
        for (uint256 i = 0; i < count; i++) {
            bytes memory rlp = _bytes(string.concat(".accepted[", vm.toString(i), "]"), ".rlp");
            Header memory header = harness.decode(rlp, schedule);
            assertEq(header.parentHash, BlockHeader.getParentHash(rlp), "parentHash");
            assertEq(header.stateRoot, BlockHeader.getStateRoot(rlp), "stateRoot");
            assertEq(header.number, BlockHeader.getNumber(rlp), "number");
            assertEq(header.timestamp, BlockHeader.getTimestamp(rlp), "timestamp");
        }
    }

    function testFuzz_WhenOneByteIsChanged(uint256 position, uint8 change) external view {
        bytes memory damaged = mainnet;
        position = bound(position, 0, damaged.length - 1);
        change = uint8(bound(change, 1, type(uint8).max));
        bytes32 hash = keccak256(damaged);
        damaged[position] = bytes1(uint8(damaged[position]) ^ change);
        try harness.decode(damaged, schedule) returns (Header memory header) {
            assertTrue(header.hash != hash, "same hash");
            assertEq(header.number, BlockHeader.getNumber(damaged), "number");
            assertEq(header.timestamp, BlockHeader.getTimestamp(damaged), "timestamp");
        } catch (bytes memory reason) {
            assertTrue(reason.length >= 4, "a named error");
        }
    }

    function testFuzz_RevertWhen_CutOff(uint256 size) external {
        bytes memory cut = mainnet;
        size = bound(size, 0, cut.length - 1);
        assembly {
            mstore(cut, size)
        }
        vm.expectRevert();
        harness.decode(cut, schedule);
    }

    function test_WhenBlockZeroHasNoParent() external view {
        Header memory header = harness.decode(vm.parseJsonBytes(json, ".accepted[1].rlp"), schedule);
        assertEq(uint256(header.number), 0, "number");
        assertEq(header.parentHash, bytes32(0), "parentHash");
    }

    function test_WhenMeasured() external {
        uint256 gas = harness.gasOfDecode(mainnet, schedule);
        vm.snapshotValue("Headers", "decode_mainnet", gas);
        assertLe(gas, 12_000, "gas");
    }

    function _bytes(string memory path, string memory key) internal view returns (bytes memory) {
        return vm.parseJsonBytes(json, string.concat(path, key));
    }
}
