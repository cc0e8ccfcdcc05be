// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeRlp} from "./NodeRlp.sol";

/// The parts of a sync's proof end beyond it, or there is a path where the account is shown by a proof of its own.
error SyncProofMalformed(uint256 size);

/// @title What `Prover.sync` is told, in one piece
/// @notice Each argument of its own would bring an offset, a length and padding, which cost as much as another node.
///
///     sizes of the next three: 3 each | deltas | old values | multi-proof | account path
///
/// Deltas: see Deltas.sol. Old values and multi-proof: see Transition.sol. Path: see AccountPath.sol.
library SyncProof {
    uint256 private constant SIZES = 9;

    /// The first three parts. Whoever reads the others has called this before: here it is seen whether all are there.
    function transitionOf(
        bytes calldata proof
    ) internal pure returns (bytes calldata deltas, bytes calldata before, bytes calldata nodes) {
        unchecked {
            (uint256 start, uint256 end) = NodeRlp.bounds(proof);
            uint256 sizes = uint256(NodeRlp.word(start));
            start += SIZES;
            uint256 size = sizes >> 232;
            deltas = NodeRlp.slice(start, size);
            start += size;
            size = (sizes >> 208) & 0xffffff;
            before = NodeRlp.slice(start, size);
            start += size;
            size = (sizes >> 184) & 0xffffff;
            nodes = NodeRlp.slice(start, size);
            require(start + size <= end, SyncProofMalformed(proof.length));
        }
    }

    function deltasOf(bytes calldata proof) internal pure returns (bytes calldata) {
        unchecked {
            (uint256 start, ) = NodeRlp.bounds(proof);
            return NodeRlp.slice(start + SIZES, uint256(NodeRlp.word(start)) >> 232);
        }
    }

    /// @param start Where the multi-proof ends.
    function pathFrom(bytes calldata proof, uint256 start) internal pure returns (bytes calldata) {
        unchecked {
            (, uint256 end) = NodeRlp.bounds(proof);
            return NodeRlp.slice(start, end - start);
        }
    }
}
