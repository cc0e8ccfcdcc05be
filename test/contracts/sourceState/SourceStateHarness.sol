// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../../contracts/dapp/SourceState.sol";
import {IStateSync, ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {Account} from "../../../contracts/types/Account.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {TrieBuilder} from "../support/TrieBuilder.sol";

/// A dapp on B.
contract SourceStateHarness {
    IStateSync private immutable SYNC;

    constructor(IStateSync sync) {
        SYNC = sync;
    }

    function root(Claim calldata claim, uint64 maxAge) external view returns (bytes32) {
        return SourceState.root(SYNC, claim, maxAge);
    }

    function attestedRoot(Claim calldata claim, uint64 maxAge) external view returns (bytes32) {
        return SourceState.attestedRoot(SYNC, claim, maxAge);
    }

    function account(
        Claim calldata claim,
        uint64 maxAge,
        address owner,
        bytes[] calldata proof
    ) external view returns (Account memory, bool) {
        return SourceState.account(SYNC, claim, maxAge, owner, proof);
    }

    function slot(
        Claim calldata claim,
        uint64 maxAge,
        address owner,
        uint256 position,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external view returns (uint256) {
        return SourceState.slot(SYNC, claim, maxAge, owner, position, accountProof, storageProof);
    }

    function slots(
        Claim calldata claim,
        uint64 maxAge,
        address owner,
        uint256[] calldata positions,
        bytes[] calldata accountProof,
        bytes[][] calldata storageProofs
    ) external view returns (uint256[] memory) {
        return SourceState.slots(SYNC, claim, maxAge, owner, positions, accountProof, storageProofs);
    }
}

/// Knows one final claim: all of StateSync that a dapp sees.
contract OneClaim {
    bytes32 private immutable ID;
    bool private immutable ATTESTED;

    constructor(Claim memory claim, bool attested) {
        ID = claim.id();
        ATTESTED = attested;
    }

    function requireFinal(Claim calldata claim) external view returns (bool) {
        bytes32 id = claim.id();
        require(id == ID, ClaimStatusWrong(id, ClaimStatus.None, ClaimStatus.Final));
        return ATTESTED;
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

    /// Final in both worlds, attested in one.
    Claim internal claim;
    bytes32 internal storageRoot;
    bytes[] internal accountProof;
    bytes[] internal storageProof;
    SourceStateHarness internal dapp;
    SourceStateHarness internal dappWithAttestation;

    function setUp() public virtual {
        (storageRoot, storageProof) = column(keccak256(abi.encode(POSITION)), 2, hex"820400", 16);
        bytes memory rlp = accountRlp(storageRoot, keccak256("code"));
        (claim.stateRoot, accountProof) = column(keccak256(abi.encodePacked(OWNER)), 3, rlp, 16);
        (claim.number, claim.timestamp) = (NUMBER, TIMESTAMP);
        dapp = _dappOver(false);
        dappWithAttestation = _dappOver(true);
    }

    function _dappOver(bool attested) private returns (SourceStateHarness) {
        return new SourceStateHarness(IStateSync(address(new OneClaim(claim, attested))));
    }
}
