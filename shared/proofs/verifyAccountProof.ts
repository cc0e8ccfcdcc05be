import { keccak256, ZeroHash } from "ethers";
import { decodeAccount, type Account } from "./decodeAccount.js";
import { bytesOf } from "./hex.js";
import { verifyTrieProof } from "./verifyTrieProof.js";
import { EMPTY_ROOT } from "./walkTrieProof.js";

/** A proven account. One that does not exist has zeros, EMPTY_ROOT and code hash zero. */
export interface ProvenAccount extends Account {
  readonly exists: boolean;
}

const ABSENT: ProvenAccount = {
  exists: false,
  nonce: 0n,
  balanceWei: 0n,
  storageRoot: EMPTY_ROOT,
  codeHash: ZeroHash,
};

/**
 * Proves an account, or that it does not exist.
 * @param stateRoot 32 bytes, 0x hex.
 * @param address 20 bytes, 0x hex.
 * @param proof The `accountProof` of an `eth_getProof` answer, through `normaliseProof` if a node sent it.
 * @throws ProofError as `verifyTrieProof`, and `AccountMalformed`.
 */
export function verifyAccountProof(
  stateRoot: string,
  address: string,
  proof: readonly string[],
): ProvenAccount {
  const value = verifyTrieProof(stateRoot, keccak256(address), proof);
  return value === null ? ABSENT : { exists: true, ...decodeAccount(bytesOf(value, "the account")) };
}
