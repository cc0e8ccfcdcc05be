import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import { keyOf, type Delta } from "../../../shared/protocol/deltas.js";
import { executeSpan } from "../../../shared/chain/executeSpan.js";
import { fromHex } from "../../../shared/execution/crypto.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "../../../shared/execution/partialTrie.js";
import type { AccountChange, StateChanges } from "../../../shared/execution/postState.js";
import { SpanChanges, spanDeltas } from "../../../shared/execution/spanDeltas.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { compileExercise } from "../../support/contracts.js";
import { openTestSource, startTestSource, type TestSource } from "../../support/hardhatNode.js";

const ADDRESS = `0x${"ab".repeat(20)}`;
const slot = (index: number): string => index.toString(16).padStart(64, "0");

function block(slots: Record<number, [bigint, bigint]>, isWiped = false): StateChanges {
  const bytes = (value: bigint): Uint8Array =>
    value === 0n ? new Uint8Array() : fromHex(value.toString(16));
  const change: AccountChange = {
    before: null,
    after: null,
    isWiped,
    slots: new Map(
      Object.entries(slots).map(([index, [from, to]]) => [
        slot(Number(index)),
        { before: bytes(from), after: bytes(to) },
      ]),
    ),
  };
  return new Map([[ADDRESS.slice(2), change]]);
}

describe("spanDeltas", () => {
  it("lists a slot once, with its last value", () => {
    assert.deepEqual(spanDeltas(ADDRESS, [block({ 1: [0n, 5n] }), block({ 1: [5n, 6n] })]), [
      { slot: `0x${slot(1)}`, value: 6n },
    ]);
  });

  it("leaves out a slot that came back to its first value", () => {
    assert.deepEqual(spanDeltas(ADDRESS, [block({ 1: [3n, 5n] }), block({ 1: [5n, 3n] })]), []);
  });

  it("lists a cleared slot with zero", () => {
    assert.deepEqual(spanDeltas(ADDRESS, [block({ 1: [3n, 0n] })]), [{ slot: `0x${slot(1)}`, value: 0n }]);
  });

  it("orders by hashed slot", () => {
    const changes = block(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [index, [0n, 1n]])));
    const keys = spanDeltas(ADDRESS, [changes]).map((delta) => keyOf(delta.slot));
    assert.equal(keys.length, 40);
    assert.deepEqual(keys, keys.toSorted());
  });

  it("leaves out other accounts", () => {
    assert.deepEqual(spanDeltas(`0x${"cd".repeat(20)}`, [block({ 1: [0n, 1n] })]), []);
  });

  it("refuses a storage that was destroyed as a whole", () => {
    const span = new SpanChanges(ADDRESS);
    assert.throws(
      () => span.add(block({}, true)),
      (error) => isOptisyncError(error, "UnsupportedStorageWipe") && error.action === "halt",
    );
  });
});

describe("spanDeltas of a contract on a real node", () => {
  const exercise = compileExercise();
  let chain: TestSource;
  let contract: string;

  before(async () => {
    chain = await startTestSource();
    contract = (await chain.send({ data: exercise.bytecode })).contractAddress as string;
    const calls: [string, ...bigint[]][] = [
      ["setMany(uint256,uint256,uint256)", 0n, 40n, 3n],
      ["transfer(address,uint256)", 77n, 5n],
      ["set(uint256,uint256)", 1n, 0n],
      ["set(uint256,uint256)", 2n, 9n],
      ["set(uint256,uint256)", 1n, 3n],
      ["flicker(uint256)", 3n],
      ["set(uint256,uint256)", 500n, 1n],
      ["set(uint256,uint256)", 500n, 0n],
    ];
    for (const [signature, ...words] of calls) {
      await chain.send({ to: contract, data: exercise.call(signature, ...words) });
    }
  });
  after(() => chain.close());

  async function deltasBetween(from: bigint, to: bigint): Promise<Delta[]> {
    const source = await openTestSource(chain.node.url);
    const [parent, tip] = [await source.headerByNumber(from), await source.headerByNumber(to)];
    const span = new SpanChanges(contract);
    for await (const executed of executeSpan(source, parent.hash, tip.hash)) {
      assert.equal(executed.verdict.kind, "match");
      span.add(executed.changes);
    }
    return span.deltas();
  }

  it("is the whole storage when the span starts before the contract: the trie of it has the proven root", async () => {
    const deltas = await deltasBetween(0n, 9n);
    const trie = new PartialTrie(EMPTY_TRIE_ROOT, { node: () => undefined, isBranch: () => false });
    for (const delta of deltas) trie.put(keyOf(delta.slot).slice(2), RLP.encode(delta.value));
    const { account } = await (await openTestSource(chain.node.url)).accountProof(9n, contract, []);
    assert.equal(`0x${trie.root()}`, account?.storageRoot);
    assert.ok(deltas.every(({ value }) => value !== 0n));
  });

  it("is just what differs between the two ends", async () => {
    const source = await openTestSource(chain.node.url);
    const deltas = await deltasBetween(2n, 9n);
    const slots = deltas.map((delta) => delta.slot);
    const [start, end] = [
      await source.accountProof(2n, contract, slots),
      await source.accountProof(9n, contract, slots),
    ];
    // Two balances, one value set and one cleared; a value that came back and a transient one are not among them.
    assert.equal(deltas.length, 4);
    deltas.forEach((delta, index) => {
      assert.equal(delta.value, end.slots[index]?.value);
      assert.notEqual(delta.value, start.slots[index]?.value);
    });
  });
});
