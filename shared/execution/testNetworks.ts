import type { BlobParameters, ExecutionForks, ForkName, ScheduledFork } from "./forks.js";

/** Names of networks in Ethereum's tests, in lower case. "Merge" is what Paris was called first. */
const FORKS: Readonly<Record<string, ForkName>> = {
  merge: "paris",
  paris: "paris",
  shanghai: "shanghai",
  cancun: "cancun",
  prague: "prague",
  osaka: "osaka",
  bpo1: "bpo1",
  bpo2: "bpo2",
};

/** Blob parameters by network name, as newer tests carry them (EIP-7840). */
export type BlobSchedule = Readonly<Record<string, BlobParameters>>;

/**
 * The schedule of a network of Ethereum's tests: one fork, or two as in `ShanghaiToCancunAtTime15k`. Undefined for
 * networks from before the Merge, which this program does not execute, and for ones it does not know.
 */
export function testNetwork(
  network: string,
  chainId: bigint,
  blobSchedule: BlobSchedule = {},
): ExecutionForks | undefined {
  const [, from = network, to, thousands] = /^(\w+?)To(\w+)AtTime(\d+)k$/.exec(network) ?? [];
  const first = scheduled(from, 0n, blobSchedule);
  if (first === undefined) return undefined;
  if (to === undefined) return { chainId, forks: [first] };
  const second = scheduled(to, BigInt(thousands ?? 0) * 1_000n, blobSchedule);
  return second && { chainId, forks: [first, second] };
}

function scheduled(network: string, timestamp: bigint, schedule: BlobSchedule): ScheduledFork | undefined {
  const name = FORKS[network.toLowerCase()];
  const blobs = Object.entries(schedule).find(([of]) => of.toLowerCase() === network.toLowerCase())?.[1];
  return name && { name, timestamp, ...(blobs === undefined ? {} : { blobs }) };
}
