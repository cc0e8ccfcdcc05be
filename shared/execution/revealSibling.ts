import { RLP, type NestedUint8Array } from "@ethereumjs/rlp";
import { fromHex, keccak256, toHex } from "./crypto.js";
import { packPath, unpackPath } from "./partialTrie.js";
import { decodeRlp } from "./rlp.js";
import type { MissingAt, Witness } from "./witness.js";

/**
 * Finds the sibling at a branch that a deletion collapses, from the deleted key's proof in the *post* state.
 *
 *   before   branch ─┬─ a: deleted key           after   … ─ merged node, where a walk for the deleted key ends
 *                    └─ b: sibling S
 *
 *   merged node                          sibling
 *   leaf  (… b rest, value)              leaf      (rest, value)
 *   ext   (… b rest, child)              extension (rest, child)
 *   ext   (… b,      child = hash of S)  a branch, its RLP unknown and not needed
 *
 * A leaf or extension is believed if it has the sibling's hash. A branch cannot be checked that way: it is noted
 * as an assumption (`Witness.assumeBranch`), which only an equal state root confirms.
 *
 * @param proof nodes of the deleted key's proof after the block, from the root on
 * @returns true if the sibling is known now
 */
export function revealSibling(missing: MissingAt, proof: readonly Uint8Array[], witness: Witness): boolean {
  const key = toHex(keccak256(fromHex(missing.slot ?? missing.address)));
  let depth = 0;
  for (const rlp of proof) {
    const items = decodeRlp(rlp, "a node of a proof");
    if (!Array.isArray(items)) return false;
    if (items.length === 17) {
      depth += 1;
      continue;
    }
    const [packed, content] = items;
    if (items.length !== 2 || !(packed instanceof Uint8Array) || content === undefined) return false;
    const { path, isLeaf } = unpackPath(packed);
    if (!isLeaf && key.startsWith(path, depth)) {
      depth += path.length;
      continue;
    }
    return takeSibling(key.slice(0, depth) + path, isLeaf, content, missing, witness);
  }
  return false;
}

function takeSibling(
  fullPath: string,
  isLeaf: boolean,
  content: NestedUint8Array | Uint8Array,
  missing: MissingAt,
  witness: Witness,
): boolean {
  if (!fullPath.startsWith(missing.path)) return false;
  const rest = fullPath.slice(missing.path.length);
  if (!isLeaf && rest === "") {
    if (!(content instanceof Uint8Array) || toHex(content) !== missing.hash) return false;
    witness.assumeBranch(missing.hash);
    return true;
  }
  const candidate = RLP.encode([packPath(rest, isLeaf), content]);
  if (toHex(keccak256(candidate)) !== missing.hash) return false;
  witness.addNode(candidate);
  return true;
}
