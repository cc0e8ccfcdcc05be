import { ByteTree, rootOf } from "./ByteTree.js";
import { readWord, toWord } from "./State.js";
import type { Tape } from "./Tape.js";
import { viewOf, type View } from "./Views.js";

const JUMPDEST = 0x5b;
const PUSH1 = 0x60;
const PUSH32 = 0x7f;

/**
 * A code, and what is known of it. It is shown whole once, when it is loaded; from then on a step shows the word that it wants:
 *
 *   root    byte tree of the code
 *   jumps   byte tree of a bit for each byte of it: whether there is a JUMPDEST that is no data of a PUSH.
 *           Bit j of word i, counted from the lowest, tells about byte 256 i + j; bits beyond the end are zero
 *
 * The roots are computed when somebody wants the hash of a state in which the code runs or is loaded; the trees are made for who looks
 * into them: a copy, a prover. A block may load many codes that nobody ever looks into.
 */
export class CodeBytes {
  static readonly empty = new CodeBytes(new Uint8Array());
  readonly bytes: Uint8Array;
  #root: bigint | undefined;
  #jumps: bigint | undefined;
  #view: View | undefined;
  #bitmap: ByteTree | undefined;
  #destinations: Uint8Array | undefined;
  #pushes: (bigint | undefined)[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  /** EIP-7702: designators are 0xef0100 and an address. */
  get delegate(): bigint {
    const { bytes } = this;
    const isDesignator = bytes.length === 23 && bytes[0] === 0xef && bytes[1] === 0x01 && bytes[2] === 0x00;
    return isDesignator ? toWord(bytes.subarray(3)) : 0n;
  }

  get root(): bigint {
    return (this.#root ??= rootOf(this.bytes));
  }

  get jumps(): bigint {
    return (this.#jumps ??= rootOf(bitmapOf(this.bytes)));
  }

  /** The bytes as a view. */
  get view(): View {
    return (this.#view ??= viewOf(ByteTree.fromBytes(this.bytes), 0, this.bytes.length));
  }

  /** The tree behind `jumps`. */
  get bitmap(): ByteTree {
    return (this.#bitmap ??= ByteTree.fromBytes(bitmapOf(this.bytes)));
  }

  /** The opcode at `pc`; STOP beyond the end. Recorded: the word that holds it, none beyond the end. */
  opcode(pc: number, tape: Tape | undefined): number {
    if (pc >= this.bytes.length) return 0;
    if (tape !== undefined) this.view.tree.show(tape, pc >>> 5);
    return this.bytes[pc] as number;
  }

  /**
   * The value that the PUSH at `pc` with `size` bytes of data pushes; zero bytes follow the end of the code. Recorded: the next word if
   * the data goes on there and the code does.
   */
  pushed(pc: number, size: number, tape: Tape | undefined): bigint {
    if (tape !== undefined) {
      const next = (pc >>> 5) + 1;
      if (pc + size >= 32 * next && 32 * next < this.bytes.length) this.view.tree.show(tape, next);
    }
    return (this.#pushes[pc] ??= this.#read(pc + 1, size));
  }

  /** Is the byte at this position a JUMPDEST and no data of a PUSH? Recorded: the word of the bitmap, none beyond the end. */
  isDestination(at: bigint, tape: Tape | undefined): boolean {
    if (at >= BigInt(this.bytes.length)) return false;
    if (tape !== undefined) this.bitmap.show(tape, Number(at) >>> 8);
    return (this.#destinations ??= destinationsOf(this.bytes))[Number(at)] === 1;
  }

  #read(at: number, size: number): bigint {
    const word = new Uint8Array(32);
    word.set(this.bytes.subarray(at, at + size), 32 - size);
    return readWord(word, 0);
  }
}

/** The words `[size, delegate, root, jumps]` of the record. */
export function codeWords({ size, delegate, root, jumps }: CodeBytes): bigint[] {
  return [BigInt(size), delegate, root, jumps];
}

/** 1 for each byte that can be jumped to. */
function destinationsOf(code: Uint8Array): Uint8Array {
  const destinations = new Uint8Array(code.length);
  for (let at = 0; at < code.length; at += 1) {
    const op = code[at] as number;
    if (op === JUMPDEST) destinations[at] = 1;
    else if (op >= PUSH1 && op <= PUSH32) at += op - PUSH1 + 1;
  }
  return destinations;
}

/** The words of the bitmap. */
function bitmapOf(code: Uint8Array): Uint8Array {
  const bitmap = new Uint8Array(32 * Math.ceil(code.length / 256));
  destinationsOf(code).forEach((isDestination, at) => {
    // The lowest bits of a word are in its last byte.
    const byte = 32 * (at >>> 8) + 31 - ((at & 255) >>> 3);
    if (isDestination === 1) bitmap[byte] = (bitmap[byte] as number) | (1 << (at & 7));
  });
  return bitmap;
}
