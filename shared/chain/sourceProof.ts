import { z } from "zod";
import { fromHex, keccak256, toHex } from "../execution/crypto.js";
import { MissingNode } from "../execution/errors.js";
import { decodeAccount, decodeValue, type AccountState } from "../execution/flatState.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "../execution/partialTrie.js";
import type { Rpc } from "./rpc.js";
import { SourceError, sourceLied } from "./sourceErrors.js";
import { data, quantity, type SourceHeader } from "./sourceHeader.js";

const proofJson = z.looseObject({
  balance: quantity,
  nonce: quantity,
  storageHash: data,
  codeHash: data,
  accountProof: z.array(data).max(65),
  storageProof: z.array(z.looseObject({ key: z.string(), value: quantity, proof: z.array(data).max(65) })),
});
export type ProofAnswer = z.infer<typeof proofJson>;

/** One slot under a verified storage root. `proof` are just the nodes from the root to its end, 0x hex. */
export interface SlotProof {
  /** Preimage, 0x and 64 digits. */
  slot: string;
  value: bigint;
  proof: string[];
}

/** An account under a verified state root, or its absence (`account` is null). Strings are 0x hex. */
export interface AccountProof {
  address: string;
  account: { nonce: bigint; balance: bigint; storageRoot: string; codeHash: string } | null;
  accountProof: string[];
  slots: SlotProof[];
}

/** Asks for `eth_getProof`, unverified. @throws SourceError SourceMalformed */
export async function requestProof(
  rpc: Rpc,
  number: bigint,
  address: string,
  slots: readonly string[],
): Promise<ProofAnswer> {
  return parseProof(await rpc.request("eth_getProof", [address, slots, `0x${number.toString(16)}`]));
}

export function parseProof(json: unknown): ProofAnswer {
  const parsed = proofJson.safeParse(json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") ?? "";
  throw new SourceError("SourceMalformed", `a proof's field ${field} is malformed`, { field });
}

/**
 * Reads account and slots out of a proof, by walking it from the header's state root. The nodes returned are
 * exactly those of the walks, whatever else the node had put in.
 * @throws SourceError SourceLied (proof or value)
 */
export function verifyProof(
  header: SourceHeader,
  address: string,
  slots: readonly string[],
  answer: ProofAnswer,
): AccountProof {
  const accountNodes = byHash(answer.accountProof);
  const walked = walk(header.stateRoot.slice(2), fromHex(address), accountNodes, `account ${address}`);
  const account = walked.leaf === null ? null : decodeAccount(walked.leaf);
  requireFields(answer, account, address);
  const root = account?.storageRoot ?? EMPTY_TRIE_ROOT;
  // Hashed once for all slots: their paths share most nodes.
  const nodes = byHash(answer.storageProof.flatMap(({ proof }) => proof));
  const proven = slots.map((slot, index) => {
    const { leaf, path } = walk(root, fromHex(slot), nodes, `slot ${slot} of ${address}`);
    const value = leaf === null ? 0n : BigInt(`0x${toHex(decodeValue(leaf))}`);
    const said = answer.storageProof[index]?.value;
    if (said === undefined || BigInt(said) !== value) {
      throw sourceLied("value", `slot ${slot} of ${address} does not have the value given`, {
        address,
        slot,
        said,
        proven: value.toString(),
      });
    }
    return { slot, value, proof: path };
  });
  return {
    address,
    account: account && {
      ...account,
      storageRoot: `0x${account.storageRoot}`,
      codeHash: `0x${account.codeHash}`,
    },
    accountProof: walked.path,
    slots: proven,
  };
}

function byHash(nodes: readonly string[]): Map<string, string> {
  const distinct = new Set(nodes.map((node) => node.toLowerCase()));
  return new Map([...distinct].map((node) => [toHex(keccak256(fromHex(node))), node]));
}

/** The value under keccak(preimage), or null; and the nodes from the root to the end of the walk. */
function walk(
  root: string,
  preimage: Uint8Array,
  known: ReadonlyMap<string, string>,
  subject: string,
): { leaf: Uint8Array | null; path: string[] } {
  const path: string[] = [];
  const trie = new PartialTrie(root, {
    isBranch: () => false,
    node: (hash) => {
      const node = known.get(hash);
      if (node !== undefined) path.push(node);
      return node === undefined ? undefined : fromHex(node);
    },
  });
  try {
    return { leaf: trie.get(toHex(keccak256(preimage))), path };
  } catch (error) {
    if (!(error instanceof MissingNode)) throw error;
    throw sourceLied("proof", `the proof of ${subject} lacks a node or holds another one`, {
      subject,
      missing: `0x${error.hash}`,
    });
  }
}

function requireFields(answer: ProofAnswer, account: AccountState | null, address: string): void {
  const isSame =
    BigInt(answer.balance) === (account?.balance ?? 0n) &&
    BigInt(answer.nonce) === (account?.nonce ?? 0n) &&
    (account === null ||
      (answer.storageHash.toLowerCase() === `0x${account.storageRoot}` &&
        answer.codeHash.toLowerCase() === `0x${account.codeHash}`));
  if (isSame) return;
  throw sourceLied("value", `the account ${address} does not have the fields given`, { address });
}
