/** A contract with a variable of every kind that storage knows, filled by its constructor. */
export const DRAWERS = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

type Wei is uint128;
enum Mood { Low, Fair, High }

contract Drawers {
    struct Inner { uint16 small; int64 negative; }
    struct Loan { uint96 amount; address owner; bool open; uint64[] deadlines; Inner inner; mapping(uint256 => uint8) marks; string note; }

    uint256 whole = 12345678901234567890;
    uint8 a = 7; int16 b = -2; bool c = true; address d = 0x00000000000000000000000000000000DeaDBeef;
    bytes4 e = 0xdeadbeef; Mood f = Mood.High; Wei g = Wei.wrap(99); Drawers h = Drawers(address(0x1234));
    int256 lowest = type(int256).min;
    bytes32 word = keccak256("word");
    bytes empty; bytes short31 = hex"00112233445566778899aabbccddeeff00112233445566778899aabbccddee";
    bytes long32 = hex"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    string greeting = unicode"gr\\u00fc\\u00df dich"; string essay;
    uint24[7] fixedPacked = [1, 2, 3, 4, 5, 6, 16777215]; uint24[11] overflows;
    uint256[2] fixedWhole = [uint256(10), 20];
    uint40[] packed; address[] people; string[] lines; uint8[3][] nestedArrays; uint16[][2] growing;
    mapping(address => uint256) balances; mapping(uint256 => mapping(bytes4 => int8)) nested;
    mapping(string => bool) names; mapping(bytes => uint256) blobs; mapping(bool => address) sides; mapping(int64 => uint256) depths;
    mapping(Mood => uint256) moods; mapping(bytes32 => Loan) loans; mapping(address => uint32[]) lists;
    Loan single; Inner[] inners; Inner[3] fixedInners;
    uint8 afterStruct = 201;

    constructor() {
        for (uint256 i = 0; i < 20; i++) essay = string.concat(essay, "all work and no play ");
        for (uint24 i = 0; i < 11; i++) overflows[i] = 1000 + i;
        for (uint40 i = 0; i < 14; i++) { packed.push(2 ** 39 + i); people.push(address(uint160(i + 1))); }
        lines.push("one"); lines.push(essay); lines.push("");
        nestedArrays.push([1, 2, 3]); nestedArrays.push([4, 5, 6]);
        growing[1].push(77); growing[1].push(88);
        balances[address(0xabc)] = 5 ether; nested[3][0x01020304] = -7;
        names["a name of more than thirty-two bytes in all"] = true; blobs[hex"c0ffee"] = 11; sides[true] = address(9); depths[-5] = 55;
        moods[Mood.High] = 3;
        Loan storage loan = loans[keccak256("loan")];
        loan.amount = 2 ** 95; loan.owner = address(0xbeef); loan.open = true; loan.deadlines.push(1); loan.deadlines.push(2 ** 63);
        loan.inner = Inner(65535, -1); loan.marks[4] = 44; loan.note = "paid";
        lists[address(1)].push(31); lists[address(1)].push(32);
        single.amount = 1; single.note = "single";
        inners.push(Inner(1, -1)); inners.push(Inner(2, -2));
        fixedInners[2] = Inner(9, -9);
    }
}
`;
