import { keccak256 } from "ethers";
import { slotKey } from "../../shared/execution/storageRoot.js";

/** What may be done to one entry of the list; undefined leaves it out. */
export type Tampering = (entry: object, index: number) => object | undefined;

/**
 * A node's answers to `debug_storageRangeAt` about one account, as geth gives them: pages in the order of the hashed
 * slots. Hardhat's node does not offer the method; a real geth is asked in `test/geth`.
 */
export function storagePages(
  slots: ReadonlyMap<string, bigint>,
  size: number,
  tamper: Tampering = (entry) => entry,
): (result: unknown, params: readonly unknown[]) => unknown {
  const sorted = [...slots].map(([key, value]) => ({ hashed: keccak256(key), key, value: slotKey(value) }));
  sorted.sort((one, other) => (one.hashed < other.hashed ? -1 : 1));
  return (_, params) => {
    const from = sorted.findIndex(({ hashed }) => hashed >= (params[3] as string));
    const page = sorted.slice(from, from + size);
    const entries = page.map(({ hashed, key, value }, i) => [hashed, tamper({ key, value }, from + i)]);
    return {
      storage: Object.fromEntries(entries.filter(([, entry]) => entry !== undefined)) as object,
      nextKey: sorted[from + size]?.hashed ?? null,
    };
  };
}
