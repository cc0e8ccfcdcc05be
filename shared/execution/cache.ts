import { ClassicLevel } from "classic-level";
import { OptisyncError } from "../runtime/errors.js";
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
/** Entries kept in memory besides: the upper nodes of tries are read for every block. */
const RECENT_ENTRIES = 20_000;

/**
 * Opens a cache. An entry is checked against its hash when it is read, so a damaged one is a miss; a database that is
 * damaged as a whole is begun anew.
 *
 *   write ──▶ generation "a" ──(full: "b" is emptied, and they swap)──▶ generation "b"
 *   read  ──▶ recent and pending entries, "a", then "b" (what is found there moves to "a")
 *
 * @throws OptisyncError `DatabaseUnusable` (halt) if another process has the folder, or it cannot be written.
 */
export async function openStateCache(options: StateCacheOptions): Promise<StateCache> {
  const limit = options.maxEntries ?? MAX_ENTRIES;
  const entries = await openGenerations(options.path, limit).catch(async (cause: unknown) => {
    if (isLocked(cause)) throw unusable(options.path, cause);
    try {
      await ClassicLevel.destroy(options.path);
      return await openGenerations(options.path, limit);
    } catch (error) {
      throw unusable(options.path, error);
    }
  });
  // Nodes and codes are both found by their own keccak hash: one store serves both.
  return { nodes: entries, codes: entries, close: () => entries.close() };
}

async function openGenerations(path: string, limit: number): Promise<Generations> {
  const database: Database = new ClassicLevel(path, { valueEncoding: "view" });
  await database.open();
  try {
    const entries = new Generations(database, limit);
    await entries.load();
    return entries;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function isLocked(error: unknown): boolean {
  return ((error as Error).cause as { code?: unknown } | undefined)?.code === "LEVEL_LOCKED";
}

function unusable(folder: string, cause: unknown): OptisyncError {
  return new OptisyncError(
    "DatabaseUnusable",
    `the database ${folder} cannot be opened; another process may use this --data-dir`,
    {
      action: "halt",
      details: { folder },
      cause,
    },
  );
}

class Generations implements ByteStore {
  readonly #database: Database;
  readonly #limit: number;
  #pending = new Map<string, Uint8Array>();
  /** On their way to the disk, and not to be found there yet. */
  readonly #inFlight = new Map<string, Uint8Array>();
  readonly #recent = new Map<string, Uint8Array>();
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
    const held = this.#recent.get(hash) ?? this.#pending.get(hash) ?? this.#inFlight.get(hash);
    if (held !== undefined) return held;
    const current = this.#read(this.#current, hash);
    if (current !== undefined) {
      this.#remember(hash, current);
      return current;
    }
    const older = this.#read(this.#older(), hash);
    if (older !== undefined) this.set(hash, older);
    return older;
  }

  set(hash: string, bytes: Uint8Array): void {
    if (this.#recent.has(hash)) return;
    this.#remember(hash, bytes);
    this.#pending.set(hash, bytes);
    if (this.#pending.size >= BATCH_SIZE) this.#flush();
  }

  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
    await this.#database.close();
  }

  #read(generation: string, hash: string): Uint8Array | undefined {
    try {
      const bytes = this.#database.getSync(keyOf(generation, hash));
      return bytes !== undefined && toHex(keccak256(bytes)) === hash ? bytes : undefined;
    } catch {
      // A damaged block on the disk, or a database that was closed meanwhile: as good as not there.
      return undefined;
    }
  }

  #remember(hash: string, bytes: Uint8Array): void {
    this.#recent.set(hash, bytes);
    if (this.#recent.size <= RECENT_ENTRIES) return;
    const [oldest] = this.#recent.keys();
    if (oldest !== undefined) this.#recent.delete(oldest);
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
    // What is in use finds its way to the younger generation only if it is read from the older.
    this.#recent.clear();
  }
}

function keyOf(generation: string, hash: string): string {
  return `${generation}:${hash}`;
}

function rangeOf(generation: string): { gt: string; lt: string } {
  return { gt: `${generation}:`, lt: `${generation};` };
}
