import { fromHex, toHex } from "../../../../shared/execution/crypto.js";
import type { ForkName } from "../../../../shared/execution/forks.js";
import type { WorldJson } from "../../../../shared/execution/worldState.js";
import {
  addressOf,
  CHAIN_ID,
  keys,
  signAuthorisation,
  signTransaction,
  systemAccounts,
  type BlockPlan,
  type Field,
} from "./buildBlock.js";

/** Numbers that are the same in every run (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

const contracts = [1, 2, 3].map((index) => `0x00000000000000000000000000000000000a000${index}`);
const MAX = 2n ** 256n - 1n;

function push(value: bigint): number[] {
  const hex = value.toString(16);
  const bytes = [...fromHex(hex.length % 2 === 0 ? hex : `0${hex}`)];
  return [0x5f + bytes.length, ...bytes];
}

/** Init codes: nothing, a store, a revert, a plain contract, one that EIP-3541 forbids, one that destroys itself. */
const INIT_CODES = [
  "00",
  "6001600055",
  "60006000fd",
  "60aa60005360206000f3",
  "60ef60005360016000f3",
  "3060ff55",
  "33ff",
];

/** A program that does something of everything. What it does makes no sense, which is the sense of it. */
export function randomProgram(random: Random): Uint8Array {
  const small = (): number[] =>
    push(random.pick([0n, 1n, 31n, 32n, 33n, 64n, 100n, BigInt(random.below(300))]));
  const value = (): number[] =>
    push(
      random.pick([
        0n,
        1n,
        2n,
        31n,
        32n,
        33n,
        255n,
        256n,
        BigInt(random.below(4096)),
        MAX,
        1n << 255n,
        MAX - 4n,
      ]),
    );
  const account = (): number[] =>
    push(
      random.pick([
        ...contracts.map(BigInt),
        BigInt(random.below(20)),
        0x100n,
        0xdeadn,
        ...keys.slice(0, 3).map((key) => BigInt(addressOf(key))),
      ]),
    );
  const pick = (...ops: number[]): number => random.pick(ops);
  const pieces: (() => number[])[] = [
    () => [...value(), ...value(), ...value(), random.pick([...Array(0x0b).keys()].map((op) => op + 1))],
    () => [...value(), ...value(), random.pick([...Array(0x0f).keys()].map((op) => op + 0x10))],
    () => [...value(), ...small(), pick(0x52, 0x53), ...small(), 0x51],
    () => [...small(), ...push(random.pick([0n, 1n, 2n])), pick(0x55, 0x5d)],
    () => [...push(random.pick([0n, 1n, 2n, 3n])), pick(0x54, 0x5c)],
    () => [
      ...small(),
      ...small(),
      ...small(),
      ...small(),
      ...push(random.pick([0n, 0n, 1n, 1000n])),
      ...account(),
      ...push(random.pick([0n, 700n, 30_000n, 100_000n, 1n << 64n])),
      pick(0xf1, 0xf1, 0xf2, 0xf4, 0xfa),
    ],
    () => {
      const code = random.pick(INIT_CODES);
      const offset = BigInt(32 - code.length / 2);
      const size = random.pick([BigInt(code.length / 2), 32n, 0n]);
      const store = [...push(BigInt(`0x${code}`)), ...push(0n), 0x52];
      return [
        ...store,
        ...small(),
        ...push(size),
        ...push(offset),
        ...push(random.pick([0n, 5n])),
        pick(0xf0, 0xf5),
      ];
    },
    () => [...small(), ...small(), ...small(), pick(0x37, 0x39, 0x3e, 0x5e)],
    () => [...small(), ...small(), ...small(), ...account(), 0x3c],
    () => [...account(), pick(0x31, 0x3b, 0x3f)],
    () => [
      pick(0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44),
      pick(0x45, 0x46, 0x47, 0x48, 0x4a, 0x58, 0x59, 0x5a, 0x5b, 0x5f),
    ],
    () => [
      ...small(),
      ...small(),
      pick(0x20, 0xa0),
      ...push(999n),
      0x40,
      ...push(0n),
      0x49,
      ...small(),
      0x35,
    ],
    () => [pick(0x80, 0x81, 0x82, 0x83, 0x90, 0x91, 0x92, 0x50)],
    () => (random.below(3) === 0 ? [...small(), ...small(), pick(0xf3, 0xfd)] : []),
    () => (random.below(5) === 0 ? [...account(), 0xff] : []),
  ];
  const length = 10 + random.below(60);
  return Uint8Array.from(Array.from({ length }, () => random.pick(pieces)()).flat());
}

/** A block of one to three transactions of any type that run random programs. */
export function randomBlock(random: Random, fork: ForkName): BlockPlan {
  const pre: WorldJson = { ...systemAccounts(fork) };
  for (const contract of contracts)
    pre[contract] = {
      balance: random.pick(["0x0", "0x3e8", "0xf4240"]),
      nonce: "0x1",
      code: `0x${toHex(randomProgram(random))}`,
      storage: random.below(2) === 0 ? {} : { "0x1": "0x7", "0x2": "0x1" },
    };
  for (const key of keys.slice(0, 2))
    pre[addressOf(key)] = { balance: "0xde0b6b3a7640000", nonce: "0x0", code: "0x", storage: {} };
  if (fork !== "cancun" && random.below(3) === 0)
    pre[addressOf(keys[2] as Uint8Array)] = {
      balance: "0x64",
      nonce: "0x1",
      code: `0xef0100${random.pick(contracts).slice(2)}`,
      storage: {},
    };
  const nonces = [0n, 0n];
  const transactions: Uint8Array[] = [];
  let blobs = 0;
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const sender = random.below(2);
    const nonce = nonces[sender] as bigint;
    const { raw, blobCount } = randomTransaction(random, fork, keys[sender] as Uint8Array, nonce, 6 - blobs);
    nonces[sender] = nonce + 1n;
    blobs += blobCount;
    transactions.push(raw);
  }
  const withdrawals: Field[] =
    random.below(3) === 0
      ? [
          [0n, 1n, fromHex(random.pick(contracts)), 5n],
          [1n, 1n, fromHex("0x00000000000000000000000000000000000000cc"), random.pick([0n, 3n])],
        ]
      : [];
  return { fork, pre, transactions, withdrawals, blobs };
}

function randomTransaction(
  random: Random,
  fork: ForkName,
  key: Uint8Array,
  nonce: bigint,
  blobRoom: number,
): { raw: Uint8Array; blobCount: number } {
  const kind = random.pick(fork === "cancun" ? [0, 0, 1, 2, 3] : [0, 0, 1, 2, 3, 4, 4]);
  const receivers = [
    ...contracts,
    ...contracts,
    addressOf(keys[2] as Uint8Array),
    `0x${"00".repeat(19)}02`,
    `0x${"00".repeat(19)}ee`,
  ];
  const isCreation = kind < 3 && random.below(5) === 0;
  const to = isCreation ? new Uint8Array() : fromHex(random.pick(receivers));
  const data =
    random.below(2) === 0
      ? randomProgram(random)
      : new Uint8Array(random.below(100)).map(() => random.below(256));
  const value = random.pick([0n, 0n, 5n, 1000n]);
  const gas = BigInt(150_000 + random.below(1_000_000));
  if (kind === 0)
    return {
      raw: signTransaction(0, [nonce, 10n, gas, to, value, data], key, random.below(2) === 0),
      blobCount: 0,
    };
  const word = (last: number): Uint8Array => Uint8Array.from([...new Uint8Array(31), last]);
  const list: Field[] =
    random.below(2) === 0
      ? []
      : [
          [fromHex(random.pick(contracts)), [word(0), word(1)]],
          [fromHex(`0x${"00".repeat(19)}09`), []],
        ];
  const call: Field[] = [gas, to, value, data, list];
  if (kind === 1) return { raw: signTransaction(1, [CHAIN_ID, nonce, 10n, ...call], key), blobCount: 0 };
  const fields: Field[] = [CHAIN_ID, nonce, 2n, 100n, ...call];
  if (kind === 3 && blobRoom > 0) {
    const hashes = Array.from({ length: 1 + random.below(Math.min(2, blobRoom)) }, () =>
      Uint8Array.from([1, ...new Uint8Array(31).fill(7)]),
    );
    return { raw: signTransaction(3, [...fields, 100n, hashes], key), blobCount: hashes.length };
  }
  if (kind !== 4) return { raw: signTransaction(2, fields, key), blobCount: 0 };
  const none = `0x${"00".repeat(20)}`;
  const authorisations = Array.from({ length: 1 + random.below(3) }, () =>
    signAuthorisation(
      random.pick([0n, CHAIN_ID, 5n]),
      random.pick([...contracts, none, `0x${"00".repeat(19)}04`]),
      random.pick([0n, 0n, 1n]),
      random.pick([...keys.slice(2), key]),
    ),
  );
  return { raw: signTransaction(4, [...fields, authorisations], key), blobCount: 0 };
}
