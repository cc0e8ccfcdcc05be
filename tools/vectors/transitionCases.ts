/**
 * Transitions of a storage trie that change its shape, by name. Slots are written as the first nibbles of their hashed
 * keys: "1a" is the first slot whose key begins with 1a, "1a'" the second.
 */
export interface TransitionCase {
  readonly name: string;
  /** What the storage holds before, by slot. */
  readonly holds: Readonly<Record<string, bigint>>;
  /** What becomes of it; zero empties a slot. */
  readonly changes: Readonly<Record<string, bigint>>;
}

const FULL = 2n ** 256n - 1n;
/** Sixteen slots whose keys begin with each nibble. */
const WIDE = Object.fromEntries(Array.from("0123456789abcdef", (nibble) => [nibble, 1000n]));

/** Where a value needs how many bytes, and 128, which is the empty string to careless encoders. */
const VALUES = [1n, 127n, 128n, 129n, 255n, 256n, 2n ** 248n, 2n ** 255n, 1n << 64n, FULL];

export const TRANSITION_CASES: readonly TransitionCase[] = [
  { name: "the first slot", holds: {}, changes: { "3": 1n } },
  { name: "two first slots", holds: {}, changes: { "3": 1n, a: 2n } },
  { name: "first slots that share nibbles", holds: {}, changes: { "3a1": 1n, "3a2": 2n, "3a1'": 3n } },
  { name: "the last slot goes", holds: { "3": 1n }, changes: { "3": 0n } },
  {
    name: "the last slots go at once",
    holds: { "3a1": 1n, "3a2": 2n, b: 3n },
    changes: { "3a1": 0n, "3a2": 0n, b: 0n },
  },
  { name: "the only slot changes", holds: { "3": 1n }, changes: { "3": FULL } },
  { name: "the only slot gives way to another", holds: { "3": 1n }, changes: { "3": 0n, "4": 1n } },
  { name: "a leaf at the root becomes a branch", holds: { "3": 1n }, changes: { b: 2n } },
  { name: "a leaf at the root becomes an extension", holds: { "3a1": 1n }, changes: { "3a2": 2n } },
  { name: "a branch at the root becomes a leaf", holds: { "3": 1n, b: 2n }, changes: { b: 0n } },
  {
    name: "an extension at the root becomes a leaf",
    holds: { "3a1": 1n, "3a2": 2n },
    changes: { "3a2": 0n },
  },
  { name: "an extension at the root becomes a branch", holds: { "3a1": 1n, "3a2": 2n }, changes: { b: 3n } },
  {
    name: "a branch at the root becomes an extension",
    holds: { "3a1": 1n, "3a2": 2n, b: 3n },
    changes: { b: 0n },
  },
  {
    name: "an extension at the root is split in the middle",
    holds: { "3a1": 1n, "3a2": 2n },
    changes: { "3b": 3n },
  },
  {
    name: "an extension is split at its first nibble",
    holds: { "3a1": 1n, "3a2": 2n, b: 3n },
    changes: { "3b": 4n },
  },
  {
    name: "an extension is split at its last nibble",
    holds: { "3ab1": 1n, "3ab2": 2n, b: 3n },
    changes: { "3ac": 4n },
  },
  {
    name: "an extension is split in the middle",
    holds: { "3abc": 1n, "3abd": 2n, b: 3n },
    changes: { "3ac": 4n },
  },
  {
    name: "a split extension merges again",
    holds: { "3abc": 1n, "3abd": 2n, "3ac": 4n, b: 3n },
    changes: { "3ac": 0n },
  },
  { name: "a leaf below the root branch is split", holds: { ...WIDE, "3a": 7n }, changes: { "3b": 8n } },
  { name: "a leaf is split with shared nibbles", holds: { "3a1": 1n, b: 2n }, changes: { "3a2": 3n } },
  { name: "an empty child is filled", holds: { "3": 1n, b: 2n }, changes: { "4": 3n } },
  { name: "one child of three goes", holds: { "3": 1n, "4": 2n, b: 3n }, changes: { "4": 0n } },
  {
    name: "the second last child goes and a leaf is left",
    holds: { "3a": 1n, "3b": 2n, c: 3n },
    changes: { "3b": 0n },
  },
  {
    name: "the second last child goes and a branch is left",
    holds: { "3a1": 1n, "3a2": 2n, "3b": 3n, c: 4n },
    changes: { "3b": 0n },
  },
  {
    name: "the second last child goes and an extension is left",
    holds: { "3abc": 1n, "3abd": 2n, "3b": 3n, c: 4n },
    changes: { "3b": 0n },
  },
  {
    name: "extension and branch collapse to a leaf",
    holds: { "3ab1": 1n, "3ab2": 2n, c: 3n },
    changes: { "3ab1": 0n },
  },
  {
    name: "branches collapse one after another",
    holds: { "3ab1": 1n, "3ab2": 2n, "3ac": 3n, "3b": 4n, c: 5n },
    changes: { "3ab2": 0n, "3ac": 0n, "3b": 0n },
  },
  {
    name: "a branch collapses where another slot comes",
    holds: { "3a1": 1n, "3a2": 2n, b: 3n },
    changes: { "3a1": 0n, "3a3": 9n },
  },
  {
    name: "a branch empties and its place is taken",
    holds: { "3a1": 1n, "3a2": 2n, b: 3n },
    changes: { "3a1": 0n, "3a2": 0n, "3b": 9n },
  },
  {
    name: "the lowest and the highest key change",
    holds: { ...WIDE, "000": 5n, fff: 6n },
    changes: { "000": 7n, fff: 8n },
  },
  {
    name: "the lowest and the highest key go",
    holds: { ...WIDE, "000": 5n, fff: 6n },
    changes: { "000": 0n, fff: 0n },
  },
  {
    name: "everything at once",
    holds: { ...WIDE, "3a1": 1n, "3a2": 2n, "7c": 3n },
    changes: { "3a1": 0n, "3a3": 4n, "7d": 5n, "8": 0n, "9": 6n, "9'": 7n },
  },
  ...VALUES.flatMap((value) => [
    { name: `a value of ${value} comes`, holds: { "3": 5n, b: 6n }, changes: { "3a": value } },
    { name: `a value of ${value} changes`, holds: { "3": value, b: 6n }, changes: { "3": 77n } },
    { name: `a value of ${value} goes`, holds: { "3": value, b: 6n, c: 7n }, changes: { "3": 0n } },
    { name: `a value of ${value} is all there is`, holds: {}, changes: { "3": value } },
  ]),
];

/**
 * Two slots of test/vectors/slots.json whose keys share eight nibbles, and one from elsewhere: small values make
 * inline nodes. Where six are shared, a leaf with a small value has exactly 32 bytes and is hashed.
 */
export const CLOSE_CASES: readonly {
  readonly name: string;
  readonly shares?: number;
  readonly holds: readonly bigint[];
  readonly changes: readonly (bigint | undefined)[];
}[] = [
  { name: "an inline leaf comes", holds: [7n, 0n, 9n], changes: [undefined, 5n, undefined] },
  { name: "an inline leaf changes", holds: [7n, 8n, 9n], changes: [undefined, 5n, undefined] },
  {
    name: "an inline leaf changes to a hashed one",
    holds: [7n, 8n, 9n],
    changes: [FULL, undefined, undefined],
  },
  {
    name: "a hashed leaf beside an inline one becomes inline",
    holds: [FULL, 8n, 9n],
    changes: [1n, undefined, undefined],
  },
  { name: "the neighbour of an inline leaf goes", holds: [7n, 8n, 9n], changes: [0n, undefined, undefined] },
  { name: "inline leaves come together", holds: [0n, 0n, 9n], changes: [7n, 8n, undefined] },
  { name: "inline leaves go together", holds: [7n, 8n, 9n], changes: [0n, 0n, undefined] },
  { name: "beside untouched inline leaves", holds: [7n, 8n, 9n], changes: [undefined, undefined, 1n] },
  {
    name: "a leaf of exactly 32 bytes comes",
    shares: 6,
    holds: [7n, 0n, 9n],
    changes: [undefined, 5n, undefined],
  },
  {
    name: "a leaf of exactly 32 bytes changes",
    shares: 6,
    holds: [7n, 8n, 9n],
    changes: [1n, undefined, undefined],
  },
  {
    name: "a leaf of exactly 32 bytes goes",
    shares: 6,
    holds: [7n, 8n, 9n],
    changes: [0n, undefined, undefined],
  },
];
