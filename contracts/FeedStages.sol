// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds, ChunkNotFull, TooManyChunks, StageMismatch} from "./interfaces/IFeeds.sol";
import {Deltas, CHUNK, MAX_CHUNKS} from "./types/Deltas.sol";

/// Where the full chunks of an update wait until it is posted, one stage per sender and feed. The rules are told in
/// IFeeds.
abstract contract FeedStages is IFeeds {
    using Deltas for bytes;

    mapping(address by => mapping(uint64 feed => Stage)) private _stages;

    /// @inheritdoc IFeeds
    function stage(uint64 feed, bytes[] calldata chunks) external {
        Stage memory stage_ = _stages[msg.sender][feed];
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 size = chunks[i].sizeOf();
            require(size == CHUNK, ChunkNotFull(size));
            require(stage_.chunks < MAX_CHUNKS, TooManyChunks(stage_.chunks));

            emit Staged(msg.sender, feed, stage_.chunks, chunks[i]);
            stage_ = _append(stage_, chunks[i]);
        }
        _stages[msg.sender][feed] = stage_;
    }

    /// @inheritdoc IFeeds
    function dropStage(uint64 feed) external {
        delete _stages[msg.sender][feed];

        emit StageDropped(msg.sender, feed);
    }

    /// @inheritdoc IFeeds
    function stageOf(address by, uint64 feed) external view returns (Stage memory) {
        return _stages[by][feed];
    }

    /// Empties the sender's stage for this feed into an update, with the last chunk behind it.
    function _takeStage(uint64 feed, Post calldata said) internal returns (bytes32 commitment, uint32 count) {
        Stage storage stored = _stages[msg.sender][feed];
        Stage memory stage_;
        stage_.commitment = stored.commitment;
        require(stage_.commitment == said.staged, StageMismatch(stage_.commitment, said.staged));
        // No commitment is zero but that of no chunks, where the rest is zero, too.
        if (stage_.commitment != 0) {
            stage_ = stored;
            delete _stages[msg.sender][feed];
        }
        uint256 last = said.lastChunk.sizeOf();
        count = uint32(stage_.chunks * CHUNK + last);
        if (last != 0) {
            require(stage_.chunks < MAX_CHUNKS, TooManyChunks(stage_.chunks));
            stage_ = _append(stage_, said.lastChunk);
        }
        commitment = stage_.commitment;
    }

    function _append(Stage memory stage_, bytes calldata chunk) private pure returns (Stage memory) {
        bytes32 digest = chunk.digest(stage_.lastKey);
        return
            Stage({
                commitment: Deltas.extend(stage_.commitment, digest),
                lastKey: chunk.requireOrdered(stage_.lastKey),
                chunks: stage_.chunks + 1
            });
    }
}
