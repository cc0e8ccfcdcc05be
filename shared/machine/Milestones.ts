/**
 * What a job has computed at some of its places, shared by all copies of the job: whoever asks for a place goes on from the nearest
 * one before it that anybody has asked for, not from the job's start. What is kept is never changed.
 */
export class Milestones<S> {
  readonly #places: number[];
  readonly #states: S[];

  /** @param place Before all others. */
  constructor(place: number, state: S) {
    this.#places = [place];
    this.#states = [state];
  }

  /** The state at `place`: `run` computes it from the state of another, earlier one, which it must not change. */
  at(place: number, run: (from: number, state: S) => S): S {
    const index = this.#indexBefore(place);
    const from = this.#places[index] as number;
    const known = this.#states[index] as S;
    if (from === place) return known;
    const state = run(from, known);
    this.#places.splice(index + 1, 0, place);
    this.#states.splice(index + 1, 0, state);
    if (this.#places.length > MOST) this.#thin();
    return state;
  }

  /** How many states are kept. */
  get size(): number {
    return this.#places.length;
  }

  #indexBefore(place: number): number {
    let [low, high] = [0, this.#places.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle] as number) <= place) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Forgets every second one, but not the first, from which all can be computed. */
  #thin(): void {
    const kept = Math.ceil(this.#places.length / 2);
    for (let index = 1; index < kept; index += 1) {
      this.#places[index] = this.#places[2 * index] as number;
      this.#states[index] = this.#states[2 * index] as S;
    }
    this.#places.length = this.#states.length = kept;
  }
}

/** States kept at most: several rounds of a game within one job. */
const MOST = 256;
