import { ByteTree, type Memory } from "./ByteTree.js";
import { readWord, writeWord, type ViewState } from "./State.js";
import type { Tape } from "./Tape.js";

/**
 * A range of a byte tree: byte j is byte `offset + j` of the tree for `j < size`, and zero beyond. Because trees do not change, a
 * view is a copy that costs nothing. A view of size 0 is always the same.
 */
export interface View {
  readonly tree: ByteTree;
  readonly offset: number;
  readonly size: number;
}

export const EMPTY_VIEW: View = { tree: ByteTree.empty, offset: 0, size: 0 };

export function viewOf(tree: ByteTree, offset: number, size: number): View {
  return size === 0 ? EMPTY_VIEW : { tree, offset, size };
}

/** A view of these bytes in a tree of their own: how a precompile hands over its output. */
export function viewOfBytes(bytes: Uint8Array): View {
  return bytes.length === 0 ? EMPTY_VIEW : { tree: ByteTree.fromBytes(bytes), offset: 0, size: bytes.length };
}

export function commitView({ tree, offset, size }: View): ViewState {
  return size === 0
    ? { root: 0n, offset: 0n, size: 0n }
    : { root: tree.root(), offset: BigInt(offset), size: BigInt(size) };
}

/**
 * Bytes `at … at + size − 1` of a view. Recorded: each word of the tree that holds one of them and lies within the view, once,
 * ascending; none if all bytes lie beyond the view's end.
 */
export function readView(view: View, at: number, size: number, tape: Tape | undefined): Uint8Array {
  const count = Math.max(0, Math.min(size, view.size - at));
  if (count === 0) return new Uint8Array(size);
  const from = view.offset + at;
  if (tape !== undefined) showWords(view.tree, from, count, tape);
  const bytes = view.tree.bytes(from, count);
  if (count === size) return bytes;
  const padded = new Uint8Array(size);
  padded.set(bytes);
  return padded;
}

/** The 32 bytes at `at` of a view as a word; recorded as `readView`. */
export function readViewWord(view: View, at: number, tape: Tape | undefined): bigint {
  return readWord(readView(view, at, 32, tape), 0);
}

/** Appends the words of a tree that hold the bytes `from … from + count − 1`, `count > 0`, ascending. */
export function showWords(tree: ByteTree, from: number, count: number, tape: Tape): void {
  for (let index = Math.floor(from / 32); index <= Math.floor((from + count - 1) / 32); index += 1)
    tree.show(tape, index);
}

/**
 * Writes bytes to memory. Recorded: for each word that they touch, ascending, the word as it was, proven against the root
 * after the writes before.
 */
export function writeMemory(memory: Memory, offset: number, bytes: Uint8Array, tape: Tape | undefined): void {
  if (tape === undefined) {
    memory.write(offset, bytes);
    return;
  }
  for (let done = 0; done < bytes.length;) {
    const at = offset + done;
    const count = Math.min(32 - (at % 32), bytes.length - done);
    memory.show(tape, Math.floor(at / 32));
    memory.write(at, bytes.subarray(done, done + count));
    done += count;
  }
}

/** Reads a word of memory; recorded as the one or two words of the tree that hold it. */
export function readMemoryWord(memory: Memory, offset: number, tape: Tape | undefined): bigint {
  if (tape !== undefined) {
    memory.show(tape, Math.floor(offset / 32));
    if (offset % 32 !== 0) memory.show(tape, Math.floor(offset / 32) + 1);
  }
  return memory.word(offset);
}

/** Writes a word of memory; recorded as `writeMemory`. */
export function writeMemoryWord(memory: Memory, offset: number, word: bigint, tape: Tape | undefined): void {
  if (tape === undefined) {
    memory.writeWord(offset, word);
    return;
  }
  const bytes = new Uint8Array(32);
  writeWord(bytes, 0, word);
  writeMemory(memory, offset, bytes, tape);
}
