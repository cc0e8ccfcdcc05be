import { CodeBytes } from "./Codes.js";
import type { PreState } from "./PreState.js";
import { hashBytes } from "./State.js";

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

  /** Whether the block has met or made a code. */
  hasCode(codeHash: bigint): boolean {
    return this.#codes.has(codeHash);
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
