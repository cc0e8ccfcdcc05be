// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// The examples are no part of the protocol; this is how they get built with everything else. Their tests run on two
// chains: test/examples.
import {CreditLine} from "../../../examples/lending/CreditLine.sol";
import {NameRegistry} from "../../../examples/names/NameRegistry.sol";
import {NameResolver} from "../../../examples/names/NameResolver.sol";
import {SourceVote} from "../../../examples/voting/SourceVote.sol";
import {VotesToken} from "../../../examples/voting/VotesToken.sol";
