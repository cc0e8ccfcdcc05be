/**
 * Blocks of 60 million gas that do one thing only, the dearest to execute for its gas: each precompile with inputs that never
 * repeat, long copies, hashes and creations, many accounts and slots, deep calls. What a block may cost the machine is what the
 * worst of them costs.
 */
import { createHash } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { fromHex, toHex } from "../shared/execution/crypto.js";
import type { ForkName } from "../shared/execution/forks.js";
import type { WorldJson } from "../shared/execution/worldState.js";
import type { Machine, Programs } from "../shared/machine/Machine.js";
import { openBlock } from "../shared/machine/openBlock.js";
import * as Prices from "../shared/machine/precompiles/Prices.js";
import {
  blsG1,
  blsG2,
  blsPairs,
  bnG1,
  bnPairs,
  bytesOf,
  join,
  modExpInput,
  nativeInputs,
  toBytes,
} from "../test/shared/machine/precompiles/inputs.js";
import {
  addressOf,
  buildBlock,
  keys,
  signTransaction,
  systemAccounts,
} from "../test/shared/machine/support/buildBlock.js";

export interface HeavyBlock {
  readonly name: string;
  open(programs: Programs): Promise<Machine>;
}

const BLOCK_GAS = 60_000_000n;
/** EIP-7825. */
const OSAKA_TX_GAS = 2n ** 24n;
const CONTRACT = "0x00000000000000000000000000000000000a0001";
const OTHER = "0x00000000000000000000000000000000000a0002";
const SENDER = keys[0] as Uint8Array;

// --- Code ------------------------------------------------------------------------------------------------------------

/** PUSH with as many bytes as the number needs. */
function push(value: number | bigint): string {
  if (value === 0 || value === 0n) return "5f";
  const digits = value.toString(16);
  const bytes = Math.ceil(digits.length / 2);
  return (0x5f + bytes).toString(16) + digits.padStart(2 * bytes, "0");
}

/** Runs `before` once, then `body` until less than `reserve` gas is left, and stops with success. */
function loop(before: string, body: string, reserve: number): string {
  const start = before.length / 2;
  return `${before}5b${body}${push(reserve)}5a1161${start.toString(16).padStart(4, "0")}5700`;
}

const LOAD_INPUT = "365f5f37";
/** Adds one to the word of memory at `at`. */
const count = (at: number): string => `${push(at)}5160010${"1"}${push(at)}52`;

/** Calls a precompile with memory [from, from + size), its output to `to`, and drops whether it succeeded. */
function callOf(
  precompile: number,
  size: number,
  {
    from = 0,
    to = 0,
    outSize = 0,
    gas = "5a",
  }: { from?: number; to?: number; outSize?: number; gas?: string } = {},
): string {
  return `${push(outSize)}${push(to)}${push(size)}${push(from)}${push(precompile)}${gas}fa50`;
}

interface HeavyPlan {
  readonly code: string;
  readonly data?: Uint8Array;
  readonly fork?: ForkName;
  readonly accounts?: WorldJson;
  readonly storage?: Record<string, string>;
}

function heavy(name: string, plan: () => HeavyPlan): HeavyBlock {
  return { name: `60M gas of ${name}`, open: (programs) => open(plan(), programs) };
}

async function open(
  { code, data = new Uint8Array(), fork = "prague", accounts = {}, storage = {} }: HeavyPlan,
  programs: Programs,
): Promise<Machine> {
  const gas = fork === "osaka" ? OSAKA_TX_GAS : BLOCK_GAS;
  const transactions = Array.from({ length: Number(BLOCK_GAS / gas) }, (_, nonce) =>
    signTransaction(0, [BigInt(nonce), 10n, gas, fromHex(CONTRACT), 0n, data], SENDER),
  );
  const { input } = await buildBlock(
    {
      fork,
      pre: {
        ...systemAccounts(fork),
        ...accounts,
        [CONTRACT]: { balance: "0xffffffff", nonce: "0x1", code: `0x${code}`, storage },
        [addressOf(SENDER)]: { balance: "0xde0b6b3a7640000000", nonce: "0x0", code: "0x", storage: {} },
      },
      transactions,
      gasLimit: BLOCK_GAS,
      results: { stateRoot: "00".repeat(32), gasUsed: 0n },
    },
    programs,
  );
  return openBlock(input).machine;
}

// --- Precompiles -------------------------------------------------------------------------------------------------------

function inputNamed(name: string): Uint8Array {
  const found = nativeInputs().find((input) => input.name === name);
  if (found === undefined) throw new Error(`no input is named ${name}`);
  return found.input;
}

/** The same call again and again, with the word of the input at `varied` one larger each time. */
function counting(precompile: number, data: Uint8Array, varied: number, gas?: string): HeavyPlan {
  const call = callOf(precompile, data.length, {
    to: data.length,
    outSize: 32,
    ...(gas === undefined ? {} : { gas }),
  });
  return { code: loop(LOAD_INPUT, count(varied) + call, 200_000), data };
}

/**
 * Calls with a point at the start of the input that is another one each time: `addition` adds `step` to it before. The input
 * of the addition stands behind that of the call.
 */
function walking(
  precompile: number,
  addition: number,
  step: Uint8Array,
  data: Uint8Array,
  repeat = data.length,
  before = "",
): HeavyPlan {
  const size = step.length;
  const place = repeat + 1024;
  const move = [
    // The point as it is, in front of the step.
    `${push(size)}5f${push(place)}5e`,
    callOf(addition, 2 * size, { from: place, to: 0, outSize: size }),
  ].join("");
  const stepToMemory = `${push(size)}${push(data.length)}${push(place + size)}37`;
  const load = `${push(data.length)}5f5f37${before}${stepToMemory}`;
  return {
    code: loop(load, move + callOf(precompile, repeat, { to: place + 2 * size, outSize: 32 }), 8_000_000),
    data: join(data, step),
  };
}

/** Fills memory up to `size` with copies of its first `unit` bytes. */
function fill(unit: number, size: number): string {
  let code = "";
  for (let have = unit; have < size; have *= 2)
    code += `${push(Math.min(have, size - have))}5f${push(have)}5e`;
  return code;
}

const MANY_PAIRS = 200;

const pairings: HeavyBlock[] = [
  heavy("BN254 pairings, one pair each", () =>
    walking(Prices.BN254_PAIRING, Prices.BN254_ADD, bnG1(7n), bnPairs([3n, 5n])),
  ),
  heavy(`BN254 pairings of ${MANY_PAIRS} pairs`, () =>
    walking(
      Prices.BN254_PAIRING,
      Prices.BN254_ADD,
      bnG1(7n),
      bnPairs([3n, 5n]),
      192 * MANY_PAIRS,
      fill(192, 192 * MANY_PAIRS),
    ),
  ),
  heavy("BLS12-381 pairings, one pair each", () =>
    walking(Prices.BLS_PAIRING, Prices.BLS_G1_ADD, blsG1(7n), blsPairs([3n, 5n])),
  ),
  heavy(`BLS12-381 pairings of ${MANY_PAIRS} pairs`, () =>
    walking(
      Prices.BLS_PAIRING,
      Prices.BLS_G1_ADD,
      blsG1(7n),
      blsPairs([3n, 5n]),
      384 * MANY_PAIRS,
      fill(384, 384 * MANY_PAIRS),
    ),
  ),
];

const SCALAR = bytesOf("scalar", 32);

const curves: HeavyBlock[] = [
  heavy("ECRECOVER", () => counting(Prices.ECRECOVER, inputNamed("ecrecover: good"), 0)),
  heavy("BN254 additions", () => ({
    code: loop(LOAD_INPUT, callOf(Prices.BN254_ADD, 128, { to: 0, outSize: 64 }), 200_000),
    data: join(bnG1(3n), bnG1(7n)),
  })),
  heavy("BN254 multiplications", () => ({
    code: loop(LOAD_INPUT, callOf(Prices.BN254_MULTIPLY, 96, { to: 0, outSize: 64 }), 200_000),
    data: join(bnG1(3n), SCALAR),
  })),
  heavy("point evaluations", () =>
    // The proof is a point that does not prove it: all the gas of the call is lost, so it gets the price only.
    counting(
      Prices.POINT_EVALUATION,
      join(
        inputNamed("point evaluation: good").slice(0, 144),
        inputNamed("point evaluation: good").slice(96, 144),
      ),
      32,
      push(50_000),
    ),
  ),
  heavy("BLS12-381 G1 additions", () => ({
    code: loop(LOAD_INPUT, callOf(Prices.BLS_G1_ADD, 256, { to: 0, outSize: 128 }), 200_000),
    data: join(blsG1(3n), blsG1(7n)),
  })),
  heavy("BLS12-381 G2 additions", () => ({
    code: loop(LOAD_INPUT, callOf(Prices.BLS_G2_ADD, 512, { to: 0, outSize: 256 }), 200_000),
    data: join(blsG2(3n), blsG2(7n)),
  })),
  ...([1, 128] as const).flatMap((pairs) => [
    heavy(`BLS12-381 G1 MSM of ${pairs}`, () =>
      walking(
        Prices.BLS_G1_MSM,
        Prices.BLS_G1_ADD,
        blsG1(7n),
        join(blsG1(3n), SCALAR),
        160 * pairs,
        fill(160, 160 * pairs),
      ),
    ),
    heavy(`BLS12-381 G2 MSM of ${pairs}`, () =>
      walking(
        Prices.BLS_G2_MSM,
        Prices.BLS_G2_ADD,
        blsG2(7n),
        join(blsG2(3n), SCALAR),
        288 * pairs,
        fill(288, 288 * pairs),
      ),
    ),
  ]),
  heavy("BLS12-381 maps to G1", () => counting(Prices.BLS_MAP_FP_TO_G1, inputNamed("map to g1: good"), 32)),
  heavy("BLS12-381 maps to G2", () => counting(Prices.BLS_MAP_FP2_TO_G2, inputNamed("map to g2: good"), 32)),
  heavy("P-256 verifications", () => ({ ...counting(Prices.P256_VERIFY, p256Input(), 0), fork: "osaka" })),
];

function p256Input(): Uint8Array {
  const key = bytesOf("p256 key", 32);
  const hash = bytesOf("p256 message", 32);
  const signature = p256.sign(hash, key, { prehash: false, lowS: false });
  return join(hash, signature, p256.getPublicKey(key, false).subarray(1));
}

// --- MODEXP, hashes ------------------------------------------------------------------------------------------------------

/** Numbers of ones of these sizes; the base changes. */
function modExp(base: number, exponent: number, modulus: number, fork: ForkName): HeavyPlan {
  const ones = (size: number): Uint8Array => new Uint8Array(size).fill(255);
  const header = modExpInput(new Uint8Array(base), new Uint8Array(exponent), new Uint8Array(modulus)).slice(
    0,
    96,
  );
  const size = 96 + base + exponent + modulus;
  // Memory of ones costs less than data of ones.
  const code =
    `${push(96)}5f5f37${push(2n ** 256n - 1n)}6060 52`.replace(/ /g, "") + fillFrom(96, 32, size - 96);
  return {
    code: loop(code, callOf(Prices.MODEXP, size, { to: 0, outSize: 0 }), 300_000),
    data: join(header, ones(0)),
    fork,
  };
}

/** As `fill`, for the memory from `at` on. */
function fillFrom(at: number, unit: number, size: number): string {
  let code = "";
  for (let have = unit; have < size; have *= 2)
    code += `${push(Math.min(have, size - have))}${push(at)}${push(at + have)}5e`;
  return code;
}

const modExps: HeavyBlock[] = (["prague", "osaka"] as const).flatMap((fork) =>
  (
    [
      [1, 1, 1],
      [8, 1024, 8],
      [32, 32, 32],
      [32, 1024, 32],
      [33, 1024, 33],
      [64, 64, 64],
      [256, 256, 256],
      [1024, 3, 1024],
      ...(fork === "prague" ? [[8, 100_000, 8] as const, [37_000, 1, 37_000] as const] : []),
    ] as const
  ).map(([base, exponent, modulus]) =>
    heavy(`MODEXP of ${base}, ${exponent}, ${modulus} bytes, ${fork}`, () =>
      modExp(base, exponent, modulus, fork),
    ),
  ),
);

function hashing(precompile: number, size: number): HeavyPlan {
  return { code: loop(count(0), count(0) + callOf(precompile, size, { to: size, outSize: 32 }), 3_000_000) };
}

function blake2f(rounds: number): HeavyPlan {
  return {
    ...counting(
      Prices.BLAKE2F,
      join(toBytes(BigInt(rounds), 4), bytesOf("blake", 208), Uint8Array.of(1)),
      32,
    ),
  };
}

const hashes: HeavyBlock[] = [
  heavy("SHA-256 of 512 KB", () => hashing(Prices.SHA256, 2 ** 19)),
  heavy("SHA-256 of 32 bytes", () => hashing(Prices.SHA256, 32)),
  heavy("RIPEMD-160 of 64 KB", () => hashing(Prices.RIPEMD160, 2 ** 16)),
  heavy("RIPEMD-160 of 1 MB", () => hashing(Prices.RIPEMD160, 2 ** 20)),
  heavy("RIPEMD-160 of 32 bytes", () => hashing(Prices.RIPEMD160, 32)),
  heavy("BLAKE2F of one round", () => blake2f(1)),
  heavy("BLAKE2F of a million rounds", () => blake2f(1_000_000)),
  heavy("BLAKE2F of 50 million rounds", () => blake2f(50_000_000)),
  heavy("KECCAK256 of 512 KB", () => ({ code: loop("", `${count(0)}${push(2 ** 19)}5f2050`, 500_000) })),
];

// --- The EVM -------------------------------------------------------------------------------------------------------------

const codeAccount = (code: string): WorldJson[string] => ({
  balance: "0x1",
  nonce: "0x1",
  code: `0x${code}`,
  storage: {},
});

/** Memory [0, 32) counts, and is what is asked for. */
const counted = (body: string): string => loop("", `${count(0)}${body}`, 100_000);

/** A slot that a number's hash decides, so that the trie is as deep as chance makes it. */
const SLOTS = 11_000;

const evm: HeavyBlock[] = [
  heavy("EXTCODECOPY of 24 KB", () => ({
    code: loop("", `${push(24_576)}5f5f${push(BigInt(OTHER))}3c`, 100_000),
    accounts: { [OTHER]: codeAccount("5b".repeat(24_576)) },
  })),
  heavy("MCOPY of 4 MB", () => ({
    // Memory of ones, all of which each copy writes again.
    code: loop(
      `${push(2n ** 256n - 1n)}5f52${fill(32, 2 ** 22)}`,
      `${push(2 ** 22 - 32)}${push(32)}5f5e`,
      1_000_000,
    ),
  })),
  heavy("LOG0 of 1 KB", () => ({ code: counted(`${push(1024)}5fa0`) })),
  heavy("LOG4 of nothing", () => ({ code: counted("5f5f5f5f5f5fa4") })),
  heavy("CREATE2 with 49 KB of code", () => ({
    // Init code that stops at once: 00, but another one each time.
    code: loop("", `602051600101602052${"602051"}${push(49_152)}5f5ff550`, 100_000),
  })),
  heavy("CALL of absent accounts", () => ({ code: counted("5f5f5f5f5f5f51620186a0f150") })),
  heavy("CALL with value to new accounts", () => ({ code: counted("5f5f5f5f60015f51620186a0f150") })),
  heavy("BALANCE of accounts in a large trie", () => ({
    code: counted(`5f51${push(0x7000_0000)}013150`),
    accounts: Object.fromEntries(
      Array.from({ length: SLOTS }, (_, index) => [
        `0x${(0x7000_0000 + index).toString(16).padStart(40, "0")}`,
        codeAccount(""),
      ]),
    ),
  })),
  heavy("calls within calls", () => ({ code: loop("", "5f5f5f5f5f305af150", 30_000) })),
  heavy("SSTORE to slots of a large trie", () => ({
    code: counted("5f515f5155"),
    storage: Object.fromEntries(
      Array.from({ length: SLOTS }, (_, index) => [
        `0x${(index + 1).toString(16)}`,
        `0x${toHex(createHash("sha256").update(`${index}`).digest())}`,
      ]),
    ),
  })),
  // What is stored stays until the end of the block, where all of the world is walked through.
  heavy("TSTORE to new slots", () => ({ code: counted("5f51805d") })),
  heavy("SSTORE to new slots", () => ({ code: counted("5f515f5155") })),
];

export const heavyBlocks: readonly HeavyBlock[] = [...pairings, ...curves, ...modExps, ...hashes, ...evm];
