// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStepper} from "../../../contracts/interfaces/IStepper.sol";
import {Header, Headers} from "../../../contracts/libraries/Headers.sol";
import {ForkSchedule} from "../../../contracts/types/ForkSchedule.sol";

/// A machine that is small enough to play with: a counter with an absorbing end. It reads the headers of real blocks
/// and counts `LENGTH` steps from a block's parent to its state root. What the state root should be it has either been
/// taught, which is how it follows a chain whose blocks mean something, or follows from the parent's by `rule`.
contract ToyStepper is IStepper {
    struct State {
        bytes32 parentHash;
        bytes32 parentRoot;
        uint64 number;
        uint64 counter;
    }

    error NotLinked(bytes32 parentHash, bytes32 wanted);
    error NumberWrong(uint64 number, uint64 wanted);
    error StateForeign(bytes32 got, bytes32 wanted);
    error StateNotReached(uint64 counter, uint64 length);

    uint64 public immutable LENGTH;
    ForkSchedule private immutable FORKS;

    /// The true state root of the block after the one with this hash.
    mapping(bytes32 parentHash => bytes32) public taught;

    constructor(uint64 length, ForkSchedule forks) {
        LENGTH = length;
        FORKS = forks;
    }

    function teach(bytes32 parentHash, bytes32 stateRoot) external {
        taught[parentHash] = stateRoot;
    }

    /// @inheritdoc IStepper
    function bounds(
        bytes calldata parent,
        bytes calldata header
    ) external view returns (bytes32 first, bytes32 last) {
        Header memory above = Headers.decode(parent, FORKS);
        Header memory block_ = Headers.decode(header, FORKS);
        require(block_.parentHash == above.hash, NotLinked(block_.parentHash, above.hash));
        require(block_.number == above.number + 1, NumberWrong(block_.number, above.number + 1));
        return (
            keccak256(abi.encode(State(above.hash, above.stateRoot, block_.number, 0))),
            done(block_.stateRoot)
        );
    }

    /// @inheritdoc IStepper
    /// @param proof The state, or nothing but its root for the end: 32 bytes.
    function step(bytes32 current, bytes calldata proof) external view returns (bytes32) {
        if (proof.length == 32) {
            bytes32 end = done(abi.decode(proof, (bytes32)));
            require(end == current, StateForeign(end, current));
            return current;
        }
        State memory state = abi.decode(proof, (State));
        bytes32 hash = keccak256(abi.encode(state));
        require(hash == current, StateForeign(hash, current));
        require(state.counter < LENGTH, StateNotReached(state.counter, LENGTH));
        if (state.counter + 1 == LENGTH) return done(result(state));
        ++state.counter;
        return keccak256(abi.encode(state));
    }

    function result(State memory state) public view returns (bytes32 root) {
        root = taught[state.parentHash];
        if (root == 0) root = rule(state.parentRoot, state.number);
    }

    function rule(bytes32 parentRoot, uint64 number) public pure returns (bytes32) {
        return keccak256(abi.encode("toy", parentRoot, number));
    }

    function done(bytes32 root) public pure returns (bytes32) {
        return keccak256(abi.encode(root));
    }
}
