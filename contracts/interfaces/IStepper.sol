// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The execution machine as the game knows it: a sequence of states for each block, of which one step can be proven at
/// a time. For every state at most one successor has a proof, and the proof of every reachable one fits a transaction.
interface IStepper {
    /// The machine's first state and its last, if the block is executed as its header says.
    ///
    /// Reverts unless both headers are well formed and the block's follows from its parent's by the rules of consensus.
    /// @param parent RLP of the header of the parent.
    /// @param header RLP of the header of the block.
    function bounds(
        bytes calldata parent,
        bytes calldata header
    ) external view returns (bytes32 first, bytes32 last);

    /// Proves a step. Reverts unless the proof is one.
    /// @param current Hash of a state.
    /// @param proof ABI encoding of the state (without an offset: all of it is static), of words, of blobs and of the
    /// accounts that hold the last blob if it is too large for a transaction.
    /// @return next Hash of its successor; of the same state if it is final.
    function step(bytes32 current, bytes calldata proof) external view returns (bytes32 next);
}
