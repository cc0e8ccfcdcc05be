// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The machine whose runs the execution game cuts up: it says with which state a block's execution starts and ends,
/// and executes a single step of it from a proof.
///
/// What the game needs of it: every state has at most one successor for which a proof is accepted; every state of a
/// true run has one; the last state is its own successor. Whoever knows a run can defend it, and nobody can defend
/// anything else.
interface IStepper {
    /// The first and the last state of the execution of a block, from its header and its parent's. Reverts unless the
    /// headers are those of a block and its parent by every rule that headers alone decide.
    function bounds(
        bytes calldata parent,
        bytes calldata header
    ) external view returns (bytes32 first, bytes32 last);

    /// The successor of a state. Reverts unless the proof fits the state.
    function step(bytes32 current, bytes calldata proof) external view returns (bytes32 next);
}
