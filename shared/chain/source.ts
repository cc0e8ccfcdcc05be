import type { Common } from "@ethereumjs/common";
import { forkAt, type ExecutionForks } from "../execution/forks.js";
import type { Witness } from "../execution/witness.js";
import { BoundedStore } from "./boundedStore.js";
import { FinalChain, LINKED_WINDOW } from "./finalChain.js";
import { listedStorage } from "./listedStorage.js";
import type { KeptWitnesses } from "./keptWitnesses.js";
import { numbersUp, readAhead } from "./readAhead.js";
import type { Rpc } from "./rpc.js";
import { encodingRules, verifyBody, type VerifiedBlock } from "./sourceBody.js";
import { requireClientOf } from "./sourceClient.js";
import { SourceError, sourceLied } from "./sourceErrors.js";
import {
  quantity,
  throwUnlessReorganized,
  verifyHeader,
  type BlockReference,
  type SourceHeader,
} from "./sourceHeader.js";
import { requestProof, verifyProof, type AccountProof } from "./sourceProof.js";
import { fetchWitness, type StateStores } from "./sourceWitness.js";
import { WitnessMethods } from "./witnessMethods.js";

/** What counts as final on the source chain: the node's `finalized` tag, or being this many blocks deep. */
export type Finality = { kind: "tag" } | { kind: "depth"; blocks: bigint };

export interface SourceOptions {
  rpc: Rpc;
  forks: ExecutionForks;
  finality: Finality;
  /** Trie nodes and codes to begin with, for instance of `openStateCache`. */
  stores?: StateStores;
  /** Where `keepWitness` keeps what executions of blocks used. */
  witnesses?: KeptWitnesses;
}

/**
 * The source chain A as a node tells it, with every answer checked before it is used: headers by their hash,
 * bodies by the header's roots, state by the header's state root. What does not fit raises SourceError SourceLied;
 * what the node does not have (yet) raises SourceLagging, what a reorganisation took from it SourceReorganized. None
 * of them is ever a verdict about a claim.
 */
export interface Source {
  readonly chainId: bigint;
  readonly forks: ExecutionForks;
  /**
   * The header at a height of the node's chain. Once `finalizedHead` was read, heights up to 8192 below it are
   * resolved through parent hashes from there, not by the node's word.
   */
  headerByNumber(number: bigint): Promise<SourceHeader>;
  headerByHash(hash: string): Promise<SourceHeader>;
  latestHead(): Promise<SourceHeader>;
  /** Never goes back: a node that says less than it did is lagging. */
  finalizedHead(): Promise<SourceHeader>;
  /** A block by number or 0x hash, its transactions and withdrawals checked. */
  verifiedBlock(at: bigint | string): Promise<VerifiedBlock>;
  /** Account and slots (0x, 64 digits) after block `number`, with minimal proofs. */
  accountProof(number: bigint, address: string, slots: readonly string[]): Promise<AccountProof>;
  /**
   * What the node says an account's storage holds after block `number`, page by page. Unlike everything else here it is
   * **not verified**: for whoever knows the storage root that the whole makes, or proves what it finds.
   * @throws as `listedStorage` in listedStorage.ts
   */
  listedStorage(number: bigint, address: string): AsyncIterable<ReadonlyMap<string, bigint>>;
  /** Hash of an ancestor of `from`, found by walking parent hashes. */
  ancestorHash(from: SourceHeader, number: bigint): Promise<string>;
  /** A witness for executing a block; it fetches what it lacks. */
  witnessFor(block: VerifiedBlock, parent: SourceHeader): Promise<Witness>;
  /** Keeps what was used of a witness, so that the block can be executed again when the node has forgotten its state. */
  keepWitness(header: SourceHeader, witness: Witness): Promise<void>;
  /** Remembers a trie node of a state that was computed here. */
  rememberNode(hash: string, rlp: Uint8Array): void;
}

/** Twice as many as a claim can span, and some. */
const REMEMBERED_HEADERS = 10_000;
/** Headers in one exchange, which nodes limit, and exchanges at the same time. */
const EXCHANGE_HEADERS = 50n;
const EXCHANGES_AT_ONCE = 4;
const REMEMBERED_NODES = 200_000;
const REMEMBERED_CODES = 2_000;

/**
 * Opens the source chain.
 * @throws SourceError SourceWrongChain, SourceNotCanonical, SourceWrongClient; RpcError if the node cannot be asked
 */
export async function createSource(options: SourceOptions): Promise<Source> {
  await requireSourceNode(options.rpc, options.forks);
  return new VerifyingSource(options);
}

class VerifyingSource implements Source {
  readonly chainId: bigint;
  readonly forks: ExecutionForks;
  readonly #rpc: Rpc;
  readonly #finality: Finality;
  readonly #stores: StateStores;
  readonly #witnesses: KeptWitnesses | undefined;
  readonly #headers = new BoundedStore<SourceHeader>(REMEMBERED_HEADERS);
  readonly #methods = new WitnessMethods();
  readonly #encodingRules: Common;
  readonly #finalChain = new FinalChain(
    (hash) => this.headerByHash(hash),
    (low, high) => this.#readTogether(low, high),
  );
  #finalized: SourceHeader | undefined;

  constructor({ rpc, forks, finality, stores, witnesses }: SourceOptions) {
    this.chainId = forks.chainId;
    this.forks = forks;
    this.#rpc = rpc;
    this.#finality = finality;
    this.#encodingRules = encodingRules(forks.chainId);
    this.#witnesses = witnesses;
    this.#stores = stores ?? {
      nodes: new BoundedStore<Uint8Array>(REMEMBERED_NODES),
      codes: new BoundedStore<Uint8Array>(REMEMBERED_CODES),
    };
  }

  async headerByNumber(number: bigint): Promise<SourceHeader> {
    const final = this.#finalized;
    if (final === undefined || number > final.number || final.number - number > LINKED_WINDOW) {
      return this.#header({ number });
    }
    return this.#finalChain.ancestor(final, number);
  }

  async headerByHash(hash: string): Promise<SourceHeader> {
    return this.#headers.get(hash.toLowerCase()) ?? this.#header({ hash });
  }

  latestHead(): Promise<SourceHeader> {
    return this.#header({ tag: "latest" });
  }

  async finalizedHead(): Promise<SourceHeader> {
    const latest = await this.latestHead();
    const head = await this.#finalCandidate(latest);
    // The chain may have grown between the two answers; by a second reading the final block must be in it.
    const reach = head.number > latest.number ? await this.latestHead() : latest;
    if (head.number > reach.number) {
      throw sourceLied("blockTag", `block ${head.number} is called final, but the head is ${reach.number}`, {
        finalized: head.number.toString(),
        latest: reach.number.toString(),
      });
    }
    requireForward(this.#finalized, head);
    this.#finalized = head;
    return head;
  }

  async verifiedBlock(at: bigint | string): Promise<VerifiedBlock> {
    const asked = typeof at === "bigint" ? { number: at } : { hash: at };
    const json = await requestBlock(this.#rpc, asked, true);
    return verifyBody(this.#rpc, this.#verify(json, asked), json, this.#encodingRules);
  }

  async accountProof(number: bigint, address: string, slots: readonly string[]): Promise<AccountProof> {
    const header = await this.headerByNumber(number);
    const answer = await requestProof(this.#rpc, number, address, slots);
    try {
      return verifyProof(header, address.toLowerCase(), slots, answer);
    } catch (error) {
      return await throwUnlessReorganized(this.#rpc, header, error);
    }
  }

  async *listedStorage(number: bigint, address: string): AsyncGenerator<ReadonlyMap<string, bigint>> {
    const header = await this.headerByNumber(number);
    const { number: head } = await this.latestHead();
    const next = head > number ? await this.headerByNumber(number + 1n) : undefined;
    yield* listedStorage(this.#rpc, address, header, next);
  }

  async ancestorHash(from: SourceHeader, number: bigint): Promise<string> {
    let at = from;
    while (at.number > number + 1n) at = await this.headerByHash(at.parentHash);
    return at.number === number ? at.hash : at.parentHash;
  }

  async witnessFor(block: VerifiedBlock, parent: SourceHeader): Promise<Witness> {
    const kept = await this.#witnesses?.read(block.header.hash);
    const isRecording = this.#witnesses !== undefined;
    return fetchWitness(this.#rpc, block, parent, this.#stores, this.#methods, { kept, isRecording });
  }

  async keepWitness({ number, hash }: SourceHeader, { used }: Witness): Promise<void> {
    if (used !== undefined) await this.#witnesses?.keep(number, hash, used);
  }

  rememberNode(hash: string, rlp: Uint8Array): void {
    this.#stores.nodes.set(hash, rlp);
  }

  async #header(asked: BlockReference): Promise<SourceHeader> {
    return this.#verify(await requestBlock(this.#rpc, asked, false), asked);
  }

  /**
   * Reads headers ahead of a walk from hash to hash, by height, many in one exchange. What of it is on the way is found by its
   * hash. It never fails: whatever the node does not give together is asked for one by one.
   */
  async #readTogether(low: bigint, high: bigint): Promise<void> {
    if (high - low < 1n) return;
    const exchanges: bigint[] = [];
    for (let first = low; first <= high; first += EXCHANGE_HEADERS) exchanges.push(first);
    const read = async (first: bigint): Promise<void> => {
      const heights = [
        ...numbersUp(first, first + EXCHANGE_HEADERS <= high ? first + EXCHANGE_HEADERS - 1n : high),
      ];
      const calls = heights.map((number) => ({
        method: "eth_getBlockByNumber",
        params: [`0x${number.toString(16)}`, false],
      }));
      const answers = await this.#rpc.batch(calls);
      for (const [index, number] of heights.entries()) this.#verify(answers[index], { number });
    };
    // One failure among them ends the reading ahead, not the walk.
    for await (const isRead of readAhead(exchanges, EXCHANGES_AT_ONCE, (first) =>
      read(first).then(
        () => true,
        () => false,
      ),
    ))
      if (!isRead) return;
  }

  #verify(json: unknown, asked: BlockReference): SourceHeader {
    requireKnownFork(json, this.forks);
    const header = verifyHeader(json, asked);
    this.#headers.set(header.hash, header);
    return header;
  }

  async #finalCandidate(latest: SourceHeader): Promise<SourceHeader> {
    if (this.#finality.kind === "tag") return this.#header({ tag: "finalized" });
    const { blocks } = this.#finality;
    if (blocks === 0n) return latest;
    return this.headerByNumber(latest.number > blocks ? latest.number - blocks : 0n);
  }
}

async function requestBlock(rpc: Rpc, asked: BlockReference, isFull: boolean): Promise<unknown> {
  const [method, at] =
    "hash" in asked
      ? (["eth_getBlockByHash", asked.hash] as const)
      : (["eth_getBlockByNumber", "tag" in asked ? asked.tag : `0x${asked.number.toString(16)}`] as const);
  const json = await rpc.request(method, [at, isFull]);
  if (json !== null && json !== undefined) return json;
  throw new SourceError("SourceLagging", `the node does not have the block ${at}`, { block: at });
}

/** Before a header is called false: are its rules known at all? A new fork's field would not hash here. */
function requireKnownFork(json: unknown, forks: ExecutionForks): void {
  const timestamp = quantity.safeParse((json as { timestamp?: unknown }).timestamp);
  const number = quantity.safeParse((json as { number?: unknown }).number);
  const isGenesis = number.success && BigInt(number.data) === 0n;
  if (timestamp.success && !isGenesis) forkAt(forks, BigInt(timestamp.data));
}

function requireForward(before: SourceHeader | undefined, now: SourceHeader): void {
  if (before === undefined || now.number > before.number) return;
  const details = { before: before.number.toString(), now: now.number.toString() };
  if (now.number < before.number) {
    throw new SourceError(
      "SourceLagging",
      `the final head went back from ${before.number} to ${now.number}`,
      details,
    );
  }
  if (now.hash !== before.hash) {
    throw sourceLied("blockTag", `the final block ${now.number} was another one before`, {
      ...details,
      beforeHash: before.hash,
      nowHash: now.hash,
    });
  }
}

async function requireSourceNode(rpc: Rpc, { chainId, profile }: ExecutionForks): Promise<void> {
  requireClientOf(profile ?? "ethereum", await rpc.request("web3_clientVersion", []));
  const said = quantity.safeParse(await rpc.request("eth_chainId", []));
  if (!said.success) throw new SourceError("SourceMalformed", "the node's chain id is malformed");
  if (BigInt(said.data) === chainId) return;
  throw new SourceError("SourceWrongChain", `the node serves chain ${BigInt(said.data)}, not ${chainId}`, {
    wanted: chainId.toString(),
    got: BigInt(said.data).toString(),
  });
}
