// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReplicas} from "../../../contracts/interfaces/IReplicas.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {Deployment} from "../support/Deployment.sol";
import {ReplicaDeployment} from "../support/ReplicaDeployment.sol";
import {TransactionGas} from "../support/TransactionGas.sol";

/// Reads as a contract on B does, twice in one transaction, and tells what each call cost.
contract ReadMeter {
    error ReadFailed(bytes reason);

    uint256 public cold;
    uint256 public warm;

    function measure(address target, bytes calldata data) public {
        (cold, warm) = (_spent(target, data), _spent(target, data));
    }

    /// The same after a look at the feed's age, which its reader takes anyway.
    function measureAfter(
        address checked,
        bytes calldata check,
        address target,
        bytes calldata data
    ) external {
        _spent(checked, check);
        measure(target, data);
    }

    function _spent(address target, bytes calldata data) private view returns (uint256 spent) {
        uint256 before = gasleft();
        (bool success, bytes memory answer) = target.staticcall(data);
        spent = before - gasleft();
        require(success, ReadFailed(answer));
    }
}

/// What a view call costs beyond the same call of the contract itself, and what logic costs to register.
///
/// forge-config: default.isolate = true
contract ReplicasGasTest is ReplicaDeployment, TransactionGas {
    string private constant REPLICAS = "Replicas";
    uint256 private constant MAX_GAS = 12_000_000;

    ReadMeter private _meter;

    function setUp() public override(Deployment, ReplicaDeployment) {
        super.setUp();
        _meter = new ReadMeter();
    }

    function test_Reads() external {
        Update memory head = mirrorToken();
        address replica = replicaOf(head);
        bytes memory data = abi.encodeCall(token.balanceOf, (ALICE));
        _meter.measure(address(token), data);
        (uint256 cold, uint256 warm) = (_meter.cold(), _meter.warm());
        vm.snapshotValue(REPLICAS, "read of the contract itself, cold", cold);
        vm.snapshotValue(REPLICAS, "read of the contract itself, warm", warm);

        _meter.measure(replica, data);
        vm.snapshotValue(
            REPLICAS,
            "read of the replica beyond that, cold, age checked",
            _meter.cold() - cold
        );
        vm.snapshotValue(REPLICAS, "read of the replica beyond that, warm", _meter.warm() - warm);
        assertLe(_meter.warm() - warm, 800, "warm");

        bytes memory check = abi.encodeCall(IReplicas.isViewable, (head.feed, 1 hours));
        _meter.measureAfter(address(replicas), check, replica, data);
        vm.snapshotValue(
            REPLICAS,
            "read of the replica beyond that, cold, after its age was checked",
            _meter.cold() - cold
        );
        assertLe(_meter.cold() - cold, 3500, "cold");

        _meter.measure(address(replicas), abi.encodeCall(IReplicas.viewCall, (head.feed, 1 hours, data)));
        vm.snapshotValue(REPLICAS, "viewCall beyond that, cold", _meter.cold() - cold);
        vm.snapshotValue(REPLICAS, "viewCall beyond that, warm", _meter.warm() - warm);
    }

    function test_StoreCode() external {
        bytes memory data = abi.encodeCall(IReplicas.storeCode, (address(token).code));
        _send(REPLICAS, "storeCode, an ERC-20", STRANGER, address(replicas), data);
        // As long as code can be, of one-byte instructions: the most turns of the scan.
        bytes memory longest = new bytes(24_576);
        for (uint256 i = 0; i < longest.length; ++i) longest[i] = 0x5b;
        data = abi.encodeCall(IReplicas.storeCode, (longest));
        uint256 gas = _send(REPLICAS, "storeCode, 24 KB", STRANGER, address(replicas), data);
        assertLe(gas, MAX_GAS, "24 KB");
    }

    function test_Register() external {
        Update memory head = mirror(createReplica(address(token), 0), address(token), tokenSlots());
        replicas.storeCode(address(token).code);
        bytes memory data = abi.encodeCall(IReplicas.register, (head));
        _send(REPLICAS, "register", STRANGER, address(replicas), data);
    }

    function test_Create() external {
        bytes memory data = abi.encodeCall(feeds.createReplica, (address(token), 0, 0, PLAIN_AGE, 0));
        _send(REPLICAS, "createReplica", STRANGER, address(feeds), data);
    }
}
