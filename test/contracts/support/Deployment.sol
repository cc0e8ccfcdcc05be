// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Feeds} from "../../../contracts/Feeds.sol";
import {Prover} from "../../../contracts/Prover.sol";
import {Replicas} from "../../../contracts/Replicas.sol";
import {Stake} from "../../../contracts/Stake.sol";
import {StateSync} from "../../../contracts/StateSync.sol";
import {CommitteeAnchor} from "../../../contracts/anchors/CommitteeAnchor.sol";
import {AnchorCourt} from "../../../contracts/courts/AnchorCourt.sol";
import {DeltaCourt} from "../../../contracts/courts/DeltaCourt.sol";
import {IAnchorCourt} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {IStake} from "../../../contracts/interfaces/IStake.sol";
import {IStateSync} from "../../../contracts/interfaces/IStateSync.sol";
import {Header, Headers} from "../../../contracts/libraries/Headers.sol";
import {Assumptions} from "../../../contracts/types/Assumptions.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {ForkSchedule, ForkScheduleLibrary} from "../../../contracts/types/ForkSchedule.sol";
import {Committee} from "./Committee.sol";
import {HeaderBuilder, HeaderFields} from "./HeaderBuilder.sol";

/// The whole system, deployed as in earnest: one deployer, addresses computed beforehand, nothing to initialise.
/// Tests inherit it; `setUp` deploys. Times and bonds are those of a development network.
///
/// A's chain is imagined: `blockAt(n)` is its block n and `forkedBlockAt(n, fork)` a block that A never had. The
/// committee signs whatever a test asks it to: a test that plays an honest committee asks for A's blocks only.
abstract contract Deployment is Committee {
    uint64 internal constant WINDOW = 30;
    uint64 internal constant ANSWER_TIME = 20;
    uint64 internal constant GRACE = 5;
    uint64 internal constant UPDATE_WINDOW = 20;
    uint64 internal constant MAX_ROOT_AGE = 60;
    uint64 internal constant MAX_SPAN = 4096;
    uint64 internal constant GUARDIAN_BUDGET = 600;
    uint64 internal constant EVIDENCE_LIFETIME = 1 hours;
    uint64 internal constant MAX_EVIDENCE_LIFETIME = 2 hours;
    uint96 internal constant BOND = 1 ether;
    uint96 internal constant DEMAND_BOND = 0.1 ether;
    uint96 internal constant UPDATE_BOND = 0.5 ether;
    uint16 internal constant ROOT_SHARE_BPS = 1000;

    /// A's blocks: one every two seconds.
    uint64 internal constant SOURCE_CHAIN_ID = 31_338;
    uint64 internal constant GENESIS_NUMBER = 100;
    uint64 internal constant GENESIS_TIMESTAMP = 1_800_000_000;
    uint64 internal constant BLOCK_TIME = 2;
    uint64 internal constant SUNSET = 1_900_000_000;
    /// B's time at deployment; A has many blocks by then.
    uint64 internal constant START = GENESIS_TIMESTAMP + 20_000;

    address internal immutable GUARDIAN = address(uint160(uint256(keccak256("guardian"))));
    address internal immutable PROPOSER = address(uint160(uint256(keccak256("proposer"))));
    address internal immutable CHALLENGER = address(uint160(uint256(keccak256("challenger"))));
    address internal immutable STRANGER = address(uint160(uint256(keccak256("stranger"))));

    Stake internal stake;
    StateSync internal sync;
    CommitteeAnchor internal anchor;
    AnchorCourt internal anchorCourt;
    Feeds internal feeds;
    DeltaCourt internal deltaCourt;
    Prover internal prover;
    Replicas internal replicas;

    function setUp() public virtual {
        vm.warp(START);
        _deploy(_claimParameters(), _demandParameters(), _feedParameters());
        _fund(PROPOSER, 100 ether);
        _fund(CHALLENGER, 100 ether);
    }

    // Deploying

    function _deploy(
        IStateSync.Parameters memory claims,
        IAnchorCourt.Parameters memory demands,
        IFeeds.Parameters memory updates
    ) internal {
        uint256 nonce = vm.getNonce(address(this));
        uint256 further = _furtherCourts();
        address[] memory modules = new address[](3 + further);
        modules[0] = vm.computeCreateAddress(address(this), nonce + 1);
        modules[1] = vm.computeCreateAddress(address(this), nonce + 3);
        modules[2] = vm.computeCreateAddress(address(this), nonce + 4);
        address[] memory courts = new address[](1 + further);
        courts[0] = modules[1];
        for (uint256 i = 0; i < further; ++i)
            courts[1 + i] = modules[3 + i] = vm.computeCreateAddress(address(this), nonce + 8 + i);

        stake = new Stake(modules);
        sync = new StateSync(stake, courts, claims, blockAt(GENESIS_NUMBER));
        anchor = new CommitteeAnchor(
            SOURCE_CHAIN_ID,
            _members(),
            THRESHOLD,
            EVIDENCE_LIFETIME,
            MAX_EVIDENCE_LIFETIME
        );
        anchorCourt = new AnchorCourt(sync, stake, anchor, demands);
        feeds = new Feeds(
            sync,
            stake,
            IFeeds.Neighbours({
                deltaCourt: vm.computeCreateAddress(address(this), nonce + 5),
                prover: vm.computeCreateAddress(address(this), nonce + 6),
                replicas: vm.computeCreateAddress(address(this), nonce + 7)
            }),
            updates
        );
        deltaCourt = new DeltaCourt(feeds);
        prover = new Prover(feeds);
        replicas = new Replicas(feeds);
        _deployFurther();
    }

    /// How many courts there are besides.
    function _furtherCourts() internal pure virtual returns (uint256) {
        return 0;
    }

    /// Deploys these, and nothing before them.
    function _deployFurther() internal virtual {}

    function _claimParameters() internal view virtual returns (IStateSync.Parameters memory) {
        return
            IStateSync.Parameters({
                window: WINDOW,
                grace: GRACE,
                bond: BOND,
                maxSpan: MAX_SPAN,
                guardian: GUARDIAN,
                guardianBudget: GUARDIAN_BUDGET,
                forks: forkSchedule(),
                assumptions: Assumptions({censorship: 0, reaction: 5, skew: 1, gasPrice: 10 gwei})
            });
    }

    function _demandParameters() internal pure virtual returns (IAnchorCourt.Parameters memory) {
        return IAnchorCourt.Parameters({answerTime: ANSWER_TIME, bond: DEMAND_BOND});
    }

    function _feedParameters() internal pure virtual returns (IFeeds.Parameters memory) {
        return
            IFeeds.Parameters({
                window: UPDATE_WINDOW,
                bond: UPDATE_BOND,
                maxRootAge: MAX_ROOT_AGE,
                rootShareBps: ROOT_SHARE_BPS
            });
    }

    function forkSchedule() internal pure returns (ForkSchedule) {
        uint64[] memory from = new uint64[](1);
        uint8[] memory fieldCounts = new uint8[](1);
        fieldCounts[0] = 21;
        return ForkScheduleLibrary.create(from, fieldCounts, SUNSET);
    }

    /// Gives somebody free stake.
    function _fund(address staker, uint256 amount) internal {
        vm.deal(address(this), address(this).balance + amount);
        stake.deposit{value: amount}(staker);
    }

    // A's chain

    function timestampAt(uint64 number) internal pure returns (uint64) {
        return GENESIS_TIMESTAMP + BLOCK_TIME * (number - GENESIS_NUMBER);
    }

    /// RLP of the header of A's block.
    function blockAt(uint64 number) internal pure returns (bytes memory) {
        return forkedBlockAt(number, 0);
    }

    /// RLP of the header of a block that only fork number `fork` has; fork 0 is A itself.
    function forkedBlockAt(uint64 number, uint256 fork) internal pure returns (bytes memory) {
        return headerWith(number, timestampAt(number), keccak256(abi.encode("state", number, fork)));
    }

    /// RLP of a header with this state root, to prove accounts and slots against.
    function headerWith(
        uint64 number,
        uint64 timestamp,
        bytes32 stateRoot
    ) internal pure returns (bytes memory) {
        return
            HeaderBuilder.encode(
                HeaderFields({
                    parentHash: keccak256(abi.encode("parent", number)),
                    stateRoot: stateRoot,
                    number: number,
                    timestamp: timestamp,
                    extraData: ""
                })
            );
    }

    function hashAt(uint64 number) internal pure returns (bytes32) {
        return keccak256(blockAt(number));
    }

    /// Lets B's time pass until A's block may be claimed.
    function reach(uint64 number) internal {
        if (block.timestamp < timestampAt(number)) vm.warp(timestampAt(number));
    }

    // Claims

    function claimOf(
        address proposer,
        bytes32 parent,
        bytes memory header
    ) internal pure returns (Claim memory) {
        Header memory decoded = Headers.decode(header, forkSchedule());
        return Claim(parent, decoded.hash, decoded.stateRoot, decoded.number, decoded.timestamp, proposer);
    }

    function genesisClaim() internal pure returns (Claim memory) {
        return claimOf(address(0), bytes32(0), blockAt(GENESIS_NUMBER));
    }

    /// `proposer` itself sends the proposal; its deadline is the protocol clock plus `WINDOW`.
    function propose(
        address proposer,
        bytes32 parent,
        bytes memory header
    ) internal returns (Claim memory claim) {
        claim = claimOf(proposer, parent, header);
        vm.prank(proposer);
        bytes32 id = sync.propose(proposer, parent, header);
        assertEq(id, claim.id(), "id of the proposed claim");
    }

    /// A true claim of `PROPOSER` about A's block.
    function propose(bytes32 parent, uint64 number) internal returns (Claim memory) {
        return propose(PROPOSER, parent, blockAt(number));
    }

    /// A chain of true claims of `PROPOSER` from the genesis on, `span` blocks apart.
    function proposeChain(uint256 length, uint64 span) internal returns (Claim[] memory claims) {
        claims = new Claim[](length);
        bytes32 parent = sync.genesis();
        for (uint256 i = 0; i < length; ++i) {
            claims[i] = propose(parent, GENESIS_NUMBER + span * uint64(i + 1));
            parent = claims[i].id();
        }
    }

    /// Lets the window of everything proposed so far pass.
    function passWindow() internal {
        vm.warp(block.timestamp + WINDOW + 1);
    }

    /// Lets a claim become final at once: its window passes.
    function finalize(Claim memory claim) internal {
        passWindow();
        sync.finalize(claim);
    }

    /// A final true claim of `PROPOSER` about A's block, built on the genesis claim.
    function makeFinal(uint64 number) internal returns (Claim memory claim) {
        claim = propose(sync.genesis(), number);
        finalize(claim);
    }

    /// `CHALLENGER` itself demands evidence.
    function demand(Claim memory claim) internal {
        vm.prank(CHALLENGER);
        anchorCourt.demand(claim, CHALLENGER);
    }

    function requireStatus(Claim memory claim, ClaimStatus wanted) internal view {
        assertEq(uint256(sync.status(claim.id())), uint256(wanted), "claim status");
    }

    // Evidence

    /// Evidence for the claim's block that 15 of 21 members signed and that is valid for `EVIDENCE_LIFETIME`.
    function evidenceFor(Claim memory claim) internal view returns (bytes memory) {
        return evidenceFor(claim.number, claim.blockHash);
    }

    function evidenceFor(uint64 number, bytes32 hash) internal view returns (bytes memory) {
        return
            _signEvidence(
                address(anchor),
                SOURCE_CHAIN_ID,
                number,
                hash,
                uint64(block.timestamp) + EVIDENCE_LIFETIME
            );
    }

    // Stakes

    function requireStake(address staker, uint256 free, uint256 locked) internal view {
        IStake.Account memory account = stake.account(staker);
        assertEq(account.free, free, "free stake");
        assertEq(account.locked, locked, "locked stake");
    }
}
