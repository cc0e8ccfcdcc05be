import { fromHex } from "../shared/execution/crypto.js";
import type { Programs } from "../shared/machine/Machine.js";
import type { BlockInput } from "../shared/machine/openBlock.js";
import {
  addressOf,
  buildBlock,
  keys,
  signTransaction,
  systemAccounts,
} from "../test/shared/machine/support/buildBlock.js";

/** A block of 60M gas that does one thing until all gas is gone, so that everything it did is undone at the end. */
export interface Loop {
  name: string;
  /** Of the contract that is called with all gas. */
  code: string;
}

const BLOCK_GAS = 60_000_000n;
const CONTRACT = "0x00000000000000000000000000000000000a0001";

const word = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");

/** Code that repeats `body`, which finds a number on the stack that grows by `stride`. */
function repeat(body: string, stride = 1): string {
  // PUSH0 JUMPDEST PUSH1 stride ADD … PUSH2 JUMP
  return `5f5b60${word(stride, 1)}01${body}61000156`;
}

export const loops: readonly Loop[] = [
  { name: "arithmetic", code: repeat("8060030260071650") },
  // 64 KB, a word after the other: read, changed, written.
  { name: "memory", code: repeat("8061ffe016805182019052", 32) },
  { name: "KECCAK256 of 1 KB", code: repeat("6104005f2050") },
  { name: "cold SLOAD", code: repeat("805450") },
  { name: "SSTORE", code: repeat("808055") },
  { name: "TSTORE", code: repeat("80805d") },
  { name: "MCOPY of 4 KB", code: repeat("6110005f5f5e") },
];

/** The block in which the loop runs: one transaction with all the gas there is. */
export async function loopBlock({ code }: Loop, programs: Programs): Promise<BlockInput> {
  const sender = keys[0] as Uint8Array;
  const raw = signTransaction(0, [0n, 10n, BLOCK_GAS, fromHex(CONTRACT), 0n, new Uint8Array()], sender);
  const { input } = await buildBlock(
    {
      fork: "prague",
      pre: {
        ...systemAccounts("prague"),
        [CONTRACT]: { balance: "0x0", nonce: "0x1", code: `0x${code}`, storage: {} },
        [addressOf(sender)]: { balance: "0xde0b6b3a7640000000", nonce: "0x0", code: "0x", storage: {} },
      },
      transactions: [raw],
      gasLimit: BLOCK_GAS,
      results: { stateRoot: "00".repeat(32), gasUsed: 0n },
    },
    programs,
  );
  return input;
}
