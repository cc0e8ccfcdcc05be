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
import { MessageTree, packSteps, type Branch } from "../../shared/protocol/messageTree.js";

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

const messages: Message[] = Array.from({ length: 70 }, (_, index) => ({
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
  size: number;
  nonces: number[];
  ids: string[];
  root: string;
}

function caseOf(name: string, size: number, nonces: number[]): Case {
  const said = nonces.map((nonce) => ids[nonce] as string);
  return { name, size, ...tree.branch(nonces, size), nonces, ids: said, root: tree.root(size) };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

const accepted: Case[] = [
  caseOf("the only message", 1, [0]),
  caseOf("the first of two", 2, [0]),
  caseOf("the last of a row", 4, [3]),
  caseOf("the first of the second row", 5, [4]),
  caseOf("the last, in a row of its own", 37, [36]),
  caseOf("the last of a whole node of the next level", 32, [31]),
  caseOf("the first after it", 33, [32]),
  caseOf("the first under a later root", 70, [0]),
  caseOf("one in the middle", 37, [20]),
  caseOf("one in the second run of the next level", 68, [50]),
  caseOf("two neighbours in one row", 37, [20, 21]),
  caseOf("two neighbours in two rows", 37, [19, 20]),
  caseOf("the first and the last", 37, [0, 36]),
  caseOf("scattered", 33, [1, 2, 7, 8, 19, 31, 32]),
  caseOf("all of four rows", 16, range(0, 16)),
  caseOf("all", 70, range(0, 70)),
  caseOf("a run of ten", 37, range(13, 23)),
  // Another way to the same leaf: through the root before a later row.
  {
    ...caseOf("through the root before the next row", 5, [0]),
    siblings: ids.slice(1, 5),
    steps: packSteps(["leaf", "right", "right", "right", "right"]),
  },
];

const middle = caseOf("", 37, [20]);
const pair = caseOf("", 37, [4, 20]);

/** Each is an accepted case with one element changed: it reverts, or leads to another root than this. */
const rejected: Case[] = [
  { ...middle, name: "another message's id", ids: [ids[19] as string] },
  { ...middle, name: "the lowest sibling changed", siblings: middle.siblings.with(0, id("damage")) },
  { ...middle, name: "the highest sibling changed", siblings: middle.siblings.with(-1, id("damage")) },
  { ...middle, name: "two siblings exchanged", siblings: exchanged(middle.siblings) },
  { ...middle, name: "a sibling missing", siblings: middle.siblings.slice(1) },
  { ...middle, name: "a sibling too many", siblings: [...middle.siblings, id("more")] },
  { ...middle, name: "no siblings", siblings: [] },
  { ...middle, name: "no steps", steps: "0x" },
  { ...middle, name: "a byte of steps too many", steps: `${middle.steps}00` },
  { ...middle, name: "the siblings on the other side", steps: mirrored(middle) },
  { ...middle, name: "the leaf read twice", steps: packSteps(["leaf", "leaf"]) + middle.steps.slice(4) },
  { ...pair, name: "ids exchanged", ids: pair.ids.toReversed() },
  { ...pair, name: "an id twice", ids: [pair.ids[0] as string, pair.ids[0] as string] },
  { ...pair, name: "an id missing", ids: pair.ids.slice(1) },
  { ...pair, name: "the root of another size", root: tree.root(36) },
];

function mirrored({ siblings, steps }: Branch): string {
  return packSteps([
    "leaf",
    ...siblings.map((_, index): "left" | "right" => {
      const at = index + 1;
      const byte = Number(`0x${steps.slice(2 + 2 * (at >> 2), 4 + 2 * (at >> 2))}`);
      return ((byte >> (2 * (at & 3))) & 3) === 2 ? "right" : "left";
    }),
  ]);
}

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
