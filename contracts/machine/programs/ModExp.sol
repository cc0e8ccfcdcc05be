// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title MODEXP as a program
/// @notice The machine runs this code as the precompile 0x05 of A (EIP-198): base to the power of exponent modulo
/// modulus, for numbers of any size. Input and output are the precompile's; what lies beyond the input is zero. No
/// storage, no calls, and nothing depends on gas, so that the same input always takes the same steps.
/// @dev The machine's trace must fit its bound on steps per unit of gas, so the inner loops are assembly: bounds checks
/// and array access would double them. Numbers are limbs of 256 bits in memory, the lowest first, and are kept modulo
/// M = modulus · 2^shift, whose highest bit is set; only the result is reduced modulo the modulus itself. Division is
/// Knuth's algorithm D (The Art of Computer Programming, 4.3.1) with the quotient digits of Möller and Granlund
/// (Improved division by invariant integers, algorithm 4).
contract ModExp {
    /// @param power, other Where the power is, and where its next product goes; both change places.
    struct Work {
        uint256 modulus;
        uint256 limbs;
        uint256 power;
        uint256 other;
    }

    /// The three lengths.
    uint256 private constant HEADER = 96;

    /// `payable`, because a call of the precompile may carry value.
    fallback(bytes calldata) external payable returns (bytes memory) {
        uint256 baseSize = _word(0);
        uint256 exponentSize = _word(32);
        uint256 modulusSize = _word(64);
        bytes memory output = new bytes(modulusSize);
        unchecked {
            uint256 exponentAt = HEADER + baseSize;
            uint256 modulusAt = exponentAt + exponentSize;
            uint256 limbs = _significantLimbs(modulusAt, modulusSize);
            if (limbs == 0) return output;
            if (limbs == 1) {
                uint256 modulus = _limb(modulusAt, modulusSize, 0);
                uint256 power = _powerOfWord(
                    _baseModuloWord(baseSize, modulus),
                    exponentAt,
                    exponentSize,
                    modulus
                );
                _place(output, 0, power);
                return output;
            }
            _power(output, baseSize, exponentAt, exponentSize, modulusAt, limbs);
            return output;
        }
    }

    // --- One limb -------------------------------------------------------------------------------------------------

    function _baseModuloWord(uint256 size, uint256 modulus) private pure returns (uint256 rest) {
        unchecked {
            // 2²⁵⁶ modulo the modulus.
            uint256 shift = addmod(type(uint256).max, 1, modulus);
            for (uint256 i = (size + 31) / 32; i != 0; --i) {
                rest = addmod(mulmod(rest, shift, modulus), _limb(HEADER, size, i - 1), modulus);
            }
        }
    }

    /// One byte of the exponent per turn, from its first.
    function _powerOfWord(
        uint256 base,
        uint256 exponentAt,
        uint256 exponentSize,
        uint256 modulus
    ) private pure returns (uint256 power) {
        unchecked {
            power = 1 % modulus;
            uint256 end = exponentAt + exponentSize;
            for (uint256 i = _skipZeros(exponentAt, end); i < end; ++i) {
                uint256 octet = _word(i) >> 248;
                // The modulus is not zero, which Solidity would check again sixteen times.
                assembly ("memory-safe") {
                    for {
                        let bit := 0x80
                    } bit {
                        bit := shr(1, bit)
                    } {
                        power := mulmod(power, power, modulus)
                        if and(octet, bit) {
                            power := mulmod(power, base, modulus)
                        }
                    }
                }
            }
        }
    }

    // --- Many limbs -----------------------------------------------------------------------------------------------

    function _power(
        bytes memory output,
        uint256 baseSize,
        uint256 exponentAt,
        uint256 exponentSize,
        uint256 modulusAt,
        uint256 limbs
    ) private pure {
        unchecked {
            (uint256 modulus, uint256 shift) = _normalisedModulus(modulusAt, output.length, limbs);
            uint256[4] memory powers = _smallPowers(_baseModulo(baseSize, modulus, limbs), modulus, limbs);
            Work memory work = Work(modulus, limbs, _allocate(2 * limbs), _allocate(2 * limbs));
            uint256 end = exponentAt + exponentSize;
            bool isOne = true;
            _store(work.power, 1);
            for (uint256 i = _skipZeros(exponentAt, end); i < end; ++i) {
                uint256 octet = _word(i) >> 248;
                for (uint256 right = 8; right != 0;) {
                    right -= 2;
                    if (!isOne) {
                        _multiplyPower(work, work.power);
                        _multiplyPower(work, work.power);
                    }
                    uint256 digit = (octet >> right) & 3;
                    if (digit == 0) continue;
                    if (isOne) _copy(work.power, powers[digit], limbs);
                    else _multiplyPower(work, powers[digit]);
                    isOne = false;
                }
            }
            _write(output, work.power, modulus, shift, limbs);
        }
    }

    function _multiplyPower(Work memory work, uint256 factor) private pure {
        (uint256 power, uint256 other, uint256 limbs) = (work.power, work.other, work.limbs);
        _multiply(other, power, factor, limbs);
        _reduce(other, work.modulus, limbs, limbs);
        (work.power, work.other) = (other, power);
    }

    function _copy(uint256 target, uint256 source, uint256 limbs) private pure {
        assembly ("memory-safe") {
            mcopy(target, source, shl(5, limbs))
        }
    }

    /// Where the base, its square and its cube are, modulo M: the exponent goes by two bits at a time.
    function _smallPowers(
        uint256 base,
        uint256 modulus,
        uint256 limbs
    ) private pure returns (uint256[4] memory powers) {
        // Products need twice the limbs.
        (powers[1], powers[2], powers[3]) = (base, _allocate(2 * limbs), _allocate(2 * limbs));
        _multiplyModulo(powers[2], base, base, modulus, limbs);
        _multiplyModulo(powers[3], powers[2], base, modulus, limbs);
    }

    /// @return modulus The limbs of M, then the reciprocal ⌊(2⁵¹² − 1)/d⌋ − 2²⁵⁶ of its highest limb d.
    function _normalisedModulus(
        uint256 modulusAt,
        uint256 modulusSize,
        uint256 limbs
    ) private pure returns (uint256 modulus, uint256 shift) {
        unchecked {
            modulus = _allocate(limbs + 1);
            uint256 highest = _limb(modulusAt, modulusSize, limbs - 1);
            for (; highest >> 248 == 0; shift += 8) highest <<= 8;
            for (; highest >> 255 == 0; ++shift) highest <<= 1;
            uint256 below = 0;
            for (uint256 i = 0; i < limbs; ++i) {
                uint256 limb = _limb(modulusAt, modulusSize, i);
                _store(modulus + 32 * i, (limb << shift) | (below >> (256 - shift)));
                below = limb;
            }
            _store(
                modulus + 32 * limbs,
                _divide(~_load(modulus + 32 * (limbs - 1)), _load(modulus + 32 * (limbs - 1)))
            );
        }
    }

    /// The base modulo M: takes in its limbs from the highest, each time one digit of a division.
    function _baseModulo(uint256 size, uint256 modulus, uint256 limbs) private pure returns (uint256 base) {
        unchecked {
            // The number moves down in a longer piece of memory as limbs come in below it.
            uint256 count = (size + 31) / 32;
            base = _allocate(count + limbs) + 32 * count;
            for (uint256 i = count; i != 0; --i) {
                base -= 32;
                _store(base, _limb(HEADER, size, i - 1));
                _reduce(base, modulus, limbs, 1);
            }
        }
    }

    /// Writes the power modulo the modulus: (power · 2^shift modulo M) / 2^shift.
    function _write(
        bytes memory output,
        uint256 power,
        uint256 modulus,
        uint256 shift,
        uint256 limbs
    ) private pure {
        unchecked {
            uint256 below = 0;
            for (uint256 i = 0; i < limbs; ++i) {
                uint256 limb = _load(power + 32 * i);
                _store(power + 32 * i, (limb << shift) | (below >> (256 - shift)));
                below = limb;
            }
            _store(power + 32 * limbs, below >> (256 - shift));
            _reduce(power, modulus, limbs, 1);

            for (uint256 i = 0; i < limbs; ++i) {
                uint256 limb = _load(power + 32 * i) >> shift;
                if (i + 1 < limbs) limb |= _load(power + 32 * (i + 1)) << (256 - shift);
                _place(output, i, limb);
            }
        }
    }

    /// Writes limb `index`, from the lowest, to the end of the output. The highest limb may have more bytes than the
    /// output has left, all of them zero: they go to the length, which is restored.
    function _place(bytes memory output, uint256 index, uint256 limb) private pure {
        assembly ("memory-safe") {
            let size := mload(output)
            mstore(sub(add(output, size), shl(5, index)), limb)
            mstore(output, size)
        }
    }

    /// target = x · y modulo M, with 2 · limbs limbs for the target, of which the higher half is zero in the end.
    function _multiplyModulo(
        uint256 target,
        uint256 x,
        uint256 y,
        uint256 modulus,
        uint256 limbs
    ) private pure {
        _multiply(target, x, y, limbs);
        _reduce(target, modulus, limbs, limbs);
    }

    /// target = x · y, 2 · limbs limbs.
    function _multiply(uint256 target, uint256 x, uint256 y, uint256 limbs) private pure {
        // The innermost loop of the whole program.
        assembly ("memory-safe") {
            let size := shl(5, limbs)
            let yEnd := add(y, size)
            calldatacopy(target, calldatasize(), size)
            for {
                let xEnd := add(x, size)
            } lt(x, xEnd) {
                x := add(x, 32)
            } {
                let limb := mload(x)
                let carry := 0
                let cursor := target
                for {
                    let factor := y
                } lt(factor, yEnd) {
                    factor := add(factor, 32)
                } {
                    // high · 2²⁵⁶ + low = limb · factor + what is there + carry, which never overflows.
                    let other := mload(factor)
                    let low := mul(limb, other)
                    let high := mulmod(limb, other, not(0))
                    high := sub(sub(high, low), lt(high, low))
                    other := add(low, mload(cursor))
                    high := add(high, lt(other, low))
                    low := add(other, carry)
                    carry := add(high, lt(low, other))
                    mstore(cursor, low)
                    cursor := add(cursor, 32)
                }
                mstore(cursor, carry)
                target := add(target, 32)
            }
        }
    }

    /// The last `digits` digits of a division by M: the limbs from `dividend` on, `limbs` more than there are digits,
    /// the upper ones of which are below M, become their remainder, with zeros above.
    function _reduce(uint256 dividend, uint256 modulus, uint256 limbs, uint256 digits) private pure {
        // As hot as the product.
        assembly ("memory-safe") {
            let last := add(modulus, shl(5, sub(limbs, 1)))
            for {
                let bottom := dividend
                dividend := add(dividend, shl(5, sub(digits, 1)))
            } iszero(lt(dividend, bottom)) {
                dividend := sub(dividend, 32)
            } {
                let place := add(dividend, sub(last, modulus))
                let highest := mload(add(place, 32))
                let rest := mload(place)
                let quotient
                let carry := mload(last)
                switch lt(highest, carry)
                case 1 {
                    // Quotient and rest of the two highest limbs by d, here in `carry`.
                    quotient := mload(add(last, 32))
                    let low := mul(quotient, highest)
                    quotient := mulmod(quotient, highest, not(0))
                    quotient := sub(sub(quotient, low), lt(quotient, low))
                    low := add(low, rest)
                    quotient := add(add(quotient, highest), add(lt(low, rest), 1))
                    rest := sub(rest, mul(quotient, carry))
                    if gt(rest, low) {
                        quotient := sub(quotient, 1)
                        rest := add(rest, carry)
                    }
                    if iszero(lt(rest, carry)) {
                        quotient := add(quotient, 1)
                        rest := sub(rest, carry)
                    }
                    highest := 0
                }
                default {
                    // Both highest limbs are d: the largest digit, and what is left may have a bit above.
                    quotient := not(0)
                    rest := add(rest, carry)
                    highest := lt(rest, carry)
                }
                // Subtract the quotient times the other limbs.
                carry := 0
                let target := dividend
                for {
                    let source := modulus
                } lt(source, last) {
                    source := add(source, 32)
                } {
                    let limb := mload(source)
                    let low := mul(quotient, limb)
                    let high := mulmod(quotient, limb, not(0))
                    high := sub(sub(high, low), lt(high, low))
                    low := add(low, carry)
                    high := add(high, lt(low, carry))
                    limb := mload(target)
                    mstore(target, sub(limb, low))
                    carry := add(high, lt(limb, low))
                    target := add(target, 32)
                }
                mstore(place, sub(rest, carry))
                // The quotient was at most two too large, and what is above is now −1 or −2: add M until it is zero.
                for {
                    highest := sub(highest, lt(rest, carry))
                } highest {
                    highest := add(highest, carry)
                } {
                    carry := 0
                    target := dividend
                    for {
                        let source := modulus
                    } iszero(gt(source, last)) {
                        source := add(source, 32)
                    } {
                        let sum := add(mload(target), carry)
                        carry := lt(sum, carry)
                        sum := add(sum, mload(source))
                        carry := or(carry, lt(sum, mload(source)))
                        mstore(target, sum)
                        target := add(target, 32)
                    }
                }
                mstore(add(place, 32), 0)
            }
        }
    }

    // --- Reading and dividing words -------------------------------------------------------------------------------

    /// ⌊(high · 2²⁵⁶ + 2²⁵⁶ − 1) / divisor⌋ for high < divisor and a divisor whose highest bit is set: two digits of
    /// 128 bits.
    function _divide(uint256 high, uint256 divisor) private pure returns (uint256) {
        unchecked {
            (uint256 first, uint256 rest) = _digit(high, divisor);
            (uint256 second, ) = _digit(rest, divisor);
            return (first << 128) | second;
        }
    }

    /// One digit: high · 2¹²⁸ + 2¹²⁸ − 1 divided by the divisor.
    function _digit(uint256 high, uint256 divisor) private pure returns (uint256 quotient, uint256 rest) {
        unchecked {
            uint256 upper = divisor >> 128;
            uint256 lower = divisor & type(uint128).max;
            quotient = high / upper;
            rest = high % upper;
            while (quotient >> 128 != 0 || quotient * lower > (rest << 128) + type(uint128).max) {
                --quotient;
                rest += upper;
                if (rest >> 128 != 0) break;
            }
            rest = (high << 128) + type(uint128).max - quotient * divisor;
        }
    }

    /// Limb `index`, from the lowest, of the number of `size` bytes at `offset` of the input.
    function _limb(uint256 offset, uint256 size, uint256 index) private pure returns (uint256) {
        unchecked {
            uint256 left = size - 32 * index;
            return left < 32 ? _word(offset) >> (8 * (32 - left)) : _word(offset + left - 32);
        }
    }

    /// How many limbs a number of the input has, without zeros at its high end.
    function _significantLimbs(uint256 offset, uint256 size) private pure returns (uint256 limbs) {
        unchecked {
            limbs = (size + 31) / 32;
            while (limbs != 0 && _limb(offset, size, limbs - 1) == 0) --limbs;
        }
    }

    /// Where the first byte of the input that is not zero lies in [offset, end).
    function _skipZeros(uint256 offset, uint256 end) private pure returns (uint256) {
        unchecked {
            while (offset + 32 <= end && _word(offset) == 0) offset += 32;
            while (offset < end && _word(offset) >> 248 == 0) ++offset;
            return offset;
        }
    }

    function _word(uint256 offset) private pure returns (uint256 word) {
        // Reads zeros beyond the input, where Solidity's slices would revert.
        assembly ("memory-safe") {
            word := calldataload(offset)
        }
    }

    /// Zeroed memory for limbs. Memory beyond the free pointer has never been written here.
    function _allocate(uint256 limbs) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := mload(0x40)
            mstore(0x40, add(pointer, shl(5, limbs)))
        }
    }

    function _load(uint256 pointer) private pure returns (uint256 limb) {
        assembly ("memory-safe") {
            limb := mload(pointer)
        }
    }

    function _store(uint256 pointer, uint256 limb) private pure {
        assembly ("memory-safe") {
            mstore(pointer, limb)
        }
    }
}
