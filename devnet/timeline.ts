import { ZeroAddress, dataLength, formatEther } from "ethers";
import type { Devnet } from "./devnet.js";
import type { ChainEvent } from "../shared/chain/events.js";
import type { ProtocolReader } from "../shared/chain/protocolReader.js";
import { readReceipt, toBigint, type JsonRpc } from "../shared/chain/transactions.js";
import { DELTA_SIZE } from "../shared/protocol/deltas.js";
import { GAME_OUTCOMES } from "../shared/protocol/game.js";
import { sleep } from "../shared/runtime/shutdown.js";

/** Prints what happens on B as it happens, in words. */
export interface Timeline {
  /** A line of the storyteller's own. */
  say(text: string): void;
  /** A heading. */
  chapter(text: string): void;
  /** From now on tells only events whose names pass; at first all that it has words for. */
  tellIf(isTold: (name: string) => boolean): void;
  /** Follows B until the signal. */
  follow(): Promise<void>;
}

export interface TimelineOptions {
  protocol: ProtocolReader;
  rpc: JsonRpc;
  /** Whose address it is: "proposer", "liar". */
  nameOf(address: string): string;
  print(line: string): void;
  signal: AbortSignal;
  hasColour: boolean;
}

const POLL_MS = 400;
const STYLES = { good: "32", bad: "31", neutral: "36", heading: "1" } as const;

export function createTimeline(options: TimelineOptions): Timeline {
  const { protocol, rpc, nameOf, print, signal, hasColour } = options;
  const started = Date.now();
  const paint = (text: string, style: keyof typeof STYLES): string =>
    hasColour ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  const stamp = (): string => `${((Date.now() - started) / 1000).toFixed(0).padStart(4)}s`;
  const told = new Set<string>();
  let isTold = (_name: string): boolean => true;

  async function tell(event: ChainEvent): Promise<void> {
    const line = inWords(event, nameOf);
    if (line === undefined || !isTold(event.name)) return;
    const receipt = await readReceipt(rpc, event.transactionHash);
    const gas = receipt === undefined ? "" : `, ${receipt.gasUsed.toLocaleString("en")} gas`;
    print(`${stamp()}  ${paint(line.text, line.style)}  (${shorten(event.transactionHash)}${gas})`);
  }

  return {
    say: (text) => print(`${stamp()}  ${text}`),
    chapter: (text) => print(`\n${paint(text, "heading")}`),
    tellIf: (wanted) => void (isTold = wanted),
    async follow() {
      while (!signal.aborted) {
        try {
          for (const event of (await protocol.sync()).events) {
            const key = `${event.transactionHash}:${event.logIndex}`;
            if (told.has(key)) continue;
            told.add(key);
            await tell(event);
          }
          await sleep(POLL_MS, signal);
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
      }
    },
  };
}

interface Line {
  text: string;
  style: keyof typeof STYLES;
}

/** An event as the timeline tells it; undefined if it has no words for it. */
export function inWords(
  { name, args, contract }: ChainEvent,
  nameOf: (address: string) => string,
): Line | undefined {
  const who = (field: string): string => nameOf(args[field] as string);
  const short = (field: string): string => shorten(args[field] as string);
  const count = (field: string): string => (args[field] as bigint).toString();
  switch (name) {
    case "ClaimProposed":
      // The block that the deployment started from has no proposer.
      if (args["proposer"] === ZeroAddress) return undefined;
      return {
        style: "neutral",
        text: `${who("proposer")} claims that block ${count("number")} of A is ${short("blockHash")}`,
      };
    case "ClaimFinalized":
      return {
        style: "good",
        text: `claim ${short("id")} is final: block ${count("number")}, state root ${short("stateRoot")}`,
      };
    case "EvidenceDemanded":
      return { style: "neutral", text: `${who("challenger")} demands evidence for claim ${short("claim")}` };
    case "ClaimAttested":
      return { style: "good", text: `claim ${short("id")} is attested by A's committee` };
    case "ClaimRejected":
      return { style: "bad", text: `claim ${short("id")} is rejected by ${nameOf(args["court"] as string)}` };
    // The rounds in between are told by devnet/gameStory.ts.
    case "GameOpened":
      return {
        style: "neutral",
        text: `${who("challenger")} disputes the execution of claim ${short("claim")}: game ${short("game")}`,
      };
    case "GameSettled":
      return { style: "bad", text: `game ${short("game")} is over: ${outcomeOf(args["outcome"])}` };
    case "UpdatePosted":
      return { style: "neutral", text: `${who("by")} posts update ${short("id")} of feed ${count("feed")}` };
    case "UpdateProven":
      return {
        style: "good",
        text: `update ${short("id")} is proven and applied: feed ${count("feed")}, ${dataLength(args["deltas"] as string) / DELTA_SIZE} slots written`,
      };
    case "UpdateApplied":
      return {
        style: "good",
        text: `update ${short("id")} is applied: feed ${count("feed")} shows block ${count("number")}, ${count("changed")} values changed`,
      };
    case "AccountLieProven":
      return {
        style: "bad",
        text: `${who("challenger")} proves that update ${short("update")} lies about the account`,
      };
    case "KeyLieProven":
      return {
        style: "bad",
        text: `${who("challenger")} proves that update ${short("update")} lies about key ${short("key")}`,
      };
    case "UpdateRejected":
      return { style: "bad", text: `update ${short("id")} is rejected by DeltaCourt` };
    case "RootSynced":
      return { style: "good", text: `the Inbox knows the Outbox's root of block ${count("number")}` };
    case "MessageDelivered":
      return { style: "good", text: `message ${short("id")} (number ${count("nonce")}) is delivered` };
    case "MessageFailed":
      return {
        style: "bad",
        text: `message ${short("id")} (number ${count("nonce")}) was not accepted and waits for a retry`,
      };
    case "Slashed": {
      const reward = formatEther(args["reward"] as bigint);
      const burned = formatEther(args["burned"] as bigint);
      return {
        style: "bad",
        text: `${who("staker")} is slashed: ${reward} ETH to ${who("winner")}, ${burned} ETH burned`,
      };
    }
    case "Deposited":
      if (contract !== "stake") return undefined;
      return {
        style: "neutral",
        text: `${who("staker")} stakes ${formatEther(args["amount"] as bigint)} ETH`,
      };
    default:
      return undefined;
  }
}

/** How a game ended, in words. */
function outcomeOf(outcome: unknown): string {
  switch (GAME_OUTCOMES[Number(outcome)]) {
    case "Defended":
      return "the step was proven, the claim stands";
    case "ChallengerTimedOut":
      return "the challenger ran out of time";
    case "DefenderTimedOut":
      return "the claim's proposer ran out of time, the claim is false";
    default:
      return "void, because another one decided the claim";
  }
}

export function shorten(hex: string): string {
  return `${hex.slice(0, 10)}…`;
}

/** Names for the addresses of a devnet. */
export function namesIn(devnet: Devnet): (address: string) => string {
  const roles = ["deployer", "proposer", "challenger 1", "challenger 2", "liar", "user", "relayer"] as const;
  const names = new Map<string, string>(roles.map((role) => [devnet.wallet(role).address, role]));
  const { contracts, execution } = devnet.manifest;
  names.set(contracts.anchorCourt, "AnchorCourt");
  if (execution !== undefined) names.set(execution.court, "ExecutionCourt");
  return (address) => names.get(address) ?? shorten(address);
}

/** Seconds between two blocks of B, by their timestamps. */
export async function secondsBetween(rpc: JsonRpc, from: bigint, to: bigint): Promise<bigint> {
  return (await timestampOf(rpc, to)) - (await timestampOf(rpc, from));
}

async function timestampOf(rpc: JsonRpc, number: bigint): Promise<bigint> {
  const block = (await rpc.send("eth_getBlockByNumber", [`0x${number.toString(16)}`, false])) as {
    timestamp: string;
  };
  return toBigint(block.timestamp, "timestamp");
}
