import { getAddress, id as hashText, ZeroHash } from "ethers";
import type { RelayerView } from "../../relayer/view.js";
import type { SentMessage } from "../../shared/messages/outboxMirror.js";
import type { RootProof } from "../../shared/messages/rootProof.js";
import { NEVER, type Message } from "../../shared/protocol/message.js";
import type { Delivery, SyncedRoot } from "../../shared/protocol/messageLedger.js";
import { MessageTree } from "../../shared/protocol/messageTree.js";
import { POLICY } from "./bot.js";

export const SENDER = getAddress(`0x${"a1".repeat(20)}`);
export const RECEIVER = getAddress(`0x${"b2".repeat(20)}`);

/** A message number `nonce`, sent in the block of A with that number. */
export function messageAt(nonce: number, changes: Partial<Message> = {}): SentMessage {
  return {
    id: hashText(`message ${nonce}`),
    message: {
      nonce: BigInt(nonce),
      sender: SENDER,
      receiver: RECEIVER,
      gasLimit: 100_000n,
      expiry: NEVER,
      payload: "0x",
      ...changes,
    },
    blockNumber: BigInt(nonce),
    transactionHash: ZeroHash,
  };
}

export function deliveryOf(sent: SentMessage, status: Delivery["status"], attempts = 1): Delivery {
  return {
    id: sent.id,
    nonce: sent.message.nonce,
    status,
    attempts,
    failure: undefined,
    blockNumber: 1n,
    transactionHash: ZeroHash,
  };
}

export function rootAt(tree: MessageTree, size: number, number: bigint): SyncedRoot {
  return { root: tree.root(size), number, blockNumber: number, transactionHash: ZeroHash };
}

/** What a relayer sees of these messages when B knows the first `covered` and `proven` could be made known. */
export function viewOf(
  sent: readonly SentMessage[],
  {
    covered = sent.length,
    proven = 0,
    ...changes
  }: Partial<RelayerView> & { covered?: number; proven?: number },
): RelayerView {
  const tree = MessageTree.of(sent.map(({ id }) => id));
  const head = { number: 100n, hash: ZeroHash, timestamp: 1_000n, gasLimit: 30_000_000n, baseFeePerGas: 1n };
  const best = covered === 0 ? undefined : { ...rootAt(tree, covered, 50n), size: covered };
  return {
    policy: POLICY,
    outbox: { head, sent, tree },
    ledger: { roots: new Map(), deliveries: new Map() },
    coverage: { best, unexplained: [] },
    proof: proven === 0 ? undefined : ({ size: proven, root: tree.root(proven) } as RootProof),
    prospects: new Map(sent.map(({ id }) => [id, "accepts"])),
    timestamp: 1_000n,
    gasPriceWei: 1n,
    transactionGas: 1n << 24n,
    obstacles: [],
    ...changes,
  };
}
