import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Rpc } from "../../../shared/chain/rpc.js";
import { RpcError, type RpcErrorCode } from "../../../shared/chain/rpcErrors.js";
import { createOutboxMirror, type OutboxView } from "../../../shared/messages/outboxMirror.js";
import { silentLogger } from "../../../shared/runtime/logger.js";
import { Mailbox } from "../../support/mailbox.js";

const BLOCKS = 60;

describe("the mirror of an Outbox", () => {
  let mailbox: Mailbox;
  const ids: string[] = [];
  before(async () => {
    mailbox = await Mailbox.start();
    for (let block = 0; block < BLOCKS; block++) {
      if (block % 12 === 5) ids.push(await mailbox.send({ payload: `0x0${block % 10}` }));
      else await mailbox.test.mineSource();
    }
  });
  after(() => mailbox.close());

  function mirrorOf(rpc: Rpc): Promise<OutboxView> {
    const { signal } = new AbortController();
    const { manifest } = mailbox;
    return createOutboxMirror({ manifest, rpc, logger: silentLogger(), signal }).sync();
  }

  /** A's node, which answers no question about more than so many blocks. */
  function nodeWith(most: number, code: RpcErrorCode): { rpc: Rpc; widths: number[] } {
    const { sourceRpc } = mailbox.test;
    const widths: number[] = [];
    const rpc: Rpc = {
      ...sourceRpc,
      async request(method, params) {
        if (method === "eth_getLogs") {
          const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
          const width = Number(toBlock) - Number(fromBlock) + 1;
          widths.push(width);
          if (width > most) throw new RpcError(code, `at most ${most} blocks`);
        }
        return sourceRpc.request(method, params);
      },
    };
    return { rpc, widths };
  }

  for (const code of ["RpcRefused", "RpcAnswerTooLarge"] as const) {
    it(`asks for fewer blocks until the node answers: ${code}`, async () => {
      const { rpc, widths } = nodeWith(7, code);
      const { sent } = await mirrorOf(rpc);
      assert.deepEqual(
        sent.map(({ id }) => id),
        ids,
      );
      assert.ok((widths[0] ?? 0) > 7, "it asks for more at first");
      const answered = widths.filter((width) => width <= 7);
      assert.ok(answered.length >= BLOCKS / 7, "and for all blocks in the end");
    });
  }

  it("gives up on a node that refuses a single block", async () => {
    const { rpc, widths } = nodeWith(0, "RpcRefused");
    await assert.rejects(mirrorOf(rpc), { code: "LogsRefused" });
    assert.equal(widths.at(-1), 1);
  });

  it("does not take a node that is down for one that was asked for too much", async () => {
    const { rpc, widths } = nodeWith(7, "RpcUnreachable");
    await assert.rejects(mirrorOf(rpc), { code: "RpcUnreachable" });
    assert.equal(widths.length, 1);
  });

  it("asks again for what the node has left out once", async () => {
    const { sourceRpc } = mailbox.test;
    let isLame = true;
    const rpc: Rpc = {
      ...sourceRpc,
      async request(method, params) {
        const answer = await sourceRpc.request(method, params);
        return method === "eth_getLogs" && isLame ? (answer as unknown[]).slice(1) : answer;
      },
    };
    const { manifest } = mailbox;
    const { signal } = new AbortController();
    const mirror = createOutboxMirror({ manifest, rpc, logger: silentLogger(), signal });
    await assert.rejects(mirror.sync(), { code: "OutboxEventsBroken" });
    isLame = false;
    const { sent, tree } = await mirror.sync();
    assert.deepEqual(
      sent.map(({ id }) => id),
      ids,
    );
    assert.equal(tree.size, ids.length);
  });
});
