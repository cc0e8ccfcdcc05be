import { z } from "zod";
import type { Rpc } from "../shared/chain/rpc.js";
import { SourceError } from "../shared/chain/sourceErrors.js";
import { verifyHeader, type BlockReference, type SourceHeader } from "../shared/chain/sourceHeader.js";
import type { SourceView } from "./signer.js";

const quantity = z.string().regex(/^0x[0-9a-f]{1,64}$/i);

/**
 * A member's view of A through its own node: headers whose hash is right. A member vouches for hashes and executes
 * nothing, so that it needs to know no forks.
 * @param depth Instead of the node's `finalized` tag, for chains without one: blocks this deep are final.
 * @throws SourceError SourceWrongChain (halt) if the node serves another chain; RpcError
 */
export async function createSourceView(rpc: Rpc, sourceChainId: bigint, depth?: bigint): Promise<SourceView> {
  const said = quantity.safeParse(await rpc.request("eth_chainId", []));
  if (!said.success || BigInt(said.data) !== sourceChainId) {
    throw new SourceError("SourceWrongChain", `the node does not serve chain ${sourceChainId}`, {
      wanted: sourceChainId.toString(),
      got: said.data,
    });
  }

  async function header(asked: BlockReference): Promise<SourceHeader> {
    const at = "number" in asked ? `0x${asked.number.toString(16)}` : "tag" in asked ? asked.tag : asked.hash;
    const block = await rpc.request("eth_getBlockByNumber", [at, false]);
    if (block === null) throw new SourceError("SourceLagging", `the node does not have block ${at}`, { at });
    return verifyHeader(block, asked);
  }

  return {
    async finalizedHead() {
      if (depth === undefined) return header({ tag: "finalized" });
      const { number } = await header({ tag: "latest" });
      return header({ number: number > depth ? number - depth : 0n });
    },
    headerByNumber: (number) => header({ number }),
  };
}
