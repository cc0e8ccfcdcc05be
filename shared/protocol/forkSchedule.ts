/** One fork of A: from `fromTimestamp` (seconds) on, a header has exactly `fieldCount` fields. */
export interface Fork {
  readonly fromTimestamp: bigint;
  readonly fieldCount: number;
}

/** The forks of A that a deployment knows, as `contracts/types/ForkSchedule.sol`. Made by `createForkSchedule` only. */
export interface ForkSchedule {
  /** One to three, ascending. */
  readonly forks: readonly Fork[];
  /** First timestamp (seconds) that the deployment knows nothing about. */
  readonly sunset: bigint;
}

const MAX_FORKS = 3;
const MIN_FIELDS = 15;
const MAX_FIELDS = 32;
const MAX_UINT56 = 2n ** 56n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * Checks a schedule by the rules of the contract.
 * @throws RangeError that says which entry is wrong.
 */
export function createForkSchedule(forks: readonly Fork[], sunset: bigint = MAX_UINT64): ForkSchedule {
  if (forks.length === 0 || forks.length > MAX_FORKS) {
    throw new RangeError(`A schedule has 1 to ${MAX_FORKS} forks, got ${forks.length}.`);
  }
  let previous = -1n;
  for (const { fromTimestamp, fieldCount } of forks) {
    if (fromTimestamp <= previous || fromTimestamp > MAX_UINT56) {
      throw new RangeError(`Forks ascend and fit into 56 bits, got ${fromTimestamp} after ${previous}.`);
    }
    if (!Number.isInteger(fieldCount) || fieldCount < MIN_FIELDS || fieldCount > MAX_FIELDS) {
      throw new RangeError(`A header has ${MIN_FIELDS} to ${MAX_FIELDS} fields, got ${fieldCount}.`);
    }
    previous = fromTimestamp;
  }
  if (sunset <= previous || sunset > MAX_UINT64) {
    throw new RangeError(`The sunset ${sunset} is not after the last fork at ${previous}.`);
  }
  return { forks, sunset };
}

/** The packed word that the contracts take and return. */
export function packForkSchedule(schedule: ForkSchedule): bigint {
  return schedule.forks.reduce(
    (packed, { fromTimestamp, fieldCount }, index) =>
      packed | (((fromTimestamp << 8n) | BigInt(fieldCount)) << (64n * BigInt(index + 1))),
    schedule.sunset,
  );
}

/** Reads the packed word. @throws RangeError if it is no schedule. */
export function unpackForkSchedule(packed: bigint): ForkSchedule {
  const entries = [1n, 2n, 3n].map((index) => BigInt.asUintN(64, packed >> (64n * index)));
  const forks = entries
    .filter((entry) => entry !== 0n)
    .map((entry) => ({ fromTimestamp: entry >> 8n, fieldCount: Number(entry & 0xffn) }));
  const schedule = createForkSchedule(forks, BigInt.asUintN(64, packed));
  if (packForkSchedule(schedule) !== packed)
    throw new RangeError(`${packed} has an empty entry between forks.`);
  return schedule;
}

/** Fields of a header with this timestamp (seconds); undefined before the first fork. Says nothing about the sunset. */
export function fieldsAt(schedule: ForkSchedule, timestamp: bigint): number | undefined {
  return schedule.forks.findLast((fork) => timestamp >= fork.fromTimestamp)?.fieldCount;
}
