/**
 * Writes `test/vectors/games.json`: ids of claims and games, hashes of what moves answer, what is due after how many moves, and
 * when turns end. The bytes that are hashed are laid out here by hand, by the words of the contracts' comments, so that
 * neither reader is its own witness. Deterministic; run with `npx tsx tools/vectors/games.ts`.
 */
import { writeFileSync } from "node:fs";
import { concat, getAddress, id as hashText, keccak256, toBeHex, zeroPadValue } from "ethers";

const MAX_64 = 2n ** 64n - 1n;
const MAX_HASH = `0x${"ff".repeat(32)}`;
const word = (value: bigint | string): string =>
  typeof value === "bigint" ? toBeHex(value, 32) : zeroPadValue(value, 32);

const addressOf = (name: string): string => getAddress(`0x${hashText(name).slice(26)}`);
const claims = [
  { number: 0n, timestamp: 0n, parent: word(0n), proposer: addressOf("nobody") },
  { number: 105n, timestamp: 1_770_000_000n, parent: hashText("parent"), proposer: addressOf("proposer") },
  { number: MAX_64, timestamp: MAX_64, parent: MAX_HASH, proposer: getAddress(`0x${"ff".repeat(20)}`) },
].map((claim) => ({
  ...claim,
  blockHash: hashText(`block ${claim.number}`),
  stateRoot: hashText(`root ${claim.number}`),
}));
type Claim = (typeof claims)[number];

/** Six words, in the order of the struct. */
function claimIdOf({ parent, blockHash, stateRoot, number, timestamp, proposer }: Claim): string {
  return keccak256(concat([parent, blockHash, stateRoot, number, timestamp, proposer].map(word)));
}

const games = claims.flatMap((claim) =>
  [
    { challenger: addressOf("challenger"), nonce: 0n },
    { challenger: addressOf("challenger"), nonce: 1n },
    { challenger: getAddress(`0x${"00".repeat(19)}01`), nonce: MAX_64 },
  ].map(({ challenger, nonce }) => {
    const claimId = claimIdOf(claim);
    return {
      ...claim,
      claimId,
      challenger,
      nonce,
      gameId: keccak256(concat([claimId, word(challenger), word(nonce)])),
    };
  }),
);

const points = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, index) => hashText(`${name} ${index}`));
/** All values, one after the other, with nothing before them. */
const vectors = [
  { name: "two ends", values: points(2, "end") },
  { name: "two equal ends", values: [MAX_HASH, MAX_HASH] },
  { name: "a vector", values: points(65, "value") },
  { name: "the same vector backwards", values: points(65, "value").reverse() },
  { name: "a vector of one value", values: Array<string>(65).fill(word(1n)) },
].map(({ name, values }) => ({
  name,
  values,
  hash: keccak256(concat(values)),
  /** Hashes of the pairs that a challenger can point at. */
  parts: values.slice(1).map((right, index) => keccak256(concat([values[index] ?? "", right]))),
}));

/** Numbers of the enum `Move`. */
const [SPLIT, POINT, ENTER, PROVE] = [1, 2, 3, 4];
const due = [
  SPLIT,
  POINT,
  SPLIT,
  POINT,
  ENTER,
  POINT,
  ...Array(5).fill([SPLIT, POINT]).flat(),
  PROVE,
] as number[];

const times = { clockSeconds: 1_000n, moveSeconds: 60n, proveSeconds: 180n };
const since = 1_770_000_000n;
/** The last second of a turn: what is left of the clock, or the least that the move gets. */
const turns = [
  { moves: 0, defender: 1_000n, challenger: 0n, lasts: 1_000n },
  { moves: 0, defender: 60n, challenger: 1_000n, lasts: 60n },
  { moves: 2, defender: 59n, challenger: 1_000n, lasts: 60n },
  { moves: 4, defender: 61n, challenger: 0n, lasts: 61n },
  { moves: 5, defender: 1_000n, challenger: 0n, lasts: 60n },
  { moves: 15, defender: 0n, challenger: 999n, lasts: 999n },
  { moves: 16, defender: 0n, challenger: 999n, lasts: 180n },
  { moves: 16, defender: 179n, challenger: 999n, lasts: 180n },
  { moves: 16, defender: 2n ** 32n - 1n, challenger: 0n, lasts: 2n ** 32n - 1n },
].map(({ lasts, ...turn }) => ({ ...turn, deadline: since + lasts }));

const text = JSON.stringify(
  { games, vectors, due, times, since, turns },
  (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
  2,
);
writeFileSync("test/vectors/games.json", `${text}\n`);
