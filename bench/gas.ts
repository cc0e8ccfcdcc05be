/**
 * Measures what initialising and synchronising a mirror costs, and writes bench/gas.md: whole transactions in forge's
 * EVM with the compiler settings of this repository, the calldata floor of EIP-7623 included. `npm run bench:gas`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { slotOf, Storage, type Slot } from "../test/shared/proofs/transitions.js";

// SmartSync's contracts measured on the same kind of machine, as their repository compiles them and with the
// optimizer (200 runs) where that was measured: one `updateStorage`, without the root it needs (49,000 gas and more).
const SMARTSYNC: Readonly<Record<string, number>> = {
  "1/1": 218_752,
  "1/10": 515_061,
  "1/100": 512_438,
  "1/1000": 688_095,
  "1/10000": 825_055,
  "10/10": 787_983,
  "10/100": 2_144_934,
  "10/1000": 3_494_298,
  "10/10000": 5_270_749,
  "100/100": 8_707_014,
  "100/1000": 27_868_746,
  "100/10000": 55_639_592,
  "1000/1000": 191_919_568,
  "1000/10000": 1_008_005_810,
};
const SMARTSYNC_INITIALISE: Readonly<Record<string, number>> = {
  "1": 51_110,
  "10": 257_790,
  "100": 2_324_687,
  "1000": 23_247_326,
};
// The least an optimistic update of existing slots can cost: claim (deltas in calldata, one word stored) and finalise.
const FLOOR: Readonly<Record<string, number>> = {
  "1": 77_350,
  "10": 135_480,
  "100": 792_100,
  "1000": 7_499_000,
};
const FLOOR_NEW: Readonly<Record<string, number>> = {
  "1": 94_450,
  "10": 306_480,
  "100": 2_502_100,
  "1000": 24_599_000,
  // Ten times as many transactions.
  "10000": 245_990_000,
};
const PIECE = 160;
const CHUNK = 480;

type Values = readonly (readonly [Slot, bigint])[];

function mapOf(size: number): Values {
  return Array.from({ length: size }, (_, index) => [slotOf(2 ** 30 + index), BigInt(1000 + index)] as const);
}

async function transitions(): Promise<unknown> {
  const syncs: unknown[] = [];
  const pieces: Record<string, unknown[]> = {};
  for (const size of [1, 10, 100, 1000, 10_000]) {
    const map = mapOf(size);
    for (const count of [1, 10, 100]) {
      if (count > size) continue;
      const storage = await Storage.create(map);
      const changes = map.slice(0, count).map(([slot, value]) => [slot, value + 500_000n] as const);
      syncs.push({ name: `${count}/${size}`, ...(await storage.move(changes)) });
    }
    if (size < 1000) continue;
    const storage = await Storage.create(map);
    const changes = map
      .slice(0, 1000)
      .map(([slot, value]) => [slot, value + 500_000n] as const)
      .sort(([a], [b]) => (a.key < b.key ? -1 : 1));
    const parts: unknown[] = (pieces[`pieces${size}`] = []);
    for (let start = 0; start < 1000;) {
      const end = Math.min(start + PIECE, Math.ceil((start + 1) / CHUNK) * CHUNK, 1000);
      parts.push({ name: `${start}`, ...(await storage.move(changes.slice(start, end))) });
      start = end;
    }
  }
  return { syncs, ...pieces };
}

const grouped = (value: number): string => Math.round(value).toLocaleString("en-US");
const times = (value: number): string => `${value.toFixed(1)}×`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? "---" : "--:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function report(measured: Readonly<Record<string, string>>, reads: Readonly<Record<string, string>>): string {
  const gasOf = (name: string): number => Number(measured[name]);
  const proven = Object.entries(SMARTSYNC).map(([name, theirs]) => {
    const ours = gasOf(`sync ${name}`);
    return [name.replace("/", " of "), grouped(ours), grouped(theirs), times(theirs / ours)];
  });
  const optimistic = Object.entries(FLOOR).map(([count, floor]) => {
    const ours = gasOf(`optimistic ${count}`);
    return [count, grouped(ours), grouped(ours / Number(count)), grouped(floor), times(ours / floor)];
  });
  const initial = Object.entries(FLOOR_NEW).map(([count, floor]) => {
    const ours = gasOf(`initialise ${count}`);
    const theirs = SMARTSYNC_INITIALISE[count];
    const elsewhere = theirs === undefined ? "not measured" : grouped(theirs);
    return [count, grouped(ours), grouped(floor), times(ours / floor), elsewhere];
  });
  const views = Object.entries(reads).map(([name, gas]) => [name, grouped(Number(gas))]);
  return `# Gas of mirrors

Written by \`npm run bench:gas\`: whole transactions in forge's EVM, Cancun, compiler settings of this repository, with the floor of EIP-7623. SmartSync's numbers are those of its unmodified contracts, \`updateStorage\` alone: it needs a root for each, 49,000 gas more, as our updates need a final claim.

## Proven: changed of stored values

Up to 100 values by \`Prover.sync\`, one transaction. A thousand by \`stage\`, \`post\`, \`prove\` in pieces of ${PIECE} and \`applyChunks\`, all of them counted. Account proof of three nodes, no fees (SmartSync knows none).

${table(["changed", "gas", "SmartSync", "cheaper"], proven)}

## Optimistic: changed values, existing slots

\`stage\`, \`post\` and \`applyChunks\` together; it does not depend on how many values are stored. The floor is calldata for the claim, one word stored, calldata and SSTORE to apply.

${table(["values", "gas", "a value", "floor", "of the floor"], optimistic)}

## Initialising slots

${table(["slots", "gas", "floor", "of the floor", "SmartSync, slots alone"], initial)}

## View calls and logic

${table(["", "gas"], views)}

SmartSync's proxy adds 4,178 gas cold and 1,678 warm to a static read. It knows nothing of the age of its state; what looking at it costs, once a transaction, is the difference between the two cold lines.
`;
}

const root = new URL("..", import.meta.url);
mkdirSync(new URL("out/", root), { recursive: true });
writeFileSync(new URL("out/bench.json", root), JSON.stringify(await transitions()));
const forge = (match: string, folder: string): void => {
  execFileSync("npx", ["forge", "test", "--match-path", match], {
    cwd: root,
    stdio: "inherit",
    // Ten thousand slots are more than forge lets a test handle.
    env: {
      ...process.env,
      FOUNDRY_TEST: folder,
      FOUNDRY_GAS_LIMIT: String(2 ** 40),
      FOUNDRY_MEMORY_LIMIT: String(2 ** 30),
    },
  });
};
forge("bench/contracts/Sync.t.sol", "bench/contracts");
const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`snapshots/${name}.json`, root), "utf8")) as Record<string, string>;
writeFileSync(new URL("gas.md", import.meta.url), report(read("bench"), read("Replicas")));
