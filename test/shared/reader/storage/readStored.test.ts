import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { getAddress, id, toBeHex, ZeroAddress } from "ethers";
import { startDestinationNode, type DestinationNode } from "../../../../devnet/destinationNode.js";
import {
  parseLayout,
  variableOf,
  type StorageLayout,
} from "../../../../shared/reader/storage/compilerLayout.js";
import { locate, type PathStep } from "../../../../shared/reader/storage/locate.js";
import { parseType } from "../../../../shared/reader/storage/parseType.js";
import {
  readStored,
  type StoredValue,
  type WordSource,
} from "../../../../shared/reader/storage/readStored.js";
import { compileContract } from "../../../support/contracts.js";
import { DRAWERS } from "./drawers.js";

const ESSAY = "all work and no play ".repeat(20);
const LONG = "0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const person = (n: number): string => getAddress(toBeHex(n, 20));

describe("storage as the compiler and a node have it", () => {
  let node: DestinationNode;
  let layout: StorageLayout;
  let account: string;
  const asked: number[] = [];
  const source: WordSource = {
    async words(slots) {
      asked.push(slots.length);
      const ask = (slot: bigint) =>
        node.rpc<string>("eth_getStorageAt", [account, toBeHex(slot, 32), "latest"]);
      return (await Promise.all(slots.map(ask))).map(BigInt);
    },
  };
  const read = (name: string, ...path: PathStep[]): Promise<StoredValue> =>
    readStored(locate(variableOf(layout, name), path), source);

  before(async () => {
    const compiled = compileContract(DRAWERS, "Drawers", "cancun");
    layout = parseLayout(compiled.storageLayout);
    node = await startDestinationNode();
    const from = node.accounts[0]?.address;
    const hash = await node.rpc<string>("eth_sendTransaction", [{ from, data: compiled.bytecode }]);
    const receipt = await node.rpc<{ contractAddress: string; status: string }>("eth_getTransactionReceipt", [
      hash,
    ]);
    assert.equal(receipt.status, "0x1");
    account = receipt.contractAddress;
  });
  after(() => node.close());

  const cases: [name: string, path: PathStep[], wanted: StoredValue][] = [
    ["whole", [], 12345678901234567890n],
    ["a", [], 7n],
    ["b", [], -2n],
    ["c", [], true],
    ["d", [], "0x00000000000000000000000000000000DeaDBeef"],
    ["e", [], "0xdeadbeef"],
    ["f", [], 2n],
    // The compiler does not tell what a user-defined value type is made of.
    ["g", [], toBeHex(99n, 16)],
    ["h", [], "0x0000000000000000000000000000000000001234"],
    ["lowest", [], -(2n ** 255n)],
    ["word", [], id("word")],
    ["empty", [], "0x"],
    ["short31", [], LONG.slice(0, -2)],
    ["long32", [], LONG],
    ["greeting", [], "grüß dich"],
    ["essay", [], ESSAY],
    ["fixedPacked", [], [1n, 2n, 3n, 4n, 5n, 6n, 16777215n]],
    ["fixedPacked", [6], 16777215n],
    ["overflows", [10], 1010n],
    ["overflows", [], Array.from({ length: 11 }, (_, i) => 1000n + BigInt(i))],
    ["fixedWhole", [1n], 20n],
    ["packed", [13], 2n ** 39n + 13n],
    ["packed", [14], 0n],
    ["people", [], Array.from({ length: 14 }, (_, i) => person(i + 1))],
    ["lines", [], ["one", ESSAY, ""]],
    ["nestedArrays", [1, 2], 6n],
    [
      "nestedArrays",
      [],
      [
        [1n, 2n, 3n],
        [4n, 5n, 6n],
      ],
    ],
    ["growing", [], [[], [77n, 88n]]],
    ["growing", ["1", "0x1"], 88n],
    ["balances", [person(0xabc)], 5n * 10n ** 18n],
    ["balances", [person(0xdef)], 0n],
    ["nested", [3, "0x01020304"], -7n],
    ["names", ["a name of more than thirty-two bytes in all"], true],
    ["blobs", ["0xc0ffee"], 11n],
    ["sides", [true], person(9)],
    ["depths", [-5], 55n],
    ["moods", [2], 3n],
    ["loans", [id("loan"), "owner"], "0x000000000000000000000000000000000000bEEF"],
    ["loans", [id("loan"), "marks", 4], 44n],
    ["lists", [person(1)], [31n, 32n]],
    ["inners", [1, "negative"], -2n],
    [
      "inners",
      [],
      [
        { small: 1n, negative: -1n },
        { small: 2n, negative: -2n },
      ],
    ],
    ["fixedInners", [2], { small: 9n, negative: -9n }],
    ["afterStruct", [], 201n],
  ];
  for (const [name, path, wanted] of cases) {
    it(`reads ${[name, ...path.map(String)].join(" / ").slice(0, 60)}`, async () => {
      assert.deepEqual(await read(name, ...path), wanted);
    });
  }

  it("reads a struct by its members, without its mappings", async () => {
    assert.deepEqual(await read("loans", id("loan")), {
      amount: 2n ** 95n,
      owner: "0x000000000000000000000000000000000000bEEF",
      open: true,
      deadlines: [1n, 2n ** 63n],
      inner: { small: 65535n, negative: -1n },
      note: "paid",
    });
    const { owner, note } = (await read("single")) as { owner: string; note: string };
    assert.deepEqual([owner, note], [ZeroAddress, "single"]);
  });

  it("finds the same places from a written type", async () => {
    const loan =
      "struct(uint96 amount, address owner, bool open, uint64[] deadlines, struct(uint16 small, int64 negative) inner, mapping(uint256 => uint8) marks, string note)";
    const written: [string, string][] = [
      ["loans", `mapping(bytes32 => ${loan})`],
      ["single", loan],
      ["nested", "mapping(uint256 id => mapping(bytes4 => int8) codes)"],
      ["overflows", "uint24[11]"],
      ["growing", "uint16[][2]"],
      ["lines", "string[]"],
    ];
    for (const [name, text] of written) {
      const place = variableOf(layout, name);
      assert.deepEqual(parseType(text), place.type, name);
    }
  });

  it("asks for what belongs together at once", async () => {
    asked.length = 0;
    await read("people");
    assert.deepEqual(asked, [1, 14]);
    asked.length = 0;
    await read("essay");
    assert.deepEqual(asked, [1, Math.ceil(ESSAY.length / 32)]);
  });

  it("reads no more slots than it was allowed to", async () => {
    const place = variableOf(layout, "people");
    await assert.rejects(readStored(place, source, 14), { code: "ValueTooLarge" });
    assert.equal(((await readStored(place, source, 15)) as unknown[]).length, 14);
    // What another contract has where the length should be.
    const huge: WordSource = { words: async (slots) => slots.map(() => 2n ** 256n - 2n) };
    await assert.rejects(readStored(place, huge), { code: "ValueTooLarge" });
    const odd: WordSource = { words: async (slots) => slots.map(() => 2n ** 256n - 1n) };
    await assert.rejects(readStored(variableOf(layout, "essay"), odd), { code: "ValueTooLarge" });
  });

  it("refuses what Solidity never writes", async () => {
    const holding = (word: bigint): WordSource => ({ words: async (slots) => slots.map(() => word) });
    const essay = variableOf(layout, "essay");
    // A long form for a short string, a short form longer than a slot, and bytes that are no text.
    for (const word of [31n * 2n + 1n, 64n, (0xffn << 248n) | 2n]) {
      await assert.rejects(readStored(essay, holding(word)), { code: "StorageMalformed" });
    }
    await assert.rejects(readStored(essay, { words: async () => [] }), RangeError);
  });

  it("refuses to read a mapping as a whole", async () => {
    await assert.rejects(read("balances"), { code: "MappingUnbounded" });
  });
});
