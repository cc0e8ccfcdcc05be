// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice An element of a prime field of up to 381 bits: hi · 2²⁵⁶ + lo, below the prime.
struct Fp {
    uint256 hi;
    uint256 lo;
}

/// @notice a + b·u with u² = −1.
struct Fp2 {
    Fp a;
    Fp b;
}

/// @notice A sum of products before its reduction: top · 2⁵¹² + mid · 2²⁵⁶ + low.
struct Wide {
    uint256 top;
    uint256 mid;
    uint256 low;
}

/// @title Arithmetic in the fields of the pairings' curves
/// @notice Products are multiplied out and summed here and reduced by B's MODEXP with exponent 1, which knows no limit
/// of width. Elements are always below the prime, so that equal ones look equal.
library Field {
    /// @dev B's MODEXP failed: gas was short.
    error ReductionFailed();

    function add(Fp memory x, Fp memory y, Fp memory p) internal pure returns (Fp memory z) {
        // No overflow: the sum has at most 382 bits.
        unchecked {
            z.lo = x.lo + y.lo;
            z.hi = x.hi + y.hi + (z.lo < x.lo ? 1 : 0);
            if (isBelow(z, p)) return z;
            z.hi -= p.hi + (z.lo < p.lo ? 1 : 0);
            z.lo -= p.lo;
        }
    }

    function negate(Fp memory x, Fp memory p) internal pure returns (Fp memory z) {
        if (isZero(x)) return z;
        unchecked {
            z.lo = p.lo - x.lo;
            z.hi = p.hi - x.hi - (p.lo < x.lo ? 1 : 0);
        }
    }

    function isBelow(Fp memory x, Fp memory y) internal pure returns (bool) {
        return x.hi < y.hi || (x.hi == y.hi && x.lo < y.lo);
    }

    function isZero(Fp memory x) internal pure returns (bool) {
        return x.hi | x.lo == 0;
    }

    /// Adds x · y to a sum. Up to 64 products of 381-bit numbers fit.
    function accumulate(Wide memory sum, Fp memory x, Fp memory y) internal pure {
        unchecked {
            (uint256 high, uint256 low) = Math.mul512(x.lo, y.lo);
            sum.low += low;
            // The high half of a product is at most 2²⁵⁶ − 2.
            if (sum.low < low) ++high;
            _addToMid(sum, high);
            (high, low) = Math.mul512(x.hi, y.lo);
            _addToMid(sum, low);
            sum.top += high;
            (high, low) = Math.mul512(x.lo, y.hi);
            _addToMid(sum, low);
            sum.top += high + x.hi * y.hi;
        }
    }

    function _addToMid(Wide memory sum, uint256 value) private pure {
        unchecked {
            sum.mid += value;
            if (sum.mid < value) ++sum.top;
        }
    }

    function reduce(Wide memory sum, Fp memory p) internal view returns (Fp memory) {
        return
            _modExp(
                abi.encodePacked(
                    uint256(96),
                    uint256(1),
                    uint256(64),
                    sum.top,
                    sum.mid,
                    sum.low,
                    uint8(1),
                    p.hi,
                    p.lo
                )
            );
    }

    /// 1 / x, and 0 for 0: x to the power p − 2.
    function invert(Fp memory x, Fp memory p) internal view returns (Fp memory) {
        // The primes here are odd and more than 2, so that their low word does not borrow.
        return
            _modExp(
                abi.encodePacked(
                    uint256(64),
                    uint256(64),
                    uint256(64),
                    x.hi,
                    x.lo,
                    p.hi,
                    p.lo - 2,
                    p.hi,
                    p.lo
                )
            );
    }

    /// All gas may go there: a failure reverts, so that starvation proves nothing.
    function _modExp(bytes memory input) private view returns (Fp memory z) {
        (bool success, bytes memory output) = address(5).staticcall(input);
        require(success && output.length == 64, ReductionFailed());
        (z.hi, z.lo) = abi.decode(output, (uint256, uint256));
    }

    function add(Fp2 memory x, Fp2 memory y, Fp memory p) internal pure returns (Fp2 memory z) {
        z.a = add(x.a, y.a, p);
        z.b = add(x.b, y.b, p);
    }

    function negate(Fp2 memory x, Fp memory p) internal pure returns (Fp2 memory z) {
        z.a = negate(x.a, p);
        z.b = negate(x.b, p);
    }

    function subtract(Fp2 memory x, Fp2 memory y, Fp memory p) internal pure returns (Fp2 memory) {
        return add(x, negate(y, p), p);
    }

    /// Adds x · y to the sums of both coordinates: (a + bu)(c + du) = ac − bd + (ad + bc)u.
    function accumulate(Wide memory a, Wide memory b, Fp2 memory x, Fp2 memory y, Fp memory p) internal pure {
        accumulate(a, x.a, y.a);
        accumulate(a, negate(x.b, p), y.b);
        accumulate(b, x.a, y.b);
        accumulate(b, x.b, y.a);
    }

    function multiply(Fp2 memory x, Fp2 memory y, Fp memory p) internal view returns (Fp2 memory z) {
        Wide memory a;
        Wide memory b;
        accumulate(a, b, x, y, p);
        z.a = reduce(a, p);
        z.b = reduce(b, p);
    }

    /// 1 / (a + bu) = (a − bu) / (a² + b²).
    function invert(Fp2 memory x, Fp memory p) internal view returns (Fp2 memory) {
        Wide memory norm;
        accumulate(norm, x.a, x.a);
        accumulate(norm, x.b, x.b);
        Fp2 memory inverse;
        inverse.a = invert(reduce(norm, p), p);
        return multiply(Fp2(x.a, negate(x.b, p)), inverse, p);
    }

    function isZero(Fp2 memory x) internal pure returns (bool) {
        return isZero(x.a) && isZero(x.b);
    }
}
