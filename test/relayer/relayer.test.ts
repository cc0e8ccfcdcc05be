import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Mailbox } from "../support/mailbox.js";
import { startRelayer } from "./bot.js";

describe("a relayer between two real nodes", () => {
  let mailbox: Mailbox;
  before(async () => {
    mailbox = await Mailbox.start();
  });
  after(() => mailbox.close());

  it("does nothing until a root is final, then syncs it and delivers", async () => {
    const relayer = await startRelayer(mailbox, 2);
    const id = await mailbox.send({ payload: "0xc0ffee" });
    assert.deepEqual(await relayer.settle(), []);
    await mailbox.finalize();
    assert.deepEqual(await relayer.settle(), ["sync", "deliver"]);
    assert.deepEqual(await mailbox.received(), [id]);
    assert.deepEqual(await relayer.settle(), []);
  });
});
