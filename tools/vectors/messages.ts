/**
 * Writes `test/vectors/messages.json`: a channel, messages with their ids, the root after each of them, branches of
 * one and of several messages under roots of several sizes, and the same with one element damaged. Deterministic; run
 * with `npx tsx tools/vectors/messages.ts`.
 */
import { writeFileSync } from "node:fs";
import { dataSlice, getAddress, id } from "ethers";
import {
  channelId,
  MAX_GAS_LIMIT,
  messageId,
  NEVER,
  type Channel,
  type Message,
} from "../../shared/protocol/message.js";
import { MessageTree, type Branch } from "../../shared/protocol/messageTree.js";

const addressOf = (name: string): string => getAddress(dataSlice(id(name), 12));

const channel: Channel = {
  sourceChainId: 1n,
  outbox: addressOf("outbox"),
  destinationChainId: 8_453n,
  inbox: addressOf("inbox"),
};
const channelHash = channelId(channel);

const payloads = ["0x", "0x00", id("word"), `${id("word")}01`, `0x${"ab".repeat(2_048)}`];
const gasLimits = [100_000n, 0n, MAX_GAS_LIMIT, 21_000n];
const expiries = [NEVER, 1_900_000_000n, 0n];

const messages: Message[] = Array.from({ length: 37 }, (_, index) => ({
  nonce: BigInt(index),
  sender: addressOf(`sender ${index % 3}`),
  receiver: addressOf(`receiver ${index % 4}`),
  gasLimit: gasLimits[index % gasLimits.length] as bigint,
  expiry: expiries[index % expiries.length] as bigint,
  payload: payloads[index % payloads.length] as string,
}));
const ids = messages.map((message) => messageId(channelHash, message));
const tree = MessageTree.of(ids);

interface Case extends Branch {
  name: string;
  nonces: number[];
  ids: string[];
  root: string;
}

function caseOf(name: string, size: number, nonces: number[]): Case {
  const said = nonces.map((nonce) => ids[nonce] as string);
  return { name, ...tree.branch(nonces, size), nonces, ids: said, root: tree.root(size) };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

const accepted: Case[] = [
  caseOf("the only message", 1, [0]),
  caseOf("the first of two", 2, [0]),
  caseOf("the last, alone at its end of the tree", 37, [36]),
  caseOf("the last of a full subtree", 32, [31]),
  caseOf("the first under a later root", 37, [0]),
  caseOf("one in the middle", 37, [20]),
  caseOf("two neighbours under one node", 37, [20, 21]),
  caseOf("two neighbours under two nodes", 37, [21, 22]),
  caseOf("the first and the last", 37, [0, 36]),
  caseOf("scattered", 33, [1, 2, 7, 8, 19, 31, 32]),
  caseOf("all of a full tree", 16, range(0, 16)),
  caseOf("all", 37, range(0, 37)),
  caseOf("a run of ten", 37, range(13, 23)),
  // A size says which places are empty, and nothing else: it need not be the tree's.
  { ...caseOf("another size with the same places empty", 37, [20]), size: 36 },
];

const middle = caseOf("", 37, [20]);
const pair = caseOf("", 37, [4, 20]);
const edge = caseOf("", 37, [36]);

/** Each is an accepted case with one element changed: it reverts, or leads to another root than this. */
const rejected: Case[] = [
  { ...middle, name: "another message's id", ids: [ids[19] as string] },
  { ...middle, name: "the neighbour's nonce", nonces: [21] },
  { ...middle, name: "a nonce of the other half", nonces: [4] },
  { ...middle, name: "a size with which one more place is empty", size: 32 },
  { ...middle, name: "a size with which one more place is not empty", size: 65 },
  { ...middle, name: "a size that does not reach the message", size: 20 },
  { ...middle, name: "no size", size: 0 },
  { ...middle, name: "the lowest sibling changed", siblings: middle.siblings.with(0, id("damage")) },
  { ...middle, name: "the highest sibling changed", siblings: middle.siblings.with(-1, id("damage")) },
  { ...middle, name: "two siblings exchanged", siblings: exchanged(middle.siblings) },
  { ...middle, name: "a sibling missing", siblings: middle.siblings.slice(1) },
  { ...middle, name: "a sibling too many", siblings: [...middle.siblings, id("more")] },
  { ...middle, name: "no siblings", siblings: [] },
  { ...edge, name: "a sibling for an empty place", siblings: [id("more"), ...edge.siblings] },
  { ...pair, name: "ids exchanged", ids: pair.ids.toReversed() },
  { ...pair, name: "nonces descending", nonces: pair.nonces.toReversed() },
  { ...pair, name: "a nonce twice", nonces: [4, 4] },
  { ...pair, name: "the root of another size", root: tree.root(36) },
];

function exchanged(siblings: readonly string[]): string[] {
  const [first, second, ...rest] = siblings as [string, string, ...string[]];
  return [second, first, ...rest];
}

const vector = {
  about:
    "Ids of messages, the root of the Outbox's tree after each, and branches that prove some of them. `rejected` cases differ from true ones in one element: they revert or lead to another root. Read by both languages.",
  channel,
  channelId: channelHash,
  messages: messages.map((message, index) => ({ ...message, id: ids[index] })),
  roots: messages.map((_, index) => tree.root(index + 1)),
  accepted,
  rejected,
};
const text = JSON.stringify(
  vector,
  (_, value: unknown) => (typeof value === "bigint" ? String(value) : value),
  2,
);
writeFileSync("test/vectors/messages.json", `${text}\n`);
