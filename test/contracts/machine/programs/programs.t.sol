// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModExp} from "../../../../contracts/machine/programs/ModExp.sol";
import {Ripemd160} from "../../../../contracts/machine/programs/Ripemd160.sol";
import {Test} from "../../support/Test.sol";

/// The programs against the precompiles of this chain, whose place they take on A.
contract ProgramsTest is Test {
    address private constant RIPEMD160 = address(3);
    address private constant MODEXP = address(5);
    uint256 private constant HEADER = 96;

    address private _ripemd160;
    address private _modExp;

    function setUp() public {
        _ripemd160 = address(new Ripemd160());
        _modExp = address(new ModExp());
    }

    function _same(address program, address precompile, bytes memory input, string memory what) private view {
        (bool isRight, bytes memory right) = precompile.staticcall(input);
        (bool isDone, bytes memory got) = program.staticcall(input);
        assertTrue(isRight && isDone, what);
        assertEq(got, right, what);
    }

    function _bytes(uint256 seed, uint256 size) private pure returns (bytes memory data) {
        data = new bytes(size);
        for (uint256 i = 0; i < size; ++i) data[i] = keccak256(abi.encode(seed, i / 32))[i % 32];
    }

    function _input(
        bytes memory base,
        bytes memory exponent,
        bytes memory modulus
    ) private pure returns (bytes memory) {
        return
            bytes.concat(abi.encode(base.length, exponent.length, modulus.length), base, exponent, modulus);
    }

    function test_WhenRipemdHashesWhatOthersHash() public view {
        (, bytes memory empty) = _ripemd160.staticcall("");
        assertEq(
            empty,
            abi.encode(uint256(uint160(bytes20(hex"9c1185a5c5e9fc54612808977ee8f548b2258d31")))),
            "nothing"
        );
        (, bytes memory abc) = _ripemd160.staticcall("abc");
        assertEq(
            abc,
            abi.encode(uint256(uint160(bytes20(hex"8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")))),
            "abc"
        );
    }

    function test_WhenRipemdIsGivenAnySize() public view {
        // Around the ends of blocks, where the length goes into the next one.
        for (uint256 size = 0; size < 200; ++size) {
            _same(_ripemd160, RIPEMD160, _bytes(size, size), vm.toString(size));
        }
    }

    function testFuzz_WhenRipemdIsGivenAnything(bytes memory input) public view {
        _same(_ripemd160, RIPEMD160, input, "hash");
    }

    function testFuzz_WhenModExpIsGivenAnyNumbers(
        uint256 seed,
        uint8 baseSize,
        uint8 exponentSize,
        uint8 modulusSize
    ) public view {
        bytes memory input = _input(
            _bytes(seed, baseSize % 100),
            _bytes(seed ^ 1, exponentSize % 12),
            _bytes(seed ^ 2, modulusSize % 100)
        );
        _same(_modExp, MODEXP, input, "power");
    }

    function testFuzz_WhenModExpIsGivenNumbersOfManyZerosOrOnes(
        uint256 seed,
        uint256 texture,
        uint8 size
    ) public view {
        uint256 width = 1 + (size % 70);
        bytes[3] memory numbers = [
            _bytes(seed, width),
            _bytes(seed ^ 1, 1 + (width % 9)),
            _bytes(seed ^ 2, width)
        ];
        // Long runs of zeros and of ones are where estimates of quotient digits are wrong.
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 at = 0; at < numbers[i].length; ++at) {
                uint256 kind = (texture >> ((at / 8 + 10 * i) % 128)) % 4;
                if (kind == 0) numbers[i][at] = 0x00;
                if (kind == 1) numbers[i][at] = 0xff;
            }
        }
        _same(_modExp, MODEXP, _input(numbers[0], numbers[1], numbers[2]), "power");
    }

    function test_WhenModExpIsGivenLittle() public view {
        bytes[8] memory inputs = [
            bytes(""),
            hex"00",
            _input("", "", ""),
            _input("", "", hex"00"),
            _input("", "", hex"01"),
            _input(hex"02", "", hex"0000000005"),
            _input("", hex"00", hex"05"),
            _input(hex"ff", hex"ff", hex"00000000000000000000")
        ];
        for (uint256 i = 0; i < inputs.length; ++i) _same(_modExp, MODEXP, inputs[i], vm.toString(i));
    }

    function testFuzz_WhenTheInputIsShorterOrLongerThanItSays(
        uint256 seed,
        uint8 size,
        bool isLonger
    ) public view {
        bytes memory input = _input(_bytes(seed, 40), _bytes(seed ^ 1, 3), _bytes(seed ^ 2, 40));
        if (isLonger) input = bytes.concat(input, _bytes(seed ^ 3, size));
        else {
            uint256 cut = HEADER + (size % (input.length - HEADER));
            assembly ("memory-safe") {
                mstore(input, cut)
            }
        }
        _same(_modExp, MODEXP, input, "power");
    }

    function test_WhenNumbersAreLarge() public view {
        _same(_modExp, MODEXP, _input(_bytes(1, 1024), hex"010001", _bytes(2, 1024)), "1024 bytes");
        _same(_modExp, MODEXP, _input(_bytes(3, 32), _bytes(4, 200), _bytes(5, 32)), "a long exponent");
    }
}
