import { Rules } from "./State.js";

/**
 * What opcodes take, give and cost: Yellow Paper appendices G and H; EIP-150, EIP-2929, EIP-3529, EIP-3860, EIP-1153,
 * EIP-5656, EIP-7939.
 */

/** Bytes of memory beyond which no gas limit of A could pay. */
export const MEMORY_LIMIT = 2 ** 29;
/** More words than any memory has. */
export const TOO_MANY = Number.MAX_SAFE_INTEGER;

export const WORD_COPY = 3;
export const WORD_HASH = 6;
export const WORD_INIT = 2;
export const EXP_BYTE = 50;
export const LOG_BYTE = 8;
export const CODE_BYTE = 200;
/** What a first access costs beyond a later one (EIP-2929). */
export const COLD_ACCOUNT = 2500;
export const COLD_SLOT = 2000;
export const SSTORE_STIPEND = 2300;
export const SSTORE_COLD = 2100;
export const SSTORE_NOTHING = 100;
export const SSTORE_SET = 20_000;
export const SSTORE_RESET = 2900;
export const SSTORE_CLEARED = 4800;
export const SSTORE_UNSET = 19_900;
export const SSTORE_RESTORED = 2800;
export const CALL_VALUE = 9000;
export const CALL_STIPEND = 2300;
export const NEW_ACCOUNT = 25_000;

/** In `POPS`: no such opcode. */
const UNDEFINED = 0xff;
const CLZ = 0x1e;

/** One entry for each opcode, sixteen opcodes a row. Values taken off the stack. */
export const POPS = table(1, [
  "000202020202020203030202ffffffff", // 0_ arithmetic
  "020202020201020202010202020201ff", // 1_ comparison and bits
  "02ffffffffffffffffffffffffffffff", // 2_ KECCAK256
  "00010000000100030003000104000301", // 3_ environment
  "0100000000000000000100ffffffffff", // 4_ block
  "01010202010201020000000001020300", // 5_ memory, storage, flow, PUSH0
  "00000000000000000000000000000000", // 6_ PUSH1 and on
  "00000000000000000000000000000000", // 7_ PUSH17 and on
  "0102030405060708090a0b0c0d0e0f10", // 8_ DUP1 and on
  "02030405060708090a0b0c0d0e0f1011", // 9_ SWAP1 and on
  "0203040506ffffffffffffffffffffff", // a_ LOG0 and on
  "ffffffffffffffffffffffffffffffff", // b_
  "ffffffffffffffffffffffffffffffff", // c_
  "ffffffffffffffffffffffffffffffff", // d_
  "ffffffffffffffffffffffffffffffff", // e_
  "030707020604ffffffff06ffff02ff01", // f_ calls
]);

/** Values put on the stack. */
export const PUSHES = table(1, [
  "00010101010101010101010100000000", // 0_ arithmetic
  "01010101010101010101010101010100", // 1_ comparison and bits
  "01000000000000000000000000000000", // 2_ KECCAK256
  "01010101010101000100010100010001", // 3_ environment
  "01010101010101010101010000000000", // 4_ block
  "00010000010000000101010001000001", // 5_ memory, storage, flow, PUSH0
  "01010101010101010101010101010101", // 6_ PUSH1 and on
  "01010101010101010101010101010101", // 7_ PUSH17 and on
  "02030405060708090a0b0c0d0e0f1011", // 8_ DUP1 and on
  "02030405060708090a0b0c0d0e0f1011", // 9_ SWAP1 and on
  "00000000000000000000000000000000", // a_ LOG0 and on
  "00000000000000000000000000000000", // b_
  "00000000000000000000000000000000", // c_
  "00000000000000000000000000000000", // d_
  "00000000000000000000000000000000", // e_
  "01010100010100000000010000000000", // f_ calls
]);

/** What an opcode costs whatever its operands: of an access to an account or a slot, what a warm one costs. */
export const BASE = table(2, [
  "0000000300050003000500050005000500080008000a00050000000000000000", // 0_ arithmetic
  "0003000300030003000300030003000300030003000300030003000300050000", // 1_ comparison and bits
  "001e000000000000000000000000000000000000000000000000000000000000", // 2_ KECCAK256
  "0002006400020002000200030002000300020003000200640064000200030064", // 3_ environment
  "0014000200020002000200020002000500020003000200000000000000000000", // 4_ block
  "0002000300030003006400000008000a00020002000200010064006400030002", // 5_ memory, storage, flow, PUSH0
  "0003000300030003000300030003000300030003000300030003000300030003", // 6_ PUSH1 and on
  "0003000300030003000300030003000300030003000300030003000300030003", // 7_ PUSH17 and on
  "0003000300030003000300030003000300030003000300030003000300030003", // 8_ DUP1 and on
  "0003000300030003000300030003000300030003000300030003000300030003", // 9_ SWAP1 and on
  "017702ee046505dc075300000000000000000000000000000000000000000000", // a_ LOG0 and on
  "0000000000000000000000000000000000000000000000000000000000000000", // b_
  "0000000000000000000000000000000000000000000000000000000000000000", // c_
  "0000000000000000000000000000000000000000000000000000000000000000", // d_
  "0000000000000000000000000000000000000000000000000000000000000000", // e_
  "7d0000640064000000647d000000000000000000006400000000000000001388", // f_ calls
]);

function table(width: 1 | 2, rows: readonly string[]): readonly number[] {
  return (rows.join("").match(width === 1 ? /../g : /..../g) ?? []).map((entry) =>
    Number.parseInt(entry, 16),
  );
}

/** Do the rules know the opcode? */
export function isDefined(op: number, rules: Rules): boolean {
  return POPS[op] !== UNDEFINED && (op !== CLZ || rules >= Rules.OSAKA);
}

/** Words that hold `size` bytes. */
export function toWords(size: number): number {
  return Math.ceil(size / 32);
}

/**
 * The words of memory after an access to [offset, offset + size), or TOO_MANY: then the frame halts before anything is
 * computed from the operands.
 */
export function grow(words: number, offset: bigint, size: bigint): number {
  if (size === 0n || words === TOO_MANY) return words;
  if (offset > MEMORY_LIMIT || size > MEMORY_LIMIT) return TOO_MANY;
  const end = Number(offset) + Number(size);
  if (end > MEMORY_LIMIT) return TOO_MANY;
  return Math.max(words, toWords(end));
}

/** The price of memory growing from one number of words to another. */
export function expansion(from: number, to: number): number {
  if (to === from) return 0;
  return to === TOO_MANY ? TOO_MANY : memoryPrice(to) - memoryPrice(from);
}

function memoryPrice(words: number): number {
  return 3 * words + Math.floor((words * words) / 512);
}

/** EIP-150: what a call may take at most of `gas`. */
export function allButOne64th(gas: number): number {
  return gas - Math.floor(gas / 64);
}
