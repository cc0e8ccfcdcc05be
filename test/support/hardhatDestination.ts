import { HDNodeWallet } from "ethers";
import type { DestinationNode } from "../../devnet/destinationNode.js";
import type { SourceNode } from "../../devnet/sourceNode.js";
import { createRpc } from "../../shared/chain/rpc.js";

/** Hardhat's published development phrase; its accounts are funded on every Hardhat node. */
const PHRASE = "test test test test test test test test test test test junk";
const ACCOUNTS = 20;

const accounts = Array.from({ length: ACCOUNTS }, (_, index) => {
  const { address, privateKey } = HDNodeWallet.fromPhrase(PHRASE, undefined, `m/44'/60'/0'/0/${index}`);
  return { address, privateKey };
});

/** Hardhat's node in the place of B. Its state is Ethereum's, so that it can be the A of another deployment. */
export function asDestination(node: SourceNode): DestinationNode {
  const client = createRpc({ urls: [node.url] });
  const rpc = async <T = unknown>(method: string, params: unknown[] = []): Promise<T> =>
    (await client.request(method, params)) as T;
  return {
    url: node.url,
    chainId: node.chainId,
    processId: node.processId,
    accounts,
    rpc,
    async mine(blocks = 1, secondsAhead) {
      if (secondsAhead !== undefined) await rpc("evm_increaseTime", [secondsAhead]);
      for (let mined = 0; mined < blocks; mined++) await rpc("evm_mine");
    },
    close: () => node.close(),
  };
}
