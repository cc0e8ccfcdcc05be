import { ZeroHash } from "ethers";
import { interfaces } from "../chain/contracts.js";
import type { Chains } from "../chain/openChains.js";
import type { DestinationView } from "../chain/protocolReader.js";
import type { Rpc } from "../chain/rpc.js";
import type { Sender } from "../chain/sender.js";
import { MAX_APPLY_GAS } from "../protocol/batches.js";
import { commitmentOf, digestsOf, previousKeys } from "../protocol/deltas.js";
import {
  finalHead,
  livingChild,
  type ClaimEntry,
  type FeedEntry,
  type UpdateEntry,
} from "../protocol/ledger.js";
import { showAccount } from "../proofs/accountPath.js";
import { syncCall } from "../proofs/syncProof.js";
import { headOf } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { sleep } from "../runtime/shutdown.js";
import { checkReplica, type ReplicaCheck } from "./checkReplica.js";
import { halt } from "./errors.js";
import { firstTransition, pieceAt } from "./firstProof.js";
import { draftFirstUpdate, isSaidBy, requireAccount } from "./firstUpdate.js";
import type { ListingMethod } from "./listStorage.js";
import {
  nextStep,
  type MirrorDraft,
  type MirrorPolicy,
  type MirrorStep,
  type MirrorView,
} from "./mirrorStep.js";
import type { Progress } from "./progress.js";
import { registrationOf } from "./registration.js";
import { awaitOwnTransactions, sendStep } from "./sendStep.js";

export interface MirrorOptions extends MirrorPolicy {
  /** The contract of A. */
  readonly account: string;
  /** An existing feed of the account; the sender's own newest one, or a new one, unless told. */
  readonly feed?: bigint | undefined;
  readonly gweiPerSecond: bigint;
  readonly gweiPerValue: bigint;
  readonly fundsWei: bigint;
  /** Oldest state that plain calls to the replica are answered with. */
  readonly maxAgeSeconds: bigint;
  /** Opcodes that may have B's value in view calls. */
  readonly environment: number;
  /** Whether missing stake for the update's bond may be deposited. */
  readonly mayDeposit: boolean;
  readonly methods: readonly ListingMethod[];
  readonly pollMs: number;
}

export interface MirrorModules extends Pick<Chains, "manifest" | "source" | "history" | "rpc" | "protocol"> {
  readonly sourceRpc: Rpc;
  readonly sender: Sender;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface MirrorReport extends ReplicaCheck {
  readonly feed: bigint;
  readonly replica: string;
  readonly account: string;
  /** Why view calls are not possible; undefined if they are, or were not wanted. */
  readonly viewsRefused: string | undefined;
}

/**
 * Mirrors a contract of A to B: creates its feed, finds its slots, stages, posts and applies the first update or proves
 * it, registers the logic, and compares the replica's storage root with A's. Every step is derived from the chains, so
 * it can be killed anywhere and started again.
 *
 * @throws OptisyncError `AccountMissing`, `FeedUnknown`, `FeedFrozen`, `StakeTooSmall`, `UpdateFalse`, `MirrorRefused`,
 * `StorageTooLarge`, `ReplicaDiffers` (halt), `StorageNotListed` (retry); what says that a chain could not be read.
 */
export async function runMirror(options: MirrorOptions, modules: MirrorModules): Promise<MirrorReport> {
  return new Mirror(options, modules).run();
}

/** Whether a logic is registered has nothing to do with how old the state is. */
const ANY_AGE = 2n ** 256n - 1n;

class Mirror {
  readonly #options: MirrorOptions;
  readonly #modules: MirrorModules;
  #draft: MirrorDraft | undefined;
  /** Block of B that the next look must have seen, or a step would be done twice. */
  #seenFrom = 0n;
  #viewsRefused: string | undefined;
  readonly #trusted = new Set<string>();

  constructor(options: MirrorOptions, modules: MirrorModules) {
    this.#options = options;
    this.#modules = modules;
  }

  async run(): Promise<MirrorReport> {
    const { progress, logger, signal } = this.#modules;
    const { rpc, sender } = this.#modules;
    this.#seenFrom = await awaitOwnTransactions(rpc, sender.address, this.#options.pollMs, signal);
    try {
      for (;;) {
        signal.throwIfAborted();
        const look = await this.#look();
        const wantsLogic = this.#options.wantsLogic && this.#viewsRefused === undefined;
        const step = nextStep(look.view, this.#draft, { ...this.#options, wantsLogic });
        logger.debug({ step: step.kind }, "step decided");
        if (step.kind === "check") return await this.#check(look);
        await this.#perform(step, look);
      }
    } finally {
      progress.stop();
    }
  }

  async #look(): Promise<Look> {
    const { protocol, sender, signal, progress } = this.#modules;
    let destination = await protocol.sync();
    while (destination.head.number < this.#seenFrom) {
      progress.show("waiting for confirmations", 0);
      await sleep(this.#options.pollMs, signal);
      destination = await protocol.sync();
    }
    const { ledger, clock, head } = destination;
    const at = head.number;
    const feed = this.#feedIn(destination);
    const waiting = feed && livingChild(ledger, feed.head);
    const call = async <T>(contract: Sent, name: string, args: readonly unknown[]): Promise<T> =>
      (await protocol.call(contract, name, args, at))[0] as T;
    const stake = await call<{ free: bigint }>("stake", "account", [sender.address]);
    const hasLogic =
      feed !== undefined && (await call<boolean>("replicas", "isViewable", [feed.feed, ANY_AGE]));
    const record = waiting && (await call<{ deadline: bigint }>("feeds", "record", [waiting.id]));
    const proven =
      waiting && (await protocol.call("prover", "progressOf", [waiting.id, sender.address], at))[1];
    const view: MirrorView = {
      ledger,
      clock,
      timestamp: head.timestamp,
      parameters: protocol.parameters,
      sender: sender.address,
      freeWei: stake.free,
      feed,
      hasLogic,
      deadline: record?.deadline,
      proven: Number(proven ?? 0n),
    };
    return { destination, view, feed, at };
  }

  /** The feed asked for, or the newest of this account that the sender has created and that is not frozen. */
  #feedIn({ ledger }: DestinationView): FeedEntry | undefined {
    const { feed: wanted, account } = this.#options;
    const { sender } = this.#modules;
    if (wanted !== undefined) {
      const feed = ledger.feeds.get(wanted);
      if (feed?.account === account) return feed;
      throw halt("FeedUnknown", `there is no feed ${wanted} of ${account}`, { feed: wanted, account });
    }
    return [...ledger.feeds.values()]
      .filter((feed) => feed.account === account && feed.creator === sender.address && !feed.isFrozen)
      .at(-1);
  }

  async #perform(step: Exclude<MirrorStep, { kind: "check" }>, look: Look): Promise<void> {
    const { account, gweiPerSecond, gweiPerValue, fundsWei, maxAgeSeconds, environment, pollMs } =
      this.#options;
    const { progress, signal, sender, logger } = this.#modules;
    const feed = look.feed?.feed;
    switch (step.kind) {
      case "create": {
        progress.show("creating the feed", 0);
        await requireAccount(account, finalHead(look.view.ledger)?.claim.number, this.#modules.source);
        const args = [account, gweiPerSecond, gweiPerValue, maxAgeSeconds, environment];
        return this.#send("feeds", "createReplica", args, { value: fundsWei });
      }
      case "awaitRoot":
        progress.show("waiting for a final root", 0);
        return sleep(pollMs, signal);
      case "list":
        this.#draft = await this.#list(step.root);
        if (this.#draft !== undefined) return;
        // The account is younger than the newest final root, if it is there at all.
        await requireAccount(account, undefined, this.#modules.source);
        progress.show("waiting for a final root", 0);
        return sleep(pollMs, signal);
      case "deposit":
        if (!this.#options.mayDeposit) {
          throw halt(
            "StakeTooSmall",
            this.#options.proves
              ? `the update takes more than a transaction to prove, and its bond needs ${step.amountWei} wei more stake: --deposit`
              : `the update's bond needs ${step.amountWei} wei more stake: --deposit, or --prove`,
            { missingWei: step.amountWei },
          );
        }
        return this.#send("stake", "deposit", [sender.address], { value: step.amountWei });
      case "dropStage":
        return this.#send("feeds", "dropStage", [feed]);
      case "stage":
        progress.show("staging chunks", step.index, step.total);
        return this.#send("feeds", "stage", [feed, step.chunks]);
      case "post":
        return this.#post(step.draft, look);
      case "sync":
        return this.#sync(step.draft, look);
      case "prove":
        return this.#prove(step.update, step.from);
      case "awaitWindow": {
        const { windowSeconds } = look.view.parameters.updates;
        const passed = windowSeconds - step.secondsLeft;
        progress.show("waiting for the window", Number(passed > 0n ? passed : 0n), Number(windowSeconds));
        return sleep(pollMs, signal);
      }
      case "apply":
        return this.#apply(step.update, step.index, step.count, look);
      case "register":
        return this.#register(look).catch((error: unknown) => {
          // Whatever the code is refused for, the replica's slots can be read.
          if (!(error instanceof OptisyncError) || error.code !== "MirrorRefused") throw error;
          this.#viewsRefused = error.message;
          logger.warn({ reason: error.message }, "view calls were refused, slots can be read");
        });
    }
  }

  #list(root: ClaimEntry): Promise<MirrorDraft | undefined> {
    return draftFirstUpdate(this.#options, root, this.#modules);
  }

  async #post(draft: MirrorDraft, { destination, feed }: Look): Promise<void> {
    const parent = feed && destination.ledger.updates.get(feed.head)?.update;
    const said = {
      proposer: this.#modules.sender.address,
      storageRoot: draft.storageRoot,
      codeHash: draft.codeHash,
      staged: commitmentOf(digestsOf(draft.chunks).slice(0, -1)),
      // Its own feed pays, so nothing has to be insisted upon.
      minReserve: 0n,
      lastChunk: draft.chunks.at(-1) ?? "0x",
    };
    await this.#send("feeds", "post", [parent, draft.root.claim, said]);
  }

  async #sync(draft: MirrorDraft, { destination, feed }: Look): Promise<void> {
    const { source, sender, progress } = this.#modules;
    progress.show("proving", 0, 1);
    const parent = feed && destination.ledger.updates.get(feed.head)?.update;
    const shown = showAccount(await source.accountProof(draft.root.claim.number, this.#options.account, []));
    const on = [parent && headOf(parent), draft.root.claim, { payee: sender.address, minFee: 0n }] as const;
    const { name, args } = syncCall(
      on,
      draft.chunks[0] ?? "0x",
      await firstTransition(draft.chunks, 0),
      shown,
    );
    await this.#send("prover", name, args);
  }

  /** The next chunk, whole: from nothing, a multi-proof is the deltas themselves. */
  async #prove({ id, update, chunks }: UpdateEntry, from: number): Promise<void> {
    const { source, progress } = this.#modules;
    progress.show("proving deltas", from, Number(update.count));
    const { piece, isLast } = await pieceAt(update, chunks, from);
    const accountProof = isLast
      ? (await source.accountProof(update.number, this.#options.account, [])).accountProof
      : [];
    await this.#send("prover", "prove", [update, accountProof, piece], { key: `prove:${id}:${from}` });
  }

  async #apply(entry: UpdateEntry, index: number, count: number, look: Look): Promise<void> {
    const { progress } = this.#modules;
    const { update, chunks } = entry;
    await this.#requireTrue(entry, look);
    progress.show("applying chunks", index, chunks.length);
    const send = (chunkCount: number): Promise<void> => {
      const previous = previousKeys(chunks)[index] ?? ZeroHash;
      const args = [update, digestsOf(chunks), previous, chunks.slice(index, index + chunkCount)];
      const maxGas = chunkCount > 1 ? { maxGas: MAX_APPLY_GAS } : {};
      return this.#send("feeds", "applyChunks", args, maxGas);
    };
    // Only the node can tell whether chunks fit a transaction together.
    await send(count).catch((error: unknown) => {
      if (count <= 1 || !(error instanceof OptisyncError) || error.code !== "MirrorRefused") throw error;
      return send(1);
    });
  }

  /** Somebody else may have posted the first update; a lie that nobody challenged must not be applied by this hand. */
  async #requireTrue({ id, update, chunks }: UpdateEntry, { destination }: Look): Promise<void> {
    if (this.#trusted.has(id) || update.proposer === this.#modules.sender.address) return;
    const root = [...destination.ledger.claims.values()].find(
      ({ claim, status }) => status === "Final" && claim.number === update.number,
    );
    if (root === undefined)
      throw halt("UpdateFalse", `update ${id} speaks of no final block`, { update: id });
    const truth = await this.#list(root);
    if (!isSaidBy(truth, update, chunks)) {
      throw halt("UpdateFalse", `update ${id} by ${update.proposer} is false: run a challenger, now`, {
        update: id,
        proposer: update.proposer,
      });
    }
    this.#trusted.add(id);
  }

  async #register({ destination, feed }: Look): Promise<void> {
    const { manifest, sourceRpc, progress } = this.#modules;
    progress.show("registering the logic", 0);
    if (feed === undefined) return;
    const { calls } = await registrationOf(destination, feed, { manifest, rpc: sourceRpc });
    for (const { data, label } of calls) await this.#transmit("replicas", data, label, {});
  }

  async #check({ destination, feed }: Look): Promise<MirrorReport> {
    const { rpc, source, signal, progress } = this.#modules;
    if (feed === undefined) throw new TypeError("a feed is checked that is not there");
    const check = await checkReplica(destination, feed, { rpc, source, signal }, (done, total) =>
      progress.show("comparing storage roots", done, total),
    );
    const { replica, account } = feed;
    return { ...check, feed: feed.feed, replica, account, viewsRefused: this.#viewsRefused };
  }

  #send(contract: Sent, name: string, args: readonly unknown[], extra: Extra = {}): Promise<void> {
    return this.#transmit(contract, interfaces[contract].encodeFunctionData(name, args), name, extra);
  }

  async #transmit(contract: Sent, data: string, label: string, extra: Extra): Promise<void> {
    const { sender, manifest } = this.#modules;
    // The block that was looked at makes a step of a later look another one.
    const key = extra.key ?? `${label}:${this.#seenFrom}`;
    this.#seenFrom = await sendStep(sender, { ...extra, to: manifest.contracts[contract], data, label, key });
  }
}

interface Look {
  readonly destination: DestinationView;
  readonly view: MirrorView;
  readonly feed: FeedEntry | undefined;
  readonly at: bigint;
}

type Sent = "feeds" | "stake" | "prover" | "replicas";

interface Extra {
  value?: bigint | undefined;
  maxGas?: bigint | undefined;
  key?: string | undefined;
}
