import { startSourceNode, type SourceNode, type SourceNodeOptions } from "../../devnet/sourceNode.js";
import { createRpc, type Rpc } from "../../shared/chain/rpc.js";
import { createSource, type Source } from "../../shared/chain/source.js";
import { hardhatForks } from "../../shared/execution/forks.js";

/** Hardhat's first development account; the node signs for it. */
export const DEVELOPER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

/** A real source chain for a test file, with a client that talks to it directly. */
export interface TestSource {
  node: SourceNode;
  rpc: Rpc;
  /** Sends a transaction of `DEVELOPER`; with automatic mining it is mined when this resolves. */
  send(transaction: { to?: string; data?: string; value?: string; gas?: string }): Promise<TestReceipt>;
  close(): Promise<void>;
}

export interface TestReceipt {
  transactionHash: string;
  blockNumber: string;
  contractAddress: string | null;
  status: string;
}

export async function startTestSource(options: SourceNodeOptions = {}): Promise<TestSource> {
  const node = await startSourceNode(options);
  const rpc = createRpc({ urls: [node.url] });
  return {
    node,
    rpc,
    async send(transaction) {
      const hash = await rpc.request("eth_sendTransaction", [{ from: DEVELOPER, ...transaction }]);
      return (await rpc.request("eth_getTransactionReceipt", [hash])) as TestReceipt;
    },
    close: () => node.close(),
  };
}

/** A verifying reader of the node at `url`, with the rules that it was started with. */
export async function openTestSource(url: string, chainId = 31_337n): Promise<Source> {
  return createSource({
    rpc: createRpc({ urls: [url], retries: 0 }),
    forks: hardhatForks(chainId),
    finality: { kind: "depth", blocks: 0n },
  });
}
