import { RLP } from "@ethereumjs/rlp";
import { fromHex, keccak256, toHex } from "../../shared/execution/crypto.js";

const NUMBERS = new Set([
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "baseFeePerGas",
  "blobGasUsed",
  "excessBlobGas",
]);
const FIELDS = [
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "extraData",
  "mixHash",
  "nonce",
  "baseFeePerGas",
  "withdrawalsRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
];

/** A Prague block as a node answers it, with the hash that its header's fields have. */
export function rehashed(block: Record<string, unknown>): Record<string, unknown> {
  const items = FIELDS.map((field) => {
    const value = block[field] as string;
    return NUMBERS.has(field) ? BigInt(value) : fromHex(value);
  });
  return { ...block, hash: `0x${toHex(keccak256(RLP.encode(items)))}` };
}
