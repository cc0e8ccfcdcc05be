// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Something to send transactions to: each turn passes once and in order, and every way to fail has a function.
contract Turnstile {
    error OutOfTurn(uint256 got, uint256 wanted);
    error Closed(Reason reason);

    event Passed(uint256 indexed turn, address indexed by, uint256 value);

    struct Reason {
        uint256 code;
        string[] words;
    }

    uint256 public turn;

    function pass(uint256 turn_) external payable {
        require(turn_ == turn, OutOfTurn(turn_, turn));
        turn = turn_ + 1;
        emit Passed(turn_, msg.sender, msg.value);
    }

    function close(uint256 code, string[] calldata words) external pure {
        revert Closed(Reason(code, words));
    }

    function refuse(string calldata why) external pure {
        revert(why);
    }

    function divide(uint256 by) external pure returns (uint256) {
        return 1 / by;
    }

    function burnGas() external view {
        while (gasleft() > 0) {}
    }
}
