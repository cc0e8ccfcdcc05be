import { Op, type FunctionBody } from "./Wasm.js";

/** Where things are in a compiled program, and the numbers that its functions are known by. */

/** Globals of a module. */
export const Global = { STACK_END: 0, WORDS: 1, STEPS: 2, STEP_LIMIT: 3, INPUT_SIZE: 4, GAS: 5 } as const;

/** Functions of a module; the pieces follow. */
export const FunctionIndex = { DIVIDE: 0, SHORT_REMAINDER: 1, RUN: 2, FIRST_PIECE: 3 } as const;

/** Bytes of EVM memory: more than any input of a program that can be paid for makes it use. */
export const MEMORY_SIZE = 2 ** 23;

/** Numbers in work: a word between zeros that is shifted, and a division. */
export const SHIFT_AT = 0;
export const DIVISION = { divisor: 128, dividend: 192, quotient: 320 } as const;
export const TABLES_AT = 512;

/** Addresses; of a table, that of its first entry. */
export interface Layout {
  readonly steps: number;
  readonly gas: number;
  readonly needed: number;
  readonly highest: number;
  readonly destinations: number;
  readonly codeSize: number;
  readonly stackAt: number;
  readonly memoryAt: number;
  readonly inputAt: number;
}

/** Traps if the condition on the stack holds. */
export function trapIf(f: FunctionBody): void {
  f.if(() => f.op(Op.UNREACHABLE));
}

/** Memory has at least as many words as the local says. */
export function growTo(f: FunctionBody, words: number): void {
  f.get(words).getGlobal(Global.WORDS).op(Op.I32_GT_U);
  f.if(() => f.get(words).setGlobal(Global.WORDS));
}
