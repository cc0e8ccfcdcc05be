import { halt, finish, Outcome } from "./Frames.js";
import { NO_JOB, type Job, type Machine, type Progress } from "./Machine.js";
import * as Native from "./precompiles/Native.js";
import * as Pairing from "./precompiles/Pairing.js";
import { encodeWords, hashBytes, JobKind, toBytes32, toWord } from "./State.js";
import { readView, viewOfBytes, type View } from "./Views.js";

// The job PAIRING, which PrecompileStage begins. Twin of contracts/machine/PairingStage.sol.

/** The job before its first pair. */
export function pairingJob(precompile: number, source: View, pairs: number): Job {
  const job = { ...NO_JOB, kind: JobKind.PAIRING, source, to: pairs };
  return { ...job, progress: new PairingProgress(precompile, job, { position: 0, left: 0 }) };
}

/** Where a pairing is: the pair, and the bits left of its loop; past the last pair, of the exponent. */
interface Place {
  readonly position: number;
  readonly left: number;
}

/** What a pairing keeps at some place. Computed when somebody asks: nobody but a prover does. */
class PairingProgress implements Progress {
  readonly #precompile: number;
  readonly #job: Pick<Job, "source" | "to">;
  readonly #place: Place;
  readonly #before: PairingProgress | undefined;
  #state: Pairing.PairingState | undefined;

  constructor(precompile: number, job: Pick<Job, "source" | "to">, place: Place, before?: PairingProgress) {
    this.#precompile = precompile;
    this.#job = job;
    this.#place = place;
    this.#before = before;
  }

  /** The same pairing further on. Counts on from the last state that is known, so that no long chain builds up. */
  at(place: Place): PairingProgress {
    const known = this.#state === undefined ? (this.#before ?? this) : this;
    return new PairingProgress(this.#precompile, this.#job, place, known);
  }

  state(): Pairing.PairingState {
    return (this.#state ??=
      this.#before === undefined
        ? Pairing.start(Pairing.curve(this.#precompile))
        : this.#replay(this.#before));
  }

  encode(): Uint8Array {
    return encodeWords(Pairing.stateWords(this.state()));
  }

  memo(): bigint {
    return hashBytes(this.encode());
  }

  #replay(before: PairingProgress): Pairing.PairingState {
    const curve = Pairing.curve(this.#precompile);
    const { source, to } = this.#job;
    let state = before.state();
    let { position, left } = before.#place;
    while (position !== this.#place.position || left !== this.#place.left) {
      if (position === to) {
        left -= 1;
        state = Pairing.exponentBit(state, curve, left);
        continue;
      }
      if (left === 0) {
        const loaded = Pairing.load(state, curve, readPair(source, this.#precompile, position, undefined));
        state = loaded.state;
        left = loaded.infinite ? 0 : curve.loopBits - 1;
      } else {
        left -= 1;
        state = Pairing.millerBit(state, curve, left);
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
  const answer = Native.run(precompile, readView(source, 0, source.size, undefined));
  if (answer === undefined) throw new Error("pairs that are good one by one are refused together");
  return toWord(answer);
}
