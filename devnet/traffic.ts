import { AbiCoder, Interface, concat, keccak256, toBeHex } from "ethers";
import { readFileSync } from "node:fs";
import type { Rpc } from "../shared/chain/rpc.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import { sleep } from "../shared/runtime/shutdown.js";

/** An ordinary token on A, and people who use it. */
export interface TokenOnA {
  readonly address: string;
  /** Sends `amount` from the treasury; resolves with its block when mined. */
  transfer(to: string, amount: bigint): Promise<bigint>;
  /** Balance at a block, as A's node tells it. */
  balanceAt(account: string, block: bigint): Promise<bigint>;
  /** Transfers between changing accounts until the signal. */
  keepBusy(signal: AbortSignal): Promise<void>;
}

interface MinedReceipt {
  readonly contractAddress: string;
  /** Hex. */
  readonly blockNumber: string;
}

const abi = new Interface([
  "constructor(uint256 supply)",
  "function transfer(address to, uint256 amount) returns (bool)",
  "function balanceOf(address account) view returns (uint256)",
]);

const SUPPLY = 10n ** 24n;
const POLL_MS = 150;
const PAUSE_MS = 700;

/** Deploys the token on A with one of the node's own accounts. */
export async function deployToken(rpc: Rpc): Promise<TokenOnA> {
  const [treasury] = (await rpc.request("eth_accounts", [])) as string[];
  if (treasury === undefined)
    throw new OptisyncError("NoAccount", "A's node has no account", { action: "halt" });

  const mined = async (transaction: Record<string, string>): Promise<MinedReceipt> => {
    const hash = await rpc.request("eth_sendTransaction", [{ from: treasury, ...transaction }]);
    for (;;) {
      const receipt = await rpc.request("eth_getTransactionReceipt", [hash]);
      if (receipt !== null) return receipt as MinedReceipt;
      await sleep(POLL_MS);
    }
  };
  const { contractAddress: address } = await mined({
    data: concat([tokenCode(), abi.encodeDeploy([SUPPLY])]),
  });
  const transfer = async (to: string, amount: bigint): Promise<bigint> =>
    BigInt(
      (await mined({ to: address, data: abi.encodeFunctionData("transfer", [to, amount]) })).blockNumber,
    );
  return {
    address,
    transfer,
    async balanceAt(account, block) {
      const data = abi.encodeFunctionData("balanceOf", [account]);
      return BigInt((await rpc.request("eth_call", [{ to: address, data }, toQuantity(block)])) as string);
    },
    async keepBusy(signal) {
      for (let i = 1n; !signal.aborted; i++) {
        try {
          // Some accounts come up again, some are new: updates of slots and insertions.
          await transfer(toBeHex(0xacc000n + (i % 5n) * i, 20), 10n ** 15n * i);
          await sleep(PAUSE_MS, signal);
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
      }
    },
  };
}

/** Where OpenZeppelin's ERC20 keeps the balance of an account. */
export function balanceSlot(account: string): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [account, 0]));
}

function tokenCode(): string {
  return artifactCode("Token");
}

/** Creation code of one of the demonstration's contracts. */
export function artifactCode(name: "Token" | "CreditDesk" | "Notebook"): string {
  const file = new URL(`../out/${name}.sol/${name}.json`, import.meta.url);
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { bytecode: { object: string } }).bytecode.object;
  } catch (cause) {
    throw new OptisyncError("ArtifactMissing", `${name} is not built: run \`npm run build\` first`, {
      action: "halt",
      cause,
    });
  }
}

function toQuantity(number: bigint): string {
  return `0x${number.toString(16)}`;
}
