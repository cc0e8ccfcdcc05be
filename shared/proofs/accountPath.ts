import { RLP } from "@ethereumjs/rlp";
import { concat, dataLength, dataSlice, getBytes, hexlify, keccak256, toBeHex } from "ethers";
import { ProofError } from "./errors.js";
import { bytesToNibbles } from "./node.js";
import { branchStep, extensionStep } from "./nodeStack.js";

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
  const value = leaf?.[1];
  if (value === undefined) throw malformed(proof.at(-1) ?? "0x");
  let depth = 0;
  const steps: string[] = [];
  for (const node of nodes) {
    if (node.length === 2) {
      const nibbles = pathLength(node[0] ?? new Uint8Array());
      steps.unshift(extensionStep(nibbles));
      depth += nibbles;
      continue;
    }
    const siblings = node
      .slice(0, 16)
      .map((child, nibble) => ({ nibble, hash: hexlify(child) }))
      .filter(({ nibble, hash }) => nibble !== key[depth] && hash !== "0x");
    steps.unshift(branchStep(siblings));
    depth += 1;
  }
  const [nonce, balance, , codeHash = new Uint8Array()] = itemsOf(hexlify(value));
  const fields = concat([RLP.encode(nonce), RLP.encode(balance)]);
  return concat([toBeHex(depth, 1), toBeHex(dataLength(fields), 1), fields, codeHash, ...steps]);
}

/**
 * What `Prover.sync` takes: the path of an account, or the proof that there is none.
 * @param account Null if it does not exist.
 */
export function showAccount({
  address,
  account,
  accountProof,
}: {
  readonly address: string;
  readonly account: object | null;
  readonly accountProof: readonly string[];
}): { readonly accountPath: string; readonly accountProof: readonly string[] } {
  if (account === null) return { accountPath: "0x", accountProof };
  return { accountPath: accountPath(address, accountProof), accountProof: [] };
}

/** The nibbles of a path in its encoding. */
function pathLength(path: Uint8Array): number {
  return 2 * path.length - (((path[0] ?? 0) & 0x10) === 0 ? 2 : 1);
}

/** No node of a state trie is inline: accounts alone are longer. */
function itemsOf(node: string): readonly Uint8Array[] {
  const items = RLP.decode(node);
  if (!Array.isArray(items) || !items.every((item) => item instanceof Uint8Array)) throw malformed(node);
  return items;
}

function malformed(node: string): ProofError {
  return new ProofError("NodeMalformed", "not a node of a state trie", { node: dataSlice(node, 0) });
}
