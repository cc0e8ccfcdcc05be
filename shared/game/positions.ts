import { ARITY } from "../protocol/game.js";
import type { GameEntry } from "../protocol/gameBook.js";

/** The positions of the 65 values into which the next split cuts a game's interval. */
export function splitPositions({ from, size }: Pick<GameEntry, "from" | "size">): bigint[] {
  const step = size / BigInt(ARITY);
  return Array.from({ length: ARITY + 1 }, (_, i) => from + BigInt(i) * step);
}

/** The positions of the values that a game is at. */
export function positionsOf({ from, size, values }: Pick<GameEntry, "from" | "size" | "values">): bigint[] {
  return values.map((_, i) => from + BigInt(i) * size);
}

/** What a split adds between the two ends. */
export function inner<T>(values: readonly T[]): T[] {
  return values.slice(1, -1);
}
