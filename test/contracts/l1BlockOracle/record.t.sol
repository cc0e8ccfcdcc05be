// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {L1BlockOracle} from "../../../contracts/anchors/L1BlockOracle.sol";
import {IL1Block} from "../../../contracts/interfaces/IL1Block.sol";
import {Test} from "../support/Test.sol";

contract L1BlockStub is IL1Block {
    uint64 public number;
    bytes32 public hash;

    function set(uint64 number_, bytes32 hash_) external {
        (number, hash) = (number_, hash_);
    }
}

contract L1BlockOracleRecordTest is Test {
    L1BlockStub internal l1Block;
    L1BlockOracle internal oracle;

    function setUp() public {
        l1Block = new L1BlockStub();
        oracle = new L1BlockOracle(l1Block);
        l1Block.set(7, keccak256("7"));
    }

    function test_RevertWhen_ThePredeployIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(L1BlockOracle.L1BlockZero.selector));
        new L1BlockOracle(IL1Block(address(0)));
    }

    function test_WhenTheBlockIsNew() external {
        vm.expectEmit(true, false, false, true, address(oracle));
        emit L1BlockOracle.BlockRecorded(7, keccak256("7"));
        oracle.record();
        vm.snapshotGasLastCall("L1BlockOracle", "record");
        assertEq(oracle.blockHash(7), keccak256("7"), "recorded");
        assertEq(oracle.blockHash(6), bytes32(0), "before");
        assertEq(oracle.blockHash(8), bytes32(0), "after");
    }

    function test_WhenTheBlockIsTheSame() external {
        oracle.record();
        vm.recordLogs();
        oracle.record();
        assertEq(vm.getRecordedLogs().length, 0, "events");
        assertEq(oracle.blockHash(7), keccak256("7"), "recorded");
    }

    function test_WhenTheBlockIsTheNext() external {
        oracle.record();
        l1Block.set(8, keccak256("8"));
        oracle.record();
        assertEq(oracle.blockHash(7), keccak256("7"), "first");
        assertEq(oracle.blockHash(8), keccak256("8"), "second");
    }

    function test_RevertWhen_ThereIsNoHash() external {
        l1Block.set(7, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(L1BlockOracle.NothingToRecord.selector, 7));
        oracle.record();
    }

    function test_RevertWhen_TheRecordWouldChange() external {
        oracle.record();
        l1Block.set(7, keccak256("other"));
        vm.expectRevert(
            abi.encodeWithSelector(
                L1BlockOracle.RecordWouldChange.selector,
                7,
                keccak256("7"),
                keccak256("other")
            )
        );
        oracle.record();
    }
}
