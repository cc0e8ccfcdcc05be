// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// Where an EIP-1967 proxy keeps the address of its implementation: keccak256("eip1967.proxy.implementation") - 1.
bytes32 constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;
// Where it keeps that of a beacon instead: keccak256("eip1967.proxy.beacon") - 1.
bytes32 constant BEACON_SLOT = 0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50;
// Where diamonds (EIP-2535) keep their facets: keccak256("diamond.standard.diamond.storage").
bytes32 constant DIAMOND_SLOT = 0xc8fcad8db84d3cc18b4c41d551ea0ee66dd599cde068d998e57d5e09332c131c;
