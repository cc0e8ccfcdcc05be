import { hexlify, getBytes } from "ethers";
import { pseudoRandom, refusedCase, type TrieCase } from "./trieCases.js";

/**
 * Ways to damage one element of a right proof whose nodes are all hashed. What must come of each follows from the
 * position alone.
 */
function damages(of: TrieCase): TrieCase[] {
  const { proof } = of;
  const last = proof.length - 1;
  const say = (what: string) => `${of.name} -> ${what}`;
  const cases = [
    refusedCase(say("no nodes"), { ...of, proof: [] }, "Truncated", 0),
    refusedCase(say("last node cut off"), { ...of, proof: proof.slice(0, last) }, "Truncated", last),
    refusedCase(
      say("last node twice"),
      { ...of, proof: [...proof, proof[last] ?? "0x"] },
      "Trailing",
      last + 1,
    ),
    refusedCase(say("empty node behind"), { ...of, proof: [...proof, "0x80"] }, "Trailing", last + 1),
    refusedCase(say("nothing behind"), { ...of, proof: [...proof, "0x"] }, "Trailing", last + 1),
    refusedCase(say("other root"), { ...of, root: pseudoRandom("root") }, "WrongHash", 0),
    refusedCase(say("zero root"), { ...of, root: "0x" + "00".repeat(32) }, "WrongHash", 0),
  ];
  for (let i = 0; i <= last; i++) {
    const put = (node: string) => proof.map((old, j) => (i === j ? node : old));
    const node = proof[i] ?? "0x";
    const damaged = (what: string, changed: readonly string[]) =>
      refusedCase(say(`node ${i} ${what}`), { ...of, proof: changed }, "WrongHash", i);
    cases.push(
      damaged("with a bit flipped", put(flipped(node, i))),
      damaged("a byte short", put(node.slice(0, -2))),
      damaged("a byte longer", put(`${node}00`)),
      damaged("empty", put("0x")),
    );
    if (i < last) {
      const swapped = proof.map((old, j) => (j === i ? (proof[i + 1] ?? old) : j === i + 1 ? node : old));
      cases.push(
        damaged("and the next swapped", swapped),
        damaged(
          "left out",
          proof.filter((_, j) => j !== i),
        ),
        refusedCase(
          say(`node ${i} twice`),
          { ...of, proof: [...proof.slice(0, i + 1), ...proof.slice(i)] },
          "WrongHash",
          i + 1,
        ),
      );
    }
  }
  return cases;
}

function flipped(node: string, salt: number): string {
  const bytes = getBytes(node);
  const position = (salt * 97 + 41) % bytes.length;
  bytes[position] = (bytes[position] ?? 0) ^ (1 << (salt % 8));
  return hexlify(bytes);
}

/** One element damaged at a time, for some right proofs of every kind. */
export function damagedCases(real: readonly TrieCase[]): TrieCase[] {
  const chosen = [
    "accounts: account 0",
    "accounts: stranger 0",
    "slots: slot 1",
    "one leaf: present",
    "extension of 31: present",
    "extension of 31: empty child",
    "extension of 32: last nibble of the extension differs",
    "inline leaves: hashed leaf beside",
  ];
  const cases = chosen.flatMap((name) => {
    const of = real.find((candidate) => candidate.name === name);
    if (of === undefined) throw new Error(`no case is named ${name}`);
    return damages(of);
  });
  const empty = real.find((candidate) => candidate.name === "empty: absent");
  if (empty !== undefined) {
    cases.push(refusedCase("empty -> the empty node listed", { ...empty, proof: ["0x80"] }, "Trailing", 0));
  }
  return cases;
}
