// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title SHA-256, block by block
/// @notice FIPS 180-4. The chaining value is one word: H0 in the highest 32 bits, H7 in the lowest.
library Sha256 {
    uint256 internal constant BLOCK_SIZE = 64;
    /// @notice Section 5.3.3.
    bytes32 internal constant INITIAL = 0x6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19;

    uint256 private constant MASK = type(uint32).max;
    /// Section 4.2.2: 64 constants of 32 bits.
    bytes private constant CONSTANTS =
        hex"428a2f98_71374491_b5c0fbcf_e9b5dba5_3956c25b_59f111f1_923f82a4_ab1c5ed5"
        hex"d807aa98_12835b01_243185be_550c7dc3_72be5d74_80deb1fe_9bdc06a7_c19bf174"
        hex"e49b69c1_efbe4786_0fc19dc6_240ca1cc_2de92c6f_4a7484aa_5cb0a9dc_76f988da"
        hex"983e5152_a831c66d_b00327c8_bf597fc7_c6e00bf3_d5a79147_06ca6351_14292967"
        hex"27b70a85_2e1b2138_4d2c6dfc_53380d13_650a7354_766a0abb_81c2c92e_92722c85"
        hex"a2bfe8a1_a81a664b_c24b8b70_c76c51a3_d192e819_d6990624_f40e3585_106aa070"
        hex"19a4c116_1e376c08_2748774c_34b0bcb5_391c0cb3_4ed8aa4a_5b9cca4f_682e6ff3"
        hex"748f82ee_78a5636f_84c87814_8cc70208_90befffa_a4506ceb_bef9a3f7_c67178f2";

    /// How many blocks a message of `size` bytes makes: one byte of 0x80 and eight of length are added.
    function blocks(uint256 size) internal pure returns (uint256) {
        return (size + 8) / BLOCK_SIZE + 1;
    }

    /// A word of the padded message (section 5.1.1).
    /// @param word The message's 32 bytes at byte `offset`, zero beyond its end.
    function pad(bytes32 word, uint256 offset, uint256 size) internal pure returns (bytes32) {
        if (offset <= size && size < offset + 32)
            word |= bytes32(uint256(0x80) << (8 * (offset + 31 - size)));
        if (offset + 32 == blocks(size) * BLOCK_SIZE) word |= bytes32(8 * size);
        return word;
    }

    /// One block (section 6.2.2).
    /// @param first The block's 64 bytes, with `second`.
    function compress(bytes32 chaining, bytes32 first, bytes32 second) internal pure returns (bytes32) {
        uint256[64] memory schedule = _schedule(uint256(first), uint256(second));
        uint256[8] memory v = _split(uint256(chaining));
        bytes memory constants = CONSTANTS;
        unchecked {
            for (uint256 t = 0; t < 64; ++t) {
                uint256 k = _constant(constants, t);
                uint256 t1 = v[7] + _sum1(v[4]) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k + schedule[t];
                uint256 t2 = _sum0(v[0]) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
                (v[7], v[6], v[5], v[4]) = (v[6], v[5], v[4], (v[3] + t1) & MASK);
                (v[3], v[2], v[1], v[0]) = (v[2], v[1], v[0], (t1 + t2) & MASK);
            }
            uint256[8] memory before = _split(uint256(chaining));
            uint256 next;
            for (uint256 i = 0; i < 8; ++i) next = (next << 32) | ((before[i] + v[i]) & MASK);
            return bytes32(next);
        }
    }

    function _schedule(uint256 first, uint256 second) private pure returns (uint256[64] memory w) {
        unchecked {
            for (uint256 t = 0; t < 8; ++t) {
                w[t] = (first >> (224 - 32 * t)) & MASK;
                w[t + 8] = (second >> (224 - 32 * t)) & MASK;
            }
            for (uint256 t = 16; t < 64; ++t) {
                uint256 x = w[t - 15];
                uint256 y = w[t - 2];
                uint256 s0 = _rotate(x, 7) ^ _rotate(x, 18) ^ (x >> 3);
                uint256 s1 = _rotate(y, 17) ^ _rotate(y, 19) ^ (y >> 10);
                w[t] = (s1 + w[t - 7] + s0 + w[t - 16]) & MASK;
            }
        }
    }

    function _split(uint256 chaining) private pure returns (uint256[8] memory v) {
        unchecked {
            for (uint256 i = 0; i < 8; ++i) v[i] = (chaining >> (224 - 32 * i)) & MASK;
        }
    }

    function _constant(bytes memory constants, uint256 t) private pure returns (uint256 k) {
        unchecked {
            for (uint256 i = 0; i < 4; ++i) k = (k << 8) | uint8(constants[4 * t + i]);
        }
    }

    function _sum0(uint256 x) private pure returns (uint256) {
        return _rotate(x, 2) ^ _rotate(x, 13) ^ _rotate(x, 22);
    }

    function _sum1(uint256 x) private pure returns (uint256) {
        return _rotate(x, 6) ^ _rotate(x, 11) ^ _rotate(x, 25);
    }

    /// To the right, as a 32-bit number; bits above stay, and are masked by whoever adds.
    function _rotate(uint256 x, uint256 n) private pure returns (uint256) {
        return ((x >> n) | (x << (32 - n))) & MASK;
    }
}
