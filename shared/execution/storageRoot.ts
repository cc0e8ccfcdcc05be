import { RLP } from "@ethereumjs/rlp";
import { keccak256, toBeArray } from "ethers";
import { EMPTY_TRIE_ROOT, PartialTrie } from "./partialTrie.js";

/** Everything that a contract's storage holds: slot (0x and 64 digits) to value, without zeros. */
export type StorageSlots = ReadonlyMap<string, bigint>;

/**
 * The storage root (0x hex) of an account that holds just these slots; zeros are left out.
 * @param onNode Told every node of the trie that is hashed, by its hash without 0x.
 */
export function storageRootOf(slots: StorageSlots, onNode?: (hash: string, rlp: Uint8Array) => void): string {
  const trie = new PartialTrie(EMPTY_TRIE_ROOT, { isBranch: () => false, node: () => undefined });
  for (const [slot, value] of slots) {
    if (value !== 0n) trie.put(keccak256(slot).slice(2), RLP.encode(toBeArray(value)));
  }
  return `0x${trie.root(onNode)}`;
}

/** Whether a list of slots is complete and right: nothing but the storage root has to be believed. */
export function isWholeStorage(slots: StorageSlots, storageRoot: string): boolean {
  return storageRootOf(slots) === storageRoot.toLowerCase();
}

/** A slot as every part of the protocol writes it: 0x and 64 digits. */
export function slotKey(slot: string | bigint): string {
  return `0x${BigInt(slot).toString(16).padStart(64, "0")}`;
}
