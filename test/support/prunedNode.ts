import { startLyingProxy, type LyingProxy } from "./lyingProxy.js";

/** A node of A that forgets: it refuses the state of blocks that are older than some. */
export interface PrunedNode {
  readonly url: string;
  readonly proxy: LyingProxy;
  /** The oldest block whose state it has; 0: all. */
  oldest: bigint;
  /** How often it refused. */
  refusals: number;
  close(): Promise<void>;
}

/** Methods that read the state after a block, and where among their parameters the block is. */
const STATE_METHODS = { eth_getProof: 2, eth_getCode: 1 } as const;

/** Stands before a node that has all states. */
export async function startPrunedNode(target: string): Promise<PrunedNode> {
  const proxy = await startLyingProxy(target);
  const node: PrunedNode = { url: proxy.url, proxy, oldest: 0n, refusals: 0, close: () => proxy.close() };
  for (const [method, place] of Object.entries(STATE_METHODS)) {
    proxy.lie(method, (result, params) => {
      const at = String(params[place]);
      if (!/^0x/.test(at) || BigInt(at) >= node.oldest) return result;
      node.refusals += 1;
      throw new Error(`missing trie node: state of block ${BigInt(at)} is not available`);
    });
  }
  return node;
}
