import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Rpc } from "../../shared/chain/rpc.js";
import { readMessage } from "../../shared/messages/status.js";
import { Mailbox } from "../support/mailbox.js";
import { startRelayer, type TestRelayer } from "./bot.js";

describe("a relayer between two real nodes", () => {
  let mailbox: Mailbox;
  /** What was delivered before the test at hand. */
  let earlier = 0;
  before(async () => {
    mailbox = await Mailbox.start();
  });
  after(() => mailbox.close());
  beforeEach(async () => {
    await mailbox.setMood("accept");
    await (await startRelayer(mailbox, 9)).settle();
    earlier = (await mailbox.received()).length;
  });

  async function fresh(): Promise<string[]> {
    return (await mailbox.received()).slice(earlier);
  }

  async function status(id: string): Promise<string> {
    return (await readMessage(await mailbox.tools(), id)).status;
  }

  it("does nothing until a root is final, then syncs it and delivers", async () => {
    const relayer = await startRelayer(mailbox, 2);
    const id = await mailbox.send({ payload: "0xc0ffee" });
    assert.deepEqual(await relayer.settle(), []);
    await mailbox.finalize();
    assert.deepEqual(await relayer.settle(), ["sync", "deliver"]);
    assert.deepEqual(await fresh(), [id]);
    assert.deepEqual(await relayer.settle(), []);
  });

  it("delivers what has piled up in batches, in the order of sending", async () => {
    const ids = await mailbox.sendMany(23);
    await mailbox.finalize();
    const relayer = await startRelayer(mailbox, 2, { policy: { maxBatch: 10 } });
    assert.deepEqual(await relayer.settle(), ["sync", "deliver", "deliver", "deliver"]);
    assert.deepEqual((await fresh()).sort(), ids.toSorted());
  });

  it("pays for what it is asked for only, and for nothing that wants too much", async () => {
    const stranger = mailbox.wallet(8).address;
    const asked = await mailbox.send();
    const large = await mailbox.send({ gasLimit: 3_000_000n });
    const expired = await mailbox.send({ expiry: BigInt((await mailbox.sourceTime()) + 1) });
    await mailbox.send({ receiver: stranger });
    await mailbox.finalize();
    const policies = [
      { asked: { senders: new Set([stranger]), receivers: undefined, ids: new Set<string>() } },
      { asked: { senders: undefined, receivers: new Set([stranger]), ids: new Set<string>() } },
      { asked: { senders: undefined, receivers: undefined, ids: new Set([large]) } },
      { maxCostWei: 1n },
    ];
    for (const policy of policies) {
      const idle = await startRelayer(mailbox, 2, { policy });
      const did = await idle.settle();
      assert.ok(!did.includes("deliver"), JSON.stringify(Object.keys(policy)));
    }
    assert.deepEqual(await fresh(), []);
    const relayer = await startRelayer(mailbox, 2, {
      policy: {
        asked: { senders: undefined, receivers: new Set([mailbox.receiver]), ids: new Set() },
        maxCostWei: 10n ** 18n,
      },
    });
    await relayer.settle();
    assert.deepEqual(await fresh(), [asked]);
    assert.equal(await status(expired), "Expired");
    const generous = await startRelayer(mailbox, 2, {
      policy: {
        asked: { senders: undefined, receivers: undefined, ids: new Set([large]) },
        maxGas: 10n ** 7n,
      },
    });
    assert.deepEqual(await generous.settle(), ["deliver"]);
    assert.deepEqual(await fresh(), [asked, large]);
  });

  for (const mood of ["revert", "burnGas", "refuse", "loud"] as const) {
    it(`pays nothing for a receiver that would not accept (${mood}), and delivers once it would`, async () => {
      await mailbox.setMood(mood);
      const id = await mailbox.send();
      await mailbox.finalize();
      const relayer = await startRelayer(mailbox, 2);
      assert.deepEqual(await relayer.settle(), ["sync"]);
      assert.equal(await status(id), "None");
      await mailbox.setMood("accept");
      // It asks again after one look, two looks, four looks.
      const did: string[] = [];
      for (let look = 0; look < 8; look++) did.push(...(await relayer.step()));
      assert.deepEqual(did, ["deliver"]);
      assert.deepEqual(await fresh(), [id]);
    });
  }

  it("records failures if it is told to, and retries them when they would succeed", async () => {
    await mailbox.setMood("revert");
    const ids = [await mailbox.send(), await mailbox.send()];
    await mailbox.finalize();
    const asked = { senders: undefined, receivers: undefined, ids: new Set(ids) };
    const recorder = await startRelayer(mailbox, 2, { policy: { asked, recordsFailures: true } });
    assert.deepEqual(await recorder.settle(), ["sync", "deliver", "deliver"]);
    for (const id of ids) assert.equal(await status(id), "Failed");
    await mailbox.setMood("accept");
    const other = await startRelayer(mailbox, 3);
    assert.deepEqual(await other.settle(), ["retry", "retry"]);
    assert.deepEqual((await fresh()).sort(), ids.toSorted());
  });

  it("gives a message up that failed as often as it goes along with", async () => {
    await mailbox.setMood("revert");
    const id = await mailbox.send();
    await mailbox.finalize();
    const asked = { senders: undefined, receivers: undefined, ids: new Set([id]) };
    await (await startRelayer(mailbox, 2, { policy: { asked, recordsFailures: true } })).settle();
    assert.equal(await status(id), "Failed");
    await mailbox.setMood("accept");
    assert.deepEqual(await (await startRelayer(mailbox, 3, { policy: { maxAttempts: 1 } })).settle(), []);
    assert.deepEqual(await (await startRelayer(mailbox, 3, { policy: { maxAttempts: 2 } })).settle(), [
      "retry",
    ]);
  });

  it("sends nothing in a dry run", async () => {
    const id = await mailbox.send();
    await mailbox.finalize();
    const nonce = await mailbox.test.destination.getTransactionCount(mailbox.wallet(4).address);
    const dry = await startRelayer(mailbox, 4, { dryRun: true });
    assert.deepEqual(await dry.step(), ["sync"]);
    assert.equal(await mailbox.test.destination.getTransactionCount(mailbox.wallet(4).address), nonce);
    await (await startRelayer(mailbox, 2)).settle();
    assert.deepEqual(await fresh(), [id]);
  });

  it("is one of many: two at once deliver everything, and nothing twice", async () => {
    const ids = await mailbox.sendMany(12);
    await mailbox.finalize();
    const relayers = await Promise.all([
      startRelayer(mailbox, 2, { policy: { maxBatch: 5 } }),
      startRelayer(mailbox, 3, { policy: { maxBatch: 4 } }),
    ]);
    await Promise.all(relayers.map((relayer) => relayer.settle()));
    assert.deepEqual((await fresh()).sort(), ids.toSorted());
  });

  it("goes on after a kill between sending and confirmation", async () => {
    const ids = await mailbox.sendMany(4);
    await mailbox.finalize();
    await (await startRelayer(mailbox, 2)).step();
    const { destinationNode } = mailbox.test;
    await destinationNode.rpc("evm_setAutomine", [false]);
    let first: TestRelayer | undefined;
    try {
      first = await startRelayer(mailbox, 2);
      await first.look();
      await pooled(1);
    } finally {
      first?.kill();
      await destinationNode.rpc("evm_setAutomine", [true]);
    }
    const second = await startRelayer(mailbox, 2);
    // It takes over the transaction that waits in the pool; mining is what it waits for.
    await destinationNode.mine(1);
    assert.deepEqual(await second.settle(), []);
    assert.deepEqual((await fresh()).sort(), ids.toSorted());
  });

  async function pooled(count: number): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      const { pending } = await mailbox.test.destinationNode.rpc<{ pending: string }>("txpool_status");
      if (Number(pending) >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.fail("nothing came to the pool");
  }

  it("delivers again what a reorganisation of B took back", async () => {
    const ids = await mailbox.sendMany(3);
    await mailbox.finalize();
    const relayer = await startRelayer(mailbox, 2);
    const { destinationNode } = mailbox.test;
    const fork = await destinationNode.rpc<string>("evm_snapshot");
    assert.deepEqual(await relayer.settle(), ["sync", "deliver"]);
    assert.deepEqual((await fresh()).sort(), ids.toSorted());
    await destinationNode.rpc("evm_revert", [fork]);
    await destinationNode.mine(4);
    assert.deepEqual(await fresh(), []);
    assert.deepEqual(await relayer.settle(), ["sync", "deliver"]);
    assert.deepEqual((await fresh()).sort(), ids.toSorted());
  });

  it("forgets what a reorganisation of A took back, and delivers what came instead", async () => {
    const relayer = await startRelayer(mailbox, 2);
    const { sourceRpc } = mailbox.test;
    const fork = await sourceRpc.request("evm_snapshot", []);
    const gone = await mailbox.send({ payload: "0x01" });
    await mailbox.send({ payload: "0x02" });
    const { outbox } = await relayer.look();
    assert.ok(outbox.sent.some(({ id }) => id === gone));
    await sourceRpc.request("evm_revert", [fork]);
    const stayed = await mailbox.send({ payload: "0x03" });
    await mailbox.finalize();
    await relayer.settle();
    assert.deepEqual(await fresh(), [stayed]);
    const view = await relayer.look();
    assert.ok(!view.outbox.sent.some(({ id }) => id === gone));
  });

  describe("with a node of A that lies", () => {
    /** A node whose logs are changed on their way. */
    function lying(change: (logs: Log[]) => Log[]): Rpc {
      const { sourceRpc } = mailbox.test;
      return {
        ...sourceRpc,
        async request(method, params) {
          const answer = await sourceRpc.request(method, params);
          return method === "eth_getLogs" ? change(answer as Log[]) : answer;
        },
      };
    }
    interface Log {
      data: string;
      topics: string[];
      blockNumber: string;
    }

    const lies: [string, (logs: Log[]) => Log[], string][] = [
      ["leaves the newest message out", (logs) => logs.slice(0, -1), "OutboxContradicted"],
      [
        "changes a payload",
        (logs) => logs.map((log, at) => (at === logs.length - 1 ? { ...log, data: forged(log.data) } : log)),
        "OutboxContradicted",
      ],
      [
        "moves a message to a later block",
        (logs) => logs.map((log, at) => (at === logs.length - 1 ? { ...log, blockNumber: "0xffffff" } : log)),
        "OutboxContradicted",
      ],
    ];
    const forged = (data: string): string => data.replace(/beef/, "dead");

    for (const [what, change, code] of lies) {
      it(`believes nothing when it ${what}, and says so`, async () => {
        // Two, so that something that is asked for waits in any case.
        const id = await mailbox.send({ payload: "0xbeef" });
        const last = await mailbox.send({ payload: "0xbeef" });
        await mailbox.finalize();
        const deceived = await startRelayer(mailbox, 2, { sourceRpc: lying(change) });
        assert.deepEqual(await deceived.settle(), []);
        assert.deepEqual(
          deceived.alerts().map((alert) => alert.code),
          [code],
        );
        const honest = await startRelayer(mailbox, 3);
        assert.deepEqual(await honest.settle(), ["sync", "deliver"]);
        assert.deepEqual((await fresh()).sort(), [id, last].sort());
        // The root is proven on B now: what the liar tells does not lead to it.
        assert.deepEqual(await deceived.settle(), []);
        const codes = deceived.alerts().map((alert) => alert.code);
        assert.ok(codes.includes("RootUnexplained"), codes.join());
      });
    }

    it("fails the look when a message is missing in between", async () => {
      const deceived = await startRelayer(mailbox, 2, {
        sourceRpc: lying((logs) => logs.filter((_, at) => at !== 3)),
      });
      await assert.rejects(deceived.look(), { code: "OutboxEventsBroken" });
    });
  });
});
