// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Assumptions} from "../types/Assumptions.sol";
import {Claim, ClaimRecord, ClaimStatus} from "../types/Claim.sol";
import {ForkSchedule} from "../types/ForkSchedule.sol";
import {IClock} from "./IClock.sol";

error NotCourt(address caller);
/// Everything but reading final roots and taking money out has ended.
error RefundModeActive();
error RefundModeInactive();
/// A claim with this id exists: the same proposer, parent and block.
error ClaimExists(bytes32 id);
error ClaimStatusWrong(bytes32 id, ClaimStatus status, ClaimStatus wanted);
/// The parent is unknown, rejected, orphaned or refunded; or, when finalizing, not final yet.
error ParentStatusWrong(bytes32 parent, ClaimStatus status);
/// The block does not lie within (low, high].
error NumberOutOfRange(uint64 number, uint64 low, uint64 high);
error TimestampOutOfRange(uint64 timestamp, uint64 low, uint64 high);
error WindowOpen(uint256 deadline, uint256 clock);
error WindowClosed(uint256 deadline, uint256 clock);
error ChallengesOpen(bytes32 id, uint256 count);
error GracePeriod(uint256 quietUntil, uint256 clock);
/// A claim with another hash for this block was about to become final, too: neither can be believed.
error BlockContested(uint64 number);
error ParameterOutOfRange(bytes32 name, uint256 value);

/// Claims about the blocks of source chain A, and the roots that became final.
///
/// A bonded proposer posts the header of a block of A. Courts may reject the claim while its window is open or a
/// challenge is pending; if nobody does, anybody finalizes it and B's contracts may read its state root. Claims form
/// a tree under a genesis claim. True claims never compete: two final claims about one chain cannot conflict.
///
/// | from    | to       | by            | when                                                             |
/// |---------|----------|---------------|------------------------------------------------------------------|
/// | None    | Pending  | `propose`     | parent pending or final, block above `head`, bond locked          |
/// | Pending | Final    | `finalize`    | parent final, window over, no challenge open, grace period over   |
/// | Pending | Rejected | `reject`      | a court says so; bond slashed                                     |
/// | Pending | Orphaned | `orphan`      | parent rejected or orphaned; bond back                            |
/// | Pending | Refunded | `refund`      | refund mode; bond back                                            |
interface IStateSync is IClock {
    struct Parameters {
        /// Seconds for which a new claim can be challenged.
        uint64 window;
        /// Seconds between the end of the last challenge and finality.
        uint64 grace;
        /// Wei a proposer locks for each claim.
        uint96 bond;
        /// Largest distance, in blocks of A, between a claim and its parent.
        uint64 maxSpan;
        address guardian;
        /// Seconds for which the guardian may freeze the clock, all told.
        uint64 guardianBudget;
        /// Which header fields A's blocks have from when on, and when this deployment stops knowing.
        ForkSchedule forks;
        Assumptions assumptions;
    }

    event ClaimProposed(
        bytes32 indexed id,
        bytes32 indexed parent,
        address indexed proposer,
        uint64 number,
        bytes32 blockHash,
        bytes32 stateRoot,
        uint64 timestamp,
        uint64 deadline
    );
    event ClaimFinalized(bytes32 indexed id, uint64 indexed number, bytes32 stateRoot);
    event ClaimRejected(bytes32 indexed id, address indexed court, address indexed winner);
    event ClaimOrphaned(bytes32 indexed id, bytes32 indexed parent);
    event ClaimRefunded(bytes32 indexed id);
    event ClaimAttested(bytes32 indexed id);
    event ChallengeOpened(bytes32 indexed id, address indexed court, uint256 open);
    event ChallengeClosed(bytes32 indexed id, address indexed court, uint256 open, uint64 quietUntil);
    event RefundModeEntered(address indexed by);
    /// A claim that ran its whole course gives a block another hash than the final claim before it.
    event BlockConflict(uint64 indexed number, bytes32 known, bytes32 contrary, bytes32 claim);

    /// Posts a claim with the bond of `proposer`, which is the caller or has the caller for its operator.
    /// @param parent Id of the claim to build on, pending or final.
    /// @param header RLP of the block's header; the contract reads everything from it.
    function propose(address proposer, bytes32 parent, bytes calldata header) external returns (bytes32 id);

    /// Makes an unchallenged claim final and releases its bond. If an earlier final claim gave this block another
    /// hash, the claim stays pending and the protocol enters refund mode instead: look at the status, not the receipt.
    function finalize(Claim calldata claim) external;

    /// Gives the bond of a claim back whose parent was rejected or orphaned.
    function orphan(Claim calldata claim) external;

    /// Gives the bond of a pending claim back in refund mode.
    function refund(Claim calldata claim) external;

    /// Counts one more open challenge; the claim cannot become final before it closes. Only for courts, while the
    /// claim's window is open.
    function openChallenge(bytes32 id) external;

    /// Counts one open challenge less and starts the grace period. Only for courts.
    function closeChallenge(bytes32 id) external;

    /// Rejects a pending claim and slashes its bond in favour of `winner`. Only for courts.
    function reject(Claim calldata claim, address winner) external;

    /// Records that anchor evidence for the claim's block was shown. Only for courts.
    function recordAttestation(bytes32 id) external;

    /// Ends the protocol: nothing becomes final any more, every bond can be taken back. Only for courts.
    function enterRefundMode() external;

    function record(bytes32 id) external view returns (ClaimRecord memory);

    function status(bytes32 id) external view returns (ClaimStatus);

    /// What Feeds has to know before an update about a claim is queued or applied, at once.
    /// @return claimStatus The claim's. @return refunding Whether refund mode was entered.
    function finality(bytes32 id) external view returns (ClaimStatus claimStatus, bool refunding);

    /// Reverts unless the claim is final and its block uncontested: then everything it says can be relied upon, its
    /// state root above all.
    /// @return attested Whether anchor evidence for its block was shown, so that it holds even if nobody watched.
    function requireFinal(Claim calldata claim) external view returns (bool attested);

    /// @return The hash of block `number` of A if a final claim speaks of just this block; zero otherwise.
    function finalBlockHash(uint64 number) external view returns (bytes32);

    /// @return The highest block of A with a final claim.
    function head() external view returns (uint64);

    function genesis() external view returns (bytes32);

    function refundMode() external view returns (bool);

    function isCourt(address court) external view returns (bool);

    function parameters() external view returns (Parameters memory);
}
