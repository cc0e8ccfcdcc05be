// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim} from "../types/Claim.sol";
import {IAnchor} from "./IAnchor.sol";

/// The anchor does not accept the evidence for this block.
error EvidenceRejected(uint64 number, bytes32 blockHash);
/// The claim's block was shown to be canonical: there is nothing left to demand.
error AlreadyAttested(bytes32 claim);
/// The first demand for evidence ran out before the evidence came.
error AnswerTooLate(bytes32 claim, uint256 deadline, uint256 clock);
error DemandExists(bytes32 claim, address challenger);
error DemandUnknown(bytes32 claim, address challenger);
/// The claim is still pending, unattested, and its proposer still has time.
error DemandOpen(bytes32 claim, address challenger, uint256 deadline, uint256 clock);
/// Both pieces of evidence must speak of different hashes.
error NotAnEquivocation(uint64 number, bytes32 blockHash);

/// The court for "the claimed block is not on A's chain".
///
/// A challenger demands anchor evidence for a claim's tip and locks a small bond. The proposer shows it in time, or
/// is slashed. Evidence shown once makes a claim immune for ever, so one answer meets every demand. Slashing on
/// contrary evidence instead would let a corrupt committee loot every honest bond in one block.
///
/// Any number of challengers may demand at the same time; a claim that dies pays the one whose deadline was used.
interface IAnchorCourt {
    struct Parameters {
        /// Seconds on the protocol clock to answer a demand.
        uint64 answerTime;
        /// Wei a challenger locks for each demand.
        uint96 bond;
    }

    event EvidenceDemanded(bytes32 indexed claim, address indexed challenger, uint64 deadline);
    event DemandSettled(bytes32 indexed claim, address indexed challenger, DemandOutcome outcome);
    event EquivocationReported(uint64 indexed number, bytes32 a, bytes32 b);

    enum DemandOutcome {
        /// Evidence was shown: the challenger's bond is half the proposer's, half burned.
        Answered,
        /// Time ran out: the claim was rejected in the challenger's favour; its bond went back.
        TimedOut,
        /// The claim was decided elsewhere: the challenger's bond went back.
        Void
    }

    /// Shows evidence that the claim's block is canonical. Anybody, at any time until the first demand runs out;
    /// also after finality, where it strengthens the root. Not in refund mode.
    function attest(Claim calldata claim, bytes calldata evidence) external;

    /// Demands evidence, with the bond of `challenger`, which is the caller or has the caller for its operator.
    /// While the claim's window is open, and not in refund mode.
    function demand(Claim calldata claim, address challenger) external;

    /// `attest` and `settle` in one.
    function answer(Claim calldata claim, address challenger, bytes calldata evidence) external;

    /// Rejects a claim whose demand ran out and returns the challenger's bond. Anybody; the challenger is paid.
    function timeout(Claim calldata claim, address challenger) external;

    /// Closes a demand whose claim was decided: attested, rejected, orphaned or refunded. Anybody.
    function settle(Claim calldata claim, address challenger) external;

    /// Shows evidence for two hashes of one block: the anchor has failed, and the protocol enters refund mode.
    function reportEquivocation(
        uint64 number,
        bytes32 hashA,
        bytes calldata evidenceA,
        bytes32 hashB,
        bytes calldata evidenceB
    ) external;

    /// @return Last second, on the protocol clock, to answer this demand; zero if there is none.
    function demandDeadline(bytes32 claim, address challenger) external view returns (uint64);

    /// @return Last second, on the protocol clock, to answer the first open demand; zero if there is none.
    function answerDeadline(bytes32 claim) external view returns (uint64);

    function ANCHOR() external view returns (IAnchor);

    function parameters() external view returns (Parameters memory);
}
