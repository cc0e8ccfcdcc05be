import { createMPT, type MerklePatriciaTrie } from "@ethereumjs/trie";
import { encodeRlp, getBytes, hexlify } from "ethers";
import { proofFromTrie } from "../../shared/proofs/proofFromTrie.js";
import { pseudoRandom, refusedCase, type TrieCase } from "./trieCases.js";

type Entries = readonly (readonly [key: string, value: string])[];

/** Keys that are asked for, present or not, by what makes them interesting. */
type Questions = Readonly<Record<string, string>>;

async function trieOf(entries: Entries): Promise<MerklePatriciaTrie> {
  const trie = await createMPT({});
  for (const [key, value] of entries) await trie.put(getBytes(key), getBytes(value));
  return trie;
}

/** What EthereumJS holds under each key, with its own proof in both forms where they differ. */
async function ask(trieName: string, entries: Entries, questions: Questions): Promise<TrieCase[]> {
  const trie = await trieOf(entries);
  const cases: TrieCase[] = [];
  for (const [question, key] of Object.entries(questions)) {
    const held = await trie.get(getBytes(key));
    const of = {
      root: hexlify(trie.root()),
      key,
      reason: "None" as const,
      node: 0,
      value: held === null ? "0x" : hexlify(held),
    };
    const name = `${trieName}: ${question}`;
    const omitted = await proofFromTrie(trie, key, "omitted");
    const listed = await proofFromTrie(trie, key, "listed");
    if (listed.length === omitted.length) {
      cases.push({ name, ...of, proof: omitted });
    } else {
      cases.push({ name: `${name}, inline omitted`, ...of, proof: omitted });
      cases.push({ name: `${name}, inline listed`, ...of, proof: listed });
      cases.push(...mixedInline(name, of, omitted, listed));
    }
  }
  return cases;
}

/** Every inline node may be listed or left out by itself, but nothing else may take its place. */
function mixedInline(
  name: string,
  of: Omit<TrieCase, "name" | "proof">,
  omitted: readonly string[],
  listed: readonly string[],
): TrieCase[] {
  const cases: TrieCase[] = [];
  for (let i = omitted.length; i < listed.length && listed.length > omitted.length + 1; i++) {
    cases.push({ name: `${name}, inline ${i} left out`, ...of, proof: listed.filter((_, j) => j !== i) });
  }
  const trailing = (what: string, proof: readonly string[]) =>
    refusedCase(`${name}, inline ${what}`, { ...of, proof }, "Trailing", proof.length - 1);
  return [
    ...cases,
    trailing("omitted, empty node behind", [...omitted, "0x80"]),
    trailing("listed, last twice", [...listed, listed[listed.length - 1] ?? "0x"]),
  ];
}

/** `key` with its hex digit `at` changed. */
function divert(key: string, at: number): string {
  const digit = (parseInt(key.charAt(2 + at), 16) + 7) % 16;
  return key.slice(0, 2 + at) + digit.toString(16) + key.slice(3 + at);
}

const random = (...labels: (string | number)[]) => pseudoRandom("real", ...labels);

/** The first `length` digits of one key, the rest of another. */
function splice(head: string, length: number, tail: string): string {
  return head.slice(0, 2 + length) + tail.slice(2 + length);
}

function account(i: number): string {
  return encodeRlp([
    i === 0 ? "0x" : "0x1234",
    random("balance", i)
      .slice(0, 2 + 2 * (1 + (i % 12)))
      .replace(/^0x00/, "0x01"),
    random("storage", i),
    random("code", i),
  ]);
}

async function largeTries(): Promise<TrieCase[]> {
  const accounts: Entries = Array.from({ length: 600 }, (_, i) => [random("account", i), account(i)]);
  const slots: Entries = Array.from({ length: 600 }, (_, i) => [
    random("slot", i),
    encodeRlp(
      random("word", i)
        .slice(0, 2 + 2 * (1 + (i % 32)))
        .replace(/^0x00/, "0x7f"),
    ),
  ]);
  const keys = (kind: string, count: number): Questions =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${kind} ${i}`, random(kind, i)]));
  return [
    ...(await ask("accounts", accounts, { ...keys("account", 8), ...keys("stranger", 8) })),
    ...(await ask("slots", slots, { ...keys("slot", 8), ...keys("stranger", 8) })),
  ];
}

async function smallTries(): Promise<TrieCase[]> {
  const key = random("small");
  const other = random("other");
  const long = "0x" + "5a".repeat(40);
  const cases = await ask("empty", [], { absent: key });
  cases.push(
    ...(await ask("one leaf", [[key, long]], {
      present: key,
      "first nibble differs": divert(key, 0),
      "last nibble differs": divert(key, 63),
    })),
  );
  for (const shared of [1, 2, 31, 32, 62, 63]) {
    const twin = splice(key, shared, divert(splice(key, shared, other), shared));
    const sibling = twin.charAt(2 + shared) === key.charAt(2 + shared) ? divert(twin, shared) : twin;
    cases.push(
      ...(await ask(
        `extension of ${shared}`,
        [
          [key, long],
          [sibling, long],
        ],
        {
          present: key,
          "first nibble differs": divert(key, 0),
          "last nibble of the extension differs": divert(key, shared - 1),
          "empty child": freeChild(key, sibling, shared),
          "other leaf": divert(key, 63),
        },
      )),
    );
  }
  for (const size of [1, 2, 55, 56, 255, 256, 497, 600]) {
    const value = "0x" + "c3".repeat(size);
    cases.push(...(await ask(`value of ${size} bytes`, [[key, value]], { present: key, absent: other })));
  }
  cases.push(...(await ask("value below 0x80", [[key, "0x7f"]], { present: key })));
  return cases;
}

/** A key that parts from both at nibble `at`. */
function freeChild(key: string, sibling: string, at: number): string {
  const used = [key, sibling].map((k) => k.charAt(2 + at));
  const free = [..."0123456789abcdef"].find((digit) => !used.includes(digit)) ?? "";
  return key.slice(0, 2 + at) + free + key.slice(3 + at);
}

/** A trie in which one key passes 64 branches: the longest proof there is. */
async function deepestTrie(): Promise<TrieCase[]> {
  const key = random("deep");
  const entries: Entries = [
    [key, "0x" + "11".repeat(33)],
    ...Array.from({ length: 64 }, (_, i) => [divert(key, i), "0x" + "22".repeat(33)] as const),
  ];
  const unknown = freeChild(key, divert(key, 63), 63);
  return ask("deepest", entries, {
    "65 nodes": key,
    "empty child of the last branch": unknown,
    "leaf beside": divert(key, 62),
  });
}

/** Nodes so short that their parents contain them: keys that part late and hold small values. */
async function inlineTries(): Promise<TrieCase[]> {
  const key = random("inline");
  const tail = (length: number, digits: string) => key.slice(0, 66 - length) + digits;
  const small = "0x05";
  const cases: TrieCase[] = [];
  cases.push(
    ...(await ask(
      "inline leaves",
      [
        [tail(4, "1abc"), small],
        [tail(4, "2abc"), "0x820400"],
        [tail(4, "3abc"), "0x" + "77".repeat(32)],
      ],
      {
        "inline leaf": tail(4, "1abc"),
        "longer inline leaf": tail(4, "2abc"),
        "hashed leaf beside": tail(4, "3abc"),
        "divergent inline leaf": tail(4, "1abd"),
        "divergent hashed leaf": tail(4, "3abd"),
        "empty child": tail(4, "4abc"),
      },
    )),
    ...(await ask(
      "inline branch below a branch",
      [
        [tail(2, "11"), small],
        [tail(2, "12"), small],
        [tail(2, "20"), "0x" + "77".repeat(32)],
      ],
      {
        present: tail(2, "11"),
        "empty child of the inline branch": tail(2, "13"),
        "hashed leaf beside": tail(2, "20"),
      },
    )),
    ...(await ask(
      "inline branch below an extension",
      [
        [tail(1, "1"), small],
        [tail(1, "2"), small],
      ],
      {
        present: tail(1, "1"),
        "empty child": tail(1, "3"),
        "divergent extension": divert(tail(1, "1"), 62),
      },
    )),
    ...(await ask(
      "inline extension",
      [
        [tail(6, "1aaaa1"), small],
        [tail(6, "1aaaa2"), small],
        [tail(6, "2aaaa2"), "0x" + "77".repeat(32)],
      ],
      {
        present: tail(6, "1aaaa2"),
        "empty child": tail(6, "1aaaa7"),
        "divergent inline extension": tail(6, "1aaab1"),
      },
    )),
    ...(await ask(
      "inline branches nested",
      [
        [tail(2, "11"), small],
        [tail(2, "12"), small],
        [tail(2, "21"), small],
      ],
      {
        present: tail(2, "12"),
        "leaf of the outer branch": tail(2, "21"),
        "divergent leaf of the outer branch": tail(2, "22"),
        "empty child": tail(2, "15"),
      },
    )),
  );
  return cases;
}

/** Proofs that are right, from tries built by EthereumJS. */
export async function realCases(): Promise<TrieCase[]> {
  return [
    ...(await largeTries()),
    ...(await smallTries()),
    ...(await deepestTrie()),
    ...(await inlineTries()),
  ];
}
