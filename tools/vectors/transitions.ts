/**
 * Writes `test/vectors/transitions.json`: transitions of real storage tries with their multi-proofs, by the shapes they
 * change. Deterministic; run with `npx tsx tools/vectors/transitions.ts`.
 */
import { writeFileSync } from "node:fs";
import {
  closeSlots,
  sharedNibbles,
  slotOf,
  Storage,
  type Slot,
} from "../../test/shared/proofs/transitions.js";
import { buildShortestProof, buildTransitionProof } from "../../shared/proofs/transitionProof.js";
import { CHUNK } from "../../shared/protocol/deltas.js";
import { CLOSE_CASES, TRANSITION_CASES } from "./transitionCases.js";

const numbered: Slot[] = [];

/** The first slot that will do. */
function findSlot(isWanted: (slot: Slot) => boolean): Slot {
  for (let number = 0; ; number++) {
    const slot = (numbered[number] ??= slotOf(number));
    if (isWanted(slot)) return slot;
  }
}

/** The slots that the nibbles in a case stand for: no two of them the same. */
function slotsOf(labels: readonly string[]): Map<string, Slot> {
  const chosen = new Map<string, Slot>();
  const taken = new Set<string>();
  // Longer prefixes first, so that a shorter one does not take their slots.
  const prefixOf = (label: string): string => `0x${label.replaceAll("'", "")}`;
  for (const label of [...labels].sort((a, b) => prefixOf(b).length - prefixOf(a).length)) {
    const prefix = prefixOf(label);
    const isFree = ({ key }: Slot): boolean =>
      key.startsWith(prefix) &&
      !taken.has(key) &&
      // A shorter prefix stands for a key outside of every longer one.
      labels.every((other) => prefixOf(other).length <= prefix.length || !key.startsWith(prefixOf(other)));
    const slot = findSlot(isFree);
    taken.add(slot.key);
    chosen.set(label, slot);
  }
  return chosen;
}

const cases: unknown[] = [];

async function add(
  name: string,
  holds: readonly (readonly [Slot, bigint])[],
  changes: readonly (readonly [Slot, bigint])[],
  build = buildTransitionProof,
): Promise<void> {
  const storage = await Storage.create(holds.filter(([, value]) => value !== 0n));
  cases.push({ name, ...(await storage.move(changes, build)) });
}

for (const { name, holds, changes } of TRANSITION_CASES) {
  const slots = slotsOf([...new Set([...Object.keys(holds), ...Object.keys(changes)])]);
  const valued = (values: Readonly<Record<string, bigint>>): (readonly [Slot, bigint])[] =>
    Object.entries(values).map(([label, value]) => [slots.get(label) as Slot, value]);
  await add(name, valued(holds), valued(changes));
}

const close = closeSlots();
/** Two slots whose keys share so many nibbles, and one from elsewhere. */
function trioOf(shares: number): Slot[] {
  const second = close.findIndex((slot, i) => i > 0 && sharedNibbles(close[i - 1] as Slot, slot) === shares);
  return [close[second - 1], close[second], slotOf(77)] as Slot[];
}

for (const { name, shares = 8, holds, changes } of CLOSE_CASES) {
  const trio = trioOf(shares);
  const valued = (values: readonly (bigint | undefined)[]): (readonly [Slot, bigint])[] =>
    values.flatMap((value, index) => (value === undefined ? [] : [[trio[index] as Slot, value] as const]));
  await add(name, valued(holds), valued(changes));
}

// Large storage, as SmartSync was measured with: one and a hundred of a thousand.
const many = Array.from({ length: 1000 }, (_, index) => [slotOf(index), 1000n + BigInt(index)] as const);
await add("one of a thousand", many, [[slotOf(500), 3n]]);
await add(
  "ten of a thousand",
  many,
  many.slice(0, 10).map(([slot]) => [slot, 5n] as const),
);
await add(
  "a hundred of a thousand",
  many,
  many.slice(0, 100).map(([slot]) => [slot, 5n] as const),
);
// The same in the form for updates that keep every key.
for (const count of [1, 10, 100]) {
  await add(
    `${count} of a thousand, revalued`,
    many,
    many.slice(0, count).map(([slot]) => [slot, 2n ** 70n] as const),
    buildShortestProof,
  );
}

// An update of more deltas than a transaction can prove goes in pieces, each from the root that the last one led to.
const growing = await Storage.create();
const ordered = [...many].sort(([a], [b]) => (a.key < b.key ? -1 : 1));
for (const [name, from, to] of [
  ["first chunk of a thousand new slots", 0, CHUNK],
  ["half of the second chunk of a thousand new slots", CHUNK, CHUNK + 240],
  ["rest of the second chunk of a thousand new slots", CHUNK + 240, 2 * CHUNK],
  ["last chunk of a thousand new slots", 2 * CHUNK, 1000],
] as const) {
  cases.push({ name, ...(await growing.move(ordered.slice(from, to))) });
}

writeFileSync(
  new URL("../../test/vectors/transitions.json", import.meta.url),
  `${JSON.stringify({ cases }, null, 1)}\n`,
);
process.stdout.write(`${cases.length} transitions\n`);
