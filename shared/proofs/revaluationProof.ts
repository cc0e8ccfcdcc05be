import { concat, hexlify, toBeArray, toBeHex } from "ethers";
import { branchStep, extensionStep } from "./nodeStack.js";
import type { SlotChange } from "./transitionProof.js";
import type { TrieNode } from "./trieNode.js";

/** The form of such a multi-proof: its first byte. */
const FORM = "0xff";
const HASHED_SIZE = 32;

/**
 * The multi-proof of changes that neither add nor delete a slot, children first: the twin of
 * `contracts/libraries/Revaluation.sol`.
 * @param root The root's node.
 * @param changes In the order of their keys.
 * @param load The node with this hash at this path.
 * @returns undefined if there is no such proof: a slot is empty before or after, or a node on the way is so short that
 * it is within its parent.
 */
export async function buildRevaluationProof(
  root: TrieNode,
  changes: readonly SlotChange[],
  load: (hash: string, path: string) => Promise<TrieNode>,
): Promise<string | undefined> {
  if (changes.some(({ before, later }) => before === 0n || later === 0n)) return undefined;
  const steps: string[] = [];
  /** Whether the node could be told. */
  const visit = async (node: TrieNode, path: string, below: readonly SlotChange[]): Promise<boolean> => {
    switch (node.kind) {
      case "leaf": {
        const [change] = below;
        if (change === undefined || below.length > 1 || change.key.slice(2) !== path + node.path)
          return false;
        if ([change.before, change.later].some((value) => leafSize(node.path.length, value) < HASHED_SIZE))
          return false;
        steps.push(toBeHex(path.length, 1));
        return true;
      }
      case "extension":
        if (!(await descend(node.child, path + node.path, below))) return false;
        steps.push(extensionStep(node.path.length));
        return true;
      case "branch": {
        const siblings: { nibble: number; hash: string }[] = [];
        for (const [nibble, item] of node.children.entries()) {
          const childPath = path + nibble.toString(16);
          const inside = below.filter(({ key }) => key.startsWith(childPath, 2));
          if (inside.length > 0) {
            if (!(await descend(item, childPath, inside))) return false;
          } else if (item.length === 32) {
            siblings.push({ nibble, hash: hexlify(item) });
          } else if (item.length !== 0) return false;
        }
        steps.push(branchStep(siblings));
        return true;
      }
    }
  };
  const descend = async (item: Uint8Array, path: string, below: readonly SlotChange[]): Promise<boolean> =>
    item.length === 32 &&
    below.every(({ key }) => key.startsWith(path, 2)) &&
    visit(await load(hexlify(item), path), path, below);
  return (await visit(root, "", changes)) ? concat([FORM, ...steps]) : undefined;
}

/** Bytes of the leaf with so many nibbles of path. */
function leafSize(nibbles: number, value: bigint): number {
  const bytes = toBeArray(value).length;
  const pathBytes = Math.floor(nibbles / 2) + 1;
  // The value is a string of an integer; what is one byte below 0x80 stands for itself.
  const payload = (pathBytes > 1 ? pathBytes + 1 : 1) + (value < 0x80n ? 1 : bytes + 2);
  return payload + (payload > 55 ? 2 : 1);
}
