import { RLP } from "@ethereumjs/rlp";
import { z } from "zod";
import { fromHex, keccak256, toHex } from "../execution/crypto.js";
import { readHeaderFields } from "../execution/rawBlock.js";
import type { Rpc } from "./rpc.js";
import { SourceError, sourceLied } from "./sourceErrors.js";

/** A header whose RLP was rebuilt and hashes to `hash`. Strings are 0x hex. */
export interface SourceHeader {
  rlp: string;
  hash: string;
  parentHash: string;
  number: bigint;
  /** Seconds. */
  timestamp: bigint;
  stateRoot: string;
  transactionsRoot: string;
  withdrawalsRoot: string | undefined;
}

export const quantity = z.string().regex(/^0x[0-9a-f]{1,64}$/i);
export const data = z.string().regex(/^0x([0-9a-f]{2})*$/i);
export const hash = z.string().regex(/^0x[0-9a-f]{64}$/i);

const headerJson = z.looseObject({
  hash,
  parentHash: hash,
  sha3Uncles: hash,
  miner: data,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: data,
  difficulty: quantity,
  number: quantity,
  gasLimit: quantity,
  gasUsed: quantity,
  timestamp: quantity,
  extraData: data,
  mixHash: hash,
  nonce: data,
  baseFeePerGas: quantity.nullish(),
  withdrawalsRoot: hash.nullish(),
  blobGasUsed: quantity.nullish(),
  excessBlobGas: quantity.nullish(),
  parentBeaconBlockRoot: hash.nullish(),
  requestsHash: hash.nullish(),
  blockAccessListHash: hash.nullish(),
  slotNumber: quantity.nullish(),
});
type HeaderJson = z.infer<typeof headerJson>;

/** Fields in the order of their position in the header; all from `baseFeePerGas` on were appended by forks. */
const layout = [
  ["parentHash", "bytes"],
  ["sha3Uncles", "bytes"],
  ["miner", "bytes"],
  ["stateRoot", "bytes"],
  ["transactionsRoot", "bytes"],
  ["receiptsRoot", "bytes"],
  ["logsBloom", "bytes"],
  ["difficulty", "number"],
  ["number", "number"],
  ["gasLimit", "number"],
  ["gasUsed", "number"],
  ["timestamp", "number"],
  ["extraData", "bytes"],
  ["mixHash", "bytes"],
  ["nonce", "bytes"],
  ["baseFeePerGas", "number"],
  ["withdrawalsRoot", "bytes"],
  ["blobGasUsed", "number"],
  ["excessBlobGas", "number"],
  ["parentBeaconBlockRoot", "bytes"],
  ["requestsHash", "bytes"],
  ["blockAccessListHash", "bytes"],
  ["slotNumber", "number"],
] as const satisfies readonly (readonly [keyof HeaderJson, "bytes" | "number"])[];

/** What the caller asked for: the answer must be just that block. */
export type BlockReference = { number: bigint } | { hash: string } | { tag: "latest" | "finalized" | "safe" };

/**
 * Rebuilds a header from a node's JSON and checks its hash.
 * @throws SourceError SourceLied, SourceMalformed
 */
export function verifyHeader(json: unknown, asked: BlockReference): SourceHeader {
  const parsed = headerJson.safeParse(json);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new SourceError("SourceMalformed", `a block's field ${field} is malformed`, { field });
  }
  const header = parsed.data;
  const rlp = encodeHeader(header);
  const computed = `0x${toHex(keccak256(rlp))}`;
  if (computed !== header.hash.toLowerCase()) {
    throw sourceLied("header", `the header of block ${BigInt(header.number)} does not have the hash given`, {
      number: BigInt(header.number).toString(),
      computed,
      claimed: header.hash,
    });
  }
  requireAsked(header, asked);
  const fields = readHeaderFields(rlp);
  return {
    rlp: `0x${toHex(rlp)}`,
    hash: computed,
    parentHash: `0x${fields.parentHash}`,
    number: fields.number,
    timestamp: fields.timestamp,
    stateRoot: `0x${fields.stateRoot}`,
    transactionsRoot: `0x${fields.transactionsRoot}`,
    withdrawalsRoot: fields.withdrawalsRoot === undefined ? undefined : `0x${fields.withdrawalsRoot}`,
  };
}

/**
 * State is asked for by height (nodes need not know it by hash), so a reorganisation in between looks like a lie
 * about a proof. Passes `error` on, unless the node's chain has another block than `header` at that height now.
 * @throws SourceError SourceReorganized, or `error`
 */
export async function throwUnlessReorganized(rpc: Rpc, header: SourceHeader, error: unknown): Promise<never> {
  const json = await rpc.request("eth_getBlockByNumber", [`0x${header.number.toString(16)}`, false]);
  const now = z.looseObject({ hash }).safeParse(json);
  if (now.success && now.data.hash.toLowerCase() === header.hash) throw error;
  throw new SourceError("SourceReorganized", `the node's chain does not have block ${header.hash}`, {
    number: header.number.toString(),
    hash: header.hash,
    now: now.success ? now.data.hash : undefined,
  });
}

function encodeHeader(header: HeaderJson): Uint8Array {
  const items: Uint8Array[] = [];
  for (const [field, kind] of layout) {
    const value = header[field];
    // A fork's fields are a run from the start of the tail: the first one absent ends the header.
    if (value === undefined || value === null) break;
    items.push(kind === "number" ? numberBytes(BigInt(value)) : fromHex(value));
  }
  return RLP.encode(items);
}

function requireAsked(header: HeaderJson, asked: BlockReference): void {
  const isOther =
    ("number" in asked && BigInt(header.number) !== asked.number) ||
    ("hash" in asked && header.hash.toLowerCase() !== asked.hash.toLowerCase());
  if (!isOther) return;
  throw sourceLied("header", "the node answered with another block than the one asked for", {
    asked: "number" in asked ? asked.number.toString() : Object.values(asked)[0],
    number: BigInt(header.number).toString(),
    hash: header.hash,
  });
}

/** Big-endian without leading zeros; empty for zero: an RLP number. */
export function numberBytes(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array() : fromHex(value.toString(16));
}
