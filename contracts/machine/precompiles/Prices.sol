// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the precompiles are and what they cost
/// @notice Sources: Yellow Paper appendix E; EIP-152, 196, 197, 1108 (BN254, BLAKE2F), 198, 2565, 7823, 7883 (MODEXP),
/// 2537 (BLS12-381), 4844 (point evaluation), 7951 (P-256). `rules`: 0 Cancun, 1 Prague, 2 Osaka.
/// @dev Prices are exact integers without a bound of their own; what exceeds every gas limit is `UNPAYABLE`.
library Prices {
    uint8 internal constant PRAGUE = 1;
    uint8 internal constant OSAKA = 2;

    uint256 internal constant ECRECOVER = 0x01;
    uint256 internal constant SHA256 = 0x02;
    uint256 internal constant RIPEMD160 = 0x03;
    uint256 internal constant IDENTITY = 0x04;
    uint256 internal constant MODEXP = 0x05;
    uint256 internal constant BN254_ADD = 0x06;
    uint256 internal constant BN254_MULTIPLY = 0x07;
    uint256 internal constant BN254_PAIRING = 0x08;
    uint256 internal constant BLAKE2F = 0x09;
    uint256 internal constant POINT_EVALUATION = 0x0a;
    uint256 internal constant BLS_G1_ADD = 0x0b;
    uint256 internal constant BLS_G1_MSM = 0x0c;
    uint256 internal constant BLS_G2_ADD = 0x0d;
    uint256 internal constant BLS_G2_MSM = 0x0e;
    uint256 internal constant BLS_PAIRING = 0x0f;
    uint256 internal constant BLS_MAP_FP_TO_G1 = 0x10;
    uint256 internal constant BLS_MAP_FP2_TO_G2 = 0x11;
    uint256 internal constant P256_VERIFY = 0x100;

    /// @notice More than any frame's gas.
    uint256 internal constant UNPAYABLE = type(uint256).max;
    /// @notice EIP-7823: no length of MODEXP is larger, from Osaka on.
    uint256 internal constant MODEXP_MAX_SIZE = 1024;

    uint256 private constant DISCOUNT_ENTRIES = 128;
    /// EIP-2537, per mille for 1 to 128 pairs, two bytes each.
    bytes private constant DISCOUNT_G1 =
        hex"03e8_03b5_0350_031d_02fc_02ee_02e2_02d8_02cf_02c8_02c1_02ba_02b4_02af_02aa_02a5"
        hex"02a1_029d_0299_0295_0292_028e_028b_0288_0285_0282_0280_027d_027b_0278_0276_0273"
        hex"0271_026f_026d_026b_0269_0267_0265_0263_0261_0260_025e_025c_025b_0259_0257_0256"
        hex"0254_0253_0251_0250_024f_024d_024c_024a_0249_0248_0246_0245_0244_0243_0241_0240"
        hex"023f_023e_023d_023c_023a_0239_0238_0237_0236_0235_0234_0233_0232_0231_0230_022f"
        hex"022e_022d_022c_022b_022a_0229_0228_0227_0226_0225_0224_0223_0223_0222_0221_0220"
        hex"021f_021e_021d_021c_021c_021b_021a_0219_0218_0218_0217_0216_0215_0214_0214_0213"
        hex"0212_0211_0210_0210_020f_020e_020d_020d_020c_020b_020a_020a_0209_0208_0208_0207";
    bytes private constant DISCOUNT_G2 =
        hex"03e8_03e8_039b_0374_0357_0340_032c_031c_030e_0302_02f7_02ed_02e4_02dc_02d4_02cd"
        hex"02c7_02c0_02bb_02b5_02b0_02ab_02a7_02a2_029e_029a_0297_0293_028f_028c_0289_0286"
        hex"0283_0280_027d_027a_0278_0275_0273_0270_026e_026c_026a_0267_0265_0263_0261_025f"
        hex"025e_025c_025a_0258_0256_0255_0253_0251_0250_024e_024d_024b_024a_0248_0247_0246"
        hex"0244_0243_0242_0240_023f_023e_023d_023b_023a_0239_0238_0237_0236_0235_0233_0232"
        hex"0231_0230_022f_022e_022d_022c_022b_022a_0229_0228_0228_0227_0226_0225_0224_0223"
        hex"0222_0221_0221_0220_021f_021e_021d_021d_021c_021b_021a_0219_0219_0218_0217_0217"
        hex"0216_0215_0214_0214_0213_0212_0212_0211_0210_0210_020f_020e_020e_020d_020c_020c";

    /// The price of the precompiles that cost the same for every input. BLAKE2F costs one per round instead.
    function ofCall(uint256 precompile) internal pure returns (uint256) {
        if (precompile == ECRECOVER) return 3000;
        if (precompile == BN254_ADD) return 150;
        if (precompile == BN254_MULTIPLY) return 6000;
        if (precompile == POINT_EVALUATION) return 50_000;
        if (precompile == BLS_G1_ADD) return 375;
        if (precompile == BLS_G2_ADD) return 600;
        if (precompile == BLS_MAP_FP_TO_G1) return 5500;
        if (precompile == BLS_MAP_FP2_TO_G2) return 23_800;
        require(precompile == P256_VERIFY, NoFixedPrice(precompile));
        return 6900;
    }

    /// The price of SHA256, RIPEMD160 and IDENTITY by the size of their input in bytes.
    function ofBytes(uint256 precompile, uint256 size) internal pure returns (uint256) {
        uint256 words = (size + 31) / 32;
        if (precompile == SHA256) return 60 + 12 * words;
        if (precompile == RIPEMD160) return 600 + 120 * words;
        require(precompile == IDENTITY, NoPriceByBytes(precompile));
        return 15 + 3 * words;
    }

    /// The price of the pairings and of the multi-scalar multiplications by their number of pairs.
    function ofPairs(uint256 precompile, uint256 pairs) internal pure returns (uint256) {
        if (precompile == BN254_PAIRING) return 45_000 + 34_000 * pairs;
        if (precompile == BLS_PAIRING) return 37_700 + 32_600 * pairs;
        if (precompile == BLS_G1_MSM) return (12_000 * pairs * _discount(DISCOUNT_G1, pairs)) / 1000;
        require(precompile == BLS_G2_MSM, NoPriceByPairs(precompile));
        return (22_500 * pairs * _discount(DISCOUNT_G2, pairs)) / 1000;
    }

    /// The price of MODEXP.
    /// @param baseSize Lengths as the input states them, any 256-bit numbers.
    /// @param head The number that the first 32 bytes of the exponent make, or all of them if it is shorter.
    function ofModExp(
        uint256 baseSize,
        uint256 exponentSize,
        uint256 modulusSize,
        uint256 head,
        uint8 rules
    ) internal pure returns (uint256) {
        bool osaka = rules >= OSAKA;
        uint256 floor = osaka ? 500 : 200;
        uint256 size = baseSize > modulusSize ? baseSize : modulusSize;
        // Before Osaka nothing is charged for an exponent if there is nothing to raise.
        if (size == 0 && !osaka) return floor;
        // Either alone is beyond every gas limit, and the products below do not overflow.
        if (size > type(uint32).max || exponentSize > type(uint64).max) return UNPAYABLE;

        uint256 iterations = exponentSize > 32 ? (osaka ? 16 : 8) * (exponentSize - 32) : 0;
        iterations += _log2(head);
        if (iterations == 0) iterations = 1;
        uint256 words = (size + 7) / 8;
        uint256 price =
            osaka ? iterations * (size > 32 ? 2 * words * words : 16) : (iterations * words * words) / 3;
        return price > floor ? price : floor;
    }

    function _discount(bytes memory table, uint256 pairs) private pure returns (uint256) {
        uint256 entry = 2 * ((pairs > DISCOUNT_ENTRIES ? DISCOUNT_ENTRIES : pairs) - 1);
        return (uint256(uint8(table[entry])) << 8) | uint8(table[entry + 1]);
    }

    /// Rounded down; zero for zero.
    function _log2(uint256 value) private pure returns (uint256 exponent) {
        while (value > 1) {
            value >>= 1;
            ++exponent;
        }
    }

    error NoFixedPrice(uint256 precompile);
    error NoPriceByBytes(uint256 precompile);
    error NoPriceByPairs(uint256 precompile);
}
