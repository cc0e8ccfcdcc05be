// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IStake,
    NotModule,
    NotStaker,
    StakeTooSmall,
    OperatorCapExceeded,
    NotLocked,
    TransferFailed,
    ZeroAddress,
    AmountTooLarge,
    TooManyModules
} from "./interfaces/IStake.sol";

/// The rules are told in IStake.
contract Stake is IStake {
    address private constant GRAVE = 0x000000000000000000000000000000000000dEaD;

    /// The modules are part of the code, so that asking who calls costs no storage access; unused places are zero.
    address private immutable MODULE_0;
    address private immutable MODULE_1;
    address private immutable MODULE_2;
    address private immutable MODULE_3;

    /// One more than what each module holds, once it has held anything: a bond that comes and goes would otherwise pay
    /// for a new slot each time.
    mapping(address module => mapping(address staker => uint256)) private _ledger;
    mapping(address staker => Account) private _accounts;
    mapping(address staker => Operator) private _operators;
    uint256 public burned;

    modifier onlyModule() {
        require(isModule(msg.sender), NotModule(msg.sender));
        _;
    }

    /// @param modules Addresses at which the modules are, or are going to be, deployed. Each module's constructor
    /// checks that it is one of them, so a wrong address here stops the deployment.
    constructor(address[] memory modules) {
        require(modules.length <= 4, TooManyModules(modules.length));
        for (uint256 i = 0; i < modules.length; ++i) {
            require(modules[i] != address(0), ZeroAddress());
        }
        MODULE_0 = modules.length > 0 ? modules[0] : address(0);
        MODULE_1 = modules.length > 1 ? modules[1] : address(0);
        MODULE_2 = modules.length > 2 ? modules[2] : address(0);
        MODULE_3 = modules.length > 3 ? modules[3] : address(0);
    }

    /// @inheritdoc IStake
    function deposit(address staker) external payable {
        require(staker != address(0), ZeroAddress());
        // Ether in existence is below 2^96 wei, so neither this sum nor any other sum of stakes overflows.
        _accounts[staker].free += uint96(msg.value);

        emit Deposited(staker, msg.sender, msg.value);
    }

    /// @inheritdoc IStake
    function withdraw(uint256 amount, address to) external {
        require(to != address(0), ZeroAddress());
        Account storage account_ = _accounts[msg.sender];
        require(amount <= account_.free, StakeTooSmall(msg.sender, account_.free, amount));

        account_.free -= uint96(amount);
        emit Withdrawn(msg.sender, to, amount);

        _pay(to, amount);
    }

    /// @inheritdoc IStake
    function setOperator(address key, uint96 cap) external {
        _operators[msg.sender] = Operator(key, key == address(0) ? 0 : cap);

        emit OperatorSet(msg.sender, key, _operators[msg.sender].cap);
    }

    /// @inheritdoc IStake
    function sweepBurned() external {
        uint256 amount = burned;
        burned = 0;

        _pay(GRAVE, amount);
    }

    /// @inheritdoc IStake
    function lock(address staker, address caller, uint256 amount) external onlyModule {
        Account memory account_ = _accounts[staker];
        require(amount <= type(uint96).max, AmountTooLarge(amount));
        require(amount <= account_.free, StakeTooSmall(staker, account_.free, amount));
        if (caller != staker) {
            Operator memory operator_ = _operators[staker];
            require(caller == operator_.key, NotStaker(staker, caller));
            uint256 atRisk = account_.locked + amount;
            // INVARIANT: an operator key never has more than its cap at risk, and slashing lowers the cap.
            require(atRisk <= operator_.cap, OperatorCapExceeded(caller, atRisk, operator_.cap));
        }

        _accounts[staker] = Account(account_.free - uint96(amount), account_.locked + uint96(amount));
        uint256 entry = _ledger[msg.sender][staker];
        _ledger[msg.sender][staker] = (entry == 0 ? 1 : entry) + amount;
    }

    /// @inheritdoc IStake
    function release(address staker, uint256 amount) external onlyModule {
        _unlock(staker, amount);

        _accounts[staker].free += uint96(amount);
    }

    /// @inheritdoc IStake
    function slash(address staker, uint256 amount, address winner) external onlyModule {
        require(winner != address(0), ZeroAddress());
        _unlock(staker, amount);

        // The odd wei is burned.
        uint256 reward = amount / 2;
        _accounts[winner].free += uint96(reward);
        burned += amount - reward;
        Operator storage operator_ = _operators[staker];
        if (operator_.cap != 0) operator_.cap -= uint96(amount < operator_.cap ? amount : operator_.cap);
        emit Slashed(msg.sender, staker, winner, reward, amount - reward);
    }

    /// @inheritdoc IStake
    function isModule(address module) public view returns (bool) {
        return
            module != address(0) &&
            (module == MODULE_0 || module == MODULE_1 || module == MODULE_2 || module == MODULE_3);
    }

    /// @inheritdoc IStake
    function lockedBy(address module, address staker) public view returns (uint256) {
        uint256 entry = _ledger[module][staker];
        return entry == 0 ? 0 : entry - 1;
    }

    /// @inheritdoc IStake
    function account(address staker) external view returns (Account memory) {
        return _accounts[staker];
    }

    /// @inheritdoc IStake
    function operator(address staker) external view returns (Operator memory) {
        return _operators[staker];
    }

    /// @inheritdoc IStake
    function actsFor(address caller, address staker) external view returns (bool) {
        return caller == staker || (caller != address(0) && caller == _operators[staker].key);
    }

    function _unlock(address staker, uint256 amount) private {
        uint256 held = lockedBy(msg.sender, staker);
        // INVARIANT: a module releases and slashes only what it locked itself.
        require(amount <= held, NotLocked(msg.sender, staker, held, amount));
        if (amount != 0) _ledger[msg.sender][staker] = held - amount + 1;
        _accounts[staker].locked -= uint96(amount);
    }

    function _pay(address to, uint256 amount) private {
        (bool success, ) = to.call{value: amount}("");
        require(success, TransferFailed(to, amount));
    }
}
