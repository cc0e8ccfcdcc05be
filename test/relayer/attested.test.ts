import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { deliverMessage } from "../../shared/messages/actions.js";
import { proveOutboxRoot } from "../../shared/messages/rootProof.js";
import { formatStatus, readMessage } from "../../shared/messages/status.js";
import { syncRequest } from "../../shared/messages/requests.js";
import { Mailbox } from "../support/mailbox.js";
import { startRelayer } from "./bot.js";

describe("an Inbox that takes roots of attested blocks only", () => {
  let mailbox: Mailbox;
  before(async () => {
    mailbox = await Mailbox.start({ isAttestedOnly: true });
  });
  after(() => mailbox.close());

  it("lets a message wait for A's evidence, and delivers it then", async () => {
    const relayer = await startRelayer(mailbox, 2);
    const id = await mailbox.send({ payload: "0xc0ffee" });
    const claim = await mailbox.finalize();
    assert.deepEqual(await relayer.settle(), []);
    assert.deepEqual(relayer.alerts(), []);
    const report = await readMessage(await mailbox.tools(), id);
    assert.match(formatStatus(report), /not final yet \(newest final block: none\)$/);
    const sender = mailbox.test.createSender(mailbox.wallet(3));
    await assert.rejects(deliverMessage(await mailbox.tools(), sender, id), { code: "NotFinal" });

    await mailbox.attest(claim);
    assert.deepEqual(await relayer.settle(), ["sync", "deliver"]);
    assert.deepEqual(await mailbox.received(), [id]);
  });

  it("takes the newest attested root, not the newest final one", async () => {
    const relayer = await startRelayer(mailbox, 2);
    const early = await mailbox.send();
    const attested = await mailbox.finalize();
    const late = await mailbox.send();
    await mailbox.finalize();
    await mailbox.attest(attested);
    assert.deepEqual(await relayer.settle(), ["sync", "deliver"]);
    const received = await mailbox.received();
    assert.ok(received.includes(early) && !received.includes(late));
  });

  it("refuses the root of a final block that nobody attested", async () => {
    await mailbox.send();
    const { claim } = await mailbox.finalize();
    const { manifest, test } = mailbox;
    const { mirror } = await mailbox.tools();
    const proof = await proveOutboxRoot({ manifest, rpc: test.sourceRpc }, claim, await mirror.sync());
    assert.ok(proof);
    const outcome = await test.createSender(mailbox.wallet(4)).send(syncRequest(manifest, proof));
    assert.ok(outcome.kind === "reverted");
    assert.equal(outcome.revert.name, "RootNotAttested");
  });
});
