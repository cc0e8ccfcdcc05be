// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

error NameTaken(string name);
error NotNameOwner(string name, address caller);
/// Use `transferFrom`: this registry calls nobody.
error SafeTransferUnsupported();

/// Names on A, as ERC-721 tokens; OpenZeppelin's ERC721 is taken as it is. It never calls another contract, which is
/// what makes its view functions callable on B: a replica refuses code that leaves itself, so the one function of
/// ERC-721 that asks the receiver is closed.
contract NameRegistry is ERC721 {
    mapping(string name => address) private _targets;

    event TargetSet(string name, address target);

    constructor() ERC721("Names", "NAME") {}

    function register(string calldata name) external {
        require(_ownerOf(idOf(name)) == address(0), NameTaken(name));
        _mint(msg.sender, idOf(name));
    }

    /// What the name stands for.
    function setTarget(string calldata name, address target) external {
        require(_ownerOf(idOf(name)) == msg.sender, NotNameOwner(name, msg.sender));
        _targets[name] = target;
        emit TargetSet(name, target);
    }

    /// Zero if nothing was set.
    function resolve(string calldata name) external view returns (address) {
        return _targets[name];
    }

    function idOf(string calldata name) public pure returns (uint256) {
        return uint256(keccak256(bytes(name)));
    }

    function safeTransferFrom(address, address, uint256, bytes memory) public pure override {
        revert SafeTransferUnsupported();
    }
}
