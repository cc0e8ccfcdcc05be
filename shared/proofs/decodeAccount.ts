import { hexlify, ZeroHash } from "ethers";
import { decodeInteger } from "./decodeInteger.js";
import { ProofError } from "./errors.js";

/** An account of A as its state trie records it (Yellow Paper section 4.1). */
export interface Account {
  readonly nonce: bigint;
  readonly balanceWei: bigint;
  readonly storageRoot: string;
  readonly codeHash: string;
}

const FIELDS = ["nonce", "balance", "storage root", "code hash", "list"] as const;
const LIST = 4;
const MAX_NONCE = 2n ** 64n - 1n;

/**
 * Decodes `[nonce, balance, storageRoot, codeHash]`, accepting only what the contract's `decodeAccount` accepts.
 * @throws ProofError `AccountMalformed` with `details.field` as in the contract's error.
 */
export function decodeAccount(rlp: Uint8Array): Account {
  if (rlp.length < 70 || rlp.length > 110 || rlp[0] !== 0xf8 || rlp[1] !== rlp.length - 2)
    throw malformed(LIST);
  const nonce = decodeInteger(rlp.subarray(2));
  if (nonce === undefined || nonce.value > MAX_NONCE) throw malformed(0);
  const balance = decodeInteger(rlp.subarray(2 + nonce.size));
  if (balance === undefined) throw malformed(1);
  const hashes = rlp.subarray(2 + nonce.size + balance.size);
  if (hashes.length !== 66) throw malformed(LIST);
  const storageRoot = hexlify(hashes.subarray(1, 33));
  const codeHash = hexlify(hashes.subarray(34, 66));
  if (hashes[0] !== 0xa0) throw malformed(2);
  if (hashes[33] !== 0xa0) throw malformed(3);
  if (storageRoot === ZeroHash) throw malformed(2);
  if (codeHash === ZeroHash) throw malformed(3);
  return { nonce: nonce.value, balanceWei: balance.value, storageRoot, codeHash };
}

function malformed(field: number): ProofError {
  return new ProofError("AccountMalformed", `the account's ${FIELDS[field]} is not canonical RLP`, { field });
}
