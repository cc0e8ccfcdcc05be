import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { BlockRecord, History } from "../../shared/chain/history.js";
import { readAhead } from "../../shared/chain/readAhead.js";
import type { Source } from "../../shared/chain/source.js";
import type { TraceProvider } from "../../shared/game/trace.js";
import { createForkSchedule } from "../../shared/protocol/forkSchedule.js";
import { decodeHeader } from "../../shared/protocol/header.js";
import { prepareClaim, type PreflightTools } from "../../proposer/preflight.js";
import { headerAt, hashOf, Story } from "./chainStory.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/headers.json", import.meta.url), "utf8")) as {
  accepted: { rlp: string }[];
};

/** A real block, so that its header decodes: mainnet 19807080. */
const rlp = vectors.accepted[0]?.rlp ?? "";
const forks = createForkSchedule([{ fromTimestamp: 1_710_338_135n, fieldCount: 20 }], 1_900_000_000n);
const tip = decodeHeader(rlp, forks);

describe("preparing a claim", () => {
  const parentHash = hashOf(1n);
  const story = new Story().claim("parent", { number: tip.number - 2n });
  const [parent] = [...story.ledger().claims.values()].slice(-1);
  assert.ok(parent);
  const plan = {
    parent: { ...parent, claim: { ...parent.claim, blockHash: parentHash } },
    number: tip.number,
  };
  const match = { verdict: { kind: "match" as const }, storage: {}, wiped: [] };
  const blocks: readonly BlockRecord[] = [
    { ...match, hash: tip.parentHash, parentHash },
    { ...match, hash: tip.hash, parentHash: tip.parentHash },
  ];

  function prepare(records = blocks, changes: Partial<PreflightTools> = {}) {
    const header = { ...headerAt(tip.number), ...tip, rlp };
    const source = {
      headerByNumber: () => Promise.resolve(header),
      headerByHash: () => Promise.resolve(header),
    };
    const block = (number: bigint) => Promise.resolve(records[Number(number - tip.number) + 1]);
    const history = { blocks: (numbers: Iterable<bigint>) => readAhead(numbers, 1, block) };
    return prepareClaim(
      plan,
      {
        source: source as unknown as Source,
        history: history as unknown as History,
        forks,
        evidence: { evidenceFor: () => Promise.resolve("0x") },
        hasExecutionCourt: false,
        ...changes,
      },
      new AbortController().signal,
    );
  }
  const changed = (index: number, change: Partial<BlockRecord>) =>
    blocks.map((record, at) => (at === index ? { ...record, ...change } : record));

  it("lets a linked, executed and defensible span pass", async () => {
    const { parent: id, header } = await prepare();
    assert.deepEqual([id, header.hash], ["parent", tip.hash]);
  });
  it("refuses a span that does not begin at the parent claim's block", async () => {
    await assert.rejects(prepare(changed(0, { parentHash: hashOf(2n) })), { code: "HistoryBroken" });
  });
  it("refuses blocks that are not linked", async () => {
    await assert.rejects(prepare(changed(1, { parentHash: hashOf(2n) })), { code: "HistoryBroken" });
  });
  it("refuses a tip that was executed as another block", async () => {
    await assert.rejects(prepare(changed(1, { hash: hashOf(2n) })), { code: "HistoryBroken" });
  });
  it("refuses a block whose state root is not the result of its execution", async () => {
    const verdict = { kind: "mismatch", computed: hashOf(1n), claimed: hashOf(2n) } as const;
    await assert.rejects(prepare(changed(0, { verdict })), { code: "SpanInvalid", action: "halt" });
  });
  it("refuses a header that the contracts would refuse, and calls the operator", async () => {
    const later = createForkSchedule([{ fromTimestamp: 1_710_338_135n, fieldCount: 20 }], tip.timestamp);
    await assert.rejects(prepare(blocks, { forks: later }), { code: "HeaderUnknown", action: "halt" });
  });
  it("claims no block that it could not defend, and says why", async () => {
    const lacking: TraceProvider = {
      requireDefensible: () => Promise.reject(new Error("no witness")),
      open: () => Promise.reject(new Error("no witness")),
    };
    await assert.rejects(prepare(blocks, { hasExecutionCourt: true, machine: lacking }), {
      code: "BlockIndefensible",
      action: "retry",
      message: /could not be defended: no witness/,
    });
    await assert.rejects(prepare(blocks, { hasExecutionCourt: true }), {
      code: "MachineMissing",
      action: "halt",
    });
  });
  it("asks the machine about every block of the span, each with its parent", async () => {
    let asked = 0;
    const able: TraceProvider = {
      requireDefensible: async (block) => {
        assert.deepEqual(block, { parentHeader: rlp, header: rlp });
        asked += 1;
      },
      open: () => Promise.reject(new Error("nobody plays")),
    };
    await prepare(blocks, { hasExecutionCourt: true, machine: able });
    assert.equal(asked, 2);
  });
  it("refuses a block for which no evidence can be had", async () => {
    const evidence = { evidenceFor: () => Promise.reject(new Error("no quorum")) };
    await assert.rejects(prepare(blocks, { evidence }), { code: "EvidenceUnavailable", action: "retry" });
  });
});
