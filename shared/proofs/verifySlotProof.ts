import { keccak256, toBeHex } from "ethers";
import { decodeInteger } from "./decodeInteger.js";
import { ProofError } from "./errors.js";
import { bytesOf } from "./hex.js";
import { verifyTrieProof } from "./verifyTrieProof.js";

/** The key of a slot in its storage trie: keccak256 of the slot's number as a word. */
export function hashSlot(slot: bigint): string {
  return keccak256(toBeHex(slot, 32));
}

/**
 * Proves the value of a slot. A slot that the trie does not hold is zero.
 * @param storageRoot 32 bytes, 0x hex, from a proven account.
 * @param hashedSlot See `hashSlot`. Hashed, because a court may ask about a key whose preimage nobody knows.
 * @param proof A `storageProof[i].proof` of an `eth_getProof` answer, through `normaliseProof` if a node sent it.
 * @throws ProofError as `verifyTrieProof`, and `SlotValueMalformed`.
 */
export function verifySlotProof(storageRoot: string, hashedSlot: string, proof: readonly string[]): bigint {
  const value = verifyTrieProof(storageRoot, hashedSlot, proof);
  return value === null ? 0n : decodeSlotValue(bytesOf(value, "the value"));
}

/** Decodes what a storage trie's leaf holds: an RLP integer. RLP's zero reads as zero, as the contract reads it. */
export function decodeSlotValue(rlp: Uint8Array): bigint {
  const decoded = decodeInteger(rlp);
  if (decoded === undefined || decoded.size !== rlp.length) {
    throw new ProofError("SlotValueMalformed", "the slot's value is not a canonical RLP integer", {
      size: rlp.length,
    });
  }
  return decoded.value;
}
