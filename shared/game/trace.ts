/**
 * What a player of the execution game needs of a machine: the states that a true execution runs through, and the proof
 * of any one step. Which machine it is, the game does not know.
 */
import { keccak256 } from "ethers";
import { BoundedStore } from "../chain/boundedStore.js";

/** A block of A and its parent, RLP of both headers as 0x hex. */
export interface BlockPair {
  readonly parentHeader: string;
  readonly header: string;
}

/** The proof of one step. */
export interface StepProof {
  /** Runtime codes to deploy first, one contract each, because the proof does not fit one transaction; mostly none. */
  readonly pages: readonly string[];
  /** The proof for the contract, 0x hex, given the addresses at which the pages are. */
  encode(addresses: readonly string[]): string;
}

/** One execution, by the machine's own rules and not by what anybody claims. */
export interface Trace {
  /** Hashes of the states after so many steps; behind the end, of the last one. */
  states(positions: readonly bigint[], signal: AbortSignal): Promise<readonly string[]>;
  /** The proof of the step that follows after so many steps. */
  prove(position: bigint, signal: AbortSignal): Promise<StepProof>;
}

/**
 * The machine.
 * Everything throws an OptisyncError when what it needs of A cannot be had: that is never a verdict about a block.
 */
export interface TraceProvider {
  /**
   * Returns if every step of the block's execution can be proven now and as long as a game may last.
   * @throws OptisyncError that says why not
   */
  requireDefensible(block: BlockPair, signal: AbortSignal): Promise<void>;
  open(block: BlockPair, signal: AbortSignal): Promise<Trace>;
}

/** States of a block that are remembered: the first rounds of all games about it ask for the same ones. */
const STATES_KEPT = 8_192;

/** A trace that computes no state twice as long as it remembers it. */
export function rememberStates(trace: Trace): Trace {
  const known = new BoundedStore<string>(STATES_KEPT);
  return {
    async states(positions, signal) {
      const found = new Map<bigint, string>();
      for (const position of positions) {
        const state = known.get(position.toString());
        if (state !== undefined) found.set(position, state);
      }
      const missing = positions.filter((position) => !found.has(position));
      const computed = missing.length === 0 ? [] : await trace.states(missing, signal);
      for (const [index, position] of missing.entries()) {
        const state = computed[index] as string;
        found.set(position, state);
        known.set(position.toString(), state);
      }
      return positions.map((position) => found.get(position) as string);
    },
    prove: (position, signal) => trace.prove(position, signal),
  };
}

/** A trace that nobody has asked for in so many times as many openings as are kept may be forgotten. */
const OPENINGS_UNTIL_STALE = 4;

/**
 * Lets all games about one block share its trace, as long as there are no more than `keep` such blocks.
 *
 * Whoever plays about more blocks than that comes by them in turn, round after round. To forget the oldest would be to forget each just
 * before it is needed; so those that are kept stay as long as they are in use, and the others are executed again.
 */
export function shareTraces(provider: TraceProvider, keep: number): TraceProvider {
  const kept = new Map<string, { readonly trace: Promise<Trace>; usedAt: number }>();
  const opening = new Map<string, Promise<Trace>>();
  let openings = 0;
  const makeRoom = (): boolean => {
    if (kept.size < keep) return true;
    for (const [key, { usedAt }] of kept) {
      if (openings - usedAt <= OPENINGS_UNTIL_STALE * keep) continue;
      kept.delete(key);
      return true;
    }
    return false;
  };
  return {
    requireDefensible: (block, signal) => provider.requireDefensible(block, signal),
    async open(block, signal) {
      const key = keccak256(block.header);
      openings += 1;
      const known = kept.get(key);
      if (known !== undefined) {
        known.usedAt = openings;
        return known.trace;
      }
      const underWay = opening.get(key);
      if (underWay !== undefined) return underWay;
      const trace = provider.open(block, signal).then(rememberStates);
      opening.set(key, trace);
      if (makeRoom()) kept.set(key, { trace, usedAt: openings });
      try {
        return await trace;
      } catch (error) {
        // What failed once may succeed later: only traces are worth keeping.
        kept.delete(key);
        throw error;
      } finally {
        opening.delete(key);
      }
    },
  };
}
