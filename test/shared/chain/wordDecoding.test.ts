import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventFragment, Interface, hexlify, randomBytes, type ParamType } from "ethers";
import { allInterfaces } from "../../../shared/chain/contracts.js";
import { resultToRecord } from "../../../shared/chain/decoding.js";
import { decodeWords } from "../../../shared/chain/wordDecoding.js";

const ROUNDS = 20;

/** What the general decoder makes of a log; undefined if nothing. */
function decodeGenerally(fragment: EventFragment, topics: string[], data: string): unknown {
  const parsed = new Interface([fragment]).parseLog({ topics, data });
  return parsed === null ? undefined : resultToRecord(fragment.inputs, parsed.args);
}

/** Values of a type, the extremes among them. */
function valueOf(type: ParamType): unknown {
  if (type.isTuple()) return type.components.map(valueOf);
  if (type.isArray()) {
    const length = type.arrayLength < 0 ? 3 : type.arrayLength;
    return Array.from({ length }, () => valueOf(type.arrayChildren));
  }
  const size = Number(/\d+$/.exec(type.type)?.[0] ?? 0);
  if (type.type === "bool") return Math.random() < 0.5;
  if (type.type === "address") return hexlify(randomBytes(20));
  if (type.type === "string") return "text";
  if (type.type.startsWith("bytes")) return hexlify(randomBytes(size === 0 ? 40 : size));
  const random = BigInt(hexlify(randomBytes(size / 8)));
  const all = [0n, 1n, 2n ** BigInt(size) - 1n, random];
  const value = all[Math.floor(Math.random() * all.length)] as bigint;
  return type.type.startsWith("u") ? value : BigInt.asIntN(size, value);
}

describe("decodeWords", () => {
  const events = allInterfaces.flatMap((abi) =>
    abi.fragments.filter((fragment): fragment is EventFragment => EventFragment.isFragment(fragment)),
  );

  function encode(fragment: EventFragment): { topics: string[]; data: string } {
    const { topics, data } = new Interface([fragment]).encodeEventLog(fragment, fragment.inputs.map(valueOf));
    return { topics, data };
  }

  it("decodes all events of the protocol as the general decoder does, those of games by itself", () => {
    const own = new Set<string>();
    for (const fragment of events) {
      for (let round = 0; round < ROUNDS; round++) {
        const { topics, data } = encode(fragment);
        const words = decodeWords(fragment, { topics, data, address: "0x" });
        if (words === undefined) continue;
        own.add(fragment.name);
        assert.deepEqual(words, decodeGenerally(fragment, topics, data), fragment.name);
      }
    }
    for (const name of ["GameOpened", "IntervalSplit", "IntervalPointed", "BlockEntered", "GameSettled"])
      assert.ok(own.has(name), name);
    assert.ok(!own.has("Staged"));
  });

  it("decodes integers below zero, and short byte strings", () => {
    const fragment = EventFragment.from(
      "event Odd(int16 indexed a, bytes4 b, tuple(int256 c, bool) d, uint8[2][3] e)",
    );
    for (let round = 0; round < ROUNDS; round++) {
      const { topics, data } = encode(fragment);
      const words = decodeWords(fragment, { topics, data, address: "0x" });
      assert.deepEqual(words, decodeGenerally(fragment, topics, data));
    }
  });

  it("leaves every log to others that is not exactly as it should be", () => {
    const fragment = EventFragment.from("event Plain(address indexed a, uint64 b, bool c, bytes4 d)");
    const { topics, data } = encode(fragment);
    const word = (at: number, digits: string): string =>
      `0x${data.slice(2, 2 + 64 * at)}${digits.padStart(64, "0")}${data.slice(66 + 64 * at)}`;
    for (const [what, log] of [
      ["a word too few", { topics, data: data.slice(0, -64) }],
      ["a digit too few", { topics, data: data.slice(0, -1) }],
      ["a letter that is no digit", { topics, data: `${data.slice(0, -1)}g` }],
      ["a word too many", { topics, data: `${data}${"00".repeat(32)}` }],
      ["a topic too few", { topics: topics.slice(0, 1), data }],
      ["a topic too many", { topics: [...topics, topics[1] as string], data }],
      ["an address of 32 bytes", { topics: [topics[0] as string, `0x${"11".repeat(32)}`], data }],
      ["a number that is too large", { topics, data: word(0, "1".padEnd(17, "0")) }],
      ["a truth of two", { topics, data: word(1, "2") }],
      ["bytes behind the last", { topics, data: word(2, "1") }],
    ] as const)
      assert.equal(decodeWords(fragment, { ...log, address: "0x" }), undefined, what);
    assert.notEqual(decodeWords(fragment, { topics, data, address: "0x" }), undefined);
  });
});
