// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim} from "../types/Claim.sol";
import {Update} from "../types/Update.sol";
import {IFeeds} from "./IFeeds.sol";

error NotReplicas(address caller);
error NotFeeds(address caller);
/// The code is refused: `what` names the opcode, or the kind of contract, found at this offset.
error CodeRefused(bytes32 what, uint256 offset);
/// The code reads what differs from chain to chain, and the feed does not accept that. Bit i stands for opcode 0x30 + i.
error CodeDependsOnChain(uint32 environment, uint32 accepted);
error CodeEmpty();
error CodeTooLong(uint256 size);
error CodeNotStored(bytes32 codeHash);
/// The code is not the account's: its hash is not the one that the feed's head says.
error CodeHashMismatch(bytes32 got, bytes32 wanted);
error CodeUnknown(bytes32 codeHash);
/// The update is not the feed's head.
error NotHead(bytes32 got, bytes32 head);
/// The account's code is no EIP-1967 proxy, or its implementation slot holds no address.
error NotProxy(uint64 feed);
/// The implementation's code was proven for a block before the one that the replica shows.
error ProofTooOld(uint64 number, uint64 shown);
/// The logic is not known (any more): nobody registered it since the feed began or since the code on A changed.
error LogicMissing(uint64 feed);
/// A view call failed without a reason: it tried to change state, ran out of gas, or reverted with nothing to say.
error ViewFailed(uint64 feed);

/// View calls on mirrored contracts.
///
/// A feed's replica has the storage of a contract of A; here it gets the logic. The code is given as bytes, which have
/// to hash to the code hash that A's final state has for the account, and is deployed as it is: immutables that A's
/// constructor set are part of it. From then on the replica answers any view function of the contract.
///
/// Only code that is about itself can be mirrored. A scan refuses, by the name of the opcode, whatever leaves it
/// (CALL, CALLCODE, DELEGATECALL, STATICCALL to anything but a precompile, CREATE, CREATE2, SELFDESTRUCT) or reads
/// what other accounts hold (BALANCE, SELFBALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH). What reads the chain or
/// the transaction it runs in (ADDRESS, CHAINID, TIMESTAMP, NUMBER, …) has B's value here: it is refused unless the
/// feed was created accepting it. docs/replicas.md says what each means to a reader.
interface IReplicas {
    /// Code that was scanned and stored.
    struct Logic {
        address code;
        /// Which opcodes it has whose value is that of the chain it runs on: bit i for opcode 0x30 + i.
        uint32 environment;
    }

    event CodeStored(bytes32 indexed codeHash, address indexed logic, uint32 environment);

    /// Deploys an empty replica for a feed. Only for Feeds.
    /// @param maxAge Oldest state, in seconds, that plain calls to the replica are answered with.
    function create(uint64 feed, uint40 maxAge) external returns (address replica);

    /// What a replica asks for while it is created: arguments in its code would give each another address than its
    /// feed alone tells. See ReplicaAddress.sol.
    function creating() external view returns (address feeds, address faces, uint64 feed, uint40 maxAge);

    /// Scans code and stores it for all feeds. Does nothing if it is stored already.
    /// @param code Runtime code of a contract of A.
    function storeCode(bytes calldata code) external returns (address logic);

    /// Gives a feed the logic of its account's own code, which must be stored.
    /// @param head The feed's head: it says the code hash.
    function register(Update calldata head) external;

    /// Gives a feed whose account is an EIP-1967 proxy the logic of the implementation, whose code must be stored.
    /// @param proxyCode The account's own code, by which it shows that it is such a proxy.
    /// @param root Final claim not older than the replica's block.
    /// @param accountProof Proof of the implementation's account under it.
    function registerImplementation(
        Update calldata head,
        bytes calldata proxyCode,
        Claim calldata root,
        bytes[] calldata accountProof
    ) external;

    /// Calls a view function of the mirrored contract.
    /// @param maxAge Oldest acceptable state, in seconds since its block on A.
    /// @param data The call's data. @return The answer as it is.
    /// Reverts with the contract's own reason, or `ViewFailed` if it gave none.
    function viewCall(uint64 feed, uint256 maxAge, bytes calldata data) external view returns (bytes memory);

    /// Whether `viewCall` would reach the logic.
    function isViewable(uint64 feed, uint256 maxAge) external view returns (bool);

    /// The replica of a feed; zero if there is no such feed.
    function replicaOf(uint64 feed) external view returns (address);

    function logicOf(bytes32 codeHash) external view returns (Logic memory);

    function FEEDS() external view returns (IFeeds);
}
