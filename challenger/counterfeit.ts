/**
 * Blocks that A never had, although they might have been: the transactions, the time and everything else that goes into
 * a block are those of A's own block, only what is said to come out of it is not. Validators who sign such a header
 * can defend it with anchor evidence; the execution court rejects it all the same.
 */
import { decodeRlp, getBytes, hexlify, keccak256 } from "ethers";
import type { Source } from "../shared/chain/source.js";
import type { SourceHeader } from "../shared/chain/sourceHeader.js";
import type { JsonRpc } from "../shared/chain/transactions.js";
import type { ClaimEntry } from "../shared/protocol/ledger.js";
import type { ClaimVerdict, Evidence } from "./judgeClaim.js";

/** Places of the fields in a header that follow from executing its block: root, receipts, bloom, gas, blob gas, requests. */
const RESULT_FIELDS: ReadonlySet<number> = new Set([3, 5, 6, 10, 17, 20]);
const STATE_ROOT_FIELD = 3;
const MAX_HEADER_BYTES = 2048;

/**
 * Looks whether a claimed block that A does not have is a counterfeit of the block that A has there.
 *
 * @returns undefined if it is something else, about which only the anchor court can decide
 * @throws whatever says that one of the two chains could not be read
 */
export async function recogniseCounterfeit(
  entry: ClaimEntry,
  { source, history }: Evidence,
  rpc: JsonRpc,
): Promise<Extract<ClaimVerdict, { kind: "counterfeit" }> | undefined> {
  const { number, blockHash } = entry.claim;
  const own = await ownBlock(source, number);
  if (own === undefined) return undefined;
  const rlp = await claimedHeader(entry, rpc);
  if (rlp === undefined || !isSameBefore(rlp, own.rlp)) return undefined;
  const { verdict } = await history.block(number);
  if (verdict.kind === "invalid") return undefined;
  const computed = verdict.kind === "match" ? own.stateRoot : verdict.computed;
  const claimed = (decodeRlp(rlp) as string[])[STATE_ROOT_FIELD];
  if (claimed?.toLowerCase() === computed.toLowerCase()) return undefined;
  return {
    kind: "counterfeit",
    canonicalHash: own.hash,
    number,
    detail: `state root is ${claimed}, execution gives ${computed}`,
    tip: { rlp, parentHash: own.parentHash, blockHash },
  };
}

async function ownBlock(source: Source, number: bigint): Promise<SourceHeader | undefined> {
  const head = await source.finalizedHead();
  return head.number < number ? undefined : source.headerByNumber(number);
}

/**
 * The header of a claim, from the transaction that made it. Where in it does not matter: the header is where its hash
 * says it is. A contract may have put it together, so that only the calls within the transaction show it.
 */
async function claimedHeader(
  { claim, transactionHash }: ClaimEntry,
  rpc: JsonRpc,
): Promise<string | undefined> {
  const transaction = await rpc.send("eth_getTransactionByHash", [transactionHash]);
  const found = headerIn(inputsOf(transaction), claim.blockHash);
  if (found !== undefined) return found;
  const trace = await rpc.send("debug_traceTransaction", [transactionHash, { tracer: "callTracer" }]);
  return headerIn(inputsOf(trace), claim.blockHash);
}

/** The data of a call, and of the calls within it if the answer is a trace. */
function inputsOf(answer: unknown): string[] {
  const { input, calls } = (answer ?? {}) as { input?: unknown; calls?: unknown };
  const own = typeof input === "string" ? [input] : [];
  return Array.isArray(calls) ? [...own, ...calls.flatMap(inputsOf)] : own;
}

function headerIn(inputs: readonly string[], hash: string): string | undefined {
  for (const input of inputs) {
    const header = findHeader(getBytes(input), hash);
    if (header !== undefined) return header;
  }
  return undefined;
}

/** The list with this hash among the bytes; headers are lists of more than 255 bytes, with a length of two. */
export function findHeader(bytes: Uint8Array, hash: string): string | undefined {
  for (let at = bytes.indexOf(0xf9); at >= 0; at = bytes.indexOf(0xf9, at + 1)) {
    const size = 3 + (bytes[at + 1] ?? 0) * 256 + (bytes[at + 2] ?? 0);
    if (size > MAX_HEADER_BYTES || at + size > bytes.length) continue;
    const candidate = bytes.subarray(at, at + size);
    if (keccak256(candidate) === hash.toLowerCase()) return hexlify(candidate);
  }
  return undefined;
}

/** Whether two headers agree in all that goes into a block's execution. */
function isSameBefore(a: string, b: string): boolean {
  const [left, right] = [decodeRlp(a), decodeRlp(b)] as [string[], string[]];
  return left.length === right.length && left.every((field, i) => RESULT_FIELDS.has(i) || field === right[i]);
}
