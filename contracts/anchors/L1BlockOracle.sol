// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBlockHashOracle} from "../interfaces/IBlockHashOracle.sol";
import {IL1Block} from "../interfaces/IL1Block.sol";

/// @title Record of an OP Stack chain's L1 block hashes
/// @notice For a destination B that is an OP Stack rollup of A. The predeploy knows only the newest L1 block; this
/// contract remembers it whenever anybody asks it to.
/// @dev The recorded block need not be final on A when it is recorded. If A drops it, B, which derives from A, drops
/// the block that recorded it too: the record is as final as the state of B that holds it.
contract L1BlockOracle is IBlockHashOracle {
    /// @notice The predeploy.
    IL1Block public immutable l1Block;

    mapping(uint64 number => bytes32 hash) private _hashes;

    event BlockRecorded(uint64 indexed number, bytes32 hash);

    error L1BlockZero();
    error NothingToRecord(uint64 number);
    error RecordWouldChange(uint64 number, bytes32 recorded, bytes32 got);

    /// @param l1Block_ 0x4200000000000000000000000000000000000015 on OP Stack chains.
    constructor(IL1Block l1Block_) {
        require(address(l1Block_) != address(0), L1BlockZero());
        l1Block = l1Block_;
    }

    /// @notice Records the L1 block that B currently derives from. Anyone may call it, any number of times. Evidence of
    /// a `BlockHashAnchor` reaches back about 148 blocks, so for gapless evidence call it at least that often.
    function record() external {
        uint64 number = l1Block.number();
        bytes32 hash = l1Block.hash();
        require(hash != 0, NothingToRecord(number));
        bytes32 recorded = _hashes[number];
        if (recorded == hash) return;
        // INVARIANT: a recorded hash never changes.
        require(recorded == 0, RecordWouldChange(number, recorded, hash));
        _hashes[number] = hash;
        emit BlockRecorded(number, hash);
    }

    /// @inheritdoc IBlockHashOracle
    function blockHash(uint64 number) external view returns (bytes32) {
        return _hashes[number];
    }
}
