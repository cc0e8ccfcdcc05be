import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  channelId,
  isExpired,
  messageId,
  messageOf,
  NEVER,
  type Message,
} from "../../../shared/protocol/message.js";
import { MessageTree, MessageTreeError, rootOfBranch } from "../../../shared/protocol/messageTree.js";

interface Case {
  name: string;
  size: number;
  nonces: number[];
  ids: string[];
  siblings: string[];
  steps: string;
  root: string;
}

type Written<T> = { [K in keyof T]: string };

const vectors = JSON.parse(readFileSync("test/vectors/messages.json", "utf8")) as {
  channel: { sourceChainId: string; outbox: string; destinationChainId: string; inbox: string };
  channelId: string;
  messages: (Written<Message> & { id: string })[];
  roots: string[];
  accepted: Case[];
  rejected: Case[];
};

const messages: Message[] = vectors.messages.map(
  ({ nonce, sender, receiver, gasLimit, expiry, payload }) => ({
    sender,
    receiver,
    payload,
    nonce: BigInt(nonce),
    gasLimit: BigInt(gasLimit),
    expiry: BigInt(expiry),
  }),
);
const channel = {
  ...vectors.channel,
  sourceChainId: BigInt(vectors.channel.sourceChainId),
  destinationChainId: BigInt(vectors.channel.destinationChainId),
};

/** The root that a case leads to; undefined if it leads nowhere. */
function rootOf({ ids, siblings, steps }: Case): string | undefined {
  try {
    return rootOfBranch(ids, { siblings, steps });
  } catch (error) {
    assert.ok(error instanceof MessageTreeError);
    return undefined;
  }
}

describe("messages", () => {
  it("have the ids that both languages give them", () => {
    assert.equal(channelId(channel), vectors.channelId);
    messages.forEach((message, index) => {
      assert.equal(messageId(vectors.channelId, message), vectors.messages[index]?.id);
    });
  });

  it("have ids that everything in them and in their channel changes", () => {
    const [message] = messages as [Message];
    const changes: Partial<Message>[] = [
      { nonce: 1n },
      { sender: channel.inbox },
      { receiver: channel.inbox },
      { gasLimit: message.gasLimit + 1n },
      { expiry: 5n },
      { payload: "0x01" },
    ];
    const channels = [
      { ...channel, sourceChainId: 2n },
      { ...channel, destinationChainId: 2n },
      { ...channel, outbox: channel.inbox },
      { ...channel, inbox: channel.outbox },
    ];
    const ids = [
      messageId(vectors.channelId, message),
      ...changes.map((change) => messageId(vectors.channelId, { ...message, ...change })),
      ...channels.map((other) => messageId(channelId(other), message)),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });

  it("give the roots that both languages compute, and branches that both accept", () => {
    const tree = MessageTree.of(vectors.messages.map(({ id }) => id));
    vectors.roots.forEach((root, index) => assert.equal(tree.root(index + 1), root));
    for (const entry of vectors.accepted) {
      assert.equal(rootOf(entry), entry.root, entry.name);
      if (entry.name.startsWith("through")) continue;
      const { siblings, steps } = entry;
      assert.deepEqual(tree.branch(entry.nonces, entry.size), { siblings, steps }, entry.name);
    }
  });

  it("lead nowhere or elsewhere with one element damaged", () => {
    for (const entry of vectors.rejected) assert.notEqual(rootOf(entry), entry.root, entry.name);
  });

  it("are read from their event with checksummed addresses", () => {
    const [message] = messages as [Message];
    const args = { ...message, sender: message.sender.toLowerCase(), id: vectors.channelId };
    assert.deepEqual(messageOf(args), message);
  });

  it("expire once B's clock has passed their expiry, or never", () => {
    const [message] = messages as [Message];
    assert.equal(isExpired({ ...message, expiry: 10n }, 10n), false);
    assert.equal(isExpired({ ...message, expiry: 10n }, 11n), true);
    assert.equal(isExpired({ ...message, expiry: NEVER }, NEVER), false);
  });
});
