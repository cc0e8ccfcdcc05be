// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceSlot, SourceSlots} from "optisync/contracts/dapp/SourceSlot.sol";
import {SourceState} from "optisync/contracts/dapp/SourceState.sol";
import {SourceWords} from "optisync/contracts/dapp/SourceWords.sol";
import {IStateSync} from "optisync/contracts/interfaces/IStateSync.sol";
import {Account} from "optisync/contracts/types/Account.sol";
import {Claim} from "optisync/contracts/types/Claim.sol";

error PollUnknown(uint256 poll);
error PollClosed(uint256 poll, uint256 closesAt);
error PollOpen(uint256 poll, uint256 closesAt);
error AlreadyVoted(uint256 poll, address voter);
error NoVotingPower(uint256 poll, address voter);
/// The token does not exist on A at this block.
error TokenMissing(address token);
/// Another claim than the one the poll was opened with.
error ClaimMismatch(bytes32 got, bytes32 wanted);

/// Polls on B, weighted by the voting power that an ERC20Votes token on A gave each voter at one fixed block. Whoever
/// opens a poll proves the token's account at that block, once; each voter proves two slots. No feed, no fees, nobody
/// but A's final state decides who has how many votes.
contract SourceVote {
    using SourceState for IStateSync;
    using SourceWords for bytes32;

    struct Poll {
        bytes32 question;
        bytes32 claim;
        /// Block of A at which votes are weighed.
        uint64 number;
        uint64 closesAt;
        /// The token's storage root at that block.
        bytes32 storageRoot;
        uint256 yes;
        uint256 no;
    }

    /// Oldest block, in seconds, that a poll may be opened at.
    uint64 public constant MAX_AGE = 1 days;
    uint64 public constant DURATION = 3 days;
    /// Where ERC20Votes keeps `mapping(address => Checkpoints.Trace208)`, for this token's inheritance.
    uint256 private constant CHECKPOINTS = 9;
    /// A checkpoint is one slot: the time as uint48, the votes as uint208 above it.
    uint256 private constant VOTES_OFFSET = 6;
    uint256 private constant VOTES_SIZE = 26;

    IStateSync private immutable SYNC;
    address private immutable TOKEN;

    uint256 public pollCount;
    mapping(uint256 poll => Poll) private _polls;
    mapping(uint256 poll => mapping(address voter => bool)) public hasVoted;

    event PollOpened(uint256 indexed poll, bytes32 indexed question, uint64 number, uint64 closesAt);
    event Voted(uint256 indexed poll, address indexed voter, bool isYes, uint256 votes);

    /// @param token Its address on A.
    constructor(IStateSync sync, address token) {
        SYNC = sync;
        TOKEN = token;
    }

    /// Opens a poll at the claim's block. Its root has to be attested: a poll decides something, and its voters cannot
    /// wait for a better one.
    function open(
        bytes32 question,
        Claim calldata claim,
        bytes[] calldata accountProof
    ) external returns (uint256 poll) {
        SYNC.attestedRoot(claim, MAX_AGE);
        (Account memory token, bool exists) = SYNC.account(claim, MAX_AGE, TOKEN, accountProof);
        require(exists, TokenMissing(TOKEN));

        poll = ++pollCount;
        uint64 closesAt = uint64(block.timestamp) + DURATION;
        _polls[poll] = Poll(question, claim.id(), claim.number, closesAt, token.storageRoot, 0, 0);
        emit PollOpened(poll, question, claim.number, closesAt);
    }

    /// @param proofs Of the length of the voter's list of checkpoints, and of its last checkpoint; see `slotsOf`.
    function vote(uint256 poll, bool isYes, bytes[] calldata proofs, bytes[] calldata lastProofs) external {
        Poll storage poll_ = _known(poll);
        require(block.timestamp <= poll_.closesAt, PollClosed(poll, poll_.closesAt));
        require(!hasVoted[poll][msg.sender], AlreadyVoted(poll, msg.sender));
        uint256 votes = _votesOf(poll_.storageRoot, msg.sender, proofs, lastProofs);
        require(votes != 0, NoVotingPower(poll, msg.sender));

        hasVoted[poll][msg.sender] = true;
        if (isYes) poll_.yes += votes;
        else poll_.no += votes;
        emit Voted(poll, msg.sender, isYes, votes);
    }

    /// The result of a closed poll. Asks once more whether the claim still stands: should A's block ever be contested,
    /// nothing that was weighed by it is worth anything.
    /// @param claim The one that the poll was opened with.
    function resultOf(uint256 poll, Claim calldata claim) external view returns (uint256 yes, uint256 no) {
        Poll storage poll_ = _known(poll);
        require(block.timestamp > poll_.closesAt, PollOpen(poll, poll_.closesAt));
        bytes32 id = claim.id();
        require(id == poll_.claim, ClaimMismatch(id, poll_.claim));
        SYNC.requireFinal(claim);
        return (poll_.yes, poll_.no);
    }

    function pollOf(uint256 poll) external view returns (Poll memory) {
        return _known(poll);
    }

    /// Which slots of the token a voter proves: the list's length and, `length` being that, its last element.
    function slotsOf(address voter, uint256 length) public pure returns (SourceSlot list, SourceSlot last) {
        list = SourceSlots.variable(CHECKPOINTS).entry(voter);
        last = list.element(length - 1, 1);
    }

    function _votesOf(
        bytes32 storageRoot,
        address voter,
        bytes[] calldata proofs,
        bytes[] calldata lastProofs
    ) private pure returns (uint256) {
        Account memory token;
        token.storageRoot = storageRoot;
        SourceSlot list = SourceSlots.variable(CHECKPOINTS).entry(voter);
        uint256 length = SourceState.slotUnder(token, SourceSlot.unwrap(list), proofs);
        if (length == 0) return 0;
        (, SourceSlot last) = slotsOf(voter, length);
        uint256 checkpoint = SourceState.slotUnder(token, SourceSlot.unwrap(last), lastProofs);
        return bytes32(checkpoint).toUint(VOTES_OFFSET, VOTES_SIZE);
    }

    function _known(uint256 poll) private view returns (Poll storage poll_) {
        poll_ = _polls[poll];
        require(poll_.claim != 0, PollUnknown(poll));
    }
}
