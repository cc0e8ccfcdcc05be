import { ClassicLevel } from "classic-level";
import { SignerError } from "./errors.js";

/**
 * What a member has signed, on disk. The one store of optisync that is not a cache: it keeps the member from signing
 * two hashes for one number even if its node changes its mind. Back it up with the key, and never run one key with
 * two stores.
 */
export interface SignedBlocks {
  /**
   * Commits to a hash for a number, durably, before the promise resolves. Committing again to the same is fine.
   * @throws SignerError WouldEquivocate if another hash is recorded; nothing changes then.
   */
  commit(sourceChainId: bigint, number: bigint, blockHash: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens the store in a directory, which it locks: a second process on it fails. */
export async function openSignedBlocks(directory: string): Promise<SignedBlocks> {
  const db = new ClassicLevel<string, string>(directory);
  await db.open();
  // One commit at a time: two at once could both find nothing and both write.
  let tail: Promise<unknown> = Promise.resolve();

  async function commit(sourceChainId: bigint, number: bigint, blockHash: string): Promise<void> {
    const key = `${sourceChainId}:${number}`;
    const hash = blockHash.toLowerCase();
    const recorded = await db.get(key);
    if (recorded === hash) return;
    if (recorded !== undefined) {
      throw new SignerError("WouldEquivocate", `another hash was signed for block ${number} before`, {
        sourceChainId,
        number,
        recorded,
        wanted: hash,
      });
    }
    await db.put(key, hash, { sync: true });
  }

  return {
    commit(sourceChainId, number, blockHash) {
      const turn = tail.then(() => commit(sourceChainId, number, blockHash));
      tail = turn.catch(() => undefined);
      return turn;
    },
    async close() {
      await tail;
      await db.close();
    },
  };
}
