// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {FeedState} from "optisync/contracts/dapp/FeedState.sol";
import {SourceSlots} from "optisync/contracts/dapp/SourceSlot.sol";
import {IFeeds} from "optisync/contracts/interfaces/IFeeds.sol";

/// The account holds too little on A for this much debt.
error LimitExceeded(address account, uint256 debt, uint256 limit);
/// The account was called in and has not paid back yet.
error CalledIn(address account);
/// What the account holds on A covers its debt.
error DebtCovered(address account, uint256 debt, uint256 limit);

/// Lends a token on B up to half of what somebody holds of an ordinary ERC-20 on A. The token on A knows nothing of
/// this contract: a feed mirrors its storage, and one line reads a balance out of it.
contract CreditLine is ERC20 {
    using FeedState for IFeeds;

    /// Oldest balance that counts, in seconds since its block on A.
    uint256 public constant MAX_AGE = 10 minutes;
    /// Where OpenZeppelin's ERC20 keeps its mapping of balances.
    uint256 private constant BALANCES = 0;

    IFeeds private immutable FEEDS;
    uint64 private immutable FEED;

    mapping(address account => uint256) public debtOf;
    mapping(address account => bool) public isCalledIn;

    event Borrowed(address indexed account, uint256 amount, uint256 balanceOnA);
    event Repaid(address indexed account, uint256 amount);
    event WasCalledIn(address indexed account, uint256 debt, uint256 balanceOnA);

    constructor(IFeeds feeds, uint64 feed) ERC20("Credit", "CRD") {
        FEEDS = feeds;
        FEED = feed;
    }

    function borrow(uint256 amount) external {
        require(!isCalledIn[msg.sender], CalledIn(msg.sender));
        uint256 balance = balanceOnA(msg.sender);
        uint256 debt = debtOf[msg.sender] + amount;
        require(debt <= balance / 2, LimitExceeded(msg.sender, debt, balance / 2));

        debtOf[msg.sender] = debt;
        _mint(msg.sender, amount);
        emit Borrowed(msg.sender, amount, balance);
    }

    function repay(uint256 amount) external {
        uint256 debt = debtOf[msg.sender];
        uint256 paid = amount < debt ? amount : debt;

        debtOf[msg.sender] = debt - paid;
        if (paid == debt) isCalledIn[msg.sender] = false;
        _burn(msg.sender, paid);
        emit Repaid(msg.sender, paid);
    }

    /// Anybody may show that an account does not hold enough on A any more. It gets no new credit until it has repaid.
    function callIn(address account) external {
        uint256 balance = balanceOnA(account);
        uint256 debt = debtOf[account];
        require(debt > balance / 2, DebtCovered(account, debt, balance / 2));

        isCalledIn[account] = true;
        emit WasCalledIn(account, debt, balance);
    }

    /// What the account holds on A at the block that the feed shows. Reverts if that cannot be known: not readable is
    /// not zero.
    function balanceOnA(address account) public view returns (uint256) {
        return FEEDS.readUint(FEED, SourceSlots.variable(BALANCES).entry(account), MAX_AGE);
    }
}
