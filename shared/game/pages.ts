/** Proofs that do not fit one transaction: their last part goes to B as the code of contracts, page by page, and is read from there. */
import { getAddress, getCreateAddress } from "ethers";
import type { Sender } from "../chain/sender.js";
import { describeRevert } from "../chain/reverts.js";
import { readNonce, type JsonRpc } from "../chain/transactions.js";
import { OptisyncError } from "../runtime/errors.js";

export interface PageTools {
  readonly rpc: JsonRpc;
  readonly sender: Sender;
}

/** Addresses asked for their code at the same time. */
const CODES_AT_ONCE = 16;
/** Contracts of other transactions that may lie between pages of an earlier attempt. */
const OTHERS_BETWEEN = 64;

/**
 * Puts the pages of a proof on B, but for those that this account has put there before: a process that died in between, or whose
 * proof was held back, goes on where it was. A page costs about five million gas.
 *
 * @param pages runtime codes, 0x hex
 * @returns their addresses
 * @throws OptisyncError `PageRefused` (retry) if one does not get there
 */
export async function deployPages(
  { rpc, sender }: PageTools,
  pages: readonly string[],
  key: string,
  /** Unix seconds on B: that of the proof. */
  deadline: bigint,
): Promise<string[]> {
  if (pages.length === 0) return [];
  // Pages of an earlier run that are not mined yet have no code to be found by.
  await sender.ready(deadline);
  const found = await findPages(rpc, sender.address, pages);
  const deploy = async (page: string, index: number): Promise<string> => {
    const request = { data: creationOf(page), label: "page", key: `${key}:page:${index}`, deadline };
    const outcome = await sender.send(request);
    if (outcome.kind === "dryRun") return ZERO_ADDRESS;
    const address = outcome.kind === "confirmed" ? outcome.receipt.contractAddress : undefined;
    if (address !== undefined) return getAddress(address);
    const why = outcome.kind === "reverted" ? describeRevert(outcome.revert) : outcome.kind;
    throw new OptisyncError("PageRefused", `page ${index} of the proof was not deployed: ${why}`, {
      action: "retry",
      details: { key, page: index },
    });
  };
  return Promise.all(pages.map(async (page, index) => found.get(page.toLowerCase()) ?? deploy(page, index)));
}

/**
 * Which of these codes are those of contracts that the account's latest transactions made. A page of somebody else's would do as
 * well: what it holds is checked by the court. Own ones can be found without being told of.
 */
async function findPages(
  rpc: JsonRpc,
  account: string,
  pages: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(pages.map((page) => page.toLowerCase()));
  const found = new Map<string, string>();
  const next = await readNonce(rpc, account, "latest");
  const oldest = Math.max(0, next - 2 * pages.length - OTHERS_BETWEEN);
  for (let end = next; end > oldest && found.size < wanted.size; end -= CODES_AT_ONCE) {
    const nonces = Array.from({ length: Math.min(CODES_AT_ONCE, end - oldest) }, (_, i) => end - 1 - i);
    await Promise.all(
      nonces.map(async (nonce) => {
        const address = getCreateAddress({ from: account, nonce });
        const code = String(await rpc.send("eth_getCode", [address, "latest"])).toLowerCase();
        if (wanted.has(code)) found.set(code, address);
      }),
    );
  }
  return found;
}

const ZERO_ADDRESS = `0x${"00".repeat(20)}`;

/** Creation code that returns what follows it: PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN. */
function creationOf(runtime: string): string {
  const code = runtime.slice(2);
  const size = (code.length / 2).toString(16).padStart(4, "0");
  return `0x61${size}80600a5f395ff3${code}`;
}
