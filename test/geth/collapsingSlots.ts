import { keccak256, toBeHex } from "ethers";

/** Slots that share a branch of exactly two children: one of its own, and others below the second child. */
export interface SharedBranch {
  /** What takes the branch's place when `lone` is deleted. */
  sibling: "leaf" | "extension" | "branch";
  lone: bigint;
  others: bigint[];
}

const CANDIDATES = 20_000n;
/** Nibbles of the path to the shared branch. */
const DEPTH = 3;

/**
 * One shared branch of each kind, all in different parts of a storage trie that holds nothing else.
 *
 *   path of 3 nibbles ─ branch ─┬─ lone
 *                               └─ leaf │ extension ─ branch of two │ branch of two
 */
export function collapsingSlots(): SharedBranch[] {
  const byPrefix = new Map<string, { slot: bigint; key: string }[]>();
  for (let slot = 0n; slot < CANDIDATES; slot += 1n) {
    const key = keccak256(toBeHex(slot, 32)).slice(2);
    const group = byPrefix.get(key.slice(0, DEPTH)) ?? [];
    group.push({ slot, key });
    byPrefix.set(key.slice(0, DEPTH), group);
  }
  const used = new Set<string>();
  const find = (sibling: SharedBranch["sibling"]): SharedBranch => {
    for (const [prefix, group] of byPrefix) {
      const found = used.has(prefix) ? undefined : sharedBranch(sibling, group);
      if (found === undefined) continue;
      used.add(prefix);
      return found;
    }
    throw new Error(`no slots found for a sibling that is a ${sibling}`);
  };
  return [find("extension"), find("branch"), find("leaf")];
}

function sharedBranch(
  sibling: SharedBranch["sibling"],
  group: readonly { slot: bigint; key: string }[],
): SharedBranch | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  for (const second of group.slice(1)) {
    const lone = group.find(({ key }) => key.charAt(DEPTH) !== second.key.charAt(DEPTH));
    if (lone === undefined) continue;
    if (sibling === "leaf") return { sibling, lone: lone.slot, others: [second.slot] };
    const third = group.find(({ slot, key }) => {
      const isBelow = key.charAt(DEPTH) === second.key.charAt(DEPTH) && slot !== second.slot;
      const isExtended = key.charAt(DEPTH + 1) === second.key.charAt(DEPTH + 1);
      return isBelow && isExtended === (sibling === "extension");
    });
    if (third !== undefined) return { sibling, lone: lone.slot, others: [second.slot, third.slot] };
  }
  return undefined;
}
