/**
 * Writes `test/vectors/deltas.json`: account and storage tries of several contracts over several updates, what a true
 * update says about each step, proofs of chosen keys before and after, and lies made from it. Deterministic; run with
 * `npx tsx tools/vectors/deltas.ts`.
 */
import { writeFileSync } from "node:fs";
import { createMPT, createMerkleProof, type MerklePatriciaTrie } from "@ethereumjs/trie";
import { RLP } from "@ethereumjs/rlp";
import { bytesToHex, hexToBytes, type PrefixedHexString } from "@ethereumjs/util";
import { dataSlice, getAddress, keccak256, toBeArray, toBeHex, ZeroHash } from "ethers";
import {
  CHUNK,
  commitmentOf,
  digestsOf,
  encodeChunks,
  encodeDeltas,
  keyOf,
  sortDeltas,
  type Delta,
} from "../../shared/protocol/deltas.js";

const EMPTY_CODE_HASH = keccak256("0x");

/** A key with its proofs under the old and the new storage root. */
interface KeyVector {
  name: string;
  key: string;
  before: string;
  later: string;
  oldProof: string[];
  newProof: string[];
}

/** A lie: of the true deltas, `remove` entries at `start` give way to `insert`; the proofs of `keys[proof]` disprove it. */
interface LieVector {
  name: string;
  start: number;
  remove: number;
  insert: string;
  proof: number;
}

interface UpdateVector {
  name: string;
  stateRoot: string;
  accountProof: string[];
  oldStorageRoot: string;
  storageRoot: string;
  codeHash: string;
  deltas: string;
  digests: string[];
  commitment: string;
  keys: KeyVector[];
  lies: LieVector[];
}

type Storage = ReadonlyMap<string, bigint>;

const bytes = (hex: string): Uint8Array => hexToBytes(hex as PrefixedHexString);
const slotOf = (label: string): string => keccak256(new TextEncoder().encode(label));
const valueOf = (label: string): bigint => BigInt(dataSlice(slotOf(`value ${label}`), 0, 10));

async function storageTrie(storage: Storage): Promise<MerklePatriciaTrie> {
  const trie = await createMPT({ useKeyHashing: true });
  for (const [slot, value] of storage) {
    if (value !== 0n) await trie.put(bytes(slot), RLP.encode(toBeArray(value)));
  }
  return trie;
}

/** A proof by hashed key: the library hashes slots itself, and neighbours of a key have no known slot. */
async function proofOf(trie: MerklePatriciaTrie, key: string): Promise<string[]> {
  const byKey = await createMPT({ db: trie.database().db, root: trie.root() });
  return (await createMerkleProof(byKey, bytes(key))).map((node) => bytesToHex(node));
}

function changesBetween(before: Storage, later: Storage): Delta[] {
  const slots = new Set([...before.keys(), ...later.keys()]);
  const changed = [...slots].filter((slot) => (before.get(slot) ?? 0n) !== (later.get(slot) ?? 0n));
  return sortDeltas(changed.map((slot) => ({ slot, value: later.get(slot) ?? 0n })));
}

/** The values of storage by hashed key. */
function byKey(storage: Storage): Map<string, bigint> {
  return new Map([...storage].map(([slot, value]) => [keyOf(slot), value]));
}

class Step {
  private readonly chosen = new Map<string, string>();

  private constructor(
    private readonly before: Storage,
    private readonly later: Storage,
    private readonly oldTrie: MerklePatriciaTrie,
    private readonly newTrie: MerklePatriciaTrie,
    readonly deltas: Delta[],
  ) {}

  static async between(before: Storage, later: Storage): Promise<Step> {
    const tries = [await storageTrie(before), await storageTrie(later)] as const;
    const step = new Step(before, later, ...tries, changesBetween(before, later));
    step.chooseTelling();
    return step;
  }

  get roots(): { oldStorageRoot: string; storageRoot: string } {
    return { oldStorageRoot: bytesToHex(this.oldTrie.root()), storageRoot: bytesToHex(this.newTrie.root()) };
  }

  async key(name: string, key: string): Promise<KeyVector> {
    return {
      name,
      key,
      before: toBeHex(byKey(this.before).get(key) ?? 0n, 32),
      later: toBeHex(byKey(this.later).get(key) ?? 0n, 32),
      oldProof: await proofOf(this.oldTrie, key),
      newProof: await proofOf(this.newTrie, key),
    };
  }

  /** The index of a key among those that get proofs. */
  private choose(key: string, name: string): number {
    if (!this.chosen.has(key)) this.chosen.set(key, name);
    return [...this.chosen.keys()].indexOf(key);
  }

  /** Chooses the keys that are telling whatever the update says. */
  private chooseTelling(): void {
    const { deltas, chosen } = this;
    const listed = (name: string, index: number): void => {
      const delta = deltas[index];
      if (delta !== undefined) this.choose(keyOf(delta.slot), name);
    };
    listed("first delta", 0);
    listed("middle delta", deltas.length >> 1);
    listed("last delta of the first chunk", CHUNK - 1);
    listed("first delta of the second chunk", CHUNK);
    listed("last delta", deltas.length - 1);
    if (deltas.length <= 8) deltas.forEach((_, index) => listed("delta", index));
    const border = deltas[CHUNK - 1];
    if (border !== undefined)
      this.choose(toBeHex(BigInt(keyOf(border.slot)) + 1n, 32), "just after the first chunk");
    for (const [slot, value] of this.before) {
      if (this.later.get(slot) === value && chosen.size < 14) this.choose(keyOf(slot), "unchanged");
    }
    this.choose(slotOf("nothing is here"), "absent");
    this.choose(toBeHex(1n, 32), "before all others");
    this.choose(`0x${"ff".repeat(32)}`, "after all others");
  }

  /** Everything about the keys chosen, those of the lies included. */
  async keys(): Promise<KeyVector[]> {
    return Promise.all([...this.chosen].map(([key, name]) => this.key(name, key)));
  }

  /** The lies that this step lends itself to. */
  lies(): LieVector[] {
    const lies: LieVector[] = [];
    const add = (name: string, start: number, remove: number, insert: Delta[], slot: string): void => {
      lies.push({
        name,
        start,
        remove,
        insert: encodeDeltas(insert),
        proof: this.choose(keyOf(slot), "lied about"),
      });
    };
    const places: [string, number][] = [
      ["first", 0],
      ["middle", this.deltas.length >> 1],
      ["last before a border", CHUNK - 1],
      ["first after a border", CHUNK],
      ["last", this.deltas.length - 1],
    ];
    for (const [place, index] of places) {
      const delta = this.deltas[index];
      if (delta === undefined) continue;
      add(`${place} delta omitted`, index, 1, [], delta.slot);
      add(`${place} delta wrong`, index, 1, [{ slot: delta.slot, value: delta.value + 1n }], delta.slot);
      if (delta.value !== 0n) {
        add(`${place} delta zeroed`, index, 1, [{ slot: delta.slot, value: 0n }], delta.slot);
      }
    }
    const smuggle = (name: string, delta: Delta): void => {
      const start = this.deltas.filter(({ slot }) => keyOf(slot) < keyOf(delta.slot)).length;
      add(name, start, 0, [delta], delta.slot);
    };
    for (const [slot, value] of [...this.before]
      .filter(([slot, value]) => this.later.get(slot) === value)
      .slice(0, 2)) {
      smuggle("unchanged slot smuggled in", { slot, value });
      smuggle("unchanged slot changed", { slot, value: value + 1n });
      smuggle("unchanged slot cleared", { slot, value: 0n });
    }
    smuggle("slot that does not exist inserted", { slot: slotOf("nowhere"), value: 7n });
    smuggle("slot that does not exist cleared", { slot: slotOf("nowhere"), value: 0n });
    return lies;
  }
}

/** The world around the account: enough others for a state trie of several levels. */
async function stateWith(
  account: string,
  storageRoot: string,
  codeHash: string,
): Promise<{ stateRoot: string; accountProof: string[] }> {
  const trie = await createMPT({ useKeyHashing: true });
  for (let i = 0; i < 40; ++i) {
    const other = dataSlice(slotOf(`other ${i}`), 12);
    await trie.put(
      bytes(other),
      RLP.encode([toBeArray(i), toBeArray(1000 + i), trie.EMPTY_TRIE_ROOT, bytes(EMPTY_CODE_HASH)]),
    );
  }
  if (codeHash !== ZeroHash) {
    const fields = [toBeArray(1), toBeArray(0), bytes(storageRoot), bytes(codeHash)];
    await trie.put(bytes(account), RLP.encode(fields));
  }
  return { stateRoot: bytesToHex(trie.root()), accountProof: await proofOf(trie, keccak256(account)) };
}

async function updateOf(
  name: string,
  account: string,
  codeHash: string,
  before: Storage,
  later: Storage,
): Promise<UpdateVector> {
  const step = await Step.between(before, later);
  const digests = digestsOf(encodeChunks(step.deltas));
  return {
    name,
    ...(await stateWith(account, step.roots.storageRoot, codeHash)),
    ...step.roots,
    codeHash,
    deltas: encodeDeltas(step.deltas),
    digests,
    commitment: commitmentOf(digests),
    lies: step.lies(),
    keys: await step.keys(),
  };
}

async function feedOf(
  name: string,
  states: [string, Storage][],
): Promise<{ name: string; account: string; updates: UpdateVector[] }> {
  const account = getAddress(dataSlice(slotOf(`account ${name}`), 12));
  const updates: UpdateVector[] = [];
  let before: Storage = new Map();
  for (const [step, later] of states) {
    const codeHash = step === "absent account" ? ZeroHash : slotOf(`code of ${name}`);
    updates.push(await updateOf(step, account, codeHash, before, later));
    before = later;
  }
  return { name, account, updates };
}

/** Storage with slots named 0 … count-1, values of about ten significant bytes. */
function numbered(name: string, count: number): Map<string, bigint> {
  return new Map(
    Array.from({ length: count }, (_, i) => [slotOf(`${name} ${i}`), valueOf(`${name} ${i}`)] as const),
  );
}

/** `base` with other values for some slots, some slots cleared and some added. */
function altered(base: Storage, changed: number, cleared: number, added: Storage): Map<string, bigint> {
  const later = new Map(base);
  const slots = [...base.keys()];
  for (const slot of slots.slice(0, changed)) later.set(slot, (base.get(slot) ?? 0n) + 1n);
  for (const slot of slots.slice(changed, changed + cleared)) later.delete(slot);
  for (const [slot, value] of added) later.set(slot, value);
  return later;
}

const token = numbered("token", 3);
const mixed = numbered("mixed", 40);
const large = numbered("large", 600);
const feeds = await Promise.all([
  feedOf("single", [["one slot", new Map([[toBeHex(0n, 32), 1n]])]]),
  feedOf("token", [
    ["three slots", token],
    ["one change", altered(token, 1, 0, new Map())],
    ["no change", altered(token, 1, 0, new Map())],
    ["all cleared", new Map()],
  ]),
  feedOf("unborn", [
    ["absent account", new Map()],
    ["account created", numbered("born", 2)],
  ]),
  feedOf("mixed", [
    ["forty slots", mixed],
    ["changes, insertions and deletions", altered(mixed, 3, 2, numbered("added", 3))],
  ]),
  feedOf("large", [
    ["two chunks", large],
    ["two chunks changed", altered(large, 520, 20, numbered("more", 10))],
  ]),
  feedOf("hollow", [
    ["empty storage", new Map()],
    ["first slot", numbered("hollow", 1)],
  ]),
]);
writeFileSync("test/vectors/deltas.json", `${JSON.stringify({ feeds }, null, 0)}\n`);
