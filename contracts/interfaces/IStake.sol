// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The caller is not one of the modules fixed at deployment.
error NotModule(address caller);
/// `caller` is neither the staker nor its operator.
error NotStaker(address staker, address caller);
error StakeTooSmall(address staker, uint256 free, uint256 wanted);
/// The lock would raise the stake at risk above what the staker allows its operator.
error OperatorCapExceeded(address operator, uint256 locked, uint256 cap);
/// A module may release and slash only what it locked itself.
error NotLocked(address module, address staker, uint256 locked, uint256 wanted);
error TransferFailed(address to, uint256 amount);
error ZeroAddress();
error AmountTooLarge(uint256 amount);
error TooManyModules(uint256 count);

/// The bonds of everybody, in B's native currency.
///
/// A staker deposits, modules lock parts of its stake, and what a court decides is paid from locked stake: half to
/// the winner, half burned, so that slashing oneself always costs. The contract's balance never falls below the sum
/// of everything it owes.
interface IStake {
    /// `free` can be withdrawn or locked, `locked` is held by modules.
    struct Account {
        uint96 free;
        uint96 locked;
    }

    /// A second key that may lock the staker's stake up to `cap` wei at risk. What is slashed lowers the cap, so a
    /// stolen operator key never costs more than the cap.
    struct Operator {
        address key;
        uint96 cap;
    }

    event Deposited(address indexed staker, address indexed from, uint256 amount);
    event Withdrawn(address indexed staker, address indexed to, uint256 amount);
    event OperatorSet(address indexed staker, address indexed operator, uint256 cap);
    event Slashed(
        address indexed module,
        address indexed staker,
        address indexed winner,
        uint256 reward,
        uint256 burned
    );

    /// Adds the value sent to the free stake of `staker`.
    function deposit(address staker) external payable;

    /// Pays `amount` of the caller's free stake to `to`.
    function withdraw(uint256 amount, address to) external;

    /// Replaces the caller's operator; the zero key removes it.
    function setOperator(address key, uint96 cap) external;

    /// Sends everything burned so far to an address without a key.
    function sweepBurned() external;

    /// Moves free stake under the calling module, whose own events tell why. `caller` is who asked the module for it:
    /// the staker itself or its operator. Only for modules.
    function lock(address staker, address caller, uint256 amount) external;

    /// Gives locked stake back. Only for the module that locked it.
    function release(address staker, uint256 amount) external;

    /// Takes locked stake: half becomes free stake of `winner`, half is burned. Only for the module that locked it.
    function slash(address staker, uint256 amount, address winner) external;

    function isModule(address module) external view returns (bool);

    function account(address staker) external view returns (Account memory);

    function operator(address staker) external view returns (Operator memory);

    /// Whether `caller` may act for `staker`.
    function actsFor(address caller, address staker) external view returns (bool);

    /// Wei that `module` holds of `staker`.
    function lockedBy(address module, address staker) external view returns (uint256);

    /// Wei burned and not yet swept.
    function burned() external view returns (uint256);
}
