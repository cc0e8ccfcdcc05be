import { FunctionBody, I32, I64, Op } from "./Wasm.js";

/**
 * Division in compiled code: Knuth's algorithm D (The Art of Computer Programming, 4.3.1) with digits of 32 bits, little-endian in
 * memory.
 */
export interface DivisionPlace {
  /** 68 bytes; the four before it are zero. The remainder takes its place. */
  readonly dividend: number;
  /** 32 bytes; the four before it are zero. Changed. */
  readonly divisor: number;
  /** 64 bytes. */
  readonly quotient: number;
}

/** The body of a function without parameters. Divided by zero everything is zero. */
export function divisionBody({ dividend, divisor, quotient }: DivisionPlace): FunctionBody {
  const f = new FunctionBody(0);
  // Digits of the divisor and of the dividend, the digit of the quotient in work, an index, and how far all is shifted.
  const [n, m, j, i, shift] = [0, 0, 0, 0, 0].map(() => f.local(I32)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [digit, rest, carry, value, top, second] = Array.from({ length: 6 }, () => f.local(I64)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  /** Pushes where digit `index` is, relative to the start of its number. */
  const at = (index: number): FunctionBody => f.get(index).i32(2).op(Op.I32_SHL);
  const atSum = (one: number, other: number): FunctionBody =>
    f.get(one).get(other).op(Op.I32_ADD).i32(2).op(Op.I32_SHL);
  const step = (index: number, by: 1 | -1): FunctionBody => f.get(index).i32(by).op(Op.I32_ADD).set(index);
  const countDigits = (count: number, from: number, number: number): void => {
    f.i32(from).set(count);
    f.loop((leave) => {
      f.get(count).op(Op.I32_EQZ);
      leave();
      at(count)
        .load32(number - 4)
        .i32(0)
        .op(Op.I32_NE);
      leave();
      step(count, -1);
    });
  };

  f.i32(quotient).i32(0).i32(64).fillMemory();
  f.i32(dividend + 64)
    .i64(0n)
    .store64As32();
  countDigits(n, 8, divisor);
  f.get(n).op(Op.I32_EQZ);
  f.if(() => f.i32(dividend).i32(0).i32(64).fillMemory().op(Op.RETURN));
  countDigits(m, 16, dividend);

  f.get(n).i32(1).op(Op.I32_EQ);
  f.if(() => {
    f.i32(0).load32As64(divisor).set(top);
    f.get(m).set(j);
    f.loop((leave) => {
      f.get(j).op(Op.I32_EQZ);
      leave();
      step(j, -1);
      f.get(rest).i64(32n).op(Op.I64_SHL);
      at(j).load32As64(dividend).op(Op.I64_OR).set(value);
      at(j).get(value).get(top).op(Op.I64_DIV_U).store64As32(quotient);
      f.get(value).get(top).op(Op.I64_REM_U).set(rest);
      at(j).i64(0n).store64As32(dividend);
    });
    f.i32(dividend).get(rest).store64As32().op(Op.RETURN);
  });
  f.get(m).get(n).op(Op.I32_LT_U);
  f.if(() => f.op(Op.RETURN));

  // D1: both numbers to the left until the divisor's highest bit is set. A digit comes out of 64 bits, its neighbour below included.
  at(n)
    .load32(divisor - 4)
    .op(Op.I32_CLZ)
    .set(shift);
  const shiftLeft = (number: number, from: number): void => {
    f.get(from).set(i);
    f.loop((leave) => {
      at(i);
      at(i)
        .load64(number - 4)
        .get(shift)
        .op(Op.I64_EXTEND_U, Op.I64_SHL)
        .i64(32n)
        .op(Op.I64_SHR_U);
      f.store64As32(number).get(i).op(Op.I32_EQZ);
      leave();
      step(i, -1);
    });
  };
  f.get(n).i32(1).op(Op.I32_SUB).set(j);
  shiftLeft(divisor, j);
  shiftLeft(dividend, m);
  at(n)
    .load32As64(divisor - 4)
    .set(top);
  at(n)
    .load32As64(divisor - 8)
    .set(second);

  f.get(m).get(n).op(Op.I32_SUB).set(j);
  f.loop((leave) => {
    // D3: the digit from the two highest of the dividend, corrected by the third.
    atSum(j, n)
      .load64(dividend - 4)
      .set(value);
    f.get(value).get(top).op(Op.I64_DIV_U).set(digit);
    f.get(value).get(top).op(Op.I64_REM_U).set(rest);
    f.loop((done) => {
      f.get(digit).i64(0xffff_ffffn).op(Op.I64_GT_U);
      f.get(digit).get(second).op(Op.I64_MUL);
      f.get(rest).i64(32n).op(Op.I64_SHL);
      atSum(j, n)
        .load32As64(dividend - 8)
        .op(Op.I64_OR, Op.I64_GT_U, Op.I32_OR, Op.I32_EQZ);
      done();
      f.get(digit).i64(1n).op(Op.I64_SUB).set(digit);
      f.get(rest).get(top).op(Op.I64_ADD).tee(rest).i64(0xffff_ffffn).op(Op.I64_GT_U);
      done();
    });
    // D4: subtract the digit times the divisor.
    f.i64(0n).set(carry).i32(0).set(i);
    f.loop((done) => {
      f.get(i).get(n).op(Op.I32_EQ);
      done();
      at(i).load32As64(divisor).get(digit).op(Op.I64_MUL).set(value);
      atSum(i, j).load32As64(dividend).get(carry).op(Op.I64_SUB);
      f.get(value).i64(0xffff_ffffn).op(Op.I64_AND, Op.I64_SUB).set(rest);
      atSum(i, j).get(rest).store64As32(dividend);
      f.get(value).i64(32n).op(Op.I64_SHR_U).get(rest).i64(32n).op(Op.I64_SHR_S, Op.I64_SUB).set(carry);
      step(i, 1);
    });
    atSum(j, n).load32As64(dividend).get(carry).op(Op.I64_SUB).set(rest);
    atSum(j, n).get(rest).store64As32(dividend);
    // D6: it was one too large.
    f.get(rest).i64(0n).op(Op.I64_LT_S);
    f.if(() => {
      f.get(digit).i64(1n).op(Op.I64_SUB).set(digit);
      f.i64(0n).set(carry).i32(0).set(i);
      f.loop((done) => {
        f.get(i).get(n).op(Op.I32_EQ);
        done();
        atSum(i, j).load32As64(dividend);
        at(i).load32As64(divisor).op(Op.I64_ADD).get(carry).op(Op.I64_ADD).set(value);
        atSum(i, j).get(value).store64As32(dividend);
        f.get(value).i64(32n).op(Op.I64_SHR_U).set(carry);
        step(i, 1);
      });
      atSum(j, n);
      atSum(j, n).load32As64(dividend).get(carry).op(Op.I64_ADD).store64As32(dividend);
    });
    at(j).get(digit).store64As32(quotient);
    f.get(j).op(Op.I32_EQZ);
    leave();
    step(j, -1);
  });

  // D8: the remainder back to the right.
  f.i32(0).set(i);
  f.loop((leave) => {
    f.get(i).get(n).op(Op.I32_EQ);
    leave();
    at(i);
    at(i).load64(dividend).get(shift).op(Op.I64_EXTEND_U, Op.I64_SHR_U).store64As32(dividend);
    step(i, 1);
  });
  return f;
}

/**
 * The body of `(high, low, divisor) → (high · 2⁶⁴ + low) mod divisor` for high < divisor: two digits of 32 bits (Warren, Hacker's
 * Delight, divlu).
 */
export function shortRemainderBody(): FunctionBody {
  const f = new FunctionBody(3);
  const [high, low, divisor] = [0, 1, 2];
  const [shift, upper, lower, digit, rest, next] = Array.from({ length: 6 }, () => f.local(I64)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  f.get(divisor).op(Op.I64_CLZ).set(shift);
  // What comes in from the lower half: by 64 − shift, in two shifts because 64 would be 0.
  f.get(high).get(shift).op(Op.I64_SHL);
  f.get(low).i64(1n).op(Op.I64_SHR_U).i64(63n).get(shift).op(Op.I64_SUB, Op.I64_SHR_U, Op.I64_OR).set(high);
  f.get(low).get(shift).op(Op.I64_SHL).set(low);
  f.get(divisor).get(shift).op(Op.I64_SHL).set(divisor);
  f.get(divisor).i64(32n).op(Op.I64_SHR_U).set(upper);
  f.get(divisor).i64(0xffff_ffffn).op(Op.I64_AND).set(lower);
  for (const isFirst of [true, false]) {
    f.get(low);
    if (isFirst) f.i64(32n).op(Op.I64_SHR_U);
    else f.i64(0xffff_ffffn).op(Op.I64_AND);
    f.set(next);
    f.get(high).get(upper).op(Op.I64_DIV_U).set(digit);
    f.get(high).get(upper).op(Op.I64_REM_U).set(rest);
    f.loop((done) => {
      f.get(digit).i64(0xffff_ffffn).op(Op.I64_GT_U);
      f.get(digit).get(lower).op(Op.I64_MUL);
      f.get(rest).i64(32n).op(Op.I64_SHL).get(next).op(Op.I64_OR, Op.I64_GT_U, Op.I32_OR, Op.I32_EQZ);
      done();
      f.get(digit).i64(1n).op(Op.I64_SUB).set(digit);
      f.get(rest).get(upper).op(Op.I64_ADD).tee(rest).i64(0xffff_ffffn).op(Op.I64_GT_U);
      done();
    });
    f.get(high).i64(32n).op(Op.I64_SHL).get(next).op(Op.I64_ADD);
    f.get(digit).get(divisor).op(Op.I64_MUL, Op.I64_SUB).set(high);
  }
  return f.get(high).get(shift).op(Op.I64_SHR_U);
}
