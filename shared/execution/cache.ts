import { ClassicLevel } from "classic-level";
import { keccak256, toHex } from "./crypto.js";
import type { ByteStore } from "./witness.js";

export interface StateCacheOptions {
  /** Folder of the database; made if absent. Two processes cannot share one. */
  path: string;
  /** Entries per generation, of which there are two. */
  maxEntries?: number;
}

/** Verified trie nodes and codes that outlive the process. Deleting the folder costs time, never anything else. */
export interface StateCache {
  nodes: ByteStore;
  codes: ByteStore;
  /** Writes what is pending and releases the folder. */
  close(): Promise<void>;
}

type Database = ClassicLevel<string, Uint8Array>;

const MAX_ENTRIES = 1_000_000;
const BATCH_SIZE = 1_000;

/**
 * Opens a cache. An entry is checked against its hash when it is read, so a damaged database yields misses.
 *
 *   write ──▶ generation "a" ──(full: "b" is emptied, and they swap)──▶ generation "b"
 *   read  ──▶ pending writes, "a", then "b" (what is found there moves to "a")
 */
export async function openStateCache(options: StateCacheOptions): Promise<StateCache> {
  const database: Database = new ClassicLevel(options.path, { valueEncoding: "view" });
  await database.open();
  const entries = new Generations(database, options.maxEntries ?? MAX_ENTRIES);
  await entries.load();
  // Nodes and codes are both found by their own keccak hash: one store serves both.
  return { nodes: entries, codes: entries, close: () => entries.close() };
}

class Generations implements ByteStore {
  readonly #database: Database;
  readonly #limit: number;
  #pending = new Map<string, Uint8Array>();
  /** On their way to the disk, and not to be found there yet. */
  readonly #inFlight = new Map<string, Uint8Array>();
  #writing: Promise<void> = Promise.resolve();
  #current = "a";
  #size = 0;

  constructor(database: Database, limit: number) {
    this.#database = database;
    this.#limit = limit;
  }

  async load(): Promise<void> {
    const current = await this.#database.get("current");
    if (current !== undefined) this.#current = Buffer.from(current).toString() === "b" ? "b" : "a";
    this.#size = (await this.#database.keys(rangeOf(this.#current)).all()).length;
  }

  get(hash: string): Uint8Array | undefined {
    const pending = this.#pending.get(hash) ?? this.#inFlight.get(hash);
    if (pending !== undefined) return pending;
    const current = this.#read(this.#current, hash);
    if (current !== undefined) return current;
    const older = this.#read(this.#older(), hash);
    if (older !== undefined) this.set(hash, older);
    return older;
  }

  set(hash: string, bytes: Uint8Array): void {
    this.#pending.set(hash, bytes);
    if (this.#pending.size >= BATCH_SIZE) this.#flush();
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
    await this.#database.close();
  }

  #read(generation: string, hash: string): Uint8Array | undefined {
    const bytes = this.#database.getSync(keyOf(generation, hash));
    return bytes !== undefined && toHex(keccak256(bytes)) === hash ? bytes : undefined;
  }

  #older(): string {
    return this.#current === "a" ? "b" : "a";
  }

  #flush(): void {
    const batch = this.#pending;
    this.#pending = new Map();
    for (const [hash, bytes] of batch) this.#inFlight.set(hash, bytes);
    this.#writing = this.#writing
      .then(() => this.#write(batch))
      // A full disk loses entries of a cache: the block that needs them fetches them again.
      .catch(() => {})
      .finally(() => {
        for (const hash of batch.keys()) this.#inFlight.delete(hash);
      });
  }

  async #write(batch: Map<string, Uint8Array>): Promise<void> {
    if (this.#size + batch.size > this.#limit) await this.#turn();
    const generation = this.#current;
    await this.#database.batch(
      [...batch].map(([hash, value]) => ({ type: "put", key: keyOf(generation, hash), value })),
    );
    this.#size += batch.size;
  }

  /** The older generation is forgotten; the younger one becomes the older. */
  async #turn(): Promise<void> {
    const emptied = this.#older();
    await this.#database.clear(rangeOf(emptied));
    await this.#database.put("current", Buffer.from(emptied));
    this.#current = emptied;
    this.#size = 0;
  }
}

function keyOf(generation: string, hash: string): string {
  return `${generation}:${hash}`;
}

function rangeOf(generation: string): { gt: string; lt: string } {
  return { gt: `${generation}:`, lt: `${generation};` };
}
