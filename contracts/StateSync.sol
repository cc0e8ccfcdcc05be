// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clock} from "./Clock.sol";
import {IStake, NotModule, ZeroAddress} from "./interfaces/IStake.sol";
import {
    IStateSync,
    NotCourt,
    RefundModeActive,
    RefundModeInactive,
    ClaimExists,
    ClaimStatusWrong,
    ParentStatusWrong,
    NumberOutOfRange,
    TimestampOutOfRange,
    WindowOpen,
    WindowClosed,
    ChallengesOpen,
    GracePeriod,
    BlockContested,
    ParameterOutOfRange
} from "./interfaces/IStateSync.sol";
import {Header, Headers} from "./libraries/Headers.sol";
import {Assumptions} from "./types/Assumptions.sol";
import {Claim, ClaimRecord, ClaimStatus} from "./types/Claim.sol";
import {ForkSchedule} from "./types/ForkSchedule.sol";

/// The rules are told in IStateSync.
contract StateSync is IStateSync, Clock {
    /// Gas of a challenger's whole dispute with both courts, the largest step proof left out: docs/protocol.md, Parameters.
    uint256 private constant CHALLENGER_GAS = 2_100_000;
    /// The execution game reaches a single block in two rounds of 64.
    uint64 private constant SPAN_LIMIT = 4096;
    /// A claim records its block's number in 48 bits. The genesis leaves half of them free, more than 2^35 claims can
    /// use up.
    uint64 private constant GENESIS_NUMBER_LIMIT = 2 ** 47;
    /// Over a century. Deadlines are recorded in 40 bits, of which the clock and this together use no more than 33.
    uint64 private constant DURATION_LIMIT = type(uint32).max;

    IStake public immutable STAKE;
    bytes32 public immutable genesis;
    uint64 private immutable WINDOW;
    uint64 private immutable GRACE;
    uint96 private immutable BOND;
    uint64 private immutable MAX_SPAN;
    ForkSchedule private immutable FORKS;
    uint64 private immutable CENSORSHIP;
    uint64 private immutable REACTION;
    uint64 private immutable SKEW;
    uint64 private immutable GAS_PRICE;

    // These two share a slot with the clock.
    uint64 public head;
    bool public refundMode;

    mapping(bytes32 id => ClaimRecord) private _records;
    mapping(uint64 number => bytes32) public finalBlockHash;
    mapping(uint64 number => bool) private _contested;
    mapping(address => bool) public isCourt;

    modifier onlyCourt() {
        require(isCourt[msg.sender], NotCourt(msg.sender));
        _;
    }

    modifier notRefunding() {
        require(!refundMode, RefundModeActive());
        _;
    }

    /// @param courts Addresses at which the courts are, or are going to be, deployed.
    /// @param genesisHeader RLP of the header of the block of A that the deployers vouch for.
    constructor(
        IStake stake,
        address[] memory courts,
        Parameters memory parameters_,
        bytes memory genesisHeader
    ) Clock(parameters_.guardian, parameters_.guardianBudget) {
        Assumptions memory assumptions = parameters_.assumptions;
        assumptions.requireWindow(parameters_.window);
        assumptions.requireReward(parameters_.bond / 2, CHALLENGER_GAS);
        require(
            4 * uint256(assumptions.reaction) <= parameters_.window,
            ParameterOutOfRange("reaction", assumptions.reaction)
        );
        require(
            parameters_.maxSpan != 0 && parameters_.maxSpan <= SPAN_LIMIT,
            ParameterOutOfRange("maxSpan", parameters_.maxSpan)
        );
        require(parameters_.window <= DURATION_LIMIT, ParameterOutOfRange("window", parameters_.window));
        require(
            parameters_.grace != 0 && parameters_.grace <= DURATION_LIMIT,
            ParameterOutOfRange("grace", parameters_.grace)
        );
        require(
            parameters_.guardianBudget <= DURATION_LIMIT,
            ParameterOutOfRange("guardianBudget", parameters_.guardianBudget)
        );
        require(parameters_.bond != 0, ParameterOutOfRange("bond", 0));
        parameters_.forks.requireValid();
        require(stake.isModule(address(this)), NotModule(address(this)));

        STAKE = stake;
        WINDOW = parameters_.window;
        GRACE = parameters_.grace;
        BOND = parameters_.bond;
        MAX_SPAN = parameters_.maxSpan;
        FORKS = parameters_.forks;
        CENSORSHIP = assumptions.censorship;
        REACTION = assumptions.reaction;
        SKEW = assumptions.skew;
        GAS_PRICE = assumptions.gasPrice;
        for (uint256 i = 0; i < courts.length; ++i) {
            require(courts[i] != address(0), ZeroAddress());
            isCourt[courts[i]] = true;
        }

        Header memory header = Headers.decode(genesisHeader, parameters_.forks);
        require(
            header.number <= GENESIS_NUMBER_LIMIT,
            NumberOutOfRange(header.number, 0, GENESIS_NUMBER_LIMIT)
        );
        require(
            header.timestamp <= block.timestamp,
            TimestampOutOfRange(header.timestamp, 0, uint64(block.timestamp))
        );
        Claim memory claim = Claim(
            bytes32(0),
            header.hash,
            header.stateRoot,
            header.number,
            header.timestamp,
            address(0)
        );
        bytes32 id = claim.id();
        genesis = id;
        _records[id].status = ClaimStatus.Pending;
        _records[id].number = uint48(header.number);
        _records[id].timestamp = uint40(header.timestamp);
        emit ClaimProposed(
            id,
            bytes32(0),
            address(0),
            header.number,
            header.hash,
            header.stateRoot,
            header.timestamp,
            uint64(block.timestamp)
        );
        _makeFinal(id, claim);
    }

    /// @inheritdoc IStateSync
    function propose(
        address proposer,
        bytes32 parent,
        bytes calldata header
    ) external notRefunding returns (bytes32 id) {
        ClaimRecord memory above = _records[parent];
        require(
            above.status == ClaimStatus.Pending || above.status == ClaimStatus.Final,
            ParentStatusWrong(parent, above.status)
        );
        Header memory block_ = Headers.decode(header, FORKS);
        uint64 low = above.number > head ? above.number : head;
        uint64 high = above.number + MAX_SPAN;
        require(block_.number > low && block_.number <= high, NumberOutOfRange(block_.number, low, high));
        require(
            block_.timestamp > above.timestamp && block_.timestamp <= block.timestamp,
            TimestampOutOfRange(block_.timestamp, above.timestamp, uint64(block.timestamp))
        );

        Claim memory claim = Claim(
            parent,
            block_.hash,
            block_.stateRoot,
            block_.number,
            block_.timestamp,
            proposer
        );
        id = claim.id();
        require(_records[id].status == ClaimStatus.None, ClaimExists(id));

        uint64 deadline = clock() + WINDOW;
        _records[id] = ClaimRecord({
            status: ClaimStatus.Pending,
            attested: false,
            deadline: uint40(deadline),
            quietUntil: 0,
            openChallenges: 0,
            number: uint48(block_.number),
            timestamp: uint40(block_.timestamp)
        });
        emit ClaimProposed(
            id,
            parent,
            proposer,
            block_.number,
            block_.hash,
            block_.stateRoot,
            block_.timestamp,
            deadline
        );

        STAKE.lock(proposer, msg.sender, BOND);
    }

    /// @inheritdoc IStateSync
    function finalize(Claim calldata claim) external notRefunding {
        bytes32 id = claim.calldataId();
        ClaimRecord memory record_ = _requirePending(id);
        ClaimStatus parentStatus = _records[claim.parent].status;
        require(parentStatus == ClaimStatus.Final, ParentStatusWrong(claim.parent, parentStatus));
        uint64 now_ = clock();
        require(now_ > record_.deadline, WindowOpen(record_.deadline, now_));
        require(record_.openChallenges == 0, ChallengesOpen(id, record_.openChallenges));
        require(now_ > record_.quietUntil, GracePeriod(record_.quietUntil, now_));

        bytes32 known = finalBlockHash[claim.number];
        // INVARIANT: two final claims about one block give it one hash.
        if (known != 0 && known != claim.blockHash) {
            // The claim stays pending: in refund mode its bond goes back, because nobody can say which of the two lies.
            _contested[claim.number] = true;
            refundMode = true;
            emit BlockConflict(claim.number, known, claim.blockHash, id);
            emit RefundModeEntered(msg.sender);
            return;
        }
        _makeFinal(id, claim);

        STAKE.release(claim.proposer, BOND);
    }

    /// @inheritdoc IStateSync
    function orphan(Claim calldata claim) external {
        bytes32 id = claim.id();
        _requirePending(id);
        ClaimStatus parentStatus = _records[claim.parent].status;
        require(
            parentStatus == ClaimStatus.Rejected || parentStatus == ClaimStatus.Orphaned,
            ParentStatusWrong(claim.parent, parentStatus)
        );

        _records[id].status = ClaimStatus.Orphaned;
        emit ClaimOrphaned(id, claim.parent);

        STAKE.release(claim.proposer, BOND);
    }

    /// @inheritdoc IStateSync
    function refund(Claim calldata claim) external {
        require(refundMode, RefundModeInactive());
        bytes32 id = claim.id();
        _requirePending(id);

        _records[id].status = ClaimStatus.Refunded;
        emit ClaimRefunded(id);

        STAKE.release(claim.proposer, BOND);
    }

    /// @inheritdoc IStateSync
    function openChallenge(bytes32 id) external onlyCourt notRefunding {
        ClaimRecord storage record_ = _records[id];
        _requireStatus(id, ClaimStatus.Pending);
        uint64 now_ = clock();
        require(now_ <= record_.deadline, WindowClosed(record_.deadline, now_));

        uint256 open = ++record_.openChallenges;
        emit ChallengeOpened(id, msg.sender, open);
    }

    /// @inheritdoc IStateSync
    function closeChallenge(bytes32 id) external onlyCourt {
        ClaimRecord storage record_ = _records[id];
        uint64 quietUntil = clock() + GRACE;

        uint256 open = --record_.openChallenges;
        record_.quietUntil = uint40(quietUntil);
        emit ChallengeClosed(id, msg.sender, open, quietUntil);
    }

    /// @inheritdoc IStateSync
    function reject(Claim calldata claim, address winner) external onlyCourt notRefunding {
        bytes32 id = claim.id();
        _requirePending(id);

        _records[id].status = ClaimStatus.Rejected;
        emit ClaimRejected(id, msg.sender, winner);

        STAKE.slash(claim.proposer, BOND, winner);
    }

    /// @inheritdoc IStateSync
    function recordAttestation(bytes32 id) external onlyCourt {
        ClaimStatus status_ = _records[id].status;
        require(
            status_ == ClaimStatus.Pending || status_ == ClaimStatus.Final,
            ClaimStatusWrong(id, status_, ClaimStatus.Pending)
        );

        _records[id].attested = true;
        emit ClaimAttested(id);
    }

    /// @inheritdoc IStateSync
    function enterRefundMode() external onlyCourt notRefunding {
        refundMode = true;
        emit RefundModeEntered(msg.sender);
    }

    /// @inheritdoc IStateSync
    function record(bytes32 id) external view returns (ClaimRecord memory) {
        return _records[id];
    }

    /// @inheritdoc IStateSync
    function status(bytes32 id) external view returns (ClaimStatus) {
        return _records[id].status;
    }

    /// @inheritdoc IStateSync
    function finality(bytes32 id) external view returns (ClaimStatus, bool) {
        return (_records[id].status, refundMode);
    }

    /// @inheritdoc IStateSync
    function requireFinal(Claim calldata claim) external view returns (bool attested) {
        bytes32 id = claim.calldataId();
        ClaimRecord memory record_ = _records[id];
        // INVARIANT: no unknown claim is final, the one of zeros included.
        require(record_.status == ClaimStatus.Final, ClaimStatusWrong(id, record_.status, ClaimStatus.Final));
        // Contests exist in refund mode only; reading the flag first saves a cold slot on every healthy read.
        require(!refundMode || !_contested[claim.number], BlockContested(claim.number));
        return record_.attested;
    }

    /// @inheritdoc IStateSync
    function parameters() external view returns (Parameters memory) {
        return
            Parameters({
                window: WINDOW,
                grace: GRACE,
                bond: BOND,
                maxSpan: MAX_SPAN,
                guardian: guardian,
                guardianBudget: GUARDIAN_BUDGET,
                forks: FORKS,
                assumptions: Assumptions(CENSORSHIP, REACTION, SKEW, GAS_PRICE)
            });
    }

    function _makeFinal(bytes32 id, Claim memory claim) private {
        _records[id].status = ClaimStatus.Final;
        finalBlockHash[claim.number] = claim.blockHash;
        if (claim.number > head) head = claim.number;
        emit ClaimFinalized(id, claim.number, claim.stateRoot);
    }

    function _requireStatus(bytes32 id, ClaimStatus wanted) private view {
        ClaimStatus status_ = _records[id].status;
        require(status_ == wanted, ClaimStatusWrong(id, status_, wanted));
    }

    function _requirePending(bytes32 id) private view returns (ClaimRecord memory record_) {
        record_ = _records[id];
        require(
            record_.status == ClaimStatus.Pending,
            ClaimStatusWrong(id, record_.status, ClaimStatus.Pending)
        );
    }
}
