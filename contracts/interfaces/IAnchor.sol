// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Anchor: was this block chosen by A?
/// @notice An anchor ties the destination chain to the consensus of the source chain A. It decides *order* (which
/// blocks are A's), never *validity* (whether a block's state is the result of its transactions). It is asked only in
/// disputes and for voluntary attestations, so that the happy path of a claim costs nothing.
interface IAnchor {
    /// @notice Whether `evidence` shows that A's block number `number` has the hash `hash` and is final on A.
    /// @dev Evidence that is malformed reverts with a named error; evidence that is well formed and does not convince
    /// (expired, about another block, too few signers) returns false. Neither is ever true. The gas spent is bounded
    /// by the size of the evidence, whose limit each anchor states.
    /// @param number The number of the block on A.
    /// @param hash The hash of the block's header. Zero is never canonical.
    /// @param evidence The bytes that the anchor defines; its encoder lives in `shared/protocol`.
    function isCanonical(uint64 number, bytes32 hash, bytes calldata evidence) external view returns (bool);

    /// @notice For how long, at least, evidence that an honest party can obtain stays valid after it was obtained.
    /// @dev The courts check in their constructors that it covers the claim window, the time to answer a demand and all
    /// freezes of a guardian; otherwise an honest proposer could be slashed with good evidence that has turned stale in
    /// its drawer.
    /// @return lifetime Seconds; `type(uint64).max` if evidence never expires.
    function evidenceLifetime() external view returns (uint64 lifetime);
}
