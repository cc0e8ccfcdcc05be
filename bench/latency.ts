import { fromHex } from "../shared/execution/crypto.js";
import { readHeaderFields } from "../shared/execution/rawBlock.js";
import { lookAhead } from "../challenger/lookAhead.js";
import { createHistory } from "../shared/chain/history.js";
import { createMemoryRecords } from "../shared/chain/recordStore.js";
import { silentLogger } from "../shared/runtime/logger.js";
import type { BenchChain } from "./workloads.js";

export interface Latency {
  name: string;
  gas: bigint;
  milliseconds: number;
}

export const POLL_MS = 50;

/** Follows the node as a challenger does while it makes a block of each kind. */
export async function measureLatency(chain: BenchChain): Promise<Latency[]> {
  const latencies: Latency[] = [];
  for (const kind of ["plain transfers", "ERC-20 transfers"] as const) {
    const following = new AbortController();
    const { signal } = following;
    const source = await chain.openSource();
    const history = createHistory({ source, store: createMemoryRecords(), logger: silentLogger(), signal });
    const { number } = await source.latestHead();
    const seenAt = new Promise<number>((resolve) => {
      const onBlock = (): void => resolve(performance.now());
      void lookAhead({ source, history }, number, {
        pollMs: POLL_MS,
        logger: silentLogger(),
        signal,
        onBlock,
      });
    });
    await chain.mineBlock(kind);
    const minedAt = performance.now();
    latencies.push({
      name: kind,
      milliseconds: (await seenAt) - minedAt,
      gas: readHeaderFields(fromHex((await source.latestHead()).rlp)).gasUsed,
    });
    following.abort();
  }
  return latencies;
}
