// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

error NotGuardian(address caller);
/// The clock already stands still, or already runs.
error AlreadyFrozen();
error NotFrozen();
error FreezeBudgetSpent();

/// The one clock of the protocol: B's timestamp less the seconds for which the guardian froze it. Every deadline is
/// counted on it, so a freeze moves all of them alike. While frozen, proofs, moves and defences stay allowed.
interface IClock {
    event ClockFrozen(uint256 timestamp);
    event ClockResumed(uint256 timestamp, uint256 frozenSeconds);

    /// Stops the clock. Only for the guardian, within a budget for the whole life of the deployment.
    function freeze() external;

    /// Lets the clock run again. For the guardian; for anybody once the budget is spent, when it runs anyway.
    function resume() external;

    /// @return Seconds since the epoch less the frozen ones.
    function clock() external view returns (uint64);

    /// @return Seconds of freezing the guardian has left.
    function freezeBudget() external view returns (uint64);

    function guardian() external view returns (address);
}
