// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {ByteTree} from "./ByteTree.sol";

/// @title The sponge behind keccak256, one block at a time
/// @notice Keccak-f[1600] as its authors' reference tells it (https://keccak.team/keccak_specs_summary.html); lanes are
/// numbered x + 5y.
library Keccak {
    /// @notice Bytes absorbed at a time.
    uint256 internal constant RATE = 136;

    uint256 private constant LANES = 25;
    uint256 private constant LANE_SIZE = 8;
    uint256 private constant ROUNDS = 24;

    /// Steps rho and pi as one tour through all lanes but the first: the lane to go to, and how far to rotate what was
    /// in the one before.
    bytes private constant TOUR = hex"0a070b1112030510081518040f17130d0c02140e16090601";
    bytes private constant ROTATIONS = hex"0103060a0f151c242d37020e1b293808192b3e12273d142c";

    /// Step iota, eight bytes a round.
    bytes private constant ROUND_CONSTANTS =
        hex"00000000000000010000000000008082800000000000808a8000000080008000"
        hex"000000000000808b000000008000000180000000800080818000000000008009"
        hex"000000000000008a00000000000000880000000080008009000000008000000a"
        hex"000000008000808b800000000000008b80000000000080898000000000008003"
        hex"80000000000080028000000000000080000000000000800a800000008000000a"
        hex"8000000080008081800000000000808000000000800000018000000080008008";

    /// The state that has absorbed nothing.
    function empty() internal pure returns (uint64[LANES] memory lanes) {}

    /// The lanes of a state of 200 bytes.
    function decode(bytes memory state) internal pure returns (uint64[LANES] memory lanes) {
        assert(state.length == LANES * LANE_SIZE);
        for (uint256 i = 0; i < LANES; ++i) lanes[i] = _laneOf(state, i);
    }

    function encode(uint64[LANES] memory lanes) internal pure returns (bytes memory state) {
        for (uint256 i = 0; i < LANES; ++i)
            state = bytes.concat(state, Bytes.reverseBytes8(bytes8(lanes[i])));
    }

    /// The first 32 bytes.
    function digest(uint64[LANES] memory lanes) internal pure returns (bytes32) {
        return bytes32(encode(lanes));
    }

    /// Absorbs a block. One shorter than the rate is the last, and is padded.
    function absorb(uint64[LANES] memory lanes, bytes memory block_) internal pure {
        if (block_.length < RATE) block_ = _pad(block_);
        for (uint256 i = 0; i < RATE / LANE_SIZE; ++i) lanes[i] ^= _laneOf(block_, i);
        _permute(lanes);
    }

    function _pad(bytes memory block_) private pure returns (bytes memory padded) {
        padded = bytes.concat(block_, new bytes(RATE - block_.length));
        padded[block_.length] = 0x01;
        padded[RATE - 1] |= 0x80;
    }

    function _permute(uint64[LANES] memory a) private pure {
        bytes memory tour = TOUR;
        bytes memory rotations = ROTATIONS;
        bytes memory constants = ROUND_CONSTANTS;
        uint64[5] memory parity;
        // Indices stay within the state.
        unchecked {
            for (uint256 round = 0; round < ROUNDS; ++round) {
                // Theta.
                for (uint256 x = 0; x < 5; ++x)
                    parity[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
                for (uint256 x = 0; x < 5; ++x) {
                    uint64 change = parity[(x + 4) % 5] ^ _rotate(parity[(x + 1) % 5], 1);
                    for (uint256 y = 0; y < LANES; y += 5) a[x + y] ^= change;
                }
                // Rho and pi.
                uint64 carried = a[1];
                for (uint256 i = 0; i < tour.length; ++i) {
                    uint256 to = uint8(tour[i]);
                    (a[to], carried) = (_rotate(carried, uint8(rotations[i])), a[to]);
                }
                // Chi.
                for (uint256 y = 0; y < LANES; y += 5) {
                    (uint64 first, uint64 second) = (a[y], a[y + 1]);
                    a[y] = first ^ (~second & a[y + 2]);
                    a[y + 1] = second ^ (~a[y + 2] & a[y + 3]);
                    a[y + 2] ^= ~a[y + 3] & a[y + 4];
                    a[y + 3] ^= ~a[y + 4] & first;
                    a[y + 4] ^= ~first & second;
                }
                // Iota.
                a[0] ^= uint64(bytes8(ByteTree.wordOf(constants, LANE_SIZE * round)));
            }
        }
    }

    function _rotate(uint64 lane, uint8 by) private pure returns (uint64) {
        return (lane << by) | (lane >> (64 - by));
    }

    /// Lanes are little-endian.
    function _laneOf(bytes memory data, uint256 index) private pure returns (uint64) {
        return uint64(Bytes.reverseBytes8(bytes8(ByteTree.wordOf(data, LANE_SIZE * index))));
    }
}
