import { ZeroAddress, ZeroHash, zeroPadValue, toBeHex } from "ethers";
import type { SourceHeader } from "../../shared/chain/sourceHeader.js";
import {
  commitmentOf,
  digestsOf,
  encodeChunks,
  sortDeltas,
  type Delta,
} from "../../shared/protocol/deltas.js";
import { readLedger, type Ledger, type ProtocolEvent } from "../../shared/protocol/ledger.js";
import { parameterPresets } from "../../shared/protocol/parameters.js";
import { EMPTY_ROOT, genesisUpdate, updateId, type Update } from "../../shared/protocol/update.js";
import type { ProposerPolicy, ProposerView, UpdateDraft } from "../../proposer/view.js";

export const ETHER = 10n ** 18n;
export const ME = "0x1111111111111111111111111111111111111111";
export const OTHER = "0x2222222222222222222222222222222222222222";
export const CHALLENGER = "0x3333333333333333333333333333333333333333";

/** B's clock at the start of every story; A's blocks are a second apart and lie before it. */
export const START = 1_000_000n;

/** The hash of A's block, and of a block that A never had. */
export function hashOf(number: bigint, fork = 0n): string {
  return zeroPadValue(toBeHex(number * 16n + fork + 1n), 32);
}

export function timeOf(number: bigint): bigint {
  return START - 200n + number;
}

export function headerAt(number: bigint): SourceHeader {
  return {
    rlp: "0xf9",
    hash: hashOf(number),
    parentHash: hashOf(number - 1n),
    number,
    timestamp: timeOf(number),
    stateRoot: hashOf(number, 8n),
    transactionsRoot: ZeroHash,
    withdrawalsRoot: undefined,
  };
}

/** Events on B, told one after the other: what a solver's view is made from. Ids are names. */
export class Story {
  readonly #events: ProtocolEvent[] = [];
  readonly #windows = parameterPresets.devnet;
  clock = START;

  constructor() {
    this.claim("genesis", { number: 100n, parent: ZeroHash, proposer: ZeroAddress }).final("genesis");
  }

  event(name: string, args: Record<string, unknown>): this {
    this.#events.push({ name, args, blockNumber: 1n, transactionHash: ZeroHash });
    return this;
  }

  claim(id: string, fields: { number: bigint; parent?: string; proposer?: string; fork?: bigint }): this {
    const { number, parent = "genesis", proposer = ME, fork = 0n } = fields;
    const blockHash = hashOf(number, fork);
    const deadline = this.clock + this.#windows.claims.windowSeconds;
    const stateRoot = hashOf(number, 8n);
    return this.event("ClaimProposed", {
      id,
      parent,
      proposer,
      number,
      blockHash,
      stateRoot,
      timestamp: timeOf(number),
      deadline,
    });
  }

  final(id: string): this {
    return this.event("ClaimFinalized", { id });
  }

  reject(id: string): this {
    return this.event("ClaimRejected", { id });
  }

  demand(claim: string, challenger = CHALLENGER): this {
    const deadline = this.clock + this.#windows.demands.answerSeconds;
    return this.event("ChallengeOpened", { id: claim, open: 1n }).event("EvidenceDemanded", {
      claim,
      challenger,
      deadline,
    });
  }

  attest(id: string): this {
    const quietUntil = this.clock + this.#windows.claims.graceSeconds;
    return this.event("ClaimAttested", { id }).event("ChallengeClosed", { id, open: 0n, quietUntil });
  }

  feed(feed: bigint, gweiPerSecond = 0n, gweiPerValue = 0n): this {
    const fields = {
      account: ZeroAddress,
      creator: OTHER,
      replica: ZeroAddress,
      gweiPerSecond,
      gweiPerValue,
    };
    return this.event("FeedCreated", { feed, ...fields });
  }

  update(id: string, fields: Partial<Update> & { chunks?: readonly string[] } = {}): this {
    const { chunks = [], ...said } = fields;
    const digests = digestsOf(chunks);
    const update: Update = {
      ...genesisUpdate(1n),
      parent: updateId(genesisUpdate(1n)),
      number: 100n,
      timestamp: timeOf(100n),
      codeHash: hashOf(7n),
      deltas: commitmentOf(digests),
      proposer: ME,
      ...said,
    };
    for (const [index, deltas] of chunks.slice(0, -1).entries()) {
      this.event("Staged", { by: update.proposer, feed: update.feed, index: BigInt(index), deltas });
    }
    const deadline = this.clock + this.#windows.updates.windowSeconds;
    return this.event("UpdatePosted", {
      id,
      feed: update.feed,
      by: update.proposer,
      update,
      deadline,
      lastChunk: chunks.at(-1) ?? "0x",
    });
  }

  ledger(): Ledger {
    return readLedger(this.#events);
  }

  /** What the solver sees after `seconds`, while A calls block 100 (or `at`) final and the node agrees with all claims. */
  view(
    seconds = 0n,
    changes: Partial<Omit<ProposerView, "policy">> & { policy?: Partial<ProposerPolicy>; at?: bigint } = {},
  ): ProposerView {
    const { policy, at = 100n, ...rest } = changes;
    const ledger = this.ledger();
    const heights = [...ledger.claims.values()].map(({ claim }) => claim.number);
    return {
      sender: ME,
      parameters: parameterPresets.devnet,
      ledger,
      clock: this.clock + seconds,
      timestamp: this.clock + seconds,
      freeWei: 10n * ETHER,
      earningsWei: 0n,
      sourceHead: headerAt(at),
      hashAt: new Map(heights.filter((number) => number <= at).map((number) => [number, hashOf(number)])),
      candidate: undefined,
      feeds: new Map(
        [...ledger.feeds.keys()].map((feed) => [feed, { fundsWei: 0n, isTrue: new Map(), draft: undefined }]),
      ),
      moves: new Map(),
      obstacles: [],
      ...rest,
      policy: {
        staker: ME,
        feeds: "all",
        claimIntervalSeconds: 5n,
        maxPendingClaims: 3,
        maxFeedAgeSeconds: 50n,
        minUpdateFeeWei: 0n,
        provesUpToSlots: undefined,
        finalizesOthers: false,
        withdrawEarningsAtWei: undefined,
        isUnwinding: false,
        ...policy,
      },
    };
  }
}

/** Chunks with `count` deltas. */
export function chunksOf(count: number): string[] {
  const deltas: Delta[] = Array.from({ length: count }, (_, i) => ({
    slot: zeroPadValue(toBeHex(i), 32),
    value: BigInt(i + 1),
  }));
  return encodeChunks(sortDeltas(deltas));
}

/** A draft for feed 1 on its first update and the genesis root. */
export function draftOf(changes: Partial<UpdateDraft> = {}): UpdateDraft {
  return {
    feed: 1n,
    parent: updateId(genesisUpdate(1n)),
    root: "genesis",
    storageRoot: EMPTY_ROOT,
    codeHash: hashOf(7n),
    chunks: [],
    ...changes,
  };
}
