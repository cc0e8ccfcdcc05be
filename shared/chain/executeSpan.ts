import { executeSourceBlock, type ExecutedBlock } from "./executeSourceBlock.js";
import type { Source } from "./source.js";

/**
 * Executes the blocks after `parent` up to and including `tip` (0x hashes), oldest first. Which blocks these are
 * follows from parent hashes, back from the tip: it does not depend on what the node takes for its chain.
 * The caller looks at each verdict.
 *
 * @param limit most blocks to go back before giving up on reaching `parent`
 * @throws SourceError SourceLagging, and RangeError if `parent` is not an ancestor within the limit
 */
export async function* executeSpan(
  source: Source,
  parent: string,
  tip: string,
  limit = 4096,
): AsyncGenerator<ExecutedBlock> {
  for (const hash of await spanHashes(source, parent, tip, limit)) {
    yield await executeSourceBlock(source, hash);
  }
}

/** Hashes of the blocks after `parent` up to `tip`, oldest first. */
export async function spanHashes(
  source: Source,
  parent: string,
  tip: string,
  limit = 4096,
): Promise<string[]> {
  const hashes: string[] = [];
  let at = tip.toLowerCase();
  while (at !== parent.toLowerCase()) {
    const header = await source.headerByHash(at);
    if (hashes.length >= limit || header.number === 0n) {
      throw new RangeError(`${parent} is not an ancestor of ${tip} within ${limit} blocks`);
    }
    hashes.push(at);
    at = header.parentHash;
  }
  return hashes.reverse();
}
