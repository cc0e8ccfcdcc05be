// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Keccak} from "../../../../contracts/machine/Keccak.sol";
import {Test} from "../../support/Test.sol";

contract KeccakAbsorbTest is Test {
    function _digest(bytes memory data) private pure returns (bytes32) {
        uint64[25] memory lanes = Keccak.empty();
        for (uint256 position = 0; position <= data.length; position += Keccak.RATE) {
            uint256 left = data.length - position;
            bytes memory part = new bytes(left < Keccak.RATE ? left : Keccak.RATE);
            for (uint256 i = 0; i < part.length; ++i) part[i] = data[position + i];
            lanes = Keccak.decode(Keccak.encode(lanes));
            Keccak.absorb(lanes, part);
        }
        return Keccak.digest(lanes);
    }

    function testFuzz_WhenBytesOfAnyLengthAreAbsorbed(bytes memory data) public pure {
        assertEq(_digest(data), keccak256(data), "digest");
    }

    function test_WhenTheBytesEndWithABlock() public pure {
        for (uint256 size = 134; size < 139; ++size) {
            bytes memory data = new bytes(size);
            assertEq(_digest(data), keccak256(data), "one block");
            data = new bytes(size + Keccak.RATE);
            assertEq(_digest(data), keccak256(data), "two blocks");
        }
        assertEq(_digest(""), keccak256(""), "nothing");
    }
}
