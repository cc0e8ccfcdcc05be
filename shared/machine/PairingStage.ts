import { halt, finish, Outcome } from "./Frames.js";
import { NO_JOB, type Job, type Machine, type Progress } from "./Machine.js";
import { Milestones } from "./Milestones.js";
import * as Native from "./precompiles/Native.js";
import * as Pairing from "./precompiles/Pairing.js";
import { encodeWords, hashBytes, JobKind, toBytes32 } from "./State.js";
import { readView, viewOfBytes, type View } from "./Views.js";

// The job PAIRING, which PrecompileStage begins. Twin of contracts/machine/PairingStage.sol.

/** The job before its first pair. */
export function pairingJob(precompile: number, source: View, pairs: number): Job {
  const job = { ...NO_JOB, kind: JobKind.PAIRING, source, to: pairs };
  const first = { position: 0, left: 0 };
  const start = { place: first, state: Pairing.start(Pairing.curve(precompile)) };
  const known = new Milestones(orderOf(first), start);
  return { ...job, progress: new PairingProgress(precompile, job, first, known) };
}

/** Where a pairing is: the pair, and the bits left of its loop; past the last pair, of the exponent. */
interface Place {
  readonly position: number;
  readonly left: number;
}

interface Known {
  readonly place: Place;
  readonly state: Pairing.PairingState;
}

/** More bits than any loop or exponent has. */
const MAX_BITS = 2 ** 13;

/** A number that grows from place to place: before a pair is loaded, no bits of it are left. */
function orderOf({ position, left }: Place): number {
  return MAX_BITS * position + (left === 0 ? 0 : MAX_BITS - left);
}

/** What a pairing keeps at some place. Computed when somebody asks: nobody but a prover does. */
class PairingProgress implements Progress {
  readonly #precompile: number;
  readonly #job: Pick<Job, "source" | "to">;
  readonly #place: Place;
  readonly #known: Milestones<Known>;

  constructor(precompile: number, job: Pick<Job, "source" | "to">, place: Place, known: Milestones<Known>) {
    this.#precompile = precompile;
    this.#job = job;
    this.#place = place;
    this.#known = known;
  }

  /** The same pairing further on. */
  at(place: Place): PairingProgress {
    return new PairingProgress(this.#precompile, this.#job, place, this.#known);
  }

  encode(): Uint8Array {
    const place = this.#place;
    const { state } = this.#known.at(orderOf(place), (_, before) => ({ place, state: this.#run(before) }));
    return encodeWords(Pairing.stateWords(state));
  }

  memo(): bigint {
    return hashBytes(this.encode());
  }

  /** The state here, from one further back. The pairs between were found good when the job came past them. */
  #run({ place, state: before }: Known): Pairing.PairingState {
    const curve = Pairing.curve(this.#precompile);
    const { source, to } = this.#job;
    const goal = this.#place;
    let state = before;
    let { position, left } = place;
    while (position !== goal.position || left !== goal.left) {
      if (position === to) {
        state = Pairing.exponentBits(state, curve, left, goal.left);
        ({ left } = goal);
        continue;
      }
      if (left === 0) {
        const loaded = Pairing.load(state, curve, readPair(source, this.#precompile, position, undefined));
        ({ state } = loaded);
        left = loaded.infinite ? 0 : curve.loopBits - 1;
      } else {
        const end = position === goal.position ? goal.left : 0;
        state = Pairing.millerBits(state, curve, left, end);
        left = end;
      }
      if (left > 0) continue;
      position += 1;
      if (position < to) continue;
      left = curve.exponentBits;
      state = Pairing.startPower(state, curve);
    }
    return state;
  }
}

function readPair(source: View, precompile: number, position: number, tape: Machine["tape"]): Uint8Array {
  const size = Pairing.pairSize(precompile);
  return readView(source, size * position, size, tape);
}

/** A step loads a pair, or does one bit of its loop, or one bit of the final exponent. */
export function runPairing(m: Machine, max: number): number {
  const { source, to } = m.job;
  const { precompile } = m.frame;
  const progress = m.job.progress as PairingProgress;
  const curve = Pairing.curve(precompile);
  let { position, left } = m.job;
  m.tape?.blob(progress.encode());
  for (let units = 0; units < max;) {
    if (position === to) {
      const bits = Math.min(left, max - units);
      left -= bits;
      units += bits;
      if (left > 0) continue;
      finish(m, Outcome.SUCCESS, viewOfBytes(toBytes32(pairingVerdict(source, precompile))));
      return units;
    }
    if (left === 0) {
      const kind = Native.pairKind(precompile, readPair(source, precompile, position, m.tape));
      units += 1;
      if (kind === "bad") {
        halt(m);
        return units;
      }
      left = kind === "infinite" ? 0 : curve.loopBits - 1;
    } else {
      const bits = Math.min(left, max - units);
      left -= bits;
      units += bits;
    }
    if (left > 0) continue;
    position += 1;
    if (position === to) left = curve.exponentBits;
  }
  m.job = { ...m.job, position, left, progress: progress.at({ position, left }) };
  return max;
}

/** The answer of all the steps, of which none is made here. */
function pairingVerdict(source: View, precompile: number): bigint {
  return Native.isProductOne(precompile, readView(source, 0, source.size, undefined)) ? 1n : 0n;
}
