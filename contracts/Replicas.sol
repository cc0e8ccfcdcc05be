// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Replica} from "./Replica.sol";
import {FeedApplying, FeedFrozen, FeedTooOld, FeedUnknown, IFeeds} from "./interfaces/IFeeds.sol";
import {
    IReplicas,
    CodeDependsOnChain,
    CodeHashMismatch,
    CodeNotStored,
    CodeRefused,
    CodeUnknown,
    NotFeeds,
    NotProxy,
    NotReplicas,
    ProofTooOld,
    LogicMissing
} from "./interfaces/IReplicas.sol";
import {CodeScan} from "./libraries/CodeScan.sol";
import {MerklePatricia} from "./libraries/MerklePatricia.sol";
import {ReplicaAddress} from "./libraries/ReplicaAddress.sol";
import {Account} from "./types/Account.sol";
import {Claim} from "./types/Claim.sol";
import {BEACON_SLOT, DIAMOND_SLOT, IMPLEMENTATION_SLOT} from "./types/Proxy.sol";
import {Update} from "./types/Update.sol";

/// The rules are told in IReplicas.
contract Replicas is IReplicas {
    using CodeScan for bytes;

    IFeeds public immutable FEEDS;
    address private immutable FACES;

    bytes32 private immutable CREATION = keccak256(type(Replica).creationCode);

    mapping(bytes32 codeHash => Logic) private _logics;
    // While a replica is created: what it asks for.
    uint64 private transient _feed;
    uint40 private transient _maxAge;

    constructor(IFeeds feeds) {
        require(feeds.REPLICAS() == address(this), NotReplicas(address(this)));
        FEEDS = feeds;
        FACES = feeds.FACES();
    }

    /// @inheritdoc IReplicas
    function create(uint64 feed, uint40 maxAge) external returns (address replica) {
        require(msg.sender == address(FEEDS), NotFeeds(msg.sender));

        (_feed, _maxAge) = (feed, maxAge);
        // The feed is a new one, so nothing is there yet.
        replica = address(new Replica{salt: bytes32(uint256(feed))}());
    }

    /// @inheritdoc IReplicas
    function creating() external view returns (address feeds, address faces, uint64 feed, uint40 maxAge) {
        return (address(FEEDS), FACES, _feed, _maxAge);
    }

    /// @inheritdoc IReplicas
    function storeCode(bytes calldata code) external returns (address logic) {
        bytes32 codeHash = keccak256(code);
        logic = _logics[codeHash].code;
        if (logic != address(0)) return logic;
        uint32 environment = code.requireSelfContained();

        logic = _deploy(code);
        require(logic != address(0), CodeNotStored(codeHash));
        _logics[codeHash] = Logic(logic, environment);
        emit CodeStored(codeHash, logic, environment);
    }

    /// @inheritdoc IReplicas
    function register(Update calldata head) external {
        IFeeds.Feed memory feed = FEEDS.feedOf(head.feed);
        _register(head, _acceptable(head.codeHash, feed.environment), address(0));
    }

    /// @inheritdoc IReplicas
    function registerImplementation(
        Update calldata head,
        bytes calldata proxyCode,
        Claim calldata root,
        bytes[] calldata accountProof
    ) external {
        bytes32 codeHash = keccak256(proxyCode);
        require(codeHash == head.codeHash, CodeHashMismatch(codeHash, head.codeHash));
        address implementation = _implementationOf(head.feed, proxyCode);
        FEEDS.SYNC().requireFinal(root);
        // INVARIANT: the code is what the implementation has at the block shown, or later. It cannot have changed in
        // between but by a new delegation, which is no code that is ever stored.
        require(root.number >= head.number, ProofTooOld(root.number, head.number));
        (Account memory account, ) = MerklePatricia.accountAt(root.stateRoot, implementation, accountProof);

        IFeeds.Feed memory feed = FEEDS.feedOf(head.feed);
        _register(head, _acceptable(account.codeHash, feed.environment), implementation);
    }

    /// @inheritdoc IReplicas
    function viewCall(
        uint64 feed,
        uint256 maxAge,
        bytes calldata data
    ) external view returns (bytes memory answer) {
        uint256 face = _face(feed);
        if (face == 0) {
            require(replicaOf(feed) != address(0), FeedUnknown(feed));
            revert LogicMissing(feed);
        }
        require(face >> 200 != uint256(IFeeds.FeedState.Frozen), FeedFrozen(feed));
        require(face >> 200 != uint256(IFeeds.FeedState.Applying), FeedApplying(feed));
        uint256 timestamp = uint40(face >> 160);
        // Saturating, because readers may pass any number.
        require(
            block.timestamp <= timestamp || block.timestamp - timestamp <= maxAge,
            FeedTooOld(feed, uint64(timestamp), maxAge)
        );
        bool success;
        (success, answer) = _replicaAt(feed).staticcall(data);
        if (success) return answer;
        // The contract's own reason, as it is.
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    /// @inheritdoc IReplicas
    function isViewable(uint64 feed, uint256 maxAge) external view returns (bool) {
        return _face(feed) != 0 && FEEDS.isReadable(feed, maxAge);
    }

    /// @inheritdoc IReplicas
    function replicaOf(uint64 feed) public view returns (address replica) {
        replica = _replicaAt(feed);
        if (replica.code.length == 0) return address(0);
    }

    /// @inheritdoc IReplicas
    function logicOf(bytes32 codeHash) external view returns (Logic memory) {
        return _logics[codeHash];
    }

    function _replicaAt(uint64 feed) private view returns (address) {
        return ReplicaAddress.replicaAt(address(this), CREATION, feed);
    }

    function _register(Update calldata head, address logic, address implementation) private {
        // Feeds checks that this is its head.
        FEEDS.setLogic(head, logic, implementation);
    }

    /// The logic with this code, if the feed accepts what it depends on.
    function _acceptable(bytes32 codeHash, uint32 accepted) private view returns (address) {
        Logic memory logic = _logics[codeHash];
        require(logic.code != address(0), CodeUnknown(codeHash));
        require(logic.environment & ~accepted == 0, CodeDependsOnChain(logic.environment, accepted));
        return logic.code;
    }

    /// What the feed's replica goes by; zero without a logic. See Faces.sol.
    function _face(uint64 feed) private view returns (uint256) {
        // It answers everybody with a word.
        (, bytes memory answer) = FACES.staticcall(abi.encode(feed));
        return abi.decode(answer, (uint256));
    }

    /// Where an EIP-1967 proxy delegates to.
    function _implementationOf(uint64 feed, bytes calldata proxyCode) private view returns (address) {
        bytes32 kind = proxyCode.delegation();
        require(kind == 0, CodeRefused(kind, 0));
        require(!proxyCode.pushes(DIAMOND_SLOT), CodeRefused("diamond", 0));
        require(FEEDS.read(feed, BEACON_SLOT, type(uint256).max) == 0, CodeRefused("beacon proxy", 0));
        uint256 word = uint256(FEEDS.read(feed, IMPLEMENTATION_SLOT, type(uint256).max));
        // Code that does not know the slot is no such proxy, whatever it keeps there.
        require(
            word != 0 && word <= type(uint160).max && proxyCode.pushes(IMPLEMENTATION_SLOT),
            NotProxy(feed)
        );
        return address(uint160(word));
    }

    /// Deploys runtime code as it is: the code in front of it returns what follows.
    function _deploy(bytes calldata code) private returns (address logic) {
        // PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN
        bytes memory creation = bytes.concat(hex"61", bytes2(uint16(code.length)), hex"80600a5f395ff3", code);
        assembly ("memory-safe") {
            logic := create(0, add(creation, 32), mload(creation))
        }
    }
}
