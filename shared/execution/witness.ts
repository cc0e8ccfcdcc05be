import { keccak256, toHex } from "./crypto.js";
import { ExecutionError, MissingNode } from "./errors.js";
import type { NodeStore } from "./partialTrie.js";

/** What a walk was looking for when a node was missing. Hex without prefix. */
export interface MissingAt {
  hash: string;
  role: "path" | "sibling";
  path: string;
  address: string;
  /** Preimage of the storage slot; absent in the account trie. */
  slot?: string;
}

/** Where missing parts of a witness come from, for instance a node's `eth_getProof`. */
export interface WitnessSource {
  /** Adds nodes around the missing one to `witness`. Throws a typed error where it cannot. */
  fetchNode(missing: MissingAt, witness: Witness): Promise<void>;
  /** Returns the code; it is checked by its hash. */
  fetchCode(address: string, codeHash: string): Promise<Uint8Array | undefined>;
}

/** Bytes by hash: a map, or a cache that may forget. */
export interface ByteStore {
  get(hash: string): Uint8Array | undefined;
  set(hash: string, bytes: Uint8Array): unknown;
}

/** What an execution looked up and found, by hash: with it alone the same execution can be had again. */
export interface UsedState {
  readonly nodes: Map<string, Uint8Array>;
  readonly codes: Map<string, Uint8Array>;
}

/**
 * Trie nodes and codes by their hash. Content-addressed, so nothing in it can be false: a falsified node is
 * simply not found under the hash that its parent names.
 */
export class Witness implements NodeStore {
  readonly #nodes: ByteStore;
  readonly #codes: ByteStore;
  readonly #branches = new Set<string>();
  readonly #source: WitnessSource | undefined;
  /** Added, but nothing was looked for since. */
  #unhashed: Uint8Array[] = [];
  #branchesTaken = 0;
  /** Undefined unless it was asked for. */
  readonly used: UsedState | undefined;

  constructor(
    options: {
      source?: WitnessSource;
      nodes?: ByteStore;
      codes?: ByteStore;
      /** Record what is used, for whoever wants to keep it. */
      isRecording?: boolean;
    } = {},
  ) {
    this.used = options.isRecording === true ? { nodes: new Map(), codes: new Map() } : undefined;
    this.#source = options.source;
    this.#nodes = options.nodes ?? new Map();
    this.#codes = options.codes ?? new Map();
  }

  /** Adds a node by its bytes. They are hashed when a node is looked for next, here or on another thread. */
  addNode(rlp: Uint8Array): void {
    this.#unhashed.push(rlp);
  }

  /** What was added since a node was last looked for. */
  get unhashedNodes(): readonly Uint8Array[] {
    return this.#unhashed;
  }

  /** Takes in a node of this witness that another thread found by its hash, as if it had been looked for here. */
  takeFound(hash: string, rlp: Uint8Array): void {
    this.#nodes.set(hash, rlp);
    // A store may keep for other blocks what is asked for, and only that.
    this.#nodes.get(hash);
    this.used?.nodes.set(hash, rlp);
  }

  /** The same for a code. */
  takeFoundCode(hash: string, code: Uint8Array): void {
    this.#codes.set(hash, code);
    this.knownCode(hash);
  }

  addCode(code: Uint8Array): void {
    this.#codes.set(toHex(keccak256(code)), code);
  }

  node(hash: string): Uint8Array | undefined {
    const added = this.#unhashed;
    if (added.length > 0) {
      this.#unhashed = [];
      for (const rlp of added) this.#nodes.set(toHex(keccak256(rlp)), rlp);
    }
    const found = this.#nodes.get(hash);
    if (found !== undefined) this.used?.nodes.set(hash, found);
    return found;
  }

  isBranch(hash: string): boolean {
    if (!this.#branches.has(hash) || this.node(hash) !== undefined) return false;
    this.#branchesTaken += 1;
    return true;
  }

  /** From now on the node with this hash, though unknown, is taken for a branch. See `hasAssumptions`. */
  assumeBranch(hash: string): void {
    this.#branches.add(hash);
  }

  /**
   * Did a root depend on taking an unknown node for a branch? A root that equals the header's confirms it
   * (anything else would be a hash collision); a root that differs proves nothing.
   */
  get hasAssumptions(): boolean {
    return this.#branchesTaken > 0;
  }

  /** Runs `walk`, fetching what it misses. Each node is asked for once. */
  async withNodes<T>(at: { address: string; slot?: string }, walk: () => T): Promise<T> {
    let last = "";
    for (;;) {
      try {
        return walk();
      } catch (error) {
        if (!(error instanceof MissingNode)) throw error;
        const missing: MissingAt = { ...at, hash: error.hash, role: error.role, path: error.path };
        if (this.#source === undefined || error.hash === last) throw incomplete(missing, error);
        last = error.hash;
        await this.#source.fetchNode(missing, this);
      }
    }
  }

  /** The code with this hash, if it is here already. */
  knownCode(codeHash: string): Uint8Array | undefined {
    const code = this.#codes.get(codeHash);
    if (code !== undefined) this.used?.codes.set(codeHash, code);
    return code;
  }

  /** The code with this hash. Missing code is an error, never the empty code. */
  async code(address: string, codeHash: string): Promise<Uint8Array> {
    const known = this.knownCode(codeHash);
    if (known !== undefined) return known;
    const fetched = await this.#source?.fetchCode(address, codeHash);
    if (fetched === undefined || toHex(keccak256(fetched)) !== codeHash) {
      throw new ExecutionError("IncompleteWitness", `the code of 0x${address} is not in the witness`, {
        missing: "code",
        address: `0x${address}`,
        codeHash: `0x${codeHash}`,
      });
    }
    this.takeFoundCode(codeHash, fetched);
    return fetched;
  }
}

function incomplete(missing: MissingAt, cause: MissingNode): ExecutionError {
  const { hash, role, path, address, slot } = missing;
  return new ExecutionError(
    "IncompleteWitness",
    cause.message,
    {
      missing: role === "sibling" ? "sibling" : "node",
      hash: `0x${hash}`,
      path,
      address: `0x${address}`,
      ...(slot === undefined ? {} : { slot: `0x${slot}` }),
    },
    cause,
  );
}
