import { toHex } from "../execution/crypto.js";
import { ExecutionError } from "../execution/errors.js";
import type { RawBlock } from "../execution/rawBlock.js";
import type { Witness } from "../execution/witness.js";
import { encodeInteger } from "./Rlp.js";
import { EMPTY_TRIE_ROOT, hashBytes, toBytes32 } from "./State.js";
import { triePut } from "./Trie.js";

/**
 * What A was before the block, and the block's body. Nodes, codes and headers are looked up by their hashes, from hashes that
 * the machine's first state commits to, so that none can be false. What is missing is an error (`IncompleteWitness`), never a verdict.
 */
export interface PreState {
  /** The node of a trie with this hash, of the pre-state or of a list of the block. */
  node(hash: bigint): Uint8Array;
  /** A code of the pre-state. */
  code(codeHash: bigint): Uint8Array;
  /** The header of an ancestor; undefined if it is not known. */
  ancestorHeader(number: number, hash: bigint): Uint8Array | undefined;
  /**
   * The hash of an ancestor whose successor's header is not known. This alone is believed and not checked: blocks that are argued
   * about need the headers.
   */
  ancestorHash(number: number): bigint;
}

export interface Ancestors {
  /** Hash by number. */
  hashes: ReadonlyMap<bigint, string>;
  /** Header by number, as far as known. */
  headers: ReadonlyMap<bigint, Uint8Array>;
}

/** The hex form in which a witness knows a hash. */
export function hexOf(hash: bigint): string {
  return toHex(toBytes32(hash));
}

/** A pre-state that a witness holds. */
export class WitnessPreState implements PreState {
  readonly #witness: Witness;
  readonly #ancestors: Ancestors;
  readonly #listNodes = new Map<bigint, Uint8Array>();
  readonly #codes: (hash: string) => Uint8Array | undefined;

  /**
   * @param codes Code by hash, hex without prefix.
   * @param block Its lists must be those of its header: see `bodyDifference`.
   */
  constructor(
    witness: Witness,
    codes: (hash: string) => Uint8Array | undefined,
    block: RawBlock,
    ancestors: Ancestors,
  ) {
    this.#witness = witness;
    this.#codes = codes;
    this.#ancestors = ancestors;
    this.#addList(block.transactions);
    this.#addList(block.withdrawals);
  }

  #addList(items: readonly Uint8Array[]): void {
    const nodes = {
      get: (hash: bigint) => this.#listNodes.get(hash) as Uint8Array,
      add: (node: Uint8Array): bigint => {
        const hash = hashBytes(node);
        this.#listNodes.set(hash, node);
        return hash;
      },
    };
    let root = EMPTY_TRIE_ROOT;
    items.forEach((item, index) => {
      root = triePut(root, encodeInteger(BigInt(index)), item, nodes);
    });
  }

  node(hash: bigint): Uint8Array {
    const hex = hexOf(hash);
    const node = this.#listNodes.get(hash) ?? this.#witness.node(hex);
    if (node === undefined) throw unavailable("node", `trie node 0x${hex}`, { hash: `0x${hex}` });
    return node;
  }

  code(codeHash: bigint): Uint8Array {
    const hex = hexOf(codeHash);
    const code = codeHash === hashBytes(new Uint8Array()) ? new Uint8Array() : this.#codes(hex);
    if (code === undefined || hashBytes(code) !== codeHash)
      throw unavailable("code", `code 0x${hex}`, { codeHash: `0x${hex}` });
    return code;
  }

  ancestorHash(number: number): bigint {
    const hash = this.#ancestors.hashes.get(BigInt(number));
    if (hash === undefined) throw unavailable("ancestor", `the hash of block ${number}`, { number });
    return BigInt(`0x${hash.replace(/^0x/, "")}`);
  }

  ancestorHeader(number: number, hash: bigint): Uint8Array | undefined {
    const header = this.#ancestors.headers.get(BigInt(number));
    return header !== undefined && hashBytes(header) === hash ? header : undefined;
  }
}

/** "Could not go on": what the witness lacks. */
export function unavailable(missing: string, what: string, details: Record<string, unknown>): ExecutionError {
  return new ExecutionError("IncompleteWitness", `${what} is not in the witness`, { missing, ...details });
}
