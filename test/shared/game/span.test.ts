import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createRpc } from "../../../shared/chain/rpc.js";
import { createSource, type Source } from "../../../shared/chain/source.js";
import type { SourceHeader } from "../../../shared/chain/sourceHeader.js";
import { hardhatForks } from "../../../shared/execution/forks.js";
import { readSpan } from "../../../shared/game/span.js";
import type { Claim } from "../../../shared/protocol/claim.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { startTestSource, type TestSource } from "../../support/hardhatNode.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

const LENGTH = 1_200n;
const { signal } = new AbortController();

describe("the span of a claim", () => {
  let chain: TestSource;
  let proxy: LyingProxy;
  let truth: Source;

  before(async () => {
    chain = await startTestSource();
    proxy = await startLyingProxy(chain.node.url);
    const mine = { method: "evm_mine", params: [] };
    await createRpc({ urls: [chain.node.url] }).batch(Array.from({ length: Number(LENGTH) }, () => mine));
    truth = await open(chain.node.url);
    await truth.finalizedHead();
  });
  after(async () => {
    await proxy.close();
    await chain.close();
  });

  const open = (url = proxy.url): Promise<Source> =>
    createSource({
      rpc: createRpc({ urls: [url] }),
      forks: hardhatForks(31_337n),
      finality: { kind: "depth", blocks: 0n },
    });
  const claimOf = ({ number, hash }: Pick<SourceHeader, "number" | "hash">): Claim =>
    ({ number, blockHash: hash }) as Claim;
  const claims = async (low: bigint, high: bigint) =>
    [claimOf(await truth.headerByNumber(low)), claimOf(await truth.headerByNumber(high))] as const;

  it("has every hash at its position, behind the claimed block that block's, and every number at its hash", async () => {
    const [parent, claim] = await claims(3n, 9n);
    const span = await readSpan(await open(), parent, claim, signal);
    assert.deepEqual([span.low, span.high, span.isLinked], [3n, 9n, true]);
    for (const [position, number] of [0n, 1n, 5n, 6n, 7n, 4_096n].map(
      (at) => [at, at > 6n ? 9n : 3n + at] as const,
    )) {
      const { hash, rlp } = await truth.headerByNumber(number);
      assert.equal(span.hashAt(position), hash);
      assert.equal(span.numberOf(hash.toUpperCase().replace("0X", "0x")), number);
      assert.equal(await span.header(number), rlp);
    }
    assert.equal(span.numberOf(`0x${"12".repeat(32)}`), undefined);
    assert.equal(span.numberOf((await truth.headerByNumber(10n)).hash), undefined);
  });

  it("is read together, not block by block, and tells how far it is", async () => {
    const [parent, claim] = await claims(1n, LENGTH);
    const source = await open();
    await source.finalizedHead();
    proxy.counts.clear();
    const told: bigint[][] = [];
    await readSpan(source, parent, claim, signal, undefined, (done, of) => told.push([done, of]));
    assert.deepEqual(told, [
      [512n, LENGTH],
      [1_024n, LENGTH],
      [LENGTH, LENGTH],
    ]);
    assert.ok((proxy.counts.get("eth_getBlockByHash") ?? 0) < 10, "asked for one by one");
    assert.ok(
      (proxy.counts.get("eth_getBlockByNumber") ?? 0) < Number(LENGTH) + 20,
      "asked for more than once",
    );
    proxy.counts.clear();
    await readSpan(source, parent, claim, signal);
    assert.equal(proxy.counts.size, 0, "remembered");
  });

  it("is the same from a node that gives nothing by height, or something else", async () => {
    const [parent, claim] = await claims(500n, 800n);
    const foreign = await chain.rpc.request("eth_getBlockByNumber", ["0x5", false]);
    for (const isLying of [false, true]) {
      const source = await open();
      await source.finalizedHead();
      proxy.lie("eth_getBlockByNumber", () => {
        if (isLying) return foreign;
        throw new Error("too many requests in a batch");
      });
      const span = await readSpan(source, parent, claim, signal);
      proxy.repent();
      assert.equal(span.hashAt(77n), (await truth.headerByNumber(577n)).hash);
    }
  });

  it("begins with what the parent claim says, and tells that no chain leads from there", async () => {
    const [parent, claim] = await claims(3n, 9n);
    const blockHash = `0x${"AB".repeat(32)}`;
    const span = await readSpan(truth, { ...parent, blockHash }, claim, signal);
    assert.deepEqual([span.isLinked, span.hashAt(0n)], [false, blockHash.toLowerCase()]);
    assert.equal(span.numberOf(blockHash), undefined);
  });

  it("ends with a block that A does not have, if its header is given", async () => {
    const [parent, claim] = await claims(3n, 9n);
    const before = await truth.headerByNumber(8n);
    const blockHash = `0x${"cd".repeat(32)}`;
    const tip = { rlp: "0xf900", parentHash: before.hash };
    const span = await readSpan(truth, parent, { ...claim, blockHash }, signal, tip);
    assert.deepEqual([span.hashAt(5n), span.hashAt(6n)], [before.hash, blockHash]);
    assert.deepEqual([await span.header(9n), await span.header(8n)], ["0xf900", before.rlp]);
  });

  it("is unknown where the node's chain does not lead to the claimed block, or breaks", async () => {
    const [parent, claim] = await claims(3n, 9n);
    const other = { ...claim, blockHash: `0x${"12".repeat(32)}` };
    const isUnknown = (at: bigint) => (error: unknown) =>
      isOptisyncError(error, "SpanUnknown") && error.details["at"] === at;
    await assert.rejects(readSpan(truth, parent, other, signal), isUnknown(9n));
    const tip = { rlp: "0xf900", parentHash: other.blockHash };
    await assert.rejects(readSpan(truth, parent, other, signal, tip), isUnknown(8n));
  });

  it("stops when it is told to", async () => {
    const [parent, claim] = await claims(3n, 9n);
    await assert.rejects(readSpan(truth, parent, claim, AbortSignal.abort()), { name: "AbortError" });
  });
});
