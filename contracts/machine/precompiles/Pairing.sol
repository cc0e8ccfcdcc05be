// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Field, Fp, Fp2, Wide} from "./Field.sol";
import {Native} from "./Native.sol";
import {Prices} from "./Prices.sol";

/// @notice What one of the two pairings needs to know of its curve.
/// @param prime Of the base field.
/// @param nonResidue ξ, so that Fp12 = Fp2[w]/(w⁶ − ξ).
/// @param loop The count of the Miller loop, `loopBits` bits long.
/// @param exponent (p¹² − 1)/r, big-endian, `exponentBits` bits long.
struct Curve {
    uint256 precompile;
    Fp prime;
    Fp2 nonResidue;
    uint256 loop;
    uint256 loopBits;
    bytes exponent;
    uint256 exponentBits;
}

/// @notice What a pairing keeps between steps.
/// @param product Of the Miller values of all finished pairs.
/// @param power The Miller value of the pair in work; then the power of `product` so far.
/// @param x, y The pair's point P of the first group.
/// @param qx, qy Its point Q of the second.
/// @param tx, ty The multiple T of Q that the loop has reached.
struct PairingState {
    Fp2[6] product;
    Fp2[6] power;
    Fp x;
    Fp y;
    Fp2 qx;
    Fp2 qy;
    Fp2 tx;
    Fp2 ty;
}

/// @title The pairing checks of BN254 and BLS12-381, bit by bit
/// @notice EIP-197 and EIP-2537 ask whether the product of pairings e(P, Q) is 1. Any non-degenerate bilinear pairing
/// answers that alike; this is the plain ate pairing: f(P) of Miller's loop over T = sQ, to the power (p¹² − 1)/r.
/// Fp12 is Fp2[w]/(w⁶ − ξ), six coefficients; points of the second group stay on the twist, in affine coordinates.
/// T never is infinity nor ±Q inside the loop, because both groups have prime order r and s < r: each pair is first
/// shown to B's own pairing, which refuses points outside the groups.
library Pairing {
    uint256 private constant COEFFICIENTS = 6;

    /// EIP-197: the prime, and for the plain ate pairing s = 6x², x = 4965661367192848881.
    uint256 private constant BN254_PRIME = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    uint256 private constant BN254_LOOP = 0x6f4d8248eeb859fbf83e9682e87cfd46;
    uint256 private constant BN254_LOOP_BITS = 127;
    bytes private constant BN254_EXPONENT =
        hex"2f4b6dc97020fddadf107d20bc842d43bf6369b1ff6a1c71015f3f7be2e1e30a"
        hex"73bb94fec0daf15466b2383a5d3ec3d15ad524d8f70c54efee1bd8c3b21377e5"
        hex"63a09a1b705887e72eceaddea3790364a61f676baaf977870e88d5c6c8fef078"
        hex"1361e443ae77f5b63a2a2264487f2940a8b1ddb3d15062cd0fb2015dfc666844"
        hex"9aed3cc48a82d0d602d268c7daab6a41294c0cc4ebe5664568dfc50e1648a45a"
        hex"4a1e3a5195846a3ed011a337a02088ec80e0ebae8755cfe107acf3aafb40494e"
        hex"406f804216bb10cf430b0f37856b42db8dc5514724ee93dfb10826f0dd4a0364"
        hex"b9580291d2cd65664814fde37ca80bb4ea44eacc5e641bbadf423f9a2cbf813b"
        hex"8d145da90029baee7ddadda71c7f3811c4105262945bba1668c3be69a3c23097"
        hex"4d83561841d766f9c9d570bb7fbe04c7e8a6c3c760c0de81def35692da361102"
        hex"b6b9b2b918837fa97896e84abb40a4efb7e54523a486964b64ca86f120";
    uint256 private constant BN254_EXPONENT_BITS = 2790;

    /// EIP-2537: the prime, and s = |x|, x = −0xd201000000010000. The sign inverts the pairing, which changes no verdict.
    uint256 private constant BLS_PRIME_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant BLS_PRIME_LOW =
        0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    uint256 private constant BLS_LOOP = 0xd201000000010000;
    uint256 private constant BLS_LOOP_BITS = 64;
    bytes private constant BLS_EXPONENT =
        hex"02ee1db5dcc825b7e1bda9c0496a1c0a89ee0193d4977b3f7d4507d07363baa1"
        hex"3f8d14a917848517badc3a43d1073776ab353f2c30698e8cc7deada9c0aadff5"
        hex"e9cfee9a074e43b9a660835cc872ee83ff3a0f0f1c0ad0d6106feaf4e347aa68"
        hex"ad49466fa927e7bb9375331807a0dce2630d9aa4b113f414386b0e8819328148"
        hex"978e2b0dd39099b86e1ab656d2670d93e4d7acdd350da5359bc73ab61a0c5bf2"
        hex"4c374693c49f570bcd2b01f3077ffb10bf24dde41064837f27611212596bc293"
        hex"c8d4c01f25118790f4684d0b9c40a68eb74bb22a40ee7169cdc1041296532fef"
        hex"459f12438dfc8e2886ef965e61a474c5c85b0129127a1b5ad046343472453841"
        hex"1d1676a53b5a62eb34c05739334f46c02c3f0bd0c55d3109cd15948d0a1fad20"
        hex"044ce6ad4c6bec3ec03ef19592004cedd556952c6d8823b19dadd7c2498345c6"
        hex"e5308f1c511291097db60b1749bf9b71a9f9e0100418a3ef0bc627751bbd8136"
        hex"7066bca6a4c1b6dcfc5cceb73fc56947a403577dfa9e13c24ea820b09c1d9f7c"
        hex"31759c3635de3f7a3639991708e88adce88177456c49637fd7961be1a4c7e79f"
        hex"b02faa732e2f3ec2bea83d196283313492caa9d4aff1c910e9622d2a73f62537"
        hex"f2701aaef6539314043f7bbce5b78c7869aeb2181a67e49eeed2161daf3f881b"
        hex"d88592d767f67c4717489119226c2f011d4cab803e9d71650a6f80698e2f8491"
        hex"d12191a04406fbc8fbd5f48925f98630e68bfb24c0bcb9b55df57510";
    uint256 private constant BLS_EXPONENT_BITS = 4314;

    /// The curve of a pairing precompile.
    function curve(uint256 precompile) internal pure returns (Curve memory c) {
        c.precompile = precompile;
        c.nonResidue.b.lo = 1;
        if (precompile == Prices.BN254_PAIRING) {
            c.prime = Fp(0, BN254_PRIME);
            c.nonResidue.a.lo = 9;
            (c.loop, c.loopBits) = (BN254_LOOP, BN254_LOOP_BITS);
            (c.exponent, c.exponentBits) = (BN254_EXPONENT, BN254_EXPONENT_BITS);
        } else {
            c.prime = Fp(BLS_PRIME_HIGH, BLS_PRIME_LOW);
            c.nonResidue.a.lo = 1;
            (c.loop, c.loopBits) = (BLS_LOOP, BLS_LOOP_BITS);
            (c.exponent, c.exponentBits) = (BLS_EXPONENT, BLS_EXPONENT_BITS);
        }
    }

    /// @return size Of a pair in the input.
    function pairSize(uint256 precompile) internal pure returns (uint256 size) {
        return precompile == Prices.BN254_PAIRING ? 192 : 384;
    }

    /// The state before the first pair.
    function start() internal pure returns (PairingState memory s) {
        s.product[0].a.lo = 1;
    }

    /// Shows a pair to B's pairing and takes it up.
    /// @return valid False if a coordinate or a point is not one; the whole call fails then.
    /// @return infinite Whether one of the points is at infinity. Such a pair contributes 1 and needs no loop.
    function load(
        PairingState memory s,
        Curve memory c,
        bytes memory pair
    ) internal view returns (bool valid, bool infinite) {
        (valid, ) = Native.run(c.precompile, pair);
        if (!valid) return (false, false);
        Fp[6] memory v = c.precompile == Prices.BN254_PAIRING ? _readBn254(pair) : _readBls(pair);
        (s.x, s.y) = (v[0], v[1]);
        (s.qx, s.qy) = (Fp2(v[2], v[3]), Fp2(v[4], v[5]));
        (s.tx, s.ty) = (s.qx, s.qy);
        infinite = (Field.isZero(s.x) && Field.isZero(s.y)) || (Field.isZero(s.qx) && Field.isZero(s.qy));
        s.power = _one();
    }

    /// One bit of Miller's loop: bit `bit` of the count, from `loopBits − 2` down to 0. The last one also takes the
    /// pair's value into the product.
    function millerBit(PairingState memory s, Curve memory c, uint256 bit) internal view {
        Fp memory p = c.prime;
        s.power = multiply(s.power, s.power, c);
        // Tangent: 3x²/2y.
        Fp2 memory square = Field.multiply(s.tx, s.tx, p);
        Fp2 memory slope = Field.invert(Field.add(s.ty, s.ty, p), p);
        slope = Field.multiply(Field.add(Field.add(square, square, p), square, p), slope, p);
        _advance(s, c, slope, s.tx);
        if ((c.loop >> bit) & 1 == 1) {
            // Chord: (y_Q − y)/(x_Q − x).
            slope = Field.invert(Field.subtract(s.qx, s.tx, p), p);
            slope = Field.multiply(Field.subtract(s.qy, s.ty, p), slope, p);
            _advance(s, c, slope, s.qx);
        }
        if (bit == 0) s.product = multiply(s.product, s.power, c);
    }

    /// The state before the first bit of the exponent.
    function startPower(PairingState memory s) internal pure returns (PairingState memory) {
        PairingState memory next;
        (next.product, next.power) = (s.product, _one());
        return next;
    }

    /// One bit of the final exponentiation: bit `bit` of the exponent, from `exponentBits − 1` down to 0.
    function exponentBit(PairingState memory s, Curve memory c, uint256 bit) internal view {
        s.power = multiply(s.power, s.power, c);
        uint8 octet = uint8(c.exponent[c.exponent.length - 1 - bit / 8]);
        if ((octet >> (bit % 8)) & 1 == 1) s.power = multiply(s.power, s.product, c);
    }

    /// The answer after the last bit: whether the power is 1.
    function verdict(PairingState memory s) internal pure returns (bool) {
        return keccak256(abi.encode(s.power)) == keccak256(abi.encode(_one()));
    }

    /// A product in Fp12: coefficients 6 to 10 of the polynomials' product come back times ξ.
    function multiply(
        Fp2[6] memory x,
        Fp2[6] memory y,
        Curve memory c
    ) internal view returns (Fp2[6] memory z) {
        for (uint256 k = 0; k < COEFFICIENTS; ++k) {
            z[k] = _coefficient(x, y, k, c.prime);
            if (k + 1 == COEFFICIENTS) break;
            Fp2 memory high = _coefficient(x, y, k + COEFFICIENTS, c.prime);
            z[k] = Field.add(z[k], Field.multiply(high, c.nonResidue, c.prime), c.prime);
        }
    }

    /// The sum of all x_i · y_j with i + j = k.
    function _coefficient(
        Fp2[6] memory x,
        Fp2[6] memory y,
        uint256 k,
        Fp memory p
    ) private view returns (Fp2 memory z) {
        Wide memory a;
        Wide memory b;
        uint256 last = k < COEFFICIENTS ? k : COEFFICIENTS - 1;
        for (uint256 i = k - (k < COEFFICIENTS ? k : COEFFICIENTS - 1); i <= last; ++i) {
            // Most coefficients of a line are zero.
            if (!Field.isZero(y[k - i])) Field.accumulate(a, b, x[i], y[k - i], p);
        }
        z.a = Field.reduce(a, p);
        z.b = Field.reduce(b, p);
    }

    /// Multiplies the value by the line through T of this slope, taken at P, and moves T along it to the sum with
    /// the point at `x`: x' = λ² − x_T − x, y' = λ(x_T − x') − y_T.
    function _advance(PairingState memory s, Curve memory c, Fp2 memory slope, Fp2 memory x) private view {
        Fp memory p = c.prime;
        s.power = multiply(s.power, _line(s, c, slope), c);
        Fp2 memory next = Field.multiply(slope, slope, p);
        next = Field.subtract(Field.subtract(next, s.tx, p), x, p);
        Fp2 memory rise = Field.multiply(slope, Field.subtract(s.tx, next, p), p);
        (s.tx, s.ty) = (next, Field.subtract(rise, s.ty, p));
    }

    /// BN254 untwists by (x·w², y·w³): y_P − λ x_P w + (λ x_T − y_T) w³. BLS12-381 by (x·w⁻², y·w⁻³), and the line times
    /// w³, which the final exponent removes: y_P w³ − λ x_P w² + (λ x_T − y_T).
    function _line(
        PairingState memory s,
        Curve memory c,
        Fp2 memory slope
    ) private view returns (Fp2[6] memory line) {
        Fp memory p = c.prime;
        Fp memory zero;
        Fp2 memory ofX = Field.negate(Field.multiply(slope, Fp2(s.x, zero), p), p);
        Fp2 memory rest = Field.subtract(Field.multiply(slope, s.tx, p), s.ty, p);
        if (c.precompile == Prices.BN254_PAIRING) {
            (line[0], line[1], line[3]) = (Fp2(s.y, zero), ofX, rest);
        } else {
            (line[0], line[2], line[3]) = (rest, ofX, Fp2(s.y, zero));
        }
    }

    function _one() private pure returns (Fp2[6] memory z) {
        z[0].a.lo = 1;
    }

    /// EIP-197: x, y, then Q's coordinates with their imaginary part first, 32 bytes each.
    function _readBn254(bytes memory pair) private pure returns (Fp[6] memory v) {
        (v[0].lo, v[1].lo, v[3].lo, v[2].lo, v[5].lo, v[4].lo) = abi.decode(
            pair,
            (uint256, uint256, uint256, uint256, uint256, uint256)
        );
    }

    /// EIP-2537: x, y, then Q's coordinates with their real part first, 64 bytes each.
    function _readBls(bytes memory pair) private pure returns (Fp[6] memory) {
        return abi.decode(pair, (Fp[6]));
    }
}
