import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { SendRequest } from "../../../shared/chain/sender.js";
import { deliverMessage } from "../../../shared/messages/actions.js";
import { deliverRequest } from "../../../shared/messages/requests.js";
import type { OutboxView, SentMessage } from "../../../shared/messages/outboxMirror.js";
import { readMessage } from "../../../shared/messages/status.js";
import { compileContract } from "../../support/contracts.js";
import { Mailbox } from "../../support/mailbox.js";
import { startRelayer } from "../../relayer/bot.js";

const MAX_PAYLOAD = 32 * 1024;
/** Takes everything and keeps nothing: to store the largest payload would take more gas than a message can have. */
const LISTENER = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Listener {
    function receiveMessage(bytes32, bytes calldata, bytes calldata) external payable returns (bytes4) {
        return this.receiveMessage.selector;
    }
}`;
/** Tells that deliveries failed, in the Inbox's words, and once with nothing behind them. */
const MIMIC = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Mimic {
    event MessageFailed(bytes32 indexed id, uint32 indexed nonce, uint8 failure, bytes data);
    function receiveMessage(bytes32 id, bytes calldata, bytes calldata) external payable returns (bytes4) {
        emit MessageFailed(id, 1, 1, "");
        bytes32 topic = MessageFailed.selector;
        assembly { log3(0, 0, topic, id, 1) }
        return this.receiveMessage.selector;
    }
}`;

describe("requests to the Inbox", () => {
  let mailbox: Mailbox;
  let outbox: OutboxView;
  const sentAt = (index: number): SentMessage => outbox.sent[index] as SentMessage;

  const sendLarge = (byte: string): Promise<string> =>
    mailbox.send({ receiver: listener, payload: `0x${byte.repeat(MAX_PAYLOAD)}` });
  const statusOf = async (id: string): Promise<string> =>
    (await readMessage(await mailbox.tools(), id)).status;

  let listener: string;
  before(async () => {
    const { bytecode } = compileContract(LISTENER, "Listener", "cancun");
    mailbox = await Mailbox.start();
    listener = await mailbox.deploy(bytecode);
    const ids = await mailbox.sendMany(9);
    await sendLarge("ee");
    await mailbox.finalize();
    // One that is asked for the first only: the root becomes known, and the others stay.
    const asked = { senders: undefined, receivers: undefined, ids: new Set(ids.slice(0, 1)) };
    await (await startRelayer(mailbox, 2, { policy: { asked } })).settle();
    outbox = await (await mailbox.tools()).mirror.sync();
  });
  after(() => mailbox.close());

  async function revertOf(request: SendRequest): Promise<string | undefined> {
    const outcome = await mailbox.test.createSender(mailbox.wallet(3)).send(request);
    return outcome.kind === "reverted" ? outcome.revert.name : outcome.kind;
  }

  const request = (messages: SentMessage[], size = outbox.sent.length): SendRequest =>
    deliverRequest(mailbox.manifest, outbox, messages, size);

  it("are refused with the branch of another message, or under another root", async () => {
    const { message } = sentAt(5);
    // The others are alike but for their numbers.
    const elsewhere = { ...sentAt(9), message: { ...sentAt(9).message, nonce: 4n } };
    assert.equal(await revertOf(request([elsewhere])), "RootUnknown");
    assert.equal(await revertOf(request([sentAt(5)], 8)), "RootUnknown");
    const forged = { ...sentAt(5), message: { ...message, payload: "0xbad0" } };
    assert.equal(await revertOf(request([forged])), "RootUnknown");
    assert.equal(await revertOf(request([sentAt(4), forged])), "RootUnknown");
  });

  it("cannot be made for a message that the root does not cover", () => {
    assert.throws(() => request([sentAt(5)], 5), { code: "LeafUnknown" });
    assert.throws(() => request([sentAt(5), sentAt(5)]), { code: "IndicesUnordered" });
    assert.throws(() => request([sentAt(5)], 99), { code: "CountUnknown" });
  });

  it("name a message that nobody sent", async () => {
    const sender = mailbox.test.createSender(mailbox.wallet(3));
    const unknown = `0x${"12".repeat(32)}`;
    await assert.rejects(deliverMessage(await mailbox.tools(), sender, unknown), {
      code: "MessageUnknown",
      action: "halt",
    });
    const asked = { senders: undefined, receivers: undefined, ids: new Set([unknown]) };
    const relayer = await startRelayer(mailbox, 4, { policy: { asked } });
    assert.deepEqual(await relayer.settle(), []);
  });

  it("deliver the largest payload, alone and beside others", async () => {
    const large = sentAt(9);
    assert.equal(await revertOf(request([sentAt(7), large])), "confirmed");
    assert.equal(await statusOf(large.id), "Delivered");
    const id = await sendLarge("dd");
    await mailbox.finalize();
    const asked = { senders: undefined, receivers: undefined, ids: new Set([id]) };
    const relayer = await startRelayer(mailbox, 4, { policy: { asked } });
    assert.deepEqual(await relayer.settle(), ["sync", "deliver"]);
    assert.equal(await statusOf(id), "Delivered");
  });

  it("are told of by the Inbox's own events, whatever receivers say in its words", async () => {
    const { bytecode } = compileContract(MIMIC, "Mimic", "cancun");
    const id = await mailbox.send({ receiver: await mailbox.deploy(bytecode) });
    await mailbox.finalize();
    const sender = mailbox.test.createSender(mailbox.wallet(3));
    const outcome = await deliverMessage(await mailbox.tools(), sender, id);
    assert.deepEqual([outcome?.isDelivered, outcome?.failure], [true, undefined]);
  });
});
