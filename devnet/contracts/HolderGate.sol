// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../contracts/dapp/SourceState.sol";
import {IStateSync} from "../../contracts/interfaces/IStateSync.sol";
import {Claim} from "../../contracts/types/Claim.sol";

/// The account holds too little on A to be let in.
error BalanceTooSmall(address account, uint256 balance, uint256 wanted);

/// A contract on B that lets in who holds a token on A. It needs no feed: whoever enters brings the proof, and pays
/// for checking it.
contract HolderGate {
    using SourceState for IStateSync;

    /// Oldest balance the gate accepts, in seconds since its block on A.
    uint64 private constant MAX_AGE = 1 hours;
    /// Where OpenZeppelin's ERC20 keeps its mapping of balances.
    uint256 private constant BALANCES = 0;

    IStateSync private immutable SYNC;
    address private immutable TOKEN;
    uint256 private immutable LEAST;

    mapping(address account => bool) public isMember;

    event Entered(address indexed account, uint256 balanceOnA, uint64 number);

    /// @param token The token's address on A. @param least Balance that is enough.
    constructor(IStateSync sync, address token, uint256 least) {
        SYNC = sync;
        TOKEN = token;
        LEAST = least;
    }

    /// Everything is what `optisync read <token> <slot> --json` prints for the slot of the caller's balance.
    /// @param claim The final claim whose state root the proofs lead to.
    function enter(
        Claim calldata claim,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external {
        uint256 position = uint256(keccak256(abi.encode(msg.sender, BALANCES)));
        uint256 balance = SYNC.slot(claim, MAX_AGE, TOKEN, position, accountProof, storageProof);
        require(balance >= LEAST, BalanceTooSmall(msg.sender, balance, LEAST));

        isMember[msg.sender] = true;
        emit Entered(msg.sender, balance, claim.number);
    }
}
