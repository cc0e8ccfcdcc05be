import type { Interface } from "ethers";
import { resultToRecord } from "./decoding.js";
import type { ChainEvent, FollowedContract } from "./events.js";
import type { Log } from "./transactions.js";
import { decodeWords } from "./wordDecoding.js";

/** A log as eth_getLogs answers it. */
export interface RawLog extends Log {
  blockNumber: string;
  blockHash: string;
  transactionHash: string;
  logIndex: string;
}

/** The event in a log; undefined if the contract's interface does not know it, which is never a reason to stop. */
export function decodeLog(contract: FollowedContract, log: RawLog): ChainEvent | undefined {
  const parsed = parseLog(contract.abi, log);
  if (parsed === undefined) return undefined;
  return {
    contract: contract.name,
    address: contract.address,
    ...parsed,
    blockNumber: BigInt(log.blockNumber),
    blockHash: log.blockHash,
    transactionHash: log.transactionHash,
    logIndex: Number(log.logIndex),
  };
}

function parseLog(abi: Interface, log: Log): { name: string; args: Record<string, unknown> } | undefined {
  try {
    const fragment = abi.getEvent(log.topics[0] ?? "");
    const words = fragment === null || fragment.anonymous ? undefined : decodeWords(fragment, log);
    if (fragment !== null && words !== undefined) return { name: fragment.name, args: words };
    const parsed = abi.parseLog({ topics: [...log.topics], data: log.data });
    if (parsed === null) return undefined;
    return { name: parsed.name, args: resultToRecord(parsed.fragment.inputs, parsed.args) };
  } catch {
    // The topic is known but the data does not fit it.
    return undefined;
  }
}
