import type { PreState } from "./PreState.js";
import { hashBytes, readWord } from "./State.js";

/** A code with what the interpreter wants to know about it. */
export class CodeBytes {
  readonly bytes: Uint8Array;
  #destinations: Uint8Array | undefined;
  #pushes: (bigint | undefined)[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Is the byte at this position a JUMPDEST and no data of a PUSH? */
  isDestination(at: bigint): boolean {
    if (at >= BigInt(this.bytes.length)) return false;
    return (this.#destinations ??= destinationsOf(this.bytes))[Number(at)] === 1;
  }

  /** The value that the PUSH at `pc` with `size` bytes of data pushes; zero bytes follow the end of the code. */
  pushed(pc: number, size: number): bigint {
    return (this.#pushes[pc] ??= this.#read(pc + 1, size));
  }

  #read(at: number, size: number): bigint {
    const word = new Uint8Array(32);
    word.set(this.bytes.subarray(at, at + size), 32 - size);
    return readWord(word, 0);
  }
}

function destinationsOf(code: Uint8Array): Uint8Array {
  const destinations = new Uint8Array(code.length);
  for (let at = 0; at < code.length; at += 1) {
    const op = code[at] as number;
    if (op === 0x5b) destinations[at] = 1;
    else if (op >= 0x60 && op <= 0x7f) at += op - 0x5f;
  }
  return destinations;
}

/**
 * What the machine knows by hash: the pre-state, and what the block itself made. Shared by all snapshots; content-addressed,
 * so that nothing in it depends on the point in time.
 */
export class Store {
  readonly #codes = new Map<bigint, CodeBytes>();
  readonly #nodes = new Map<bigint, Uint8Array>();
  readonly #raws = new Map<bigint, Uint8Array>();
  readonly pre: PreState;

  constructor(pre: PreState) {
    this.pre = pre;
  }

  /** A code. @throws Unavailable */
  code(codeHash: bigint): CodeBytes {
    let code = this.#codes.get(codeHash);
    if (code === undefined) this.#codes.set(codeHash, (code = new CodeBytes(this.pre.code(codeHash))));
    return code;
  }

  addCode(code: Uint8Array, codeHash: bigint): void {
    if (!this.#codes.has(codeHash)) this.#codes.set(codeHash, new CodeBytes(code));
  }

  /** A node of a trie. @throws Unavailable */
  node(hash: bigint): Uint8Array {
    return this.#nodes.get(hash) ?? this.pre.node(hash);
  }

  addNode(node: Uint8Array): bigint {
    const hash = hashBytes(node);
    this.#nodes.set(hash, node);
    return hash;
  }

  /** The nodes that the block wrote. */
  newNodes(): IterableIterator<Uint8Array> {
    return this.#nodes.values();
  }

  /** All codes that the block met or made. */
  *newCodes(): IterableIterator<Uint8Array> {
    for (const code of this.#codes.values()) yield code.bytes;
  }

  /** The raw bytes of a transaction that BEGIN met. */
  raw(hash: bigint): Uint8Array {
    const raw = this.#raws.get(hash);
    if (raw === undefined) throw new Error("a transaction is shown before it has begun");
    return raw;
  }

  addRaw(raw: Uint8Array): bigint {
    const hash = hashBytes(raw);
    this.#raws.set(hash, raw);
    return hash;
  }
}
