// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The machine whose runs the execution game cuts up: it says with which state a block's execution starts and ends,
/// and executes a single step of it from a proof.
///
/// What the game needs of it: every state has at most one successor for which a proof is accepted; every state of a
/// true run has one that fits a transaction; the last state is its own successor. Whoever knows a run can defend it,
/// and nobody can defend anything else.
interface IStepper {
    /// The first and the last state of the execution of a block, if it is as its header says. Reverts unless the headers
    /// are those of a block and its parent by every rule that headers alone decide.
    /// @param parent RLP of the header of the parent.
    /// @param header RLP of the header of the block.
    function bounds(
        bytes calldata parent,
        bytes calldata header
    ) external view returns (bytes32 first, bytes32 last);

    /// Proves a step. Reverts unless the proof fits the state.
    /// @param current Hash of a state.
    /// @param proof What the machine has to be shown, in its own encoding.
    /// @return next Hash of its successor; of the same state if it is final.
    function step(bytes32 current, bytes calldata proof) external view returns (bytes32 next);
}
