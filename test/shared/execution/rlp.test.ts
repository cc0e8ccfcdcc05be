import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import fc from "fast-check";
import { fromHex } from "../../../shared/execution/crypto.js";
import { decodeRlp, decodeRlpList, type RlpItem } from "../../../shared/execution/rlp.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

const isMalformed = (error: unknown): boolean => isOptisyncError(error, "MalformedRlp");

function plain(item: RlpItem): unknown {
  return item instanceof Uint8Array ? Buffer.from(item).toString("hex") : item.map(plain);
}

describe("decodeRlp", () => {
  const { tree } = fc.letrec<{ tree: RlpItem; list: RlpItem[]; bytes: Uint8Array }>((tie) => ({
    tree: fc.oneof({ depthSize: "small", maxDepth: 8 }, tie("bytes"), tie("list")),
    list: fc.array(tie("tree"), { maxLength: 6 }),
    bytes: fc.uint8Array({ maxLength: 80 }),
  }));

  it("takes back what was encoded", () => {
    fc.assert(
      fc.property(tree, (item) => {
        assert.deepEqual(plain(decodeRlp(RLP.encode(item), "a tree")), plain(item));
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it("accepts bytes only if they are the one encoding of an item", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        try {
          assert.deepEqual(RLP.encode(decodeRlp(bytes, "bytes")), bytes);
        } catch (error) {
          assert.ok(isMalformed(error), String(error));
        }
      }),
      { seed: 8, numRuns: 3000 },
    );
  });

  for (const [what, hex, message] of [
    ["no bytes", "", /nothing where an item belongs/],
    ["bytes after the end", "8000", /bytes after its end/],
    ["a string that is cut off", "83aabb", /1 bytes are missing/],
    ["a list that is cut off", "c20a", /1 bytes are missing/],
    ["an item that leaves its list", "c28301", /bytes are missing/],
    ["a length that is cut off", "b9ff", /length is cut off/],
    ["a length of 2^64 - 1", `bf${"ff".repeat(8)}`, /bytes are missing/],
    ["a length that is not minimal", `b801${"aa"}`, /length is not minimal/],
    ["a byte with a prefix", "8101", /a byte has a prefix/],
  ] as const) {
    it(`refuses ${what}, says where`, () => {
      assert.throws(
        () => decodeRlp(fromHex(hex), "the thing"),
        (error) =>
          isOptisyncError(error, "MalformedRlp") &&
          message.test(error.message) &&
          error.message.includes("the thing is malformed RLP at byte"),
      );
    });
  }

  it("refuses a string where a list belongs", () => {
    assert.throws(() => decodeRlpList(fromHex("80"), "a header"), isMalformed);
  });

  it("is done with a tower of lists and with a million items in no time", () => {
    const started = performance.now();
    let tower: Uint8Array = fromHex("c0");
    for (let depth = 0; depth < 2_000; depth += 1) {
      const { length } = tower;
      const prefix = length <= 55 ? [0xc0 + length] : [0xf9, length >> 8, length & 0xff];
      if (length > 55 && length < 256) prefix.splice(0, 3, 0xf8, length);
      tower = Buffer.concat([Uint8Array.from(prefix), tower]);
    }
    assert.throws(() => decodeRlp(tower, "a tower"), /nested deeper than 16/);
    const crowd = new Uint8Array(16_000_004).fill(0x80);
    crowd.set([0xfa, 0xf4, 0x24, 0x00], 0);
    assert.throws(() => decodeRlp(crowd, "a crowd"), /more than 1000000 items/);
    assert.ok(performance.now() - started < 5_000);
  });
});
