import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import { fromHex } from "../../../shared/execution/crypto.js";
import { readFixture } from "../../../shared/execution/fixture.js";
import { findJsonFiles } from "../../../shared/execution/jsonFiles.js";
import {
  blockSize,
  bodyDifference,
  readHeaderFields,
  splitBlock,
} from "../../../shared/execution/rawBlock.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

const valid = join(import.meta.dirname, "../../vectors/execution/valid");
const blocks = await Promise.all(
  (await findJsonFiles([valid])).files.map(async (path) => fromHex((await readFixture(path)).block)),
);
const isMalformed = (part: string) => (error: unknown) =>
  isOptisyncError(error, "MalformedBlock") && error.details["part"] === part;

/** The first block with a change to its items. */
function changed(change: (items: [Uint8Array[], unknown[], unknown[], unknown[]]) => unknown): Uint8Array {
  const items = RLP.decode(blocks[0]) as never;
  return RLP.encode((change(items) ?? items) as never);
}

describe("splitBlock", () => {
  it("takes real blocks apart, and their size is that of their RLP", () => {
    for (const rlp of blocks) {
      const block = splitBlock(rlp);
      assert.equal(blockSize(block), rlp.length);
      assert.equal(bodyDifference(block), undefined);
    }
  });

  it("refuses ommers, whatever the header says of them", () => {
    const rlp = changed(([header, transactions, , withdrawals]) => [
      header,
      transactions,
      [header],
      withdrawals,
    ]);
    assert.throws(() => splitBlock(rlp), isMalformed("ommers"));
  });

  it("refuses a block without the withdrawals that its header has a root of, and the reverse", () => {
    assert.throws(() => splitBlock(changed((items) => items.slice(0, 3))), isMalformed("withdrawals"));
    const before = changed(([header, ...rest]) => [header.slice(0, 16), ...rest]);
    assert.throws(() => splitBlock(before), isMalformed("withdrawals"));
  });

  it("refuses what is no block", () => {
    for (const rlp of [fromHex("c0"), fromHex("c480808080")])
      assert.throws(
        () => splitBlock(rlp),
        (error) => isOptisyncError(error, "MalformedBlock"),
      );
  });
});

describe("readHeaderFields", () => {
  for (const [index, value, message] of [
    [0, new Uint8Array(31), /parentHash is 0x(00){31}, not 32 bytes/],
    [6, new Uint8Array(255), /logsBloom/],
    [8, fromHex("01ffffffffffffffff"), /number is 0x01ffffffffffffffff, not a number of at most 8 bytes/],
    [11, fromHex("0001"), /timestamp is 0x0001, not a number/],
    [18, new Uint8Array(9).fill(1), /excessBlobGas/],
    [3, [], /stateRoot is a list/],
  ] as const) {
    it(`names field ${index} if it cannot be one`, () => {
      const items = RLP.decode(splitBlock(blocks[0] as Uint8Array).headerRlp) as unknown[];
      items[index] = value;
      assert.throws(
        () => readHeaderFields(RLP.encode(items as never)),
        (error) => isOptisyncError(error, "MalformedBlock") && message.test(error.message),
      );
    });
  }
});
