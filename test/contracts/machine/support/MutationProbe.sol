// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {IStepper} from "../../../../contracts/interfaces/IStepper.sol";
import {MACHINE_SIZE, Machine} from "../../../../contracts/machine/State.sol";

/// Damages a proof in many ways and says what the stepper makes of each. That all of it happens in one call makes
/// thousands of damaged proofs a matter of seconds.
contract MutationProbe {
    /// What became of a number of damaged proofs.
    struct Result {
        uint256 reverted;
        /// Accepted with the hash of the undamaged proof: what was damaged does not matter.
        uint256 same;
        /// The first that was accepted with another hash: that must not be. Zero: none.
        bytes32 other;
        bytes otherProof;
    }

    /// The ways of damaging words and blobs as lists.
    enum Damage {
        DROP,
        DUPLICATE,
        SWAP,
        TRUNCATE,
        APPEND,
        ZERO,
        INCREMENT
    }

    IStepper public immutable STEPPER;

    error ProofRefused(bytes reason);

    constructor(IStepper stepper) {
        STEPPER = stepper;
    }

    /// Flips bits, one at a time: `ofState` of the state's, `ofTape` of the rest. Chosen by `seed`.
    function flips(
        bytes32 current,
        bytes calldata proof,
        uint256 seed,
        uint256 ofState,
        uint256 ofTape
    ) external view returns (Result memory result) {
        bytes memory call_ = abi.encodeCall(IStepper.step, (current, proof));
        bytes32 wanted = _wanted(call_);
        // Selector, hash, offset, size: then comes the proof.
        uint256 start = 4 + 3 * 32;
        for (uint256 i = 0; i < ofState + ofTape; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            (uint256 from, uint256 size) = i < ofState
                ? (0, MACHINE_SIZE)
                : (MACHINE_SIZE, proof.length - MACHINE_SIZE);
            // A word that is not zero more often than not, so that small numbers and lengths get their share.
            uint256 position = start + from + ((random >> 8) % size);
            bytes1 bit = bytes1(uint8(1 << (random % 8)));
            call_[position] ^= bit;
            _judge(result, call_, wanted);
            call_[position] ^= bit;
        }
    }

    /// Gives the stepper every amount of gas from too little to ample, in `steps` equal parts of `ample`.
    function starve(
        bytes32 current,
        bytes calldata proof,
        uint256 ample,
        uint256 steps
    ) external view returns (Result memory result) {
        bytes memory call_ = abi.encodeCall(IStepper.step, (current, proof));
        bytes32 wanted = _wanted(call_);
        for (uint256 i = 1; i <= steps; ++i) {
            (bool success, bytes memory answer) = address(STEPPER).staticcall{gas: (ample * i) / steps}(
                call_
            );
            _count(result, call_, success, answer, wanted);
        }
    }

    /// Damages the lists of words and blobs and the pages, `count` times each way.
    function reshape(
        bytes32 current,
        bytes calldata proof,
        uint256 seed,
        uint256 count
    ) external view returns (Result memory result) {
        bytes32 wanted = _wanted(abi.encodeCall(IStepper.step, (current, proof)));
        for (uint256 i = 0; i < count; ++i) {
            for (uint256 damage = 0; damage <= uint256(type(Damage).max); ++damage) {
                uint256 random = uint256(keccak256(abi.encode(seed, i, damage)));
                // In a call of its own, so that its memory is free again.
                bytes memory call_ = this.damaged(current, proof, Damage(damage), random);
                if (call_.length != 0) _judge(result, call_, wanted);
            }
        }
    }

    /// The call with a damaged proof; empty if there is nothing to damage in this way.
    function damaged(
        bytes32 current,
        bytes calldata proof,
        Damage damage,
        uint256 random
    ) external view returns (bytes memory) {
        (Machine memory m, bytes32[] memory words, bytes[] memory blobs, address[] memory pages) = abi.decode(
            proof,
            (Machine, bytes32[], bytes[], address[])
        );
        bool ofWords = random % 4 != 0 || blobs.length == 0;
        if (random % 64 == 1) {
            // An empty page, and one that is none.
            pages = new address[](1);
            pages[0] = random % 128 == 1 ? address(0) : address(this);
        } else if (ofWords) {
            if (words.length == 0 && damage != Damage.APPEND) return "";
            words = _damageWords(words, damage, random >> 8);
        } else {
            blobs = _damageBlobs(blobs, damage, random >> 8);
        }
        return abi.encodeCall(IStepper.step, (current, abi.encode(m, words, blobs, pages)));
    }

    function _damageWords(
        bytes32[] memory words,
        Damage damage,
        uint256 random
    ) private pure returns (bytes32[] memory result) {
        uint256 count = words.length;
        uint256 at_ = count == 0 ? 0 : random % count;
        if (damage == Damage.SWAP) {
            uint256 with = (random >> 128) % count;
            (words[at_], words[with]) = (words[with], words[at_]);
            return words;
        }
        if (damage == Damage.ZERO || damage == Damage.INCREMENT) {
            words[at_] = damage == Damage.ZERO ? bytes32(0) : bytes32(uint256(words[at_]) ^ 1);
            return words;
        }
        if (damage == Damage.TRUNCATE) at_ = count - 1;
        if (damage == Damage.APPEND) at_ = count;
        bool isLonger = damage == Damage.DUPLICATE || damage == Damage.APPEND;
        result = new bytes32[](isLonger ? count + 1 : count - 1);
        for (uint256 i = 0; i < result.length; ++i) {
            uint256 from = isLonger ? (i > at_ ? i - 1 : i) : (i >= at_ ? i + 1 : i);
            result[i] = from < count ? words[from] : bytes32(random);
        }
    }

    function _damageBlobs(
        bytes[] memory blobs,
        Damage damage,
        uint256 random
    ) private pure returns (bytes[] memory result) {
        uint256 count = blobs.length;
        uint256 at_ = random % count;
        if (damage == Damage.SWAP) {
            uint256 with = (random >> 128) % count;
            (blobs[at_], blobs[with]) = (blobs[with], blobs[at_]);
            return blobs;
        }
        bytes memory blob = blobs[at_];
        if (damage == Damage.TRUNCATE || damage == Damage.APPEND) {
            if (damage == Damage.TRUNCATE && blob.length == 0) return blobs;
            blobs[at_] =
                damage == Damage.APPEND
                    ? bytes.concat(blob, bytes1(0))
                    : Bytes.slice(blob, 0, blob.length - 1);
            return blobs;
        }
        if (damage == Damage.ZERO || damage == Damage.INCREMENT) {
            if (blob.length == 0) return blobs;
            uint256 position = (random >> 128) % blob.length;
            blob[position] = damage == Damage.ZERO ? bytes1(0) : blob[position] ^ 0x01;
            return blobs;
        }
        bool isLonger = damage == Damage.DUPLICATE;
        result = new bytes[](isLonger ? count + 1 : count - 1);
        for (uint256 i = 0; i < result.length; ++i) {
            result[i] = blobs[isLonger ? (i > at_ ? i - 1 : i) : (i >= at_ ? i + 1 : i)];
        }
    }

    function _wanted(bytes memory call_) private view returns (bytes32) {
        (bool success, bytes memory answer) = address(STEPPER).staticcall(call_);
        require(success, ProofRefused(answer));
        return abi.decode(answer, (bytes32));
    }

    function _judge(Result memory result, bytes memory call_, bytes32 wanted) private view {
        (bool success, bytes memory answer) = address(STEPPER).staticcall(call_);
        _count(result, call_, success, answer, wanted);
    }

    function _count(
        Result memory result,
        bytes memory call_,
        bool success,
        bytes memory answer,
        bytes32 wanted
    ) private pure {
        if (!success) {
            ++result.reverted;
        } else if (abi.decode(answer, (bytes32)) == wanted) {
            ++result.same;
        } else if (result.other == 0) {
            result.other = abi.decode(answer, (bytes32));
            result.otherProof = call_;
        }
    }
}
