// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReplicas} from "optisync/contracts/interfaces/IReplicas.sol";
import {NameRegistry} from "./NameRegistry.sol";

error NotNameOwnerOnA(string name, address caller, address owner);
error NameUnresolved(string name);
error PaymentFailed(string name, address target);

/// Resolves names of A on B, by calling the registry's own view functions on its replica. Whoever owns a name on A can
/// speak for it on B.
contract NameResolver {
    /// Oldest registry that counts, in seconds since its block on A.
    uint256 public constant MAX_AGE = 1 days;

    IReplicas private immutable REPLICAS;
    uint64 private immutable FEED;

    mapping(string name => string) public profileOf;

    event ProfileSet(string name, address indexed owner, string profile);

    constructor(IReplicas replicas, uint64 feed) {
        REPLICAS = replicas;
        FEED = feed;
    }

    /// Where a name leads.
    function resolve(string calldata name) public view returns (address target) {
        bytes memory answer = REPLICAS.viewCall(FEED, MAX_AGE, abi.encodeCall(NameRegistry.resolve, (name)));
        target = abi.decode(answer, (address));
        require(target != address(0), NameUnresolved(name));
    }

    /// Reverts as the registry on A does if nobody owns the name.
    function ownerOf(string calldata name) public view returns (address) {
        uint256 id = uint256(keccak256(bytes(name)));
        bytes memory answer = REPLICAS.viewCall(
            FEED,
            MAX_AGE,
            abi.encodeWithSignature("ownerOf(uint256)", id)
        );
        return abi.decode(answer, (address));
    }

    function setProfile(string calldata name, string calldata profile) external {
        address owner = ownerOf(name);
        require(owner == msg.sender, NotNameOwnerOnA(name, msg.sender, owner));

        profileOf[name] = profile;
        emit ProfileSet(name, owner, profile);
    }

    /// Sends the value to whatever the name stands for on A.
    function pay(string calldata name) external payable {
        address target = resolve(name);
        (bool success, ) = target.call{value: msg.value}("");
        require(success, PaymentFailed(name, target));
    }
}
