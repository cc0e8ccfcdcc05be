/**
 * A proposer that lies, for tests and the demonstration. Everything it posts is well formed and bonded with real
 * stake; only one thing about it is false.
 */
import { ZeroHash, decodeRlp, encodeRlp, id as hashText, toBeHex } from "ethers";
import { interfaces } from "../shared/chain/contracts.js";
import type { Chains } from "../shared/chain/openChains.js";
import { describeRevert } from "../shared/chain/reverts.js";
import type { Sender } from "../shared/chain/sender.js";
import type { Receipt } from "../shared/chain/transactions.js";
import { commitmentOf, digestsOf, encodeChunks, sortDeltas, type Delta } from "../shared/protocol/deltas.js";
import {
  finalHead,
  queueTail,
  type ClaimEntry,
  type FeedEntry,
  type UpdateEntry,
} from "../shared/protocol/ledger.js";
import { EMPTY_ROOT } from "../shared/protocol/update.js";
import { OptisyncError } from "../shared/runtime/errors.js";

/** How an update can be false. */
export const UPDATE_LIES = ["wrong value", "omitted slot", "unchanged slot", "wrong storage root"] as const;
export type UpdateLie = (typeof UPDATE_LIES)[number];

export interface Lie {
  /** Id of the false claim or update. */
  readonly id: string;
  readonly receipt: Receipt;
}

/** What an honest update about a feed would say, as of the newest final root. */
interface Truth {
  readonly parent: UpdateEntry;
  readonly root: ClaimEntry;
  readonly storageRoot: string;
  readonly codeHash: string;
  readonly deltas: readonly Delta[];
}

export class Liar {
  readonly #chains: Chains;
  readonly #sender: Sender;

  constructor(chains: Chains, sender: Sender) {
    this.#chains = chains;
    this.#sender = sender;
  }

  get address(): string {
    return this.#sender.address;
  }

  async stake(amountWei: bigint): Promise<Receipt> {
    const data = interfaces.stake.encodeFunctionData("deposit", [this.address]);
    return this.#send("stake", this.#chains.manifest.contracts.stake, data, amountWei);
  }

  /** Claims A's newest final block with another state root in its header. */
  async forgeHeader(): Promise<Lie> {
    const { source, protocol, manifest } = this.#chains;
    const { ledger } = await protocol.sync();
    const parent = finalHead(ledger);
    const header = await source.finalizedHead();
    if (parent === undefined || header.number <= parent.claim.number) throw nothingToLieAbout();
    const fields = decodeRlp(header.rlp) as string[];
    fields[STATE_ROOT_FIELD] = hashText(`a state root nobody computed, of block ${header.number}`);
    const args = [this.address, parent.id, encodeRlp(fields)];
    const data = interfaces.stateSync.encodeFunctionData("propose", args);
    const receipt = await this.#send("forged header", manifest.contracts.stateSync, data);
    return { receipt, id: idIn(receipt, "stateSync", "ClaimProposed") };
  }

  /** Posts an update of a feed that is true but for one thing. */
  async falseUpdate(lie: UpdateLie, feed: bigint): Promise<Lie> {
    const truth = await this.#truthAbout(feed);
    const { storageRoot, deltas } = falsify(lie, truth);
    const chunks = encodeChunks(sortDeltas(deltas));
    const staged = chunks.length > 1 ? chunks.slice(0, -1) : [];
    const { feeds } = this.#chains.manifest.contracts;
    for (const [index, chunk] of staged.entries()) {
      await this.#send(
        `stage ${index}`,
        feeds,
        interfaces.feeds.encodeFunctionData("stage", [feed, [chunk]]),
      );
    }
    const said = {
      proposer: this.address,
      storageRoot,
      codeHash: truth.codeHash,
      staged: staged.length === 0 ? ZeroHash : commitmentOf(digestsOf(staged)),
      minReserve: 0n,
      lastChunk: chunks.at(-1) ?? "0x",
    };
    const data = interfaces.feeds.encodeFunctionData("post", [truth.parent.update, truth.root.claim, said]);
    const receipt = await this.#send(lie, feeds, data);
    return { receipt, id: idIn(receipt, "feeds", "UpdatePosted") };
  }

  async #truthAbout(feedId: bigint): Promise<Truth> {
    const { source, history, protocol } = this.#chains;
    const { ledger } = await protocol.sync();
    const feed = ledger.feeds.get(feedId) as FeedEntry;
    const parent = queueTail(ledger, feed);
    const root = finalHead(ledger);
    if (parent === undefined || root === undefined || root.claim.number <= parent.update.number)
      throw nothingToLieAbout();
    const { number } = root.claim;
    const { account } = await source.accountProof(number, feed.account, []);
    const since =
      parent.update.number === 0n
        ? await history.blockBeforeStorage(feed.account, number)
        : parent.update.number;
    const changes = await history.storageChanges(feed.account, since, number);
    return {
      parent,
      root,
      storageRoot: account?.storageRoot ?? EMPTY_ROOT,
      codeHash: account?.codeHash ?? ZeroHash,
      deltas: [...changes].map(([slot, { after }]) => ({ slot, value: after })),
    };
  }

  async #send(label: string, to: string, data: string, value = 0n): Promise<Receipt> {
    const outcome = await this.#sender.send({ to, data, value, label, key: `${label}:${data}` });
    if (outcome.kind === "confirmed") return outcome.receipt;
    const why = outcome.kind === "reverted" ? describeRevert(outcome.revert) : outcome.kind;
    throw new OptisyncError("LieNotSent", `${label} was not sent: ${why}`, {
      action: "halt",
      details: { label },
    });
  }
}

/** Position of the state root in a header (Yellow Paper section 4.4). */
const STATE_ROOT_FIELD = 3;

function falsify(lie: UpdateLie, truth: Truth): { storageRoot: string; deltas: Delta[] } {
  const { storageRoot } = truth;
  const [first, ...rest] = truth.deltas;
  if (first === undefined) throw nothingToLieAbout();
  switch (lie) {
    case "wrong value":
      return { storageRoot, deltas: [{ ...first, value: first.value + 1n }, ...rest] };
    case "omitted slot":
      return { storageRoot, deltas: rest };
    case "unchanged slot":
      return { storageRoot, deltas: [{ slot: toBeHex(UNUSED_SLOT, 32), value: 0n }, ...truth.deltas] };
    case "wrong storage root":
      return { storageRoot: hashText("a storage root nobody computed"), deltas: [...truth.deltas] };
  }
}

/** Far from where Solidity puts variables, and no hash of a mapping key. */
const UNUSED_SLOT = 0xdeadn;

function idIn(receipt: Receipt, contract: "stateSync" | "feeds", event: string): string {
  for (const log of receipt.logs) {
    const parsed = interfaces[contract].parseLog({ topics: [...log.topics], data: log.data });
    if (parsed?.name === event) return parsed.args["id"] as string;
  }
  throw new OptisyncError("EventMissing", `the transaction has no ${event}`, { action: "halt" });
}

function nothingToLieAbout(): OptisyncError {
  return new OptisyncError("NothingToLieAbout", "the chains have nothing new that could be misstated", {
    action: "retry",
  });
}
