import {
  encodeWords,
  MACHINE_WORDS,
  machineFromWords,
  machineWords,
  readWord,
  toBytes32,
  type MachineState,
} from "./State.js";
import { Tape } from "./Tape.js";
import { concat } from "./Rlp.js";
import { advance } from "./Stepper.js";
import type { Machine } from "./Machine.js";

/** The proof of one step: the state before it, and all that the step reads. */
export interface StepProof {
  readonly machine: MachineState;
  readonly words: readonly bigint[];
  readonly blobs: readonly Uint8Array[];
  /** Contracts whose runtime codes, each without its first byte, make up one more blob, the last. */
  readonly pages: readonly bigint[];
}

/** Proofs above this size in bytes hand their last blob over in pages: a transaction of 128 KiB must hold them. */
export const MAX_PROOF_BYTES = 100_000;
/** Bytes of a page: a contract's code (EIP-170) without the first, which makes it code that does nothing. */
export const PAGE_BYTES = 24_575;

/** Executes one step of a machine that is not finished, and answers with its proof. The machine has moved on. */
export function proveStep(m: Machine): StepProof {
  const machine = m.commit();
  const tape = new Tape();
  m.tape = tape;
  try {
    advance(m, m.steps + 1);
  } finally {
    m.tape = undefined;
  }
  return { machine, words: tape.words, blobs: tape.blobs, pages: [] };
}

/** The init code of the pages that a proof of this size needs, in order; none if it fits a transaction. */
export function pagesOf(proof: StepProof): { proof: StepProof; pages: Uint8Array[] } {
  const last = proof.blobs.at(-1);
  if (last === undefined || proofBytes(proof) <= MAX_PROOF_BYTES) return { proof, pages: [] };
  const pages: Uint8Array[] = [];
  for (let at = 0; at < last.length; at += PAGE_BYTES) pages.push(last.subarray(at, at + PAGE_BYTES));
  return { proof: { ...proof, blobs: proof.blobs.slice(0, -1) }, pages };
}

function proofBytes({ words, blobs }: StepProof): number {
  return 32 * words.length + blobs.reduce((sum, blob) => sum + blob.length, 0);
}

/** `abi.encode(Machine machine, bytes32[] words, bytes[] blobs, address[] pages)` */
export function encodeProof({ machine, words, blobs, pages }: StepProof): Uint8Array {
  const fixed = machineWords(machine);
  const paddedBlobs = blobs.map(encodeBytes);
  const wordsAt = 32 * (fixed.length + 3);
  const blobsAt = wordsAt + 32 * (1 + words.length);
  const pagesAt = blobsAt + 32 * (1 + blobs.length) + paddedBlobs.reduce((sum, blob) => sum + blob.length, 0);
  let offset = 32 * blobs.length;
  const offsets = paddedBlobs.map((blob) => {
    const at = offset;
    offset += blob.length;
    return BigInt(at);
  });
  const head = [...fixed, BigInt(wordsAt), BigInt(blobsAt), BigInt(pagesAt)];
  return concat([
    encodeWords([...head, BigInt(words.length), ...words, BigInt(blobs.length), ...offsets]),
    ...paddedBlobs,
    encodeWords([BigInt(pages.length), ...pages]),
  ]);
}

/**
 * Reads what `encodeProof` writes.
 * @throws RangeError if the bytes are anything else
 */
export function decodeProof(bytes: Uint8Array): StepProof {
  const size = 32 * MACHINE_WORDS;
  const number = (at: number): number => {
    if (at + 32 > bytes.length) throw new RangeError("the proof ends too early");
    const value = readWord(bytes, at);
    if (value > BigInt(bytes.length)) throw new RangeError("an offset or a length points beyond the proof");
    return Number(value);
  };
  const wordsFrom = (at: number): bigint[] =>
    Array.from({ length: number(at) }, (_, index) => {
      const from = at + 32 * (index + 1);
      if (from + 32 > bytes.length) throw new RangeError("the proof ends too early");
      return readWord(bytes, from);
    });
  const [wordsAt, blobsAt, pagesAt] = [number(size), number(size + 32), number(size + 64)];
  const blobs = wordsFrom(blobsAt).map((offset) => {
    const at = blobsAt + 32 + Number(offset);
    return bytes.slice(at + 32, at + 32 + number(at));
  });
  const fixed = Array.from({ length: MACHINE_WORDS }, (_, index) => readWord(bytes, 32 * index));
  const proof = {
    machine: machineFromWords(fixed),
    words: wordsFrom(wordsAt),
    blobs,
    pages: wordsFrom(pagesAt),
  };
  if (Buffer.compare(encodeProof(proof), bytes) !== 0)
    throw new RangeError("the proof is not encoded as it should be");
  return proof;
}

function encodeBytes(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(32 + 32 * Math.ceil(bytes.length / 32));
  padded.set(toBytes32(BigInt(bytes.length)));
  padded.set(bytes, 32);
  return padded;
}
