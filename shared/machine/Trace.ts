import type { Machine } from "./Machine.js";
import { proveStep, type StepProof } from "./Proof.js";
import { advance } from "./Stepper.js";

export interface TraceOptions {
  /** Steps between snapshots at most; of blocks with few steps there are `DENSE` at smaller distances. */
  snapshotSteps?: number;
  /** Steps that are run between two looks at the signal. */
  sliceSteps?: number;
}

/**
 * A block of few steps may take as long as one of many, if they are precompiles. So the distance between snapshots begins small, and is
 * doubled whenever there are more than these.
 */
const DENSE = 64;
const FIRST_DISTANCE = 256;

/**
 * All states of one block, without keeping them: snapshots along the way, from the nearest of which any state is a short run away.
 *
 *   state 0 ── snapshot ── snapshot ── … ── state T, final ── T + 1 = T ── …
 *
 * One trace serves all games about its block.
 */
export class Trace {
  #snapshots: Machine[];
  readonly #snapshotSteps: number;
  readonly #sliceSteps: number;
  /** Steps between snapshots as they are now. */
  #distance: number;
  /** Where the latest states were computed: the next ones that are asked for are often a short run further on. */
  #latest: Machine | undefined;
  /** What executes the block; left before the step that lacked something, if one did. */
  readonly #running: Machine;
  #end: Machine | undefined;

  /** @param first The machine in the first state of the block. It is not changed. */
  constructor(first: Machine, { snapshotSteps = 2 ** 20, sliceSteps = 2 ** 20 }: TraceOptions = {}) {
    this.#snapshots = [first.snapshot()];
    this.#running = first.snapshot();
    this.#snapshotSteps = snapshotSteps;
    this.#sliceSteps = sliceSteps;
    this.#distance = Math.min(FIRST_DISTANCE, snapshotSteps);
  }

  /**
   * Executes the block once. Gives way to other work between slices, and goes on where it was if it is called again after an
   * error, for instance about something that the pre-state lacked.
   * @throws ExecutionError IncompleteWitness
   */
  async run(signal?: AbortSignal): Promise<void> {
    if (this.#end !== undefined) return;
    const m = this.#running;
    while (!m.isFinal) {
      signal?.throwIfAborted();
      const last = this.#snapshots[this.#snapshots.length - 1] as Machine;
      const next = last.steps + this.#distance;
      advance(m, Math.min(next, m.steps + this.#sliceSteps));
      if (m.steps >= next && !m.isFinal) this.#keep(m.snapshot());
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#end = m;
  }

  /** The machine where the run has come to. Not to be changed. */
  get reached(): Machine {
    return this.#running;
  }

  /** Number of steps to the final state. `run` must have ended. */
  get length(): number {
    return this.end.steps;
  }

  /** The machine in the final state. */
  get end(): Machine {
    if (this.#end === undefined) throw new Error("the block has not been executed yet");
    return this.#end;
  }

  /** A machine in state `step`, or in the final one if that is earlier. */
  at(step: number): Machine {
    const m = this.#nearest(step);
    advance(m, step);
    return m;
  }

  /** The hashes of the states `from`, `from + stride`, …, `count` of them. */
  states(from: number, stride: number, count: number): bigint[] {
    const hashes: bigint[] = [];
    const latest = this.#latest;
    this.#latest = undefined;
    let m = latest !== undefined && latest.steps <= from ? latest : this.#nearest(from);
    for (let index = 0; index < count; index += 1) {
      const step = from + stride * index;
      if (this.#end !== undefined && step >= this.#end.steps) {
        hashes.push(...new Array<bigint>(count - index).fill(this.#end.hash()));
        break;
      }
      const snapshot = this.#snapshotBefore(step);
      if (snapshot.steps > m.steps) m = snapshot.snapshot();
      advance(m, step);
      hashes.push(m.hash());
    }
    this.#latest = m;
    return hashes;
  }

  /** The proof of the step that follows state `step`. */
  prove(step: number): StepProof {
    return proveStep(this.at(step));
  }

  #keep(snapshot: Machine): void {
    this.#snapshots.push(snapshot);
    if (this.#snapshots.length <= DENSE || this.#distance === this.#snapshotSteps) return;
    this.#distance = Math.min(2 * this.#distance, this.#snapshotSteps);
    this.#snapshots = this.#snapshots.filter((_, index) => index % 2 === 0);
  }

  #snapshotBefore(step: number): Machine {
    let found = this.#snapshots[0] as Machine;
    for (const snapshot of this.#snapshots) if (snapshot.steps <= step) found = snapshot;
    if (this.#end !== undefined && this.#end.steps <= step) found = this.#end;
    return found;
  }

  #nearest(step: number): Machine {
    return this.#snapshotBefore(step).snapshot();
  }
}
