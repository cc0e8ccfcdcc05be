// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Native} from "./precompiles/Native.sol";

/// @title Who signed
library Signatures {
    /// @notice Half the order of secp256k1: EIP-2 accepts no larger s.
    uint256 internal constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    uint256 private constant ECRECOVER = 1;
    uint256 private constant V_BASE = 27;

    /// @dev The precompile says "no signer" by an empty answer and never fails.
    error RecoveryFailed();

    /// @return signer Zero if there is none.
    function recover(
        bytes32 digest,
        uint256 parity,
        uint256 r,
        uint256 s
    ) internal view returns (address signer) {
        if (s > MAX_S || parity > 1) return address(0);
        (bool success, bytes memory output) = Native.run(
            ECRECOVER,
            abi.encode(digest, V_BASE + parity, r, s)
        );
        require(success, RecoveryFailed());
        if (output.length != 0) signer = abi.decode(output, (address));
    }
}
