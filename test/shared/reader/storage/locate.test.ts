import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseLayout, variableOf } from "../../../../shared/reader/storage/compilerLayout.js";
import { locate, type PathStep } from "../../../../shared/reader/storage/locate.js";
import { parseType } from "../../../../shared/reader/storage/parseType.js";
import { slotsOf } from "../../../../shared/reader/storage/storageType.js";

const at = (type: string, ...path: PathStep[]) =>
  locate({ type: parseType(type), slot: 0n, offset: 0 }, path);

describe("a written type", () => {
  for (const text of [
    "",
    "uint7",
    "uint0",
    "uint264",
    "uint08",
    "bytes33",
    "fixed128x18",
    "mapping",
    "mapping(uint256)",
    "mapping(uint256[] => bool)",
    "mapping(mapping(uint8 => uint8) => bool)",
    "struct()",
    "struct(uint256)",
    "struct(uint256 a, bool a)",
    "struct(uint256 1)",
    "uint256[0]",
    "uint256[-1]",
    "uint256[2",
    "uint256 x",
    `uint256[${2n ** 255n}][4]`,
    "mapping(uint8 => ".repeat(40),
  ]) {
    it(`refuses ${text.slice(0, 40) || "nothing"}`, () => {
      assert.throws(() => parseType(text), { code: "TypeMalformed" });
    });
  }
  it("takes the slots that Solidity gives it", () => {
    const sizes: [string, bigint][] = [
      ["uint128[3]", 2n],
      ["address[3]", 3n],
      ["bytes31[2]", 2n],
      ["uint8[32]", 1n],
      ["uint8[33]", 2n],
      ["struct(uint128 a, uint128 b, uint8 c)", 2n],
      ["struct(uint128 a, uint256 b, uint8 c)", 3n],
      ["struct(uint8 a, struct(uint8 b) c, uint8 d)", 3n],
      ["struct(uint8 a, uint8[2] b, uint8 c)[2]", 6n],
      ["string", 1n],
      ["uint256[]", 1n],
      ["mapping(string => uint256)", 1n],
    ];
    for (const [text, slots] of sizes) assert.equal(slotsOf(parseType(text)), slots, text);
  });
});

describe("a path", () => {
  it("wraps around the end of storage", () => {
    const place = locate({ type: parseType("uint256[4]"), slot: 2n ** 256n - 1n, offset: 0 }, [1]);
    assert.equal(place.slot, 0n);
  });
  const wrong: [type: string, path: PathStep[]][] = [
    ["uint256", [0]],
    ["string", [0]],
    ["uint256[3]", [3]],
    ["uint256[3]", [-1]],
    ["uint256[3]", ["one"]],
    ["uint256[]", [1.5]],
    ["uint256[]", [2n ** 256n]],
    ["struct(uint8 a)", ["b"]],
    ["struct(uint8 a)", ["toString"]],
    ["mapping(address => bool)", ["0x12"]],
    ["mapping(address => bool)", [5n]],
    ["mapping(uint8 => bool)", [256]],
    ["mapping(uint8 => bool)", [-1]],
    ["mapping(int8 => bool)", [128]],
    ["mapping(uint256 => bool)", [true]],
    ["mapping(bool => bool)", [1]],
    ["mapping(bytes4 => bool)", ["0x010203"]],
    ["mapping(string => bool)", [5]],
    ["mapping(bytes => bool)", ["0x123"]],
    ["mapping(bytes => bool)", ["text"]],
  ];
  for (const [type, path] of wrong) {
    it(`cannot go into ${type} by ${path.map(String).join()}`, () => {
      assert.throws(() => at(type, ...path), { code: "PathInvalid" });
    });
  }
});

describe("a compiler's layout", () => {
  const number = { encoding: "inplace", label: "uint256", numberOfBytes: "32" };
  const layout = (storage: object[], types: Record<string, object> | null = { t_uint256: number }) => ({
    storage,
    types,
  });
  const variable = { label: "x", slot: "4", offset: 0, type: "t_uint256" };

  it("names its variables", () => {
    const parsed = parseLayout(layout([variable]));
    assert.equal(variableOf(parsed, "x").slot, 4n);
    assert.throws(() => variableOf(parsed, "y"), { code: "LayoutMalformed" });
    assert.equal(parseLayout(layout([], null)).variables.size, 0);
  });
  const broken: [string, unknown][] = [
    ["nothing", undefined],
    ["no variables", { types: {} }],
    ["a slot that is no number", layout([{ ...variable, slot: "0x4" }])],
    ["an offset past the slot", layout([{ ...variable, offset: 32 }])],
    ["a type that is not told", layout([{ ...variable, type: "t_bool" }])],
    [
      "a type without end",
      layout([variable], {
        t_uint256: { ...number, encoding: "mapping", key: "t_uint256", value: "t_uint256" },
      }),
    ],
    ["a value larger than a word", layout([variable], { t_uint256: { ...number, numberOfBytes: "33" } })],
    ["an array of no length", layout([variable], { t_uint256: { ...number, base: "t_uint256" } })],
  ];
  for (const [what, json] of broken) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseLayout(json), { code: "LayoutMalformed" });
    });
  }
});
