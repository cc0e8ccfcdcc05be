// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The compression function F of BLAKE2b, round by round
/// @notice EIP-152 and RFC 7693. All words here are 64-bit numbers; in the precompile's bytes they are little-endian.
library Blake2f {
    /// @notice What F keeps between rounds: the chaining value, the message block and the working vector.
    struct State {
        uint64[8] h;
        uint64[16] m;
        uint64[16] v;
    }

    /// @notice EIP-152: rounds (4), h (64), m (128), t (16), final flag (1).
    uint256 internal constant INPUT_SIZE = 213;

    uint256 private constant H_AT = 4;
    uint256 private constant M_AT = 68;
    uint256 private constant T_AT = 196;
    uint256 private constant FLAG_AT = 212;

    /// RFC 7693 section 2.6: the initialisation vector, eight words.
    bytes private constant IV =
        hex"6a09e667f3bcc908_bb67ae8584caa73b_3c6ef372fe94f82b_a54ff53a5f1d36f1"
        hex"510e527fade682d1_9b05688c2b3e6c1f_1f83d9abfb41bd6b_5be0cd19137e2179";

    /// Section 2.7: ten permutations of the message words, one nibble each.
    bytes private constant SIGMA =
        hex"0123456789abcdef_ea489fd61c02b753_b8c052fdae367194_7931dcbe265a40f8_905724afe1bc683d"
        hex"2c6a0b834d75fe19_c51fed4a0763928b_db7ec13950f4862a_6fe9b308c2d714a5_a2847615fb9e3cd0";

    /// The number of rounds that an input of `INPUT_SIZE` bytes asks for.
    function rounds(bytes memory input) internal pure returns (uint256 count) {
        for (uint256 i = 0; i < H_AT; ++i) count = (count << 8) | uint8(input[i]);
    }

    /// Whether an input is one at all (EIP-152: its size, and a flag of 0 or 1).
    function isValid(bytes memory input) internal pure returns (bool) {
        return input.length == INPUT_SIZE && uint8(input[FLAG_AT]) <= 1;
    }

    /// The state before the first round (RFC 7693 section 3.2).
    function start(bytes memory input) internal pure returns (State memory s) {
        for (uint256 i = 0; i < 16; ++i) s.m[i] = _little(input, M_AT + 8 * i);
        bytes memory iv = IV;
        for (uint256 i = 0; i < 8; ++i) {
            s.h[i] = s.v[i] = _little(input, H_AT + 8 * i);
            s.v[i + 8] = _reverse(_little(iv, 8 * i));
        }
        s.v[12] ^= _little(input, T_AT);
        s.v[13] ^= _little(input, T_AT + 8);
        if (input[FLAG_AT] != 0) s.v[14] = ~s.v[14];
    }

    /// Round number `number`, from 0: mixes the columns, then the diagonals.
    function round(State memory s, uint256 number) internal pure {
        uint256[16] memory m;
        bytes memory sigma = SIGMA;
        uint256 row = 8 * (number % 10);
        for (uint256 i = 0; i < 8; ++i) {
            uint8 pair = uint8(sigma[row + i]);
            m[2 * i] = s.m[pair >> 4];
            m[2 * i + 1] = s.m[pair & 15];
        }
        _mix(s.v, 0, 4, 8, 12, m[0], m[1]);
        _mix(s.v, 1, 5, 9, 13, m[2], m[3]);
        _mix(s.v, 2, 6, 10, 14, m[4], m[5]);
        _mix(s.v, 3, 7, 11, 15, m[6], m[7]);
        _mix(s.v, 0, 5, 10, 15, m[8], m[9]);
        _mix(s.v, 1, 6, 11, 12, m[10], m[11]);
        _mix(s.v, 2, 7, 8, 13, m[12], m[13]);
        _mix(s.v, 3, 4, 9, 14, m[14], m[15]);
    }

    /// The output after the last round: 64 bytes.
    function finish(State memory s) internal pure returns (bytes memory output) {
        for (uint256 i = 0; i < 8; ++i)
            output = bytes.concat(output, bytes8(_reverse(s.h[i] ^ s.v[i] ^ s.v[i + 8])));
    }

    /// Section 3.1.
    function _mix(
        uint64[16] memory v,
        uint256 a,
        uint256 b,
        uint256 c,
        uint256 d,
        uint256 x,
        uint256 y
    ) private pure {
        unchecked {
            v[a] = uint64(v[a] + v[b] + x);
            v[d] = _rotate(v[d] ^ v[a], 32);
            v[c] = v[c] + v[d];
            v[b] = _rotate(v[b] ^ v[c], 24);
            v[a] = uint64(v[a] + v[b] + y);
            v[d] = _rotate(v[d] ^ v[a], 16);
            v[c] = v[c] + v[d];
            v[b] = _rotate(v[b] ^ v[c], 63);
        }
    }

    /// To the right.
    function _rotate(uint64 x, uint64 n) private pure returns (uint64) {
        return (x >> n) | (x << (64 - n));
    }

    /// Eight bytes at `offset` as a little-endian number.
    function _little(bytes memory data, uint256 offset) private pure returns (uint64 value) {
        for (uint256 i = 8; i != 0; --i) value = (value << 8) | uint8(data[offset + i - 1]);
    }

    function _reverse(uint64 value) private pure returns (uint64 reversed) {
        for (uint256 i = 0; i < 8; ++i) reversed |= uint64(uint8(value >> (8 * i))) << uint64(56 - 8 * i);
    }
}
