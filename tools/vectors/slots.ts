/**
 * Finds slots whose hashed keys lie close together and writes them to test/vectors/slots.json: tries of such keys
 * have long extensions, deep branches and, where eight nibbles are shared, nodes short enough to be inline. Takes the
 * keys of the first half million slots, in their order, and keeps neighbourhoods.
 */
import { writeFileSync } from "node:fs";
import { keccak256, toBeHex } from "ethers";

const SLOTS = 1 << 19;
const NEIGHBOURHOODS = 120;

const keyed = Array.from({ length: SLOTS }, (_, slot) => ({ slot, key: keccak256(toBeHex(slot, 32)) }));
keyed.sort((a, b) => (a.key < b.key ? -1 : 1));

function shared(index: number): number {
  const [a, b] = [keyed[index]?.key ?? "", keyed[index + 1]?.key ?? ""];
  let length = 0;
  while (length < 66 && a[length] === b[length]) length += 1;
  return length - 2;
}

// The closest pairs first, each with its neighbours on both sides.
const closest = keyed.map((_, index) => index).slice(4, -4);
closest.sort((a, b) => shared(b) - shared(a));
const chosen = new Set<number>();
for (const index of closest.slice(0, NEIGHBOURHOODS)) {
  for (let at = index - 3; at <= index + 4; at++) chosen.add(keyed[at]?.slot ?? 0);
}
const slots = [...chosen].sort((a, b) => a - b);
writeFileSync(new URL("../../test/vectors/slots.json", import.meta.url), `${JSON.stringify(slots)}\n`);
process.stdout.write(`${slots.length} slots, the closest share ${shared(closest[0] ?? 0)} nibbles\n`);
