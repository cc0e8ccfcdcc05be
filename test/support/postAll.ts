import type { Rpc } from "../../shared/chain/rpc.js";

/** A transaction of an account whose key the node holds. */
export interface NodeTransaction {
  readonly from: string;
  readonly to: string;
  readonly data: string;
  readonly value?: bigint;
}

/** What one transaction may take (EIP-7825). */
export const MAX_TX_GAS = 2 ** 24;
const GAS_PRICE_WEI = 2_000_000_000;

/**
 * Hands many transactions to a development node at once, in the order in which they are given, without simulating them.
 * @returns how many transactions each sender will have sent once all are mined
 */
export async function postAll(
  rpc: Rpc,
  transactions: readonly NodeTransaction[],
): Promise<ReadonlyMap<string, number>> {
  const nonces = new Map<string, number>();
  for (const { from } of transactions) {
    if (nonces.has(from)) continue;
    nonces.set(from, Number(await rpc.request("eth_getTransactionCount", [from, "latest"])));
  }
  const quantity = (value: number | bigint): string => `0x${value.toString(16)}`;
  const requests = transactions.map(({ from, to, data, value = 0n }) => {
    const nonce = nonces.get(from) as number;
    nonces.set(from, nonce + 1);
    const fee = { gas: quantity(MAX_TX_GAS), gasPrice: quantity(GAS_PRICE_WEI) };
    const params = [{ from, to, data, value: quantity(value), nonce: quantity(nonce), ...fee }];
    return { method: "eth_sendTransaction", params };
  });
  await rpc.batch(requests);
  return nonces;
}

const POLL_MS = 10;

/** Waits for a node that mines by itself. */
export async function untilMined(rpc: Rpc, sent: ReadonlyMap<string, number>): Promise<void> {
  for (const [from, count] of sent) {
    while (Number(await rpc.request("eth_getTransactionCount", [from, "latest"])) < count)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
