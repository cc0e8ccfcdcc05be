import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Prospects, type Answers } from "../../relayer/prospects.js";
import { allInterfaces, interfaces } from "../../shared/chain/contracts.js";
import { createRevertDecoder } from "../../shared/chain/reverts.js";
import { toQuantity, type JsonRpc } from "../../shared/chain/transactions.js";
import type { OutboxView } from "../../shared/messages/outboxMirror.js";
import { Mailbox } from "../support/mailbox.js";
import { startRelayer } from "./bot.js";

const TRANSACTION_GAS = 1n << 24n;
const COUNT = 5;

describe("a relayer's questions to receivers", () => {
  let mailbox: Mailbox;
  let outbox: OutboxView;
  /** Functions of the Inbox that were simulated, in order. */
  let asked: string[] = [];

  before(async () => {
    mailbox = await Mailbox.start();
    // A root that covers all of them, made known by a relayer that is asked for the first one only.
    const ids = await mailbox.sendMany(COUNT + 1);
    await mailbox.finalize();
    const [first] = ids as [string];
    const asks = { senders: undefined, receivers: undefined, ids: new Set([first]) };
    await (await startRelayer(mailbox, 2, { policy: { asked: asks } })).settle();
    outbox = await (await mailbox.tools()).mirror.sync();
  });
  after(() => mailbox.close());
  beforeEach(async () => {
    asked = [];
    await mailbox.setMood("accept");
  });

  /** B's node, which gives simulated batches that much gas; undefined: what they ask for. */
  function nodeWith(gasOfBatches?: bigint): JsonRpc {
    return {
      async send(method, params) {
        const [call, ...rest] = params as [{ data: string; gas: string }, ...unknown[]];
        const name = interfaces.inbox.getFunction(call.data?.slice(0, 10) ?? "")?.name ?? method;
        asked.push(name);
        const isLess = name === "deliverBatch" && gasOfBatches !== undefined;
        const gas = isLess ? toQuantity(gasOfBatches) : call.gas;
        return mailbox.test.destination.send(method, [{ ...call, gas }, ...rest]) as Promise<unknown>;
      },
    };
  }

  function prospectsAt(rpc: JsonRpc): { ask(view?: OutboxView): Promise<Answers> } {
    const prospects = new Prospects({
      manifest: mailbox.manifest,
      rpc,
      decoder: createRevertDecoder(allInterfaces),
      from: mailbox.wallet(2).address,
    });
    return {
      ask: (view = outbox) =>
        prospects.ask({
          outbox: view,
          deliverable: view.sent.slice(1),
          failed: [],
          size: view.sent.length,
          transactionGas: TRANSACTION_GAS,
        }),
    };
  }

  const wordsOf = ({ prospects }: Answers): string[] => [...prospects.values()];

  it("go out together", async () => {
    const answers = await prospectsAt(nodeWith()).ask();
    assert.deepEqual(wordsOf(answers), Array(COUNT).fill("accepts"));
    assert.deepEqual([asked, answers.obstacles], [["deliverBatch"], []]);
  });

  it("go out one by one if the node cannot simulate them together", async () => {
    const answers = await prospectsAt(nodeWith(400_000n)).ask();
    assert.deepEqual(wordsOf(answers), Array(COUNT).fill("accepts"));
    assert.deepEqual(asked, ["deliverBatch", ...Array<string>(COUNT).fill("deliver")]);
    assert.deepEqual(answers.obstacles, []);
  });

  it("name what stands in the way of each, and are unknown then, which is not a refusal", async () => {
    // Under a root of which the Inbox knows nothing yet.
    await mailbox.send();
    const grown = await (await mailbox.tools()).mirror.sync();
    const answers = await prospectsAt(nodeWith()).ask(grown);
    assert.deepEqual(wordsOf(answers), Array(COUNT + 1).fill("unknown"));
    assert.deepEqual(
      answers.obstacles.map(({ code }) => code),
      Array(COUNT + 1).fill("DeliveryImpossible"),
    );
  });

  it("leave a receiver that refuses alone for one look, then two, then four", async () => {
    await mailbox.setMood("revert");
    const prospects = prospectsAt(nodeWith());
    const looks: number[] = [];
    for (let look = 0; look < 12; look++) {
      asked = [];
      const answers = await prospects.ask();
      assert.deepEqual(wordsOf(answers), Array(COUNT).fill("refuses"));
      if (asked.length > 0) looks.push(look);
    }
    assert.deepEqual(looks, [0, 1, 3, 7]);
  });
});
