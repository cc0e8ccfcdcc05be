// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClock, NotGuardian, AlreadyFrozen, NotFrozen, FreezeBudgetSpent} from "./interfaces/IClock.sol";

/// The rules are told in IClock.
abstract contract Clock is IClock {
    address public immutable guardian;
    /// Seconds; zero without a guardian.
    uint64 internal immutable GUARDIAN_BUDGET;

    /// Timestamp of the freeze in force; zero while the clock runs.
    uint64 private _frozenAt;
    /// Seconds of all freezes that have ended.
    uint64 private _frozenSeconds;

    constructor(address guardian_, uint64 budget) {
        guardian = guardian_;
        GUARDIAN_BUDGET = guardian_ == address(0) ? 0 : budget;
    }

    /// @inheritdoc IClock
    function freeze() external {
        require(msg.sender == guardian, NotGuardian(msg.sender));
        require(_frozenAt == 0, AlreadyFrozen());
        require(_frozenSeconds < GUARDIAN_BUDGET, FreezeBudgetSpent());

        _frozenAt = uint64(block.timestamp);
        emit ClockFrozen(block.timestamp);
    }

    /// @inheritdoc IClock
    function resume() external {
        require(_frozenAt != 0, NotFrozen());
        require(msg.sender == guardian || freezeBudget() == 0, NotGuardian(msg.sender));

        _frozenSeconds += _currentFreeze();
        _frozenAt = 0;
        emit ClockResumed(block.timestamp, _frozenSeconds);
    }

    /// @inheritdoc IClock
    function clock() public view returns (uint64) {
        return uint64(block.timestamp) - _frozenSeconds - _currentFreeze();
    }

    /// @inheritdoc IClock
    function freezeBudget() public view returns (uint64) {
        return GUARDIAN_BUDGET - _frozenSeconds - _currentFreeze();
    }

    /// The seconds of the freeze in force that count: a freeze ends by itself when the budget is spent.
    function _currentFreeze() private view returns (uint64) {
        if (_frozenAt == 0) return 0;
        uint64 elapsed = uint64(block.timestamp) - _frozenAt;
        // INVARIANT: all freezes together never exceed the budget, whatever the guardian does.
        uint64 left = GUARDIAN_BUDGET - _frozenSeconds;
        return elapsed < left ? elapsed : left;
    }
}
