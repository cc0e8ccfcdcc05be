// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../../contracts/interfaces/IFeeds.sol";

/// The account holds too little on A for this credit.
error CreditTooLarge(address account, uint256 wanted, uint256 limit);

/// A contract on B that lends against what somebody holds on A: up to half of the token balance there, as a feed
/// shows it. The whole integration is one call.
contract CreditDesk {
    /// Oldest balance the desk relies on, in seconds since its block on A.
    uint256 private constant MAX_AGE = 10 minutes;
    /// Where OpenZeppelin's ERC20 keeps its mapping of balances.
    uint256 private constant BALANCES = 0;

    IFeeds private immutable FEEDS;
    uint64 private immutable FEED;

    mapping(address account => uint256) public credit;

    event CreditGiven(address indexed account, uint256 amount, uint256 balanceOnA);

    constructor(IFeeds feeds, uint64 feed) {
        FEEDS = feeds;
        FEED = feed;
    }

    function borrow(uint256 amount) external {
        uint256 balance = balanceOnA(msg.sender);
        uint256 limit = balance / 2;
        uint256 wanted = credit[msg.sender] + amount;
        require(wanted <= limit, CreditTooLarge(msg.sender, wanted, limit));

        credit[msg.sender] = wanted;
        emit CreditGiven(msg.sender, amount, balance);
    }

    /// What `account` holds on A, at the block the feed shows.
    function balanceOnA(address account) public view returns (uint256) {
        bytes32 slot = keccak256(abi.encode(account, BALANCES));
        return uint256(FEEDS.read(FEED, slot, MAX_AGE));
    }
}
