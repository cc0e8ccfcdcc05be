import { RLP } from "@ethereumjs/rlp";
import { fromHex } from "../../../../shared/execution/crypto.js";
import type { ForkName } from "../../../../shared/execution/forks.js";
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

const [key, other] = keys as [Uint8Array, Uint8Array];
const TO = fromHex("00000000000000000000000000000000000000ee");
const NONE = new Uint8Array();
const GAS = 100_000n;
const ETHER = 10n ** 18n;
export const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
export const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

type Change = Partial<
  Record<
    "chainId" | "nonce" | "tip" | "fee" | "gas" | "to" | "value" | "data" | "list" | "blobFee" | "extra",
    Field
  >
>;

/** A transaction of this kind that is all right but for the change. */
function transaction(kind: number, change: Change = {}): Uint8Array {
  const {
    chainId = CHAIN_ID,
    nonce = 0n,
    tip = 1n,
    fee = 100n,
    gas = GAS,
    to = TO,
    value = 0n,
    data = NONE,
    list = [],
  } = change;
  const blob = Uint8Array.from([1, ...new Uint8Array(31)]);
  const authorisations = [signAuthorisation(CHAIN_ID, `0x${"11".repeat(20)}`, 0n, other)];
  const call: Field[] = [gas, to, value, data];
  const fields: Field[][] = [
    [nonce, fee, ...call],
    [chainId, nonce, fee, ...call, list],
    [chainId, nonce, tip, fee, ...call, list],
    [chainId, nonce, tip, fee, ...call, list, change.blobFee ?? 100n, change.extra ?? [blob]],
    [chainId, nonce, tip, fee, ...call, list, change.extra ?? authorisations],
  ];
  return signTransaction(kind, fields[kind] as Field[], key);
}

function plan(fork: ForkName, raw: Uint8Array, more: Partial<BlockPlan> = {}): BlockPlan {
  const account = { balance: `0x${ETHER.toString(16)}`, nonce: "0x0", code: "0x", storage: {} };
  return {
    fork,
    pre: { ...systemAccounts(fork), [addressOf(key)]: account },
    transactions: [raw],
    ...more,
  };
}

/** The last three fields of a signed transaction, changed. */
function resigned(raw: Uint8Array, change: (v: bigint, r: bigint, s: bigint) => bigint[]): Uint8Array {
  const isTyped = (raw[0] as number) < 0xc0;
  const items = RLP.decode(isTyped ? raw.subarray(1) : raw) as Uint8Array[];
  const numbers = items.slice(-3).map((item) => BigInt(`0x0${Buffer.from(item).toString("hex")}`));
  const fields = change(...(numbers as [bigint, bigint, bigint]));
  const encoded = RLP.encode([...items.slice(0, -3), ...fields]);
  return isTyped ? Buffer.concat([raw.subarray(0, 1), encoded]) : encoded;
}

const manyBlobs = (count: number): Field[] =>
  Array.from({ length: count }, () => Uint8Array.from([1, ...new Uint8Array(31)]));
const big = 2n ** 255n;

/** A block with one transaction that is all right but for one thing, and whether the block may hold it. */
export interface ValidityCase {
  name: string;
  wanted: "valid" | "invalid";
  plan: BlockPlan;
}

/** What makes a block invalid, one thing each; and what does not. */
const cases: readonly (readonly [string, ForkName, Uint8Array, "valid" | "invalid", Partial<BlockPlan>?])[] =
  [
    ...[0, 1, 2, 3].map(
      (kind) =>
        [
          `a transaction of type ${kind}`,
          "cancun",
          transaction(kind),
          "valid",
          kind === 3 ? { blobs: 1 } : {},
        ] as never,
    ),
    ["a transaction of type 4", "prague", transaction(4), "valid"],
    ["type 4 before Prague", "cancun", transaction(4), "invalid"],
    ["another chain's id", "cancun", transaction(2, { chainId: 2n }), "invalid"],
    ["a nonce too high", "cancun", transaction(0, { nonce: 1n }), "invalid"],
    ["more gas than the block has", "cancun", transaction(0, { gas: 30_000_001n }), "invalid"],
    ["as much gas as the block has", "cancun", transaction(0, { gas: 30_000_000n }), "valid"],
    [
      "more gas than a transaction may have (EIP-7825)",
      "osaka",
      transaction(0, { gas: 2n ** 24n + 1n }),
      "invalid",
    ],
    [
      "as much gas as a transaction may have (EIP-7825)",
      "osaka",
      transaction(0, { gas: 2n ** 24n }),
      "valid",
    ],
    ["less gas than it costs to begin", "cancun", transaction(0, { gas: 20_999n }), "invalid"],
    [
      "less gas than its data costs",
      "cancun",
      transaction(0, { gas: 21_015n, data: Uint8Array.of(1) }),
      "invalid",
    ],
    [
      "just the gas that its data costs",
      "cancun",
      transaction(0, { gas: 21_016n, data: Uint8Array.of(1) }),
      "valid",
    ],
    [
      "less gas than the floor (EIP-7623)",
      "prague",
      transaction(0, { gas: 21_039n, data: Uint8Array.of(1) }),
      "invalid",
    ],
    [
      "just the gas of the floor (EIP-7623)",
      "prague",
      transaction(0, { gas: 21_040n, data: Uint8Array.of(1) }),
      "valid",
    ],
    ["a fee below the base fee", "cancun", transaction(2, { fee: 6n, tip: 1n }), "invalid"],
    ["a tip above the fee", "cancun", transaction(2, { fee: 100n, tip: 101n }), "invalid"],
    ["more value than the sender has", "cancun", transaction(0, { value: ETHER }), "invalid"],
    ["all that the sender has", "cancun", transaction(0, { value: ETHER - 100n * GAS }), "valid"],
    ["a cost that is no word", "cancun", transaction(2, { fee: big, value: big }), "invalid"],
    [
      "init code above the limit (EIP-3860)",
      "cancun",
      transaction(0, { to: NONE, gas: 5_000_000n, data: new Uint8Array(49_153) }),
      "invalid",
    ],
    [
      "init code at the limit (EIP-3860)",
      "cancun",
      transaction(0, { to: NONE, gas: 5_000_000n, data: new Uint8Array(49_152) }),
      "valid",
    ],
    ["a creation by type 3", "cancun", transaction(3, { to: NONE }), "invalid", { blobs: 1 }],
    ["a creation by type 4", "prague", transaction(4, { to: NONE }), "invalid"],
    ["no blobs", "cancun", transaction(3, { extra: [] }), "invalid"],
    [
      "more blobs than a block may have",
      "cancun",
      transaction(3, { extra: manyBlobs(7) }),
      "invalid",
      { blobs: 6 },
    ],
    [
      "as many blobs as a block may have",
      "cancun",
      transaction(3, { extra: manyBlobs(6) }),
      "valid",
      { blobs: 6 },
    ],
    [
      "more blobs than a transaction may have (EIP-7594)",
      "osaka",
      transaction(3, { extra: manyBlobs(7) }),
      "invalid",
      { blobs: 7 },
    ],
    [
      "a versioned hash of another version",
      "cancun",
      transaction(3, { extra: [new Uint8Array(32)] }),
      "invalid",
      { blobs: 1 },
    ],
    ["a blob fee below the block's", "cancun", transaction(3, { blobFee: 0n }), "invalid", { blobs: 1 }],
    ["no authorisations", "prague", transaction(4, { extra: [] }), "invalid"],
    [
      "s in the upper half",
      "cancun",
      resigned(transaction(2), (v, r, s) => [1n - v, r, ORDER - s]),
      "invalid",
    ],
    ["a parity of 2", "cancun", resigned(transaction(1), (_, r, s) => [2n, r, s]), "invalid"],
    ["no r", "cancun", resigned(transaction(2), (v, _, s) => [v, 0n, s]), "invalid"],
    ["no s", "cancun", resigned(transaction(2), (v, r) => [v, r, 0n]), "invalid"],
    [
      "a sender with code (EIP-3607)",
      "cancun",
      transaction(0),
      "invalid",
      {
        pre: {
          ...systemAccounts("cancun"),
          [addressOf(key)]: { balance: "0xde0b6b3a7640000", nonce: "0x0", code: "0x00", storage: {} },
        },
      },
    ],
    [
      "a sender that delegates (EIP-7702)",
      "prague",
      transaction(0),
      "valid",
      {
        pre: {
          ...systemAccounts("prague"),
          [addressOf(key)]: {
            balance: "0xde0b6b3a7640000",
            nonce: "0x0",
            code: `0xef0100${"22".repeat(20)}`,
            storage: {},
          },
        },
      },
    ],
    [
      "no contract of EIP-7002",
      "prague",
      transaction(0),
      "invalid",
      {
        pre: {
          ...systemAccounts("cancun"),
          [addressOf(key)]: { balance: "0xde0b6b3a7640000", nonce: "0x0", code: "0x", storage: {} },
        },
      },
    ],
    [
      "a request call that reverts",
      "prague",
      transaction(0),
      "invalid",
      {
        pre: {
          ...systemAccounts("prague"),
          "0x0000bbddc7ce488642fb579f8b00f3a590007251": {
            balance: "0x0",
            nonce: "0x1",
            code: "0x5f5ffd",
            storage: {},
          },
          [addressOf(key)]: { balance: "0xde0b6b3a7640000", nonce: "0x0", code: "0x", storage: {} },
        },
      },
    ],
  ];

export const validityCases: readonly ValidityCase[] = cases.map(([name, fork, raw, wanted, more]) => ({
  name,
  wanted,
  plan: plan(fork, raw, more),
}));
