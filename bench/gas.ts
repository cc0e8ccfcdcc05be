/**
 * Measures what initialising and synchronising a mirror costs, and writes bench/gas.md: whole transactions in forge's
 * EVM with the compiler settings of this repository, the calldata floor of EIP-7623 included. `npm run bench:gas`.
 *
 * `npm run bench:gas -- 1/10 10/10` measures these syncs alone and prints what they cost.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { RLP } from "@ethereumjs/rlp";
import { createMPT } from "@ethereumjs/trie";
import { dataSlice, getBytes, hexlify, id, keccak256, toBeHex } from "ethers";
import { accountPath } from "../shared/proofs/accountPath.js";
import { buildShortestProof } from "../shared/proofs/transitionProof.js";
import { slotOf, Storage, type Slot, type Transition } from "../test/shared/proofs/transitions.js";

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
/** `Relay.addBlock`, the root that each update of SmartSync needs: steady state. */
const SMARTSYNC_ROOT = 49_000;
/** The same below eight branches of the state trie, as on a large chain; rounded to thousands. */
const SMARTSYNC_LARGE: Readonly<Record<string, number>> = {
  "1/1000": 876_000,
  "1/10000": 1_040_000,
  "10/1000": 4_220_000,
};
const SMARTSYNC_INITIALISE: Readonly<Record<string, number>> = {
  "1": 51_110,
  "10": 257_790,
  "100": 2_324_687,
  "1000": 23_247_326,
  "10000": 232_469_564,
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
/** What `Prover.sync` cannot do without, beside 21,000 and its calldata, as EIP-2929 and EIP-2200 price it. */
const COLD_ACCOUNTS = 3 * 2_600;
const COLD_SLOTS = 4 * 2_100;
const FEED_WRITES = 2 * 2_900;
const VALUE_WRITE = 5_000;
const PIECE = 160;
/** As many accounts as the chain had on which SmartSync was measured: proofs of two or three nodes. */
const SMALL_STATE = 20;
/** `ACCOUNT` and `CODE_HASH` of test/contracts/support/ProverDeployment.sol. */
const ACCOUNT = dataSlice(id("account"), 12);
const CODE_HASH = id("code");
const CHUNK = 480;

/** Names of syncs; all of them, and everything else, if there is none. */
const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);

type Values = readonly (readonly [Slot, bigint])[];

function mapOf(size: number): Values {
  return Array.from({ length: size }, (_, index) => [slotOf(2 ** 30 + index), BigInt(1000 + index)] as const);
}

/** A state in which the account has the transition's new storage, and the account's path in it. */
async function inSmallState(transition: Transition): Promise<unknown> {
  const trie = await createMPT();
  const put = (address: string, nonce: number, storageRoot: string, codeHash: string): Promise<void> =>
    trie.put(getBytes(keccak256(address)), RLP.encode([nonce, 10n ** 18n, storageRoot, codeHash]));
  for (let i = 1; i < SMALL_STATE; i++)
    await put(dataSlice(keccak256(toBeHex(i, 4)), 12), i, id(`storage ${i}`), id("other code"));
  await put(ACCOUNT, 1, transition.newRoot, CODE_HASH);
  const { stack } = await trie.findPath(getBytes(keccak256(ACCOUNT)));
  const proof = stack.map((node) => hexlify(node.serialize()));
  return { ...transition, stateRoot: hexlify(trie.root()), accountPath: accountPath(ACCOUNT, proof) };
}

async function transitions(): Promise<unknown> {
  const syncs: unknown[] = [];
  const pieces: Record<string, unknown[]> = {};
  for (const size of [1, 10, 100, 1000, 10_000]) {
    const map = mapOf(size);
    for (const count of [1, 10, 100]) {
      if (count > size || !isWanted(`${count}/${size}`)) continue;
      const storage = await Storage.create(map);
      const changes = map.slice(0, count).map(([slot, value]) => [slot, value + 500_000n] as const);
      const moved = await storage.move(changes, buildShortestProof);
      syncs.push({ name: `${count}/${size}`, ...((await inSmallState(moved)) as object) });
    }
    if (size < 1000 || wanted.length > 0) continue;
    const storage = await Storage.create(map);
    const changes = map
      .slice(0, 1000)
      .map(([slot, value]) => [slot, value + 500_000n] as const)
      .sort(([a], [b]) => (a.key < b.key ? -1 : 1));
    const parts: unknown[] = (pieces[`pieces${size}`] = []);
    for (let start = 0; start < 1000;) {
      const end = Math.min(start + PIECE, Math.ceil((start + 1) / CHUNK) * CHUNK, 1000);
      const moved = await storage.move(changes.slice(start, end), buildShortestProof);
      parts.push({ name: `${start}`, ...moved });
      start = end;
    }
  }
  return { syncs, ...pieces };
}

const grouped = (value: number): string => Math.round(value).toLocaleString("en-US");
const times = (value: number): string => `${value.toFixed(1)}×`;
const ratio = (value: number): string => `${value.toFixed(2)}×`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? "---" : "--:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function report(measured: Readonly<Record<string, string>>, reads: Readonly<Record<string, string>>): string {
  const gasOf = (name: string): number => Number(measured[name]);
  const proven = Object.entries(SMARTSYNC).map(([name, theirs]) => {
    const ours = gasOf(`sync ${name}`);
    return [
      name.replace("/", " of "),
      grouped(ours),
      grouped(theirs),
      times(theirs / ours),
      times((theirs + SMARTSYNC_ROOT) / ours),
    ];
  });
  const large = Object.keys(SMARTSYNC)
    .filter((name) => !name.startsWith("1000/"))
    .map((name) => {
      const ours = gasOf(`large sync ${name}`);
      const theirs = SMARTSYNC_LARGE[name];
      return [
        name.replace("/", " of "),
        grouped(ours),
        grouped(gasOf(`floor of large sync ${name}`)),
        theirs === undefined ? "-" : grouped(theirs),
        theirs === undefined ? "-" : times(theirs / ours),
      ];
    });
  const parts = ["1/1", "1/10", "1/100", "1/1000", "1/10000", "10/10"].map((name) => {
    const ours = gasOf(`sync ${name}`);
    const data = gasOf(`calldata of sync ${name}`);
    const fixed = COLD_ACCOUNTS + COLD_SLOTS + FEED_WRITES;
    const values = VALUE_WRITE * Number(name.split("/")[0]);
    const least = 21_000 + data + fixed + values;
    return [
      name.replace("/", " of "),
      grouped(data),
      grouped(fixed),
      grouped(values),
      grouped(least),
      grouped(ours - least),
      grouped(gasOf(`floor of sync ${name}`)),
      grouped((SMARTSYNC[name] ?? Number.NaN) / 5),
    ];
  });
  const optimistic = Object.entries(FLOOR).map(([count, floor]) => {
    const ours = gasOf(`optimistic ${count}`);
    return [count, grouped(ours), grouped(ours / Number(count)), grouped(floor), ratio(ours / floor)];
  });
  const initial = Object.entries(FLOOR_NEW).map(([count, floor]) => {
    const ours = gasOf(`initialise ${count}`);
    const theirs = SMARTSYNC_INITIALISE[count] ?? Number.NaN;
    return [count, grouped(ours), grouped(floor), ratio(ours / floor), grouped(theirs)];
  });
  const views = Object.entries(reads).map(([name, gas]) => [name, grouped(Number(gas))]);
  return `# Gas of mirrors

Written by \`npm run bench:gas\`: whole transactions in forge's EVM, Cancun, compiler settings of this repository, with the floor of EIP-7623. SmartSync's numbers are those of its unmodified contracts.

## Proven: changed of stored values

Up to 100 values by \`Prover.sync\`, one transaction. A thousand by \`stage\`, \`post\`, \`prove\` in pieces of ${PIECE} and \`applyChunks\`, all of them counted. No fees (SmartSync knows none). The account is one of ${SMALL_STATE}, so that its proof is as short as those of the chain where SmartSync was measured (two or three nodes); for a thousand values it lies below two full branches.

SmartSync is \`updateStorage\`. It needs a root for each, \`addBlock\`, ${grouped(SMARTSYNC_ROOT)} gas, which anybody can write; the last column counts it. Our updates need a final claim, which serves any number of feeds and messages and is not counted in either column.

${table(["changed", "gas", "SmartSync", "cheaper", "cheaper, with its root"], proven)}

What one transaction cannot do without: 21,000, its calldata, three cold accounts (Feeds, StateSync, the replica), four cold slots (what the feed shows, its head, the claim's status, refund mode), the first two of them written, and the values. The rest is the event, tries and the calls between contracts. For the only value of a contract five times cheaper cannot be: what is in the column "with 21,000" is more than a fifth of SmartSync's gas before anything was computed or logged, and most of its calldata are hashes: the siblings of the account and the roots.

${table(["changed", "calldata", "accounts and slots", "values", "with 21,000", "the rest", "floor of EIP-7623", "a fifth of SmartSync"], parts)}

The same for an account of a large chain, below ${8} full branches. SmartSync was measured there for three of them. Here the proof's bytes are the price: the floor of EIP-7623 is 40 gas for each, and a branch cannot be shown in less than the hashes of its other children.

${table(["changed", "gas", "floor of EIP-7623", "SmartSync", "cheaper"], large)}

## Optimistic: changed values, existing slots

\`stage\`, \`post\` and \`applyChunks\` together; it does not depend on how many values are stored. The floor is calldata for the claim, one word stored, calldata and SSTORE to apply.

${table(["values", "gas", "a value", "floor", "of the floor"], optimistic)}

## Initialising slots

${table(["slots", "gas", "floor", "of the floor", "SmartSync, slots alone"], initial)}

## View calls and logic

${table(["", "gas"], views)}

SmartSync's proxy adds 4,178 gas cold and 1,678 warm to a static read. It knows nothing of the age of its state; what looking at it costs, once a transaction, is the difference between the two cold lines.

A cold read that checks the age cannot cost less than 7,300 beyond the contract's own: the logic is an account (2,600), because bytes of A's code can only run as they are at the address where they begin at zero, and the age is a slot (2,100) of another account (2,600), because everything in the replica's own storage belongs to the mirrored contract, which may use any slot. Within the replica's storage it would be 4,700, still above 3,500, and a contract of A could write what readers take for its age. The rest, ${grouped(Number(reads["read of the replica beyond that, cold, age checked"]) - 7_300)} gas, is the code.
`;
}

const root = new URL("..", import.meta.url);
mkdirSync(new URL("out/", root), { recursive: true });
writeFileSync(new URL("out/bench.json", root), JSON.stringify(await transitions()));
const forge = (match: string, folder: string, ...only: readonly string[]): void => {
  execFileSync("npx", ["forge", "test", "--match-path", match, ...only], {
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
const selection = wanted.length === 0 ? [] : ["--match-test", "test_Sync"];
forge("bench/contracts/Sync.t.sol", "bench/contracts", ...selection);
const read = (name: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`snapshots/${name}.json`, root), "utf8")) as Record<string, string>;
if (wanted.length === 0)
  writeFileSync(new URL("gas.md", import.meta.url), report(read("bench"), read("Replicas")));
else for (const name of wanted) process.stdout.write(`${name} ${read("bench")[`sync ${name}`]}\n`);
