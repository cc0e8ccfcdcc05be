import type { JsonRpcProvider } from "ethers";
import { connectDestination } from "../chain/destination.js";
import { readManifest, type Manifest } from "../chain/manifest.js";
import { openProtocol, type ProtocolReader } from "../chain/protocolReader.js";
import { createRpc, type Rpc } from "../chain/rpc.js";
import type { ProvenAccount } from "../proofs/verifyAccountProof.js";
import type { Claim } from "../protocol/claim.js";
import { silentLogger, type Logger } from "../runtime/logger.js";
import { ReaderError } from "./errors.js";
import { createFeedReader, type FeedReader } from "./feedReader.js";
import { finality as finalities, type Final, type Finality } from "./finality.js";
import { proveState, type ProvenSlot, type StateProof } from "./proveState.js";
import { findRoot, type Reading, type Root, type StateRequest } from "./readSlot.js";
import { readStored, type StoredValue } from "./storage/readStored.js";
import { placeOf, type Variable } from "./variable.js";
import { createSlotFeedReader, type SlotFeedReader } from "./slotFeeds.js";
import { waitForFinal, type WaitOptions } from "./waitForFinal.js";

export interface ReaderOptions {
  /** The deployment file, as `optisync deploy` writes it, or its path. */
  readonly deployment: Manifest | string;
  /** Nodes of B in order of preference. They are believed: use one that you trust as much as for anything else on B. */
  readonly destinationRpc: string | readonly string[];
  /** Nodes of A; never believed. Without any, only feeds can be read. They must serve the state of claimed blocks. */
  readonly sourceRpc?: string | readonly string[];
  /** Blocks of B that must bury what is read; 2 unless told. */
  readonly confirmations?: number;
  readonly signal?: AbortSignal;
  readonly logger?: Logger;
}

/** What every question about A's state says. */
export type Question<F extends Finality> = StateRequest<F> & {
  /** Account on A. */
  readonly account: string;
};

/**
 * Reads A as B knows it. Every answer is checked from B's root down; nodes of A only supply Merkle proofs.
 *
 * Every method rejects with an OptisyncError: ReaderError, LayoutError, ProofError (A's node gave a proof of something
 * else: ask another), RpcError or SourceError (A's node could not be asked), `CallReverted` (a contract of B refused).
 * None of them says anything about the value.
 */
export interface Reader {
  readonly protocol: ProtocolReader;
  /** The newest root that is as sure as asked for, to see what a reading would speak of. */
  root<F extends Finality>(request: StateRequest<F>): Promise<Root<F>>;
  /** A raw slot; zero if the contract never wrote it. */
  slot<F extends Finality>(
    question: Question<F> & { readonly slot: bigint | number },
  ): Promise<Reading<bigint, F>>;
  /** A variable, a mapping's entry, an array's element or a struct, whole, by its Solidity type. */
  value<F extends Finality>(
    question: Question<F> & Variable & { readonly maxSlots?: number },
  ): Promise<Reading<StoredValue, F>>;
  /** Nonce, balance, storage root and code hash. */
  account<F extends Finality>(question: Question<F>): Promise<Reading<ProvenAccount, F>>;
  /**
   * Builds the proofs by which a contract on B reads slots through `SourceState`, under a final root.
   * @param question `slots` in the order in which the contract wants their values; none proves the account alone.
   */
  prove(
    question: Omit<Question<Final>, "finality"> & { readonly slots?: readonly (bigint | number)[] },
  ): Promise<SourceStateProof>;
  /** A mirror of a whole contract: reads without a node of A, and calls view functions. */
  feed(id: bigint | number): FeedReader;
  /** A few slots of A that are proven together: reads them, and builds what brings them up to date. */
  slotFeed(id: bigint | number): SlotFeedReader;
  /** Waits until everything that happened up to block `block` of A can be read on B. */
  waitForFinal(block: bigint | number, options?: WaitOptions): Promise<Claim>;
  close(): void;
}

/** Arguments of the functions of SourceState.sol. */
export interface SourceStateProof {
  readonly claim: Claim;
  /** Proof of the account in the state trie. */
  readonly accountProof: readonly string[];
  /** One proof for each slot. */
  readonly storageProofs: readonly (readonly string[])[];
  /** The values that the contract is going to see. */
  readonly values: readonly bigint[];
}

/**
 * Opens a deployment for reading.
 *
 *     const reader = await createReader({ deployment: "deployment.json", destinationRpc, sourceRpc });
 *     const { value } = await reader.value({
 *       account: token, type: "mapping(address => uint256)", slot: 0, path: [holder],
 *       finality: finality.final, maxAgeSeconds: 3 * 86_400,
 *     });
 *
 * @throws OptisyncError `ManifestUnreadable`, `ManifestMalformed`, `WrongChain`, `DeploymentMissing` (halt),
 * `DestinationUnreachable` (retry)
 */
export async function createReader(options: ReaderOptions): Promise<Reader> {
  const { deployment, confirmations = 2, logger = silentLogger() } = options;
  const manifest = typeof deployment === "string" ? readManifest(deployment) : deployment;
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  const { destinationChainId: chainId } = manifest;
  const rpc = await connectDestination({ urls: toList(options.destinationRpc), chainId, logger, signal });
  try {
    const protocol = await openProtocol({
      rpc,
      manifest,
      confirmations,
      chunkSize: LOG_CHUNK,
      logger,
      signal,
    });
    const sourceRpc =
      options.sourceRpc === undefined ? undefined : createRpc({ urls: toList(options.sourceRpc), signal });
    return new VerifyingReader({ protocol, rpc, sourceRpc, signal, stop });
  } catch (error) {
    rpc.destroy();
    throw error;
  }
}

/** Blocks of B asked for at once; halved when a node refuses. */
const LOG_CHUNK = 5_000n;

interface ReaderModules {
  protocol: ProtocolReader;
  rpc: JsonRpcProvider;
  sourceRpc: Rpc | undefined;
  signal: AbortSignal;
  stop: AbortController;
}

class VerifyingReader implements Reader {
  readonly protocol: ProtocolReader;
  readonly #modules: ReaderModules;

  constructor(modules: ReaderModules) {
    this.protocol = modules.protocol;
    this.#modules = modules;
  }

  root<F extends Finality>(request: StateRequest<F>): Promise<Root<F>> {
    return findRoot(this.protocol, request);
  }

  async slot<F extends Finality>(
    question: Question<F> & { readonly slot: bigint | number },
  ): Promise<Reading<bigint, F>> {
    const root = await findRoot(this.protocol, question);
    const proof = await this.#prove(root.claim, question.account, [BigInt(question.slot)]);
    const [proven] = proof.slots;
    if (proven === undefined) throw new RangeError("a slot was asked for and none was proven");
    return { ...root, value: proven.value, proof };
  }

  async value<F extends Finality>(
    question: Question<F> & Variable & { readonly maxSlots?: number },
  ): Promise<Reading<StoredValue, F>> {
    const place = placeOf(question);
    const root = await findRoot(this.protocol, question);
    const read: ProvenSlot[] = [];
    let last: StateProof | undefined;
    const words = async (slots: readonly bigint[]): Promise<bigint[]> => {
      last = await this.#prove(root.claim, question.account, slots);
      read.push(...last.slots);
      return last.slots.map(({ value }) => value);
    };
    const value = await readStored(place, { words }, question.maxSlots);
    const proof = last ?? (await this.#prove(root.claim, question.account, []));
    return { ...root, value, proof: { ...proof, slots: read } };
  }

  async account<F extends Finality>(question: Question<F>): Promise<Reading<ProvenAccount, F>> {
    const root = await findRoot(this.protocol, question);
    const proof = await this.#prove(root.claim, question.account, []);
    return { ...root, value: proof.state, proof };
  }

  async prove(
    question: Omit<Question<Final>, "finality"> & { readonly slots?: readonly (bigint | number)[] },
  ): Promise<SourceStateProof> {
    const { claim } = await findRoot(this.protocol, { ...question, finality: finalities.final });
    const { slots, accountProof } = await this.#prove(
      claim,
      question.account,
      (question.slots ?? []).map(BigInt),
    );
    return {
      claim,
      accountProof,
      storageProofs: slots.map(({ proof }) => proof),
      values: slots.map(({ value }) => value),
    };
  }

  feed(id: bigint | number): FeedReader {
    return createFeedReader(this.protocol, this.#modules.signal, BigInt(id));
  }

  slotFeed(id: bigint | number): SlotFeedReader {
    return createSlotFeedReader(this.protocol, () => this.#requireSourceRpc(), BigInt(id));
  }

  waitForFinal(block: bigint | number, options: WaitOptions = {}): Promise<Claim> {
    const { signal } = this.#modules;
    const either = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    return waitForFinal(this.protocol, BigInt(block), { ...options, signal: either });
  }

  close(): void {
    this.#modules.stop.abort(new DOMException("the reader was closed", "AbortError"));
    this.#modules.rpc.destroy();
  }

  async #prove(claim: Claim, account: string, slots: readonly bigint[]): Promise<StateProof> {
    return proveState(this.#requireSourceRpc(), claim, account, slots, this.#modules.signal);
  }

  #requireSourceRpc(): Rpc {
    const { sourceRpc } = this.#modules;
    if (sourceRpc !== undefined) return sourceRpc;
    throw new ReaderError("SourceRpcMissing", "proofs come from a node of A: give sourceRpc");
  }
}

function toList(urls: string | readonly string[]): readonly string[] {
  return typeof urls === "string" ? [urls] : urls;
}
