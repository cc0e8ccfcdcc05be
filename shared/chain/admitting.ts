import type { ByteStore } from "../execution/witness.js";

/**
 * What a node sends for one block, before the states of all blocks. It gets there when it is found by its hash from a
 * verified root: what a node sends besides is forgotten with the block.
 *
 * @param onAdmitted told about everything that gets there
 */
export function admitting(
  shared: ByteStore,
  onAdmitted?: (hash: string, bytes: Uint8Array) => void,
): ByteStore {
  const sent = new Map<string, Uint8Array>();
  return {
    set: (hash, bytes) => sent.set(hash, bytes),
    get(hash) {
      const known = shared.get(hash);
      if (known !== undefined) return known;
      const bytes = sent.get(hash);
      if (bytes === undefined) return undefined;
      shared.set(hash, bytes);
      onAdmitted?.(hash, bytes);
      return bytes;
    },
  };
}
