// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tape} from "../../../../contracts/machine/Tape.sol";
import {World} from "../../../../contracts/machine/World.sol";
import {Test} from "../../support/Test.sol";
import {MapModel, MapModels} from "../support/MapModel.sol";
import {TapeWriter} from "../support/TapeWriter.sol";

contract WorldMapTest is Test {
    using MapModels for MapModel;
    using TapeWriter for Tape;

    function find(
        bytes32 root,
        Tape memory tape,
        bytes32 key
    ) external pure returns (bool found, bytes32 value) {
        World.Path memory path;
        (path, found) = World.find(root, tape, key);
        tape.close();
        value = path.leafValue;
    }

    function put(bytes32 root, Tape memory tape, bytes32 key, bytes32 value) external pure returns (bytes32) {
        (World.Path memory path, ) = World.find(root, tape, key);
        tape.close();
        return World.put(path, value);
    }

    /// Keys that share up to five bits often.
    function _key(uint256 seed, uint256 i) private pure returns (bytes32) {
        uint256 random = uint256(keccak256(abi.encode(seed, i)));
        return bytes32((random << 8) | 1 | ((random % 4) << 252));
    }

    function _map(uint256 seed) private pure returns (MapModel memory map) {
        map = MapModels.create();
        for (uint256 i = 0; i < seed % 12; ++i) map = map.with(_key(seed, i), keccak256(abi.encode(i)));
    }

    function testFuzz_WhenAKeyIsSearchedInAnyMap(uint256 seed, uint256 which) public view {
        MapModel memory map = _map(seed);
        which %= 16;
        Tape memory tape;
        map.show(_key(seed, which), tape);
        (bool found, bytes32 value) = this.find(map.root(), tape, _key(seed, which));
        assertEq(found, which < seed % 12, "found");
        if (found) assertEq(value, keccak256(abi.encode(which)), "value");
    }

    function testFuzz_WhenAValueIsPutUnderAKey(uint256 seed, uint256 which, bytes32 value) public view {
        MapModel memory map = _map(seed);
        bytes32 key = _key(seed, which % 16);
        Tape memory tape;
        map.show(key, tape);
        assertEq(this.put(map.root(), tape, key, value), map.with(key, value).root(), "root");
    }

    function test_GivenTwoKeysThatShareAHundredBits() public view {
        bytes32 first = keccak256("first");
        bytes32 second = first ^ bytes32(uint256(1) << 155);
        MapModel memory map = MapModels.create().with(first, "1");
        Tape memory tape;
        map.show(second, tape);
        bytes32 root = this.put(map.root(), tape, second, "2");
        map = map.with(second, "2");
        assertEq(root, map.root(), "root");

        Tape memory reading;
        map.show(second, reading);
        (bool found, bytes32 value) = this.find(root, reading, second);
        assertTrue(found, "second");
        assertEq(value, "2", "value");
        assertEq(uint256(reading.words[0]), 101, "depth");
    }

    function testFuzz_RevertWhen_AnyWordOfTheTapeIsAnother(uint256 seed, uint256 which, uint256 flip) public {
        seed = (seed / 13) * 12 + 11;
        MapModel memory map = _map(seed);
        bytes32 key = _key(seed, which % 16);
        Tape memory tape;
        map.show(key, tape);
        tape.words[flip % tape.words.length] ^= bytes32(1 << (flip >> 248));
        vm.expectRevert();
        this.find(map.root(), tape, key);
    }

    function test_WhenTheValueOfAnEntryIsTheHashOfALeaf() public {
        // The liar puts a leaf of its own making where an honest map holds a word of its choice.
        bytes32 wanted = keccak256("wanted");
        bytes32 forged = World.leafHash(wanted, "forged");
        bytes32 holder = bytes32(uint256(wanted) ^ (1 << 254));
        bytes32 root = MapModels.create().with(holder, forged).root();
        for (uint256 depth = 0; depth < 3; ++depth) {
            Tape memory tape;
            tape.add(depth);
            for (uint256 i = 0; i < depth; ++i) tape.add(i == 0 ? bytes32(uint256(1)) : holder);
            tape.add(wanted);
            tape.add(bytes32("forged"));
            vm.expectPartialRevert(World.MapForeign.selector);
            this.find(root, tape, wanted);
        }
    }

    function test_RevertWhen_ALeafFromElsewhereIsShown() public {
        bytes32 left = bytes32(uint256(1));
        bytes32 right = bytes32(uint256(1 << 255));
        MapModel memory map = MapModels.create().with(left, "l").with(right, "r");
        Tape memory tape;
        map.show(left, tape);
        bytes32 absent = bytes32(uint256(1 << 255) | 5);
        vm.expectRevert(abi.encodeWithSelector(World.MapLeafElsewhere.selector, left, absent));
        this.find(map.root(), tape, absent);
    }

    function test_RevertWhen_ThePathIsLongerThanAKey() public {
        Tape memory tape;
        tape.add(uint256(257));
        vm.expectRevert(abi.encodeWithSelector(World.MapPathTooLong.selector, 257));
        this.find(0, tape, keccak256("key"));
    }
}
