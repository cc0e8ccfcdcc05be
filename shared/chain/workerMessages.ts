import type { ExecutionForks } from "../execution/forks.js";
import type { RawBlock } from "../execution/rawBlock.js";
import type { MissingAt } from "../execution/witness.js";
import type { ErrorDescription } from "../runtime/errors.js";
import type { BlockSummary } from "./blockRecord.js";
import type { PackedBytes } from "./packedBytes.js";

/**
 * What the two threads say to each other about one block. A thread executes one block at a time.
 *
 *   main                                   worker
 *     ── execute ─────────────────────────▶
 *     ◀──────────────── nodes | code | ancestor ──   (whatever the worker lacks, one question at a time)
 *     ── answer | refusal ────────────────▶
 *     ◀─────────────────────────── done | failed ──
 */
export interface ExecuteMessage {
  kind: "execute";
  block: RawBlock;
  parentStateRoot: string;
  parentHeaderRlp: Uint8Array | undefined;
  forks: ExecutionForks;
  /** The part of the witness that the main thread has not hashed: the worker does it. */
  nodes: PackedBytes;
  /** Are the nodes of the post state wanted back, and those of `nodes` that were found from the parent's root? */
  wantsNodes: boolean;
  /** Are all nodes and codes that were used wanted back, wherever the thread had them from? */
  wantsUsed: boolean;
}

export type Question =
  | { kind: "nodes"; missing: MissingAt }
  | { kind: "code"; address: string; codeHash: string }
  | { kind: "ancestor"; number: bigint };

/** Nodes from the missing one down to where its key leads; `isBranch` if all that is known of it is its kind. */
export interface NodesAnswer {
  nodes: Uint8Array[];
  isBranch: boolean;
}

export type ToWorker =
  | ExecuteMessage
  | { kind: "answer"; value: NodesAnswer | Uint8Array }
  /** The main thread knows why, and the block fails there for that reason. */
  | { kind: "refusal" };

export type FromWorker =
  | { kind: "question"; question: Question }
  | {
      kind: "done";
      summary: BlockSummary;
      /** Of the post state. */
      made: [hash: string, rlp: Uint8Array][];
      /** Of the witness. */
      found: [hash: string, rlp: Uint8Array][];
      codes: [hash: string, code: Uint8Array][];
    }
  | { kind: "failed"; error: ErrorDescription };
