import { OptisyncError } from "../runtime/errors.js";

/** The one thing the sender and the event log need from a provider: ethers' providers have it. */
export interface JsonRpc {
  send(method: string, params: unknown[]): Promise<unknown>;
}

export interface Log {
  address: string;
  topics: readonly string[];
  data: string;
}

/** What became of a mined transaction. */
export interface Receipt {
  transactionHash: string;
  blockHash: string;
  blockNumber: bigint;
  succeeded: boolean;
  gasUsed: bigint;
  effectiveGasPriceWei: bigint;
  /** The created contract, for a transaction without receiver. */
  contractAddress: string | undefined;
  logs: readonly Log[];
}

/** The head of B as far as sending needs it. `baseFeePerGas` is undefined on a chain without EIP-1559. */
export interface Head {
  number: bigint;
  hash: string;
  timestamp: bigint;
  gasLimit: bigint;
  baseFeePerGas: bigint | undefined;
}

/** @throws OptisyncError `AnswerMalformed` (retry) if the node answers something else than a block. */
export async function readHead(rpc: JsonRpc, tag = "latest"): Promise<Head> {
  const block = requireRecord(await rpc.send("eth_getBlockByNumber", [tag, false]), "eth_getBlockByNumber");
  const baseFee = block["baseFeePerGas"];
  return {
    number: toBigint(block["number"], "number"),
    hash: toText(block["hash"], "hash"),
    timestamp: toBigint(block["timestamp"], "timestamp"),
    gasLimit: toBigint(block["gasLimit"], "gasLimit"),
    baseFeePerGas: baseFee === undefined || baseFee === null ? undefined : toBigint(baseFee, "baseFeePerGas"),
  };
}

export async function readNonce(rpc: JsonRpc, address: string, tag: string): Promise<number> {
  return Number(toBigint(await rpc.send("eth_getTransactionCount", [address, tag]), "nonce"));
}

export async function readReceipt(rpc: JsonRpc, hash: string): Promise<Receipt | undefined> {
  const answer = await rpc.send("eth_getTransactionReceipt", [hash]);
  if (answer === null || answer === undefined) return undefined;
  const receipt = requireRecord(answer, "eth_getTransactionReceipt");
  const created = receipt["contractAddress"];
  return {
    transactionHash: toText(receipt["transactionHash"], "transactionHash"),
    blockHash: toText(receipt["blockHash"], "blockHash"),
    blockNumber: toBigint(receipt["blockNumber"], "blockNumber"),
    succeeded: toBigint(receipt["status"], "status") === 1n,
    gasUsed: toBigint(receipt["gasUsed"], "gasUsed"),
    effectiveGasPriceWei: toBigint(receipt["effectiveGasPrice"] ?? "0x0", "effectiveGasPrice"),
    contractAddress: typeof created === "string" ? created : undefined,
    logs: (receipt["logs"] ?? []) as Log[],
  };
}

/** True if the node still has the transaction, pending or mined. */
export async function isKnown(rpc: JsonRpc, hash: string): Promise<boolean> {
  const answer = await rpc.send("eth_getTransactionByHash", [hash]);
  return answer !== null && answer !== undefined;
}

/**
 * How a node took a transaction. `uncertain`: no answer came, it may or may not have it. `nonceUsed`: another
 * transaction with this nonce is mined. `underpriced`: another one with this nonce waits and bids too much.
 */
export type BroadcastResult = "accepted" | "nonceUsed" | "underpriced" | "uncertain";

/** @throws OptisyncError `BalanceTooLow` or `TransactionRefused` (both retry) when the node answers a plain no. */
export async function broadcast(rpc: JsonRpc, rawTransaction: string): Promise<BroadcastResult> {
  try {
    await rpc.send("eth_sendRawTransaction", [rawTransaction]);
    return "accepted";
  } catch (error) {
    const words = nodeMessage(error, 0);
    if (words === undefined) return "uncertain";
    if (/already (?:known|imported)|known transaction/i.test(words)) return "accepted";
    if (/nonce.*too low|nonce has already been used/i.test(words)) return "nonceUsed";
    if (/underpriced|replacement fee too low|could not replace/i.test(words)) return "underpriced";
    if (/insufficient funds/i.test(words)) {
      throw new OptisyncError("BalanceTooLow", `the node refused the transaction: ${words}`, {
        action: "retry",
        cause: error,
      });
    }
    throw new OptisyncError("TransactionRefused", `the node refused the transaction: ${words}`, {
      action: "retry",
      cause: error,
    });
  }
}

/** What the node itself said, if the error carries a JSON-RPC answer at all. */
export function nodeMessage(error: unknown, depth = 0): string | undefined {
  if (typeof error !== "object" || error === null || depth > 6) return undefined;
  const fields = error as Record<string, unknown>;
  // A timeout is an Error with a number as its code too; what a node says arrives as plain JSON.
  const isAnswer = !(error instanceof Error) && typeof fields["code"] === "number";
  if (isAnswer && typeof fields["message"] === "string") return fields["message"];
  for (const name of ["error", "info", "cause"]) {
    const found = nodeMessage(fields[name], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function toQuantity(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

function requireRecord(value: unknown, method: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw malformed(method, value);
}

export function toBigint(value: unknown, what: string): bigint {
  if (typeof value === "string" && /^0x[0-9a-fA-F]+$/.test(value)) return BigInt(value);
  throw malformed(what, value);
}

function toText(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw malformed(what, value);
}

function malformed(what: string, value: unknown): OptisyncError {
  return new OptisyncError("AnswerMalformed", `the node answered no ${what}`, {
    action: "retry",
    details: { what, got: value },
  });
}
