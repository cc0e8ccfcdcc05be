import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ZeroHash } from "ethers";
import { coverageOf } from "../../../shared/messages/coverage.js";
import { countThrough } from "../../../shared/messages/outboxMirror.js";
import type { ProtocolEvent } from "../../../shared/protocol/ledger.js";
import { readMessageLedger } from "../../../shared/protocol/messageLedger.js";
import { MessageTree } from "../../../shared/protocol/messageTree.js";
import { messageAt, rootAt, viewOf } from "../../relayer/story.js";

const sent = [0, 1, 2, 3, 4].map((nonce) => messageAt(nonce));
const { outbox } = viewOf(sent, {});
const event = (name: string, args: Record<string, unknown>, blockNumber = 9n): ProtocolEvent => ({
  name,
  args,
  blockNumber,
  transactionHash: ZeroHash,
});
const synced = (size: number, number: bigint): ProtocolEvent =>
  event("RootSynced", { root: outbox.tree.root(size), number });

describe("what roots cover", () => {
  it("counts the messages up to a block", () => {
    // Number n was sent in block n.
    assert.deepEqual(
      [0n, 1n, 3n, 4n, 99n].map((block) => countThrough(outbox, block)),
      [1, 2, 4, 5, 5],
    );
    assert.equal(countThrough({ sent: [] }, 5n), 0);
  });

  it("is what the newest root holds to which the messages lead", () => {
    const { best, unexplained } = coverageOf(outbox, readMessageLedger([synced(2, 1n), synced(4, 3n)]));
    assert.deepEqual([best?.size, unexplained.length], [4, 0]);
    assert.equal(coverageOf(outbox, readMessageLedger([])).best, undefined);
  });

  it("is never what a message left out, added or changed would make of it", () => {
    const ledger = readMessageLedger([synced(2, 1n), synced(4, 3n)]);
    const told = [
      sent.filter((_, at) => at !== 3),
      sent.with(3, { ...messageAt(3), id: messageAt(77).id }),
      sent.map((message, at) => (at === 3 ? { ...message, blockNumber: 4n } : message)),
    ];
    for (const lie of told) {
      const view = { ...outbox, sent: lie, tree: MessageTree.of(lie.map(({ id }) => id)) };
      const { best, unexplained } = coverageOf(view, ledger);
      assert.equal(best?.size, 2);
      assert.deepEqual(
        unexplained.map(({ root }) => root),
        [rootAt(outbox.tree, 4, 3n).root],
      );
    }
  });

  it("ends with a root that is disowned", () => {
    const root = outbox.tree.root(4);
    const disowned = event("RootDisowned", { root, number: 3n });
    const { best } = coverageOf(outbox, readMessageLedger([synced(2, 1n), synced(4, 3n), disowned]));
    assert.equal(best?.size, 2);
  });
});

describe("the ledger of messages", () => {
  it("tells the last state of each message and how often it was tried", () => {
    const [id, other] = [sent[0]?.id, sent[1]?.id] as [string, string];
    const failed = (block: bigint) =>
      event("MessageFailed", { id, nonce: 0n, failure: 1n, data: "0xbad0" }, block);
    const events = [failed(1n), failed(2n), event("MessageDelivered", { id: other, nonce: 1n }, 3n)];
    const { deliveries } = readMessageLedger(events);
    const first = deliveries.get(id);
    assert.deepEqual([first?.status, first?.attempts, first?.blockNumber], ["Failed", 2, 2n]);
    assert.deepEqual(first?.failure, { kind: "Reverted", data: "0xbad0" });
    assert.deepEqual([deliveries.get(other)?.status, deliveries.get(other)?.attempts], ["Delivered", 1]);
    const later = readMessageLedger([...events, event("MessageDelivered", { id, nonce: 0n }, 4n)]);
    assert.deepEqual(
      [later.deliveries.get(id)?.status, later.deliveries.get(id)?.attempts],
      ["Delivered", 3],
    );
  });

  it("forgets what a reorganisation took out of the events, and ignores other contracts' events", () => {
    const id = sent[0]?.id as string;
    const delivered = event("MessageDelivered", { id, nonce: 0n });
    assert.equal(readMessageLedger([delivered, event("ClaimFinalized", { id })]).deliveries.size, 1);
    assert.equal(readMessageLedger([event("ClaimFinalized", { id })]).deliveries.size, 0);
  });
});
