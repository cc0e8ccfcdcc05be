import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { groupIntoBatches } from "../../relayer/batches.js";
import { gasToDeliver, SYNC_GAS } from "../../relayer/duties.js";
import { policyOf } from "../../relayer/process.js";
import { solve } from "../../relayer/solver.js";
import type { RelayerPolicy, RelayerView } from "../../relayer/view.js";
import { POLICY } from "./bot.js";
import { deliveryOf, messageAt, RECEIVER, rootAt, SENDER, viewOf } from "./story.js";

const four = [0, 1, 2, 3].map((nonce) => messageAt(nonce));
const noncesOf = (view: RelayerView): string[] =>
  solve(view).actions.map((action) => {
    switch (action.kind) {
      case "sync":
        return `sync ${action.proof.size}`;
      case "deliver":
        return `deliver ${action.messages.map(({ message }) => message.nonce).join()} under ${action.size}`;
      case "retry":
        return `retry ${action.message.message.nonce}`;
    }
  });
const withPolicy = (policy: Partial<RelayerPolicy>): { policy: RelayerPolicy } => ({
  policy: { ...POLICY, ...policy },
});

describe("the relayer's solver", () => {
  it("delivers what is covered and syncs for what waits", () => {
    assert.deepEqual(noncesOf(viewOf(four, { covered: 2, proven: 4 })), ["sync 4", "deliver 0,1 under 2"]);
    assert.deepEqual(noncesOf(viewOf(four, { covered: 0, proven: 3 })), ["sync 3"]);
    assert.deepEqual(noncesOf(viewOf(four, { covered: 0 })), []);
  });

  it("does not sync for messages that are over, unasked, too large or not under the new root", () => {
    const [first, second] = [messageAt(0, { expiry: 999n }), messageAt(1, { gasLimit: 2_000_001n })];
    assert.deepEqual(noncesOf(viewOf([first, second], { covered: 0, proven: 2 })), []);
    assert.deepEqual(noncesOf(viewOf(four, { covered: 2, proven: 2 })), ["deliver 0,1 under 2"]);
    const asked = { senders: new Set([RECEIVER]), receivers: undefined, ids: new Set<string>() };
    assert.deepEqual(noncesOf(viewOf(four, { covered: 0, proven: 4, ...withPolicy({ asked }) })), []);
  });

  it("leaves delivered messages alone, and retries failed ones until it gives up", () => {
    const [a, b, c] = four as [(typeof four)[number], (typeof four)[number], (typeof four)[number]];
    const deliveries = new Map(
      [deliveryOf(a, "Delivered"), deliveryOf(b, "Failed", 2), deliveryOf(c, "Failed", 3)].map((delivery) => [
        delivery.id,
        delivery,
      ]),
    );
    const ledger = { roots: new Map(), deliveries };
    assert.deepEqual(noncesOf(viewOf(four, { ledger })), ["deliver 3 under 4", "retry 1"]);
  });

  it("asks for sender and receiver together, and takes ids besides", () => {
    const other = messageAt(1, { sender: RECEIVER });
    const sent = [messageAt(0), other, messageAt(2, { receiver: SENDER })];
    const filter = (senders?: string[], receivers?: string[], ids: string[] = []) =>
      noncesOf(
        viewOf(
          sent,
          withPolicy({
            asked: {
              senders: senders && new Set(senders),
              receivers: receivers && new Set(receivers),
              ids: new Set(ids),
            },
          }),
        ),
      );
    assert.deepEqual(filter([SENDER]), ["deliver 0,2 under 3"]);
    assert.deepEqual(filter([SENDER], [RECEIVER]), ["deliver 0 under 3"]);
    assert.deepEqual(filter(undefined, [RECEIVER]), ["deliver 0,1 under 3"]);
    assert.deepEqual(filter(undefined, undefined, [other.id]), ["deliver 1 under 3"]);
    assert.deepEqual(filter([RECEIVER], [SENDER], [other.id]), ["deliver 1 under 3"]);
  });

  it("acts on nothing whose receiver refuses or could not be asked", () => {
    const prospects = new Map(
      four.map(({ id }, at) => [
        id,
        (["accepts", "refuses", "unknown", "refuses"] as const)[at] ?? "unknown",
      ]),
    );
    assert.deepEqual(noncesOf(viewOf(four, { prospects })), ["deliver 0 under 4"]);
    assert.deepEqual(noncesOf(viewOf(four, { prospects: new Map() })), []);
    assert.deepEqual(noncesOf(viewOf(four, { prospects, ...withPolicy({ recordsFailures: true }) })), [
      "deliver 0 under 4",
      "deliver 1 under 4",
      "deliver 3 under 4",
    ]);
  });

  it("waits while a message costs more than it may, its share of the sync included", () => {
    const [one] = four as [(typeof four)[number]];
    const cost = gasToDeliver(one);
    assert.deepEqual(noncesOf(viewOf([one], withPolicy({ maxCostWei: cost }))), ["deliver 0 under 1"]);
    assert.deepEqual(noncesOf(viewOf([one], withPolicy({ maxCostWei: cost - 1n }))), []);
    const waiting = { covered: 0, proven: 4 };
    const shared = cost + SYNC_GAS / 4n;
    assert.deepEqual(noncesOf(viewOf(four, { ...waiting, ...withPolicy({ maxCostWei: shared }) })), [
      "sync 4",
    ]);
    assert.deepEqual(noncesOf(viewOf(four, { ...waiting, ...withPolicy({ maxCostWei: shared - 1n }) })), []);
  });

  it("tells of roots that A's messages do not lead to, unless A's node is behind them", () => {
    const view = viewOf(four, {});
    const at = (number: bigint) => rootAt(view.outbox.tree, 2, number);
    const alerts = (number: bigint) =>
      solve({ ...view, coverage: { ...view.coverage, unexplained: [at(number)] } }).alerts.map(
        ({ code }) => code,
      );
    assert.deepEqual(alerts(100n), ["RootUnexplained"]);
    assert.deepEqual(alerts(101n), []);
  });

  it("needs to be told whose messages to pay for", () => {
    const values = {
      all: false,
      senders: undefined,
      receivers: undefined,
      messages: undefined,
      maxGas: 1n,
      maxCost: undefined,
      maxBatch: 1,
      maxAttempts: 1,
      recordFailures: false,
    };
    assert.throws(() => policyOf(values), { code: "NothingAsked" });
    assert.equal(policyOf({ ...values, all: true }).asked, "all");
  });
});

describe("batches", () => {
  it("hold every message that fits a transaction once, in order, within all limits", () => {
    const messages = fc.array(fc.record({ gasLimit: fc.bigInt(0n, 10_000_000n), size: fc.nat(32 * 1024) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 12 }), (drafts, maxBatch) => {
        const sent = drafts.map(({ gasLimit, size }, nonce) =>
          messageAt(nonce, { gasLimit, payload: `0x${"00".repeat(size)}` }),
        );
        const transactionGas = 1n << 24n;
        const batches = groupIntoBatches(sent, { maxBatch, transactionGas });
        assert.deepEqual(
          batches.flat(),
          sent.filter((message) => gasToDeliver(message) <= transactionGas),
        );
        for (const batch of batches) {
          assert.ok(batch.length <= maxBatch);
          if (batch.length === 1) continue;
          const gas = batch.reduce((sum, message) => sum + gasToDeliver(message), 0n);
          assert.ok(gas * 5n <= transactionGas * 4n);
        }
      }),
      { numRuns: 50 },
    );
  });
});
