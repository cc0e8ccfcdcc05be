// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../../contracts/dapp/SourceState.sol";
import {IStateSync, RootNotFinal} from "../../../contracts/interfaces/IStateSync.sol";
import {Account} from "../../../contracts/types/Account.sol";
import {FinalRoot} from "../../../contracts/types/FinalRoot.sol";
import {TrieBuilder} from "../support/TrieBuilder.sol";

/// A dapp on B.
contract SourceStateHarness {
    IStateSync private immutable SYNC;

    constructor(IStateSync sync) {
        SYNC = sync;
    }

    function root(uint64 number, uint64 maxAge) external view returns (FinalRoot memory) {
        return SourceState.root(SYNC, number, maxAge);
    }

    function attestedRoot(uint64 number, uint64 maxAge) external view returns (FinalRoot memory) {
        return SourceState.attestedRoot(SYNC, number, maxAge);
    }

    function account(
        uint64 number,
        uint64 maxAge,
        address owner,
        bytes[] calldata proof
    ) external view returns (Account memory, bool) {
        return SourceState.account(SYNC, number, maxAge, owner, proof);
    }

    function slot(
        uint64 number,
        uint64 maxAge,
        address owner,
        uint256 position,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external view returns (uint256) {
        return SourceState.slot(SYNC, number, maxAge, owner, position, accountProof, storageProof);
    }
}

/// Knows one final root: all of StateSync that a dapp sees.
contract OneRoot {
    uint64 private immutable NUMBER;
    FinalRoot private known;

    constructor(uint64 number, FinalRoot memory root) {
        NUMBER = number;
        known = root;
    }

    function finalRoot(uint64 number) external view returns (FinalRoot memory) {
        require(number == NUMBER, RootNotFinal(number));
        return known;
    }
}

/// A contract of A with one slot, and the dapp that reads it.
abstract contract SourceStateFixture is TrieBuilder {
    uint64 internal constant NUMBER = 4711;
    uint64 internal constant TIMESTAMP = 1_800_000_000;
    uint64 internal constant MAX_AGE = 1 hours;
    address internal constant OWNER = address(0x70cE);
    uint256 internal constant POSITION = 7;
    uint256 internal constant VALUE = 1024;

    bytes32 internal stateRoot;
    bytes32 internal storageRoot;
    bytes[] internal accountProof;
    bytes[] internal storageProof;
    SourceStateHarness internal dapp;
    SourceStateHarness internal dappWithAttestation;

    function setUp() public virtual {
        (storageRoot, storageProof) = column(keccak256(abi.encode(POSITION)), 2, hex"820400", 16);
        bytes memory rlp = accountRlp(storageRoot, keccak256("code"));
        (stateRoot, accountProof) = column(keccak256(abi.encodePacked(OWNER)), 3, rlp, 16);
        dapp = _dappOver(false);
        dappWithAttestation = _dappOver(true);
    }

    function _dappOver(bool attested) private returns (SourceStateHarness) {
        FinalRoot memory root = FinalRoot({stateRoot: stateRoot, timestamp: TIMESTAMP, attested: attested});
        return new SourceStateHarness(IStateSync(address(new OneRoot(NUMBER, root))));
    }
}
