import { ClassicLevel } from "classic-level";
import type { UsedState } from "../execution/witness.js";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { packBytes, unpackBytes, type PackedBytes } from "./packedBytes.js";

/** Trie nodes and codes with which a block can be executed. Nothing in it is believed: all is found by its hash. */
export interface BlockState {
  readonly nodes: readonly Uint8Array[];
  readonly codes: readonly Uint8Array[];
}

/**
 * What executions of blocks used, as long as a claim that covers the blocks can be disputed. Nodes of a chain forget old
 * states within the hour; a game about a block lasts for days. Losing it costs a node that remembers, nothing else.
 */
export interface KeptWitnesses {
  read(hash: string): Promise<BlockState | undefined>;
  /** Keeps what a block used, if the block is wanted. What was kept of it before is replaced. */
  keep(number: bigint, hash: string, used: UsedState): Promise<void>;
  /** From now on only blocks above `number` are wanted; the others are forgotten. Until then none is. */
  wantAbove(number: bigint): Promise<void>;
  /** Blocks, and bytes of their nodes and codes. */
  readonly size: { readonly blocks: number; readonly bytes: number };
  close(): Promise<void>;
}

export interface KeptWitnessesOptions {
  folder: string;
  /** Most bytes to keep. When it is full, new blocks are not kept: those that the node forgets first are the old ones. */
  maxBytes: number;
  logger: Logger;
}

/** Blocks for which the last use of a code need not be told apart. */
const USE_BLOCKS = 1_024n;

/**
 * Opens the database.
 *
 *   block:<number>:<hash>   bytes of its nodes          index, for pruning by number
 *   nodes:<hash>            hashes of codes, then nodes
 *   code:<hash>             the code                    shared by the blocks that ran it
 *   use:<hash>              number of a block that ran it; the last one is at most 1,024 blocks younger
 *
 * Each block is written in one batch, so a process that is killed has it whole or not at all. A database that is damaged as a
 * whole is begun anew.
 * @throws OptisyncError `DatabaseUnusable` (halt) if the folder cannot be opened, for instance because another process has it
 */
export async function openKeptWitnesses(options: KeptWitnessesOptions): Promise<KeptWitnesses> {
  const { folder } = options;
  return open(options).catch(async (cause: unknown) => {
    try {
      if (isLocked(cause)) throw cause;
      await ClassicLevel.destroy(folder);
      return await open(options);
    } catch (error) {
      throw new OptisyncError(
        "DatabaseUnusable",
        `the database ${folder} cannot be opened; another process may use this --data-dir`,
        { action: "halt", details: { folder }, cause: error },
      );
    }
  });
}

async function open(options: KeptWitnessesOptions): Promise<KeptWitnesses> {
  const database = new ClassicLevel<string, Uint8Array>(options.folder, { valueEncoding: "view" });
  await database.open();
  try {
    const kept = new Shelf(database, options);
    await kept.load();
    return kept;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function isLocked(error: unknown): boolean {
  return ((error as Error).cause as { code?: unknown } | undefined)?.code === "LEVEL_LOCKED";
}

interface Block {
  readonly number: bigint;
  readonly bytes: number;
}

interface Code {
  readonly bytes: number;
  readonly used: bigint;
}

class Shelf implements KeptWitnesses {
  readonly #database: ClassicLevel<string, Uint8Array>;
  readonly #options: KeptWitnessesOptions;
  readonly #blocks = new Map<string, Block>();
  readonly #codes = new Map<string, Code>();
  /** One write at a time: each of them starts from what the last one left. */
  #writing: Promise<unknown> = Promise.resolve();
  #bytes = 0;
  #floor: bigint | undefined;
  #isFull = false;

  constructor(database: ClassicLevel<string, Uint8Array>, options: KeptWitnessesOptions) {
    this.#database = database;
    this.#options = options;
  }

  async load(): Promise<void> {
    for await (const [key, value] of this.#database.iterator({ gt: "block:", lt: "block;" })) {
      const [, number = "", hash = ""] = key.split(":");
      this.#remember(hash, { number: BigInt(`0x${number}`), bytes: numberIn(value) });
    }
    for await (const [key, value] of this.#database.iterator({ gt: "use:", lt: "use;" })) {
      const [bytes, used] = [numberIn(value), BigInt(numberIn(value.subarray(8)))];
      this.#codes.set(key.slice("use:".length), { bytes, used });
      this.#bytes += bytes;
    }
  }

  get size(): KeptWitnesses["size"] {
    return { blocks: this.#blocks.size, bytes: this.#bytes };
  }

  async read(hash: string): Promise<BlockState | undefined> {
    if (!this.#blocks.has(hash)) return undefined;
    try {
      const value = await this.#database.get(`nodes:${hash}`);
      const packed = value && readPacked(value);
      if (packed === undefined) return undefined;
      const [hashes, ...nodes] = packed;
      const names = namesIn(hashes ?? new Uint8Array());
      const codes = await this.#database.getMany(names.map((name) => `code:${name}`));
      // A code that is not there is fetched where it is needed, like everything else.
      return { nodes, codes: codes.filter((code) => code !== undefined) };
    } catch {
      // A damaged block on the disk, or a database that was closed meanwhile: as good as not there.
      return undefined;
    }
  }

  keep(number: bigint, hash: string, used: UsedState): Promise<void> {
    return this.#write(() => this.#keep(number, hash, used));
  }

  wantAbove(number: bigint): Promise<void> {
    if (this.#floor !== undefined && number <= this.#floor) return Promise.resolve();
    this.#floor = number;
    return this.#write(() => this.#forgetUpTo(number));
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#database.close();
  }

  async #keep(number: bigint, hash: string, { nodes, codes }: UsedState): Promise<void> {
    if (this.#floor === undefined || number <= this.#floor) return;
    const fresh = [...codes].filter(([name]) => !this.#codes.has(name));
    const hashes = Buffer.from([...codes.keys()].join(""), "hex");
    const value = writePacked(packBytes([hashes, ...nodes.values()]));
    const before = this.#blocks.get(hash)?.bytes ?? 0;
    const added = value.length - before + fresh.reduce((sum, [, { length }]) => sum + length, 0);
    if (this.#bytes + added > this.#options.maxBytes) return this.#tellFull(number);
    const batch = this.#database.batch();
    batch.put(`nodes:${hash}`, value);
    batch.put(blockKey(number, hash), numberBytes(BigInt(value.length)));
    for (const [name, code] of fresh) batch.put(`code:${name}`, code);
    const uses = [...codes]
      .map(([name, { length }]): [string, Code] => [name, { bytes: length, used: number }])
      .filter(
        ([name]) => number >= (this.#codes.get(name)?.used ?? 0n) + USE_BLOCKS || !this.#codes.has(name),
      );
    for (const [name, { bytes }] of uses)
      batch.put(`use:${name}`, Buffer.concat([numberBytes(BigInt(bytes)), numberBytes(number)]));
    await batch.write();
    for (const [name, code] of uses) this.#codes.set(name, code);
    this.#bytes += added - (value.length - before);
    this.#forget(hash);
    this.#remember(hash, { number, bytes: value.length });
    this.#isFull = false;
  }

  async #forgetUpTo(floor: bigint): Promise<void> {
    const batch = this.#database.batch();
    for (const [hash, { number }] of this.#blocks) {
      if (number > floor) continue;
      batch.del(`nodes:${hash}`).del(blockKey(number, hash));
      this.#forget(hash);
    }
    for (const [name, { bytes, used }] of this.#codes) {
      if (used + USE_BLOCKS > floor) continue;
      batch.del(`code:${name}`).del(`use:${name}`);
      this.#codes.delete(name);
      this.#bytes -= bytes;
    }
    await batch.write();
  }

  #remember(hash: string, block: Block): void {
    this.#blocks.set(hash, block);
    this.#bytes += block.bytes;
  }

  #forget(hash: string): void {
    this.#bytes -= this.#blocks.get(hash)?.bytes ?? 0;
    this.#blocks.delete(hash);
  }

  #tellFull(number: bigint): void {
    const { logger, maxBytes } = this.#options;
    if (!this.#isFull)
      logger.warn(
        { number, maxBytes, ...this.size },
        "no room to keep the states of blocks that can be disputed: A's node has to have them",
      );
    this.#isFull = true;
  }

  /** A full disk, or a database that was closed meanwhile, loses what a node may still have. */
  #write(work: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(work).catch((error: unknown) => {
      this.#options.logger.warn({ error }, "the states of a block could not be kept");
    });
    this.#writing = done;
    return done;
  }
}

function blockKey(number: bigint, hash: string): string {
  return `block:${number.toString(16).padStart(16, "0")}:${hash}`;
}

function numberBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function numberIn(bytes: Uint8Array): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigUInt64BE());
}

/** How many strings there are, where each ends, and the strings. */
function writePacked({ bytes, ends }: PackedBytes): Uint8Array {
  const count = new Uint32Array([ends.length]);
  return Buffer.concat([Buffer.from(count.buffer), Buffer.from(ends.buffer), bytes]);
}

/** Undefined if it is damaged. */
function readPacked(value: Uint8Array): Uint8Array[] | undefined {
  const copy = new Uint8Array(value);
  const [count = 0] = copy.length < 4 ? [] : new Uint32Array(copy.buffer, 0, 1);
  const start = 4 * (count + 1);
  if (copy.length < start) return undefined;
  const ends = new Uint32Array(copy.buffer, 4, count);
  return unpackBytes({ bytes: copy.slice(start), ends });
}

function namesIn(hashes: Uint8Array): string[] {
  const text = Buffer.from(hashes).toString("hex");
  return text.match(/.{64}/g) ?? [];
}
