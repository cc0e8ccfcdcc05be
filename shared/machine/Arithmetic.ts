import { MAX_WORD } from "./State.js";

const SIGN_BIT = 1n << 255n;

/**
 * Opcodes 01 to 1e: takes their operands off a stack and puts their result on it. Words are unsigned; those that read them as signed
 * say so.
 */
export function compute(op: number, stack: bigint[]): void {
  const a = stack.pop() as bigint;
  const top = stack.length - 1;
  if (op === 0x15) return void stack.push(a === 0n ? 1n : 0n); // ISZERO
  if (op === 0x19) return void stack.push(MAX_WORD - a); // NOT
  if (op === 0x1e) return void stack.push(leadingZeros(a)); // CLZ
  const b = stack[top] as bigint;
  switch (op) {
    case 0x01: // ADD
      stack[top] = BigInt.asUintN(256, a + b);
      return;
    case 0x02: // MUL
      stack[top] = BigInt.asUintN(256, a * b);
      return;
    case 0x03: // SUB
      stack[top] = BigInt.asUintN(256, a - b);
      return;
    case 0x04: // DIV
      stack[top] = b === 0n ? 0n : a / b;
      return;
    case 0x05: // SDIV
      stack[top] = b === 0n ? 0n : unsigned(signed(a) / signed(b));
      return;
    case 0x06: // MOD
      stack[top] = b === 0n ? 0n : a % b;
      return;
    case 0x07: // SMOD
      stack[top] = b === 0n ? 0n : unsigned(signed(a) % signed(b));
      return;
    case 0x08: // ADDMOD
    case 0x09: {
      // MULMOD
      stack.pop();
      const modulus = stack[top - 1] as bigint;
      stack[top - 1] = modulus === 0n ? 0n : (op === 0x08 ? a + b : a * b) % modulus;
      return;
    }
    case 0x0a: // EXP
      stack[top] = power(a, b);
      return;
    case 0x0b: // SIGNEXTEND
      stack[top] = a > 30n ? b : unsigned(BigInt.asIntN(8 * (Number(a) + 1), b));
      return;
    case 0x10: // LT
      stack[top] = a < b ? 1n : 0n;
      return;
    case 0x11: // GT
      stack[top] = a > b ? 1n : 0n;
      return;
    case 0x12: // SLT
      stack[top] = signed(a) < signed(b) ? 1n : 0n;
      return;
    case 0x13: // SGT
      stack[top] = signed(a) > signed(b) ? 1n : 0n;
      return;
    case 0x14: // EQ
      stack[top] = a === b ? 1n : 0n;
      return;
    case 0x16: // AND
      stack[top] = a & b;
      return;
    case 0x17: // OR
      stack[top] = a | b;
      return;
    case 0x18: // XOR
      stack[top] = a ^ b;
      return;
    case 0x1a: // BYTE
      stack[top] = a > 31n ? 0n : (b >> (248n - 8n * a)) & 0xffn;
      return;
    case 0x1b: // SHL
      stack[top] = a > 255n ? 0n : BigInt.asUintN(256, b << a);
      return;
    case 0x1c: // SHR
      stack[top] = a > 255n ? 0n : b >> a;
      return;
    default:
      // 0x1d SAR
      stack[top] = unsigned(signed(b) >> (a > 255n ? 255n : a));
  }
}

function signed(word: bigint): bigint {
  return word < SIGN_BIT ? word : word - MAX_WORD - 1n;
}

function unsigned(word: bigint): bigint {
  return BigInt.asUintN(256, word);
}

function leadingZeros(word: bigint): bigint {
  return word === 0n ? 256n : BigInt(256 - word.toString(2).length);
}

/** base ^ exponent mod 2^256 */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = unsigned(result * square);
    square = unsigned(square * square);
  }
  return result;
}
