import { readFileSync } from "node:fs";
import { Interface, JsonRpcProvider, Network, Wallet, type InterfaceAbi } from "ethers";
import type { DestinationNode } from "../../../devnet/destinationNode.js";

/** The test contract `Turnstile` as forge built it, and how to deploy it on a local chain. */
const artifact = JSON.parse(
  readFileSync(new URL("../../../out/Turnstile.sol/Turnstile.json", import.meta.url), "utf8"),
) as { abi: InterfaceAbi; bytecode: { object: string } };

export const turnstile = new Interface(artifact.abi);

export function passCall(turn: number): string {
  return turnstile.encodeFunctionData("pass", [turn]);
}

export function connect(node: DestinationNode): JsonRpcProvider {
  const network = Network.from(node.chainId);
  return new JsonRpcProvider(node.url, network, {
    staticNetwork: network,
    batchMaxCount: 1,
    cacheTimeout: -1,
  });
}

export function walletOf(node: DestinationNode, index = 0): Wallet {
  return new Wallet(node.accounts[index]?.privateKey ?? "");
}

/** Deploys from the last account, so that the nonces of the others start at zero. */
export async function deployTurnstile(node: DestinationNode): Promise<string> {
  const from = node.accounts.at(-1)?.address;
  const hash = await node.rpc("eth_sendTransaction", [
    { from, data: artifact.bytecode.object, gas: "0x200000" },
  ]);
  await node.mine();
  const receipt = await node.rpc<{ contractAddress: string }>("eth_getTransactionReceipt", [hash]);
  return receipt.contractAddress;
}

/** Waits until a condition holds; fails with its name after a while. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean> | boolean,
  limitMs = 15_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
