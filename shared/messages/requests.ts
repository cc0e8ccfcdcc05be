import type { LogDescription } from "ethers";
import { interfaces } from "../chain/contracts.js";
import { messageContractsOf, type Manifest } from "../chain/manifest.js";
import type { SendRequest } from "../chain/sender.js";
import type { Receipt } from "../chain/transactions.js";
import type { OutboxView, SentMessage } from "./outboxMirror.js";
import type { RootProof } from "./rootProof.js";

/** Makes a root of the Outbox known to the Inbox. */
export function syncRequest(manifest: Manifest, proof: RootProof): SendRequest {
  const { claim, root, accountProof, storageProof } = proof;
  return {
    to: messageContractsOf(manifest).inbox,
    data: interfaces.inbox.encodeFunctionData("sync", [claim, accountProof, storageProof]),
    label: "sync",
    key: `sync:${root}`,
  };
}

/**
 * Delivers messages for the first time, several of them under one common branch.
 * @param messages In the order of their nonces, all among the first `size`.
 * @param size Of the tree when it had the root that the Inbox knows.
 */
export function deliverRequest(
  manifest: Manifest,
  { tree }: Pick<OutboxView, "tree">,
  messages: readonly SentMessage[],
  size: number,
): SendRequest {
  const branch = tree.branch(
    messages.map(({ message }) => Number(message.nonce)),
    size,
  );
  const [first, ...others] = messages.map(({ message }) => message);
  const isBatch = others.length > 0;
  return {
    to: messageContractsOf(manifest).inbox,
    data: isBatch
      ? interfaces.inbox.encodeFunctionData("deliverBatch", [[first, ...others], branch])
      : interfaces.inbox.encodeFunctionData("deliver", [first, branch]),
    label: isBatch ? "deliverBatch" : "deliver",
    key: `deliver:${messages.map(({ id }) => id).join(",")}`,
  };
}

/** Calls the receiver of a failed message again, with at least the gas that its sender fixed. */
export function retryRequest(
  manifest: Manifest,
  { id, message }: SentMessage,
  gasLimit = message.gasLimit,
): SendRequest {
  return {
    to: messageContractsOf(manifest).inbox,
    data: interfaces.inbox.encodeFunctionData("retry", [message, gasLimit]),
    label: "retry",
    key: `retry:${id}`,
  };
}

/** What a delivery or retry says of each of its messages: whether the receiver accepted it. */
export function decodeOutcome(label: string, answer: string): boolean[] {
  const [outcome] = interfaces.inbox.decodeFunctionResult(label, answer) as unknown as [boolean | boolean[]];
  return typeof outcome === "boolean" ? [outcome] : [...outcome];
}

/** What the Inbox itself told in a transaction. Receivers may tell whatever they like, in its words, too. */
export function inboxEvents(manifest: Manifest, { logs }: Pick<Receipt, "logs">): LogDescription[] {
  const inbox = messageContractsOf(manifest).inbox.toLowerCase();
  return logs
    .filter(({ address }) => address.toLowerCase() === inbox)
    .map(({ topics, data }) => interfaces.inbox.parseLog({ topics: [...topics], data }))
    .filter((event) => event !== null);
}
