import { setImmediate as nextTurn } from "node:timers/promises";
import { RLP } from "@ethereumjs/rlp";
import { toBeArray } from "ethers";
import { fromHex, keccak256, toHex } from "./crypto.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "./partialTrie.js";

/** Everything that a contract's storage holds: slot (0x and 64 digits) to value, without zeros. */
export type StorageSlots = ReadonlyMap<string, bigint>;

/** Slots put into the trie and hashed before others get their turn. */
const TURN = 4_096;

/**
 * The storage root (0x hex) of an account that holds just these slots; zeros are left out. The trie is hashed as it grows, so that
 * a storage of hundreds of thousands of slots keeps nobody waiting.
 * @param onNode Told every node that is hashed, by its hash without 0x: those of the trie, and of it while it grew.
 */
export async function storageRootOf(
  slots: StorageSlots,
  onNode?: (hash: string, rlp: Uint8Array) => void,
): Promise<string> {
  const trie = new PartialTrie(EMPTY_TRIE_ROOT, { isBranch: () => false, node: () => undefined });
  let count = 0;
  for (const [slot, value] of slots) {
    if (value !== 0n) trie.put(toHex(keccak256(fromHex(slot))), RLP.encode(toBeArray(value)));
    if ((count += 1) % TURN !== 0) continue;
    trie.root(onNode);
    await nextTurn();
  }
  return `0x${trie.root(onNode)}`;
}

/** Whether a list of slots is complete and right: nothing but the storage root has to be believed. */
export async function isWholeStorage(slots: StorageSlots, storageRoot: string): Promise<boolean> {
  return (await storageRootOf(slots)) === storageRoot.toLowerCase();
}

/** A slot as every part of the protocol writes it: 0x and 64 digits. */
export function slotKey(slot: string | bigint): string {
  return `0x${BigInt(slot).toString(16).padStart(64, "0")}`;
}
