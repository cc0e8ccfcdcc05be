import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { JsonRpcProvider } from "ethers";
import { startSourceNode, type SourceNode } from "../../devnet/sourceNode.js";
import { playBridge } from "../../examples/bridge/bridge.js";
import type { Way } from "../../examples/bridge/stage.js";
import { messageContractsOf } from "../../shared/chain/manifest.js";
import { startRelayer } from "../relayer/bot.js";
import { asDestination } from "../support/hardhatDestination.js";
import { Mailbox, receiverCode } from "../support/mailbox.js";

describe("the bridge example", () => {
  let nodes: [SourceNode, SourceNode];
  let ways: [Mailbox, Mailbox];
  before(async () => {
    // The compiler holds everything up for seconds, in which nodes close idle connections: it goes first.
    receiverCode();
    const [a, b] = await Promise.all([
      startSourceNode({ chainId: 31_337n }),
      startSourceNode({ chainId: 31_338n }),
    ]);
    nodes = [a, b];
    ways = [
      await Mailbox.start({ sourceNode: a, destinationNode: asDestination(b) }),
      await Mailbox.start({ sourceNode: b, destinationNode: asDestination(a) }),
    ];
  });
  after(async () => {
    for (const way of ways) await way.close();
  });

  async function wayOf(mailbox: Mailbox): Promise<Way> {
    const { outbox, inbox } = messageContractsOf(mailbox.manifest);
    const relayer = await startRelayer(mailbox, 5);
    return {
      outbox,
      inbox,
      async untilArrived() {
        await mailbox.finalize();
        await relayer.settle();
      },
    };
  }

  it("brings a token to B and back", async () => {
    const [a, b] = nodes.map(
      ({ url, chainId }) =>
        new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 20 }),
    ) as [JsonRpcProvider, JsonRpcProvider];
    try {
      const [forth, back] = await Promise.all([wayOf(ways[0]), wayOf(ways[1])]);
      const person = ways[0].wallet(7).address;
      const { balances } = await playBridge({ a, b, forth, back, person, say: () => undefined });
      assert.deepEqual(balances, [
        { free: 1_000_000n, locked: 0n, minted: 0n },
        { free: 999_000n, locked: 1_000n, minted: 1_000n },
        { free: 999_400n, locked: 600n, minted: 600n },
      ]);
    } finally {
      a.destroy();
      b.destroy();
    }
  });
});
