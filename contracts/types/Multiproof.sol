// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// What is wrong with a multi-proof of either form: see Transition.sol and Revaluation.sol.

/// The multi-proof cannot be read at this offset: cut off, an unknown form, a prefix too long, no child in a run.
error MultiproofMalformed(uint256 offset);
/// Bytes are left over at this offset, in the multi-proof or in the old values.
error MultiproofSurplus(uint256 offset);
/// The old values end too early, or one has more than 32 bytes, at this delta.
error OldValueMalformed(uint256 delta);
/// The delta says that a slot changes to the value it has.
error DeltaRedundant(uint256 delta);
/// The slot is empty before or after this delta, or its leaf too short to be referred to by hash: only the general form
/// of multi-proofs has place for it.
error NotRevalued(uint256 delta);
/// The old values and the multi-proof are not those of the trie that changes.
error OldRootMismatch(bytes32 got, bytes32 wanted);
