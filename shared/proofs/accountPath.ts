import { RLP } from "@ethereumjs/rlp";
import { concat, dataSlice, getBytes, hexlify, keccak256, toBeHex } from "ethers";
import { ProofError } from "./errors.js";
import { bytesToNibbles } from "./node.js";

/** Hashes of the nodes above may be computed, nibbles of the key are known: what is left of a proof. */
type Level = { readonly siblings: readonly string[]; readonly mask: number } | { readonly nibbles: number };

/**
 * The shortest form in which `Prover.sync` takes the proof of an account that exists, from its leaf up:
 * `contracts/libraries/AccountPath.sol` draws it. It checks nothing; the contract computes the state root from it.
 * @param address 20 bytes, 0x hex.
 * @param proof An account proof that `verifyAccountProof` has found right, of an account that exists.
 * @throws ProofError `NodeMalformed`
 */
export function accountPath(address: string, proof: readonly string[]): string {
  const key = bytesToNibbles(getBytes(keccak256(address)));
  const nodes = proof.map((node) => itemsOf(node));
  const leaf = nodes.pop();
  if (leaf?.length !== 2) throw malformed(proof.at(-1) ?? "0x");
  let depth = 0;
  const levels: Level[] = [];
  for (const node of nodes) {
    const level = levelOf(node, key[depth] ?? 0);
    depth += "nibbles" in level ? level.nibbles : 1;
    levels.unshift(level);
  }
  const [nonce, balance, , codeHash] = itemsOf(hexlify(leaf[1] ?? new Uint8Array()));
  const fields = concat([RLP.encode(nonce), RLP.encode(balance)]);
  return concat([
    toBeHex(depth, 1),
    toBeHex((fields.length - 2) / 2, 1),
    fields,
    codeHash ?? "0x",
    ...levels.map((level) =>
      "nibbles" in level
        ? toBeHex(level.nibbles, 1)
        : concat(["0x00", toBeHex(level.mask, 2), ...level.siblings]),
    ),
  ]);
}

function levelOf(node: readonly Uint8Array[], nibble: number): Level {
  if (node.length === 2) {
    const packed = bytesToNibbles(node[0] ?? new Uint8Array());
    return { nibbles: packed.length - ((packed[0] ?? 0) % 2 === 1 ? 1 : 2) };
  }
  const siblings = node
    .slice(0, 16)
    .map((child, index) => ({ child, index }))
    .filter(({ child, index }) => child.length !== 0 && index !== nibble);
  return {
    siblings: siblings.map(({ child }) => hexlify(child)),
    mask: siblings.reduce((mask, { index }) => mask | (1 << index), 0),
  };
}

/** No node of a state trie is inline: accounts alone are longer. */
function itemsOf(node: string): readonly Uint8Array[] {
  const items = RLP.decode(node);
  if (!Array.isArray(items) || !items.every((item) => item instanceof Uint8Array)) throw malformed(node);
  return items;
}

function malformed(node: string): ProofError {
  return new ProofError("NodeMalformed", "not a node of a state trie", { node: dataSlice(node, 0, 32) });
}
