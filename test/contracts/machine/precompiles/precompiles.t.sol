// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Blake2f} from "../../../../contracts/machine/precompiles/Blake2f.sol";
import {Msm} from "../../../../contracts/machine/precompiles/Msm.sol";
import {Native} from "../../../../contracts/machine/precompiles/Native.sol";
import {NativeCheck} from "../../../../contracts/machine/precompiles/NativeCheck.sol";
import {Curve, Pairing, PairingState} from "../../../../contracts/machine/precompiles/Pairing.sol";
import {Prices} from "../../../../contracts/machine/precompiles/Prices.sol";
import {Sha256} from "../../../../contracts/machine/precompiles/Sha256.sol";
import {Test} from "../../support/Test.sol";

/// Makes the libraries callable: each step of work in memory of its own, and reverts that can be expected.
contract PrecompilesHarness {
    function native(uint256 precompile, bytes calldata input) external view returns (bool, bytes memory) {
        return Native.run(precompile, input);
    }

    function requireAll(uint8 rules) external view {
        NativeCheck.requireAll(rules);
    }

    function load(uint256 precompile, bytes calldata pair) external view returns (bool, bool, bytes memory) {
        PairingState memory s = Pairing.start();
        (bool valid, bool infinite) = Pairing.load(s, Pairing.curve(precompile), pair);
        return (valid, infinite, abi.encode(s));
    }

    function pairingBit(
        uint256 precompile,
        bytes calldata state,
        bool isMiller,
        uint256 bit
    ) external view returns (bytes memory) {
        PairingState memory s = abi.decode(state, (PairingState));
        Curve memory c = Pairing.curve(precompile);
        if (isMiller) Pairing.millerBit(s, c, bit);
        else Pairing.exponentBit(s, c, bit);
        return abi.encode(s);
    }
}

/// Native precompiles are those of Osaka.
/// forge-config: default.evm_version = "osaka"
contract PrecompilesTest is Test {
    PrecompilesHarness internal harness;

    function setUp() public {
        harness = new PrecompilesHarness();
    }

    // --- Prices

    function test_WhenPricedByBytesOrPairs() external view {
        string memory json = _read("prices");
        for (uint256 i = 0; i < _uint(json, ".bytesCount"); ++i) {
            string memory entry = _entry(".bytes", i);
            uint256 price = Prices.ofBytes(_uint(json, entry, ".precompile"), _uint(json, entry, ".size"));
            assertEq(price, _uint(json, entry, ".price"), entry);
        }
        for (uint256 i = 0; i < _uint(json, ".pairsCount"); ++i) {
            string memory entry = _entry(".pairs", i);
            uint256 price = Prices.ofPairs(_uint(json, entry, ".precompile"), _uint(json, entry, ".size"));
            assertEq(price, _uint(json, entry, ".price"), entry);
        }
    }

    function test_WhenModExpIsPriced() external view {
        string memory json = _read("prices");
        for (uint256 i = 0; i < _uint(json, ".modExpCount"); ++i) {
            string memory entry = _entry(".modExp", i);
            (uint256 base, uint256 exponent, uint256 modulus, uint256 head) = abi.decode(
                _bytes(json, entry, ".lengths"),
                (uint256, uint256, uint256, uint256)
            );
            uint256 price = Prices.ofModExp(
                base,
                exponent,
                modulus,
                head,
                uint8(_uint(json, entry, ".rules"))
            );
            assertEq(price, uint256(bytes32(_bytes(json, entry, ".price"))), entry);
        }
    }

    // --- Units

    function test_WhenSha256TakesABlock() external view {
        string memory json = _read("hashes");
        for (uint256 i = 0; i < _uint(json, ".sha256Count"); ++i) {
            string memory entry = _entry(".sha256", i);
            bytes32 next = Sha256.compress(
                _word(json, entry, ".chaining"),
                _word(json, entry, ".first"),
                _word(json, entry, ".second")
            );
            assertEq(next, _word(json, entry, ".next"), entry);
        }
        for (uint256 i = 0; i < _uint(json, ".padCount"); ++i) {
            string memory entry = _entry(".pad", i);
            bytes32 padded = Sha256.pad(
                _word(json, entry, ".word"),
                _uint(json, entry, ".offset"),
                _uint(json, entry, ".size")
            );
            assertEq(padded, _word(json, entry, ".padded"), entry);
        }
    }

    function test_WhenBlake2fTakesRounds() external view {
        string memory json = _read("hashes");
        for (uint256 i = 0; i < _uint(json, ".blake2fCount"); ++i) {
            string memory entry = _entry(".blake2f", i);
            bytes memory input = _bytes(json, entry, ".input");
            bytes[] memory states = vm.parseJsonBytesArray(json, string.concat(entry, ".states"));
            assertTrue(Blake2f.isValid(input), entry);
            assertEq(Blake2f.rounds(input), states.length - 1, entry);
            Blake2f.State memory s = Blake2f.start(input);
            assertEq(abi.encode(s), states[0], entry);
            for (uint256 round = 1; round < states.length; ++round) {
                Blake2f.round(s, round - 1);
                assertEq(abi.encode(s), states[round], entry);
            }
            assertEq(Blake2f.finish(s), _bytes(json, entry, ".output"), entry);
        }
    }

    function test_WhenMsmAddsPairs() external view {
        string memory json = _read("msm");
        for (uint256 i = 0; i < _uint(json, ".msmCount"); ++i) {
            string memory entry = _entry(".msm", i);
            uint256 precompile = _uint(json, entry, ".precompile");
            bytes memory input = _bytes(json, entry, ".input");
            bytes memory sum = Msm.zero(precompile);
            bool valid = true;
            for (uint256 pair = 0; pair < _uint(json, entry, ".pairs"); ++pair) {
                assertTrue(valid, entry);
                (valid, sum) = Msm.add(precompile, sum, _slice(input, pair, Msm.pairSize(precompile)));
            }
            assertEq(valid, vm.parseJsonBool(json, string.concat(entry, ".valid")), entry);
            assertEq(sum, _bytes(json, entry, ".sum"), entry);
        }
    }

    function test_WhenPairingsTakeBits() external view {
        string memory json = _read("pairing");
        for (uint256 i = 0; i < _uint(json, ".pairingCount"); ++i) {
            string memory entry = _entry(".pairing", i);
            uint256 precompile = _uint(json, entry, ".precompile");
            (bool valid, bool infinite, bytes memory loaded) = harness.load(
                precompile,
                _bytes(json, entry, ".pair")
            );
            assertTrue(valid && !infinite, entry);
            assertEq(loaded, _bytes(json, entry, ".loaded"), entry);
            for (uint256 j = 0; j < _uint(json, entry, ".stepCount"); ++j) {
                string memory step = _entry(string.concat(entry, ".steps"), j);
                bytes memory state = harness.pairingBit(
                    precompile,
                    _bytes(json, step, ".before"),
                    vm.parseJsonBool(json, string.concat(step, ".isMiller")),
                    _uint(json, step, ".bit")
                );
                assertEq(state, _bytes(json, step, ".after"), step);
            }
        }
    }

    // --- Native

    function test_WhenTheChainAnswers() external view {
        string memory json = _read("native");
        for (uint256 i = 0; i < _uint(json, ".nativeCount"); ++i) {
            string memory entry = _entry(".native", i);
            (bool success, bytes memory output) = harness.native(
                _uint(json, entry, ".precompile"),
                _bytes(json, entry, ".input")
            );
            assertEq(success, vm.parseJsonBool(json, string.concat(entry, ".success")), entry);
            if (success) assertEq(output, _bytes(json, entry, ".output"), entry);
        }
    }

    function test_RevertWhen_GasIsTooShortToTellABadInput() external {
        uint256 left = Native.NEEDED_GAS - 10_000;
        vm.expectPartialRevert(Native.NativeGasShort.selector);
        harness.native{gas: left}(Prices.BN254_ADD, new bytes(128));
    }

    function test_WhenTheChainHasAllPrecompiles() external view {
        harness.requireAll(2);
    }

    /// The signatures of which RIP-7212 says nothing, told by their names in the vectors.
    function test_RevertWhen_TheChainVerifiesP256InAnotherWay() external {
        string[2] memory names = ["p256: x of the point above the order", "p256: point at infinity"];
        string memory json = _read("native");
        uint256 met = 0;
        for (uint256 i = 0; i < _uint(json, ".nativeCount"); ++i) {
            string memory entry = _entry(".native", i);
            bytes32 name = keccak256(bytes(vm.parseJsonString(json, string.concat(entry, ".name"))));
            if (name != keccak256(bytes(names[0])) && name != keccak256(bytes(names[1]))) continue;
            bool holds = _bytes(json, entry, ".output").length != 0;
            vm.mockCall(
                address(uint160(Prices.P256_VERIFY)),
                _bytes(json, entry, ".input"),
                holds ? bytes("") : abi.encode(1)
            );
            vm.expectRevert(abi.encodeWithSelector(NativeCheck.NativeMissing.selector, Prices.P256_VERIFY));
            harness.requireAll(2);
            vm.clearMockedCalls();
            ++met;
        }
        assertEq(met, 2, "vectors");
    }

    function _slice(bytes memory data, uint256 index, uint256 size) private pure returns (bytes memory part) {
        part = new bytes(size);
        for (uint256 i = 0; i < size; ++i) part[i] = data[index * size + i];
    }

    function _read(string memory name) private view returns (string memory) {
        return vm.readFile(string.concat("test/vectors/machine/precompiles/", name, ".json"));
    }

    function _entry(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }

    function _uint(string memory json, string memory key) private pure returns (uint256) {
        return vm.parseJsonUint(json, key);
    }

    function _uint(
        string memory json,
        string memory entry,
        string memory key
    ) private pure returns (uint256) {
        return vm.parseJsonUint(json, string.concat(entry, key));
    }

    function _bytes(
        string memory json,
        string memory entry,
        string memory key
    ) private pure returns (bytes memory) {
        return vm.parseJsonBytes(json, string.concat(entry, key));
    }

    function _word(
        string memory json,
        string memory entry,
        string memory key
    ) private pure returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(entry, key));
    }
}

/// The compiler's target is Cancun, and so is this chain: it has no precompile of Prague.
contract PrecompilesOfCancunTest is Test {
    function test_WhenTheChainIsCancuns() external {
        new PrecompilesHarness().requireAll(0);
    }

    function test_RevertWhen_TheChainLacksPrecompiles() external {
        PrecompilesHarness harness = new PrecompilesHarness();
        vm.expectRevert(abi.encodeWithSelector(NativeCheck.NativeMissing.selector, Prices.BLS_G1_ADD));
        harness.requireAll(1);
    }
}
