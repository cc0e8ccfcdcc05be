import { fromHex, toHex } from "../shared/execution/crypto.js";
import type { ForkName } from "../shared/execution/forks.js";
import type { Programs } from "../shared/machine/Machine.js";
import type { BlockInput } from "../shared/machine/openBlock.js";
import {
  addressOf,
  buildBlock,
  keys,
  signTransaction,
  systemAccounts,
} from "../test/shared/machine/support/buildBlock.js";
import { blsPairs, bnPairs, bytesOf, join, toBytes } from "../test/shared/machine/precompiles/inputs.js";

/** A block of 60M gas that does one thing until all gas is gone, so that everything it did is undone at the end. */
export interface Loop {
  name: string;
  fork: ForkName;
  /** Of the contract that is called with all gas. */
  code: string;
}

const BLOCK_GAS = 60_000_000n;
/** EIP-7825, from Osaka. */
const MAX_TX_GAS = 2n ** 24n;
const CONTRACT = "0x00000000000000000000000000000000000a0001";

const word = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");

/** Code that repeats `body`, which finds a number on the stack that grows by `stride`. `before` runs once. */
function repeat(body: string, stride = 1, before = ""): string {
  // PUSH0 JUMPDEST PUSH1 stride ADD … PUSH2 JUMP
  return `${before}5f5b60${word(stride, 1)}01${body}61${word(before.length / 2 + 1, 2)}56`;
}

/** Code that calls a precompile with the same input again and again. */
function calling(precompile: number, input: Uint8Array): string {
  const size = word(input.length, 2);
  const make = (at: number): string =>
    // CODECOPY of what lies behind the loop; STATICCALL with all gas, without output.
    repeat(`5f5f61${size}5f61${word(precompile, 2)}5afa50`, 1, `61${size}61${word(at, 2)}5f39`);
  return make(make(0).length / 2) + toHex(input);
}

function modExpInput(size: number): Uint8Array {
  const lengths = [size, size, size].map((length) => toBytes(BigInt(length), 32));
  const odd = bytesOf("modulus", size);
  odd[size - 1] = 0xff;
  return join(...lengths, bytesOf("base", size), new Uint8Array(size).fill(0xff), odd);
}

const blakeRounds = (rounds: number): Uint8Array =>
  join(toBytes(BigInt(rounds), 4), bytesOf("blake2f", 208), Uint8Array.of(1));

const hundred = Array.from({ length: 100 }, (_, at) => [BigInt(at + 1), BigInt(at + 2)] as const);

export const loops: readonly Loop[] = [
  { name: "arithmetic", fork: "prague", code: repeat("8060030260071650") },
  // 64 KB, a word after the other: read, changed, written.
  { name: "memory", fork: "prague", code: repeat("8061ffe016805182019052", 32) },
  { name: "KECCAK256 of 1 KB", fork: "prague", code: repeat("6104005f2050") },
  { name: "cold SLOAD", fork: "prague", code: repeat("805450") },
  { name: "SSTORE", fork: "prague", code: repeat("808055") },
  { name: "TSTORE", fork: "prague", code: repeat("80805d") },
  { name: "MCOPY of 4 KB", fork: "prague", code: repeat("6110005f5f5e") },
  { name: "SHA256 of 1 KB", fork: "prague", code: calling(2, bytesOf("sha256", 1024)) },
  { name: "RIPEMD160 of 1 KB", fork: "prague", code: calling(3, bytesOf("ripemd160", 1024)) },
  { name: "BN254 pairings of one pair", fork: "prague", code: calling(8, bnPairs([2n, 3n])) },
  { name: "BN254 pairings of 100 pairs", fork: "prague", code: calling(8, bnPairs(...hundred)) },
  { name: "BLS12-381 pairings of one pair", fork: "prague", code: calling(15, blsPairs([2n, 3n])) },
  { name: "BLAKE2F of 12 rounds", fork: "prague", code: calling(9, blakeRounds(12)) },
  { name: "BLAKE2F of a million rounds", fork: "prague", code: calling(9, blakeRounds(1_000_000)) },
  { name: "MODEXP of 32 bytes, Prague", fork: "prague", code: calling(5, modExpInput(32)) },
  { name: "MODEXP of 32 bytes, Osaka", fork: "osaka", code: calling(5, modExpInput(32)) },
  { name: "MODEXP of 256 bytes, Osaka", fork: "osaka", code: calling(5, modExpInput(256)) },
];

/** The block in which the loop runs: one transaction, or as many as its fork's limit of a transaction's gas makes necessary. */
export async function loopBlock({ fork, code }: Loop, programs: Programs): Promise<BlockInput> {
  const sender = keys[0] as Uint8Array;
  const transactions: Uint8Array[] = [];
  for (let left = BLOCK_GAS; left > 0n;) {
    const gas = fork === "osaka" && left > MAX_TX_GAS ? MAX_TX_GAS : left;
    const fields = [BigInt(transactions.length), 10n, gas, fromHex(CONTRACT), 0n, new Uint8Array()];
    transactions.push(signTransaction(0, fields, sender));
    left -= gas;
  }
  const { input } = await buildBlock(
    {
      fork,
      pre: {
        ...systemAccounts(fork),
        [CONTRACT]: { balance: "0x0", nonce: "0x1", code: `0x${code}`, storage: {} },
        [addressOf(sender)]: { balance: "0xde0b6b3a7640000000", nonce: "0x0", code: "0x", storage: {} },
      },
      transactions,
      gasLimit: BLOCK_GAS,
      results: { stateRoot: "00".repeat(32), gasUsed: 0n },
    },
    programs,
  );
  return input;
}
