// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Native} from "./Native.sol";
import {Prices} from "./Prices.sol";

/// @title Whether B has the precompiles of A
/// @notice Asks each precompile that the machine calls one question whose answer is known: mostly sums, multiples and
/// pairings of generators. An address without a precompile would answer nothing, and call it success.
library NativeCheck {
    bytes private constant SIGNATURE =
        hex"74f2bab0f7b496db35967b365a4bedc0f6378888dea671ec307ee99e677fe21d"
        hex"000000000000000000000000000000000000000000000000000000000000001b"
        hex"83ba6b2f7891c34ddd1e739d24b63effdcfee2c8d76b79f2d02617735cae0766"
        hex"5aa7c0f5a751f67bc8dbb2686f75788b76e24aaeb42d7efb58353908cdedaa26";
    /// The x of the point is above the order: it holds because EIP-7951 compares modulo the order. RIP-7212, which chains
    /// may have in its place, left that open.
    bytes private constant P256_SIGNATURE =
        hex"0000000000000000000000000000000000000000000000000000000000000005"
        hex"0000000000000000000000000000000000000000000000000000000000000003"
        hex"0000000000000000000000000000000000000000000000000000000000000007"
        hex"e3132e0c513c92a034cad7c7a8831eddbd4426975c0e6a25637683defdbc40dd"
        hex"9dfa38cdd21fc9ef6bf11a8977c350eab8ce9d88a4d8d2e2e78473fcf5e226d1";
    /// The point is at infinity, which is what RIP-7212 left open too.
    bytes private constant P256_NOTHING =
        hex"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254c"
        hex"0000000000000000000000000000000000000000000000000000000000000005"
        hex"0000000000000000000000000000000000000000000000000000000000000001"
        hex"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        hex"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    bytes private constant BN254_G2 =
        hex"198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
        hex"1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
        hex"090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
        hex"12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";
    bytes private constant BLS_G1 =
        hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f"
        hex"c3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
        hex"0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4"
        hex"fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";
    bytes private constant BLS_G2 =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051"
        hex"c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65"
        hex"596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351a"
        hex"adfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
        hex"000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99"
        hex"cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be";
    /// The zero polynomial is zero at zero; its commitment and the proof are the point at infinity.
    bytes private constant POINT_EVALUATION =
        hex"010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014"
        hex"0000000000000000000000000000000000000000000000000000000000000000"
        hex"0000000000000000000000000000000000000000000000000000000000000000"
        hex"c000000000000000000000000000000000000000000000000000000000000000"
        hex"00000000000000000000000000000000c0000000000000000000000000000000"
        hex"0000000000000000000000000000000000000000000000000000000000000000";

    /// @dev This chain lacks a precompile of A, or has another one in its place.
    error NativeMissing(uint256 precompile);

    /// Reverts unless this chain answers for every precompile of these rules that the machine calls natively.
    function requireAll(uint8 rules) internal view {
        _require(
            Prices.ECRECOVER,
            SIGNATURE,
            0xf896736f0fcea95b347b57837f88220494c513d17eb1c084c00b50571e86390a
        );
        // 3² modulo 5.
        _require(
            Prices.MODEXP,
            abi.encodePacked(uint256(1), uint256(1), uint256(32), hex"0302", uint256(5)),
            keccak256(abi.encode(4))
        );
        _require(Prices.BN254_ADD, abi.encode(1, 2, 0, 0), keccak256(abi.encode(1, 2)));
        _require(Prices.BN254_MULTIPLY, abi.encode(1, 2, 1), keccak256(abi.encode(1, 2)));
        _require(Prices.BN254_PAIRING, bytes.concat(abi.encode(1, 2), BN254_G2), keccak256(abi.encode(0)));
        _require(
            Prices.POINT_EVALUATION,
            POINT_EVALUATION,
            0xb2157d3a40131b14c4c675335465dffde802f0ce5218ad012284d7f275d1b37c
        );
        if (rules >= Prices.PRAGUE) _requirePrague();
        if (rules >= Prices.OSAKA) _requireOsaka();
    }

    function _requirePrague() private view {
        _require(Prices.BLS_G1_ADD, bytes.concat(BLS_G1, new bytes(128)), keccak256(BLS_G1));
        _require(Prices.BLS_G1_MSM, bytes.concat(BLS_G1, abi.encode(1)), keccak256(BLS_G1));
        _require(Prices.BLS_G2_ADD, bytes.concat(BLS_G2, new bytes(256)), keccak256(BLS_G2));
        _require(Prices.BLS_G2_MSM, bytes.concat(BLS_G2, abi.encode(1)), keccak256(BLS_G2));
        _require(Prices.BLS_PAIRING, bytes.concat(BLS_G1, BLS_G2), keccak256(abi.encode(0)));
        _require(
            Prices.BLS_MAP_FP_TO_G1,
            new bytes(64),
            0xe0c6cd6ee1b0d915f0ff92392d856fa9c93513e35c93956adfaa9fd93b0e628a
        );
        _require(
            Prices.BLS_MAP_FP2_TO_G2,
            new bytes(128),
            0x8b4fe500cdc83e0b47a5d229a695df12a5361740d2c203abeb079929d0175ab8
        );
    }

    function _requireOsaka() private view {
        _require(Prices.P256_VERIFY, P256_SIGNATURE, keccak256(abi.encode(1)));
        _require(Prices.P256_VERIFY, P256_NOTHING, keccak256(""));
    }

    /// @param wanted Hash of the answer.
    function _require(uint256 precompile, bytes memory input, bytes32 wanted) private view {
        (bool success, bytes memory output) = Native.run(precompile, input);
        require(success && keccak256(output) == wanted, NativeMissing(precompile));
    }
}
