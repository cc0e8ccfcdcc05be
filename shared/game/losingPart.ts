/**
 * Where a challenger points. What makes the choice right is one statement: *if no defence of an interval exists, then of
 * every way to cut it some part has none.*
 */
import type { GameEntry } from "../protocol/gameBook.js";
import type { Span } from "./span.js";

/** What a challenger knows of a span. */
export interface KnownSpan {
  readonly span: Pick<Span, "low" | "high" | "numberOf">;
  /** A block of the span whose state root is not the result of its execution; undefined if there is none. */
  readonly falseBlock: bigint | undefined;
}

/**
 * The first part of a level-1 vector that nobody can defend; undefined if there is none.
 */
export function losingBlocks(
  { values, size }: Pick<GameEntry, "values" | "size">,
  known: KnownSpan,
): number | undefined {
  for (let i = 0; i + 1 < values.length; i++) {
    if (isLosing(values[i] as string, values[i + 1] as string, size, known)) return i;
  }
  return undefined;
}

/**
 * Whether no path of `length` links leads from `left` to `right` that a defender could show link by link, each link a
 * block and its parent within the span, or the claimed block repeated.
 *
 * Call a hash *known* if it is the claimed block's or an ancestor's in the span. A path that ends in a known block has
 * only known blocks before it: their headers are fixed by their hashes. So an interval is lost
 *
 * - if it leads from an unknown hash to a known one;
 * - if it leads from one known block to another in a number of links in which no chain does;
 * - if it leads over a block that was executed falsely.
 *
 * An interval that ends in an unknown hash may be true for all one knows: blocks of another branch execute, too. It
 * need not be pointed at. Cut a lost interval in parts: if its right end is known and some value is unknown, then the
 * part after the last unknown value is lost by the first rule. If all values are known and none of the parts were lost
 * by the other two, then their lengths would add up to a chain that leads over no false block, and the whole would not
 * be lost either.
 */
function isLosing(left: string, right: string, length: bigint, { span, falseBlock }: KnownSpan): boolean {
  const to = span.numberOf(right);
  if (to === undefined) return false;
  const from = span.numberOf(left);
  if (from === undefined || from > to) return true;
  const isChain = to === span.high ? to - from <= length : to - from === length;
  return !isChain || (falseBlock !== undefined && falseBlock > from && falseBlock <= to);
}

/**
 * The part before the first state that is not the machine's; undefined if all are. What comes before it ends in a true
 * state and starts from one, and the part itself leads from a true state to a false one: no proof does.
 */
export function losingSteps(values: readonly string[], truth: readonly string[]): number | undefined {
  for (let i = 1; i < values.length; i++) {
    if (values[i]?.toLowerCase() !== truth[i]?.toLowerCase()) return i - 1;
  }
  return undefined;
}
