// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using {requireWindow, requireReward} for Assumptions global;

/// What a deployment takes for granted about B and about honest parties. Constructors check every window and every
/// bond against it, and anybody can read it: these numbers are the security statement.
struct Assumptions {
    /// Longest time, in seconds, that B can keep an honest transaction out, outages included.
    uint64 censorship;
    /// Time, in seconds, an honest party needs to notice an object and act on it.
    uint64 reaction;
    /// Largest error, in seconds, of B's block timestamps.
    uint64 skew;
    /// Wei per gas that honest parties budget for.
    uint64 gasPrice;
}

/// A window shorter than censorship + reaction + skew, or than ten times the skew, protects nobody.
error WindowTooShort(uint256 window, uint256 wanted);
/// What an honest party earns or gets back would not pay twice for its gas.
error RewardTooSmall(uint256 reward, uint256 wanted);

function requireWindow(Assumptions memory assumptions, uint256 window) pure {
    uint256 needed = uint256(assumptions.censorship) + assumptions.reaction + assumptions.skew;
    uint256 tenfold = 10 * uint256(assumptions.skew);
    if (tenfold > needed) needed = tenfold;
    require(window >= needed, WindowTooShort(window, needed));
}

/// @param reward Wei that go to the honest side. @param gas What its transactions cost.
function requireReward(Assumptions memory assumptions, uint256 reward, uint256 gas) pure {
    uint256 wanted = 2 * gas * assumptions.gasPrice;
    require(reward >= wanted, RewardTooSmall(reward, wanted));
}
