import { I32, I64, Op, type FunctionBody } from "./Wasm.js";

/**
 * Words of 256 bits in compiled code: four limbs of 64 bits, the lowest first. A limb is a number that is known while the code is
 * written, or a local that holds it. What is known is computed at once; most words of a program are small, so that their upper limbs
 * are known to be zero and cost nothing.
 */
export type Limb = bigint | Local;
export type Local = number;
export type Word = readonly [Limb, Limb, Limb, Limb];

const LIMB = 1n << 64n;
const HALF = 0xffff_ffffn;

export function constant(value: bigint): Word {
  const limb = (index: number): bigint => (value >> BigInt(64 * index)) % LIMB;
  return [limb(0), limb(1), limb(2), limb(3)];
}

/** The number, if all of it is known. */
export function known(word: Word): bigint | undefined {
  let value = 0n;
  for (let index = 3; index >= 0; index -= 1) {
    const limb = word[index];
    if (typeof limb !== "bigint") return undefined;
    value = value * LIMB + limb;
  }
  return value;
}

/** Writes arithmetic into the body of a function. Locals that no word in use holds are used again. */
export class WordWriter {
  readonly body: FunctionBody;
  readonly #locals: Local[] = [];
  /** Words that somebody needs. */
  readonly #inUse: () => Iterable<Word>;
  /** Locals that this operation took. */
  #taken = new Set<Local>();

  constructor(body: FunctionBody, inUse: () => Iterable<Word>) {
    this.body = body;
    this.#inUse = inUse;
  }

  /** Begins an operation on these words: what it takes meanwhile stays taken until the next one begins. */
  begin(...operands: Word[]): void {
    this.#taken = new Set();
    for (const word of operands) this.#keep(word);
    for (const word of this.#inUse()) this.#keep(word);
  }

  #keep(word: Word): void {
    for (const limb of word) if (typeof limb === "number") this.#taken.add(limb);
  }

  /** Keeps what is on the stack in a local. */
  take(): Local {
    let local = this.#locals.find((candidate) => !this.#taken.has(candidate));
    if (local === undefined) this.#locals.push((local = this.body.local(I64)));
    this.#taken.add(local);
    this.body.set(local);
    return local;
  }

  push(limb: Limb): FunctionBody {
    return typeof limb === "bigint" ? this.body.i64(limb) : this.body.get(limb);
  }

  #binary(x: Limb, y: Limb, op: number): Local {
    this.push(x);
    this.push(y).op(op);
    return this.take();
  }

  /** 1 if x < y, else 0. */
  #isLess(x: Limb, y: Limb): Limb {
    if (y === 0n) return 0n;
    if (typeof x === "bigint" && typeof y === "bigint") return x < y ? 1n : 0n;
    this.push(x);
    this.push(y).op(Op.I64_LT_U, Op.I64_EXTEND_U);
    return this.take();
  }

  or64(x: Limb, y: Limb): Limb {
    if (x === 0n) return y;
    if (y === 0n) return x;
    if (typeof x === "bigint" && typeof y === "bigint") return x | y;
    return this.#binary(x, y, Op.I64_OR);
  }

  #and64(x: Limb, y: Limb): Limb {
    if (x === 0n || y === 0n) return 0n;
    if (x === LIMB - 1n) return y;
    if (y === LIMB - 1n) return x;
    if (typeof x === "bigint" && typeof y === "bigint") return x & y;
    return this.#binary(x, y, Op.I64_AND);
  }

  #xor64(x: Limb, y: Limb): Limb {
    if (x === 0n) return y;
    if (y === 0n) return x;
    if (typeof x === "bigint" && typeof y === "bigint") return x ^ y;
    return this.#binary(x, y, Op.I64_XOR);
  }

  #add64(x: Limb, y: Limb): { sum: Limb; carry: Limb } {
    if (x === 0n) return { sum: y, carry: 0n };
    if (y === 0n) return { sum: x, carry: 0n };
    if (typeof x === "bigint" && typeof y === "bigint") return { sum: (x + y) % LIMB, carry: (x + y) / LIMB };
    const sum = this.#binary(x, y, Op.I64_ADD);
    return { sum, carry: this.#isLess(sum, y) };
  }

  #subtract64(x: Limb, y: Limb): { difference: Limb; borrow: Limb } {
    if (y === 0n) return { difference: x, borrow: 0n };
    if (typeof x === "bigint" && typeof y === "bigint")
      return { difference: BigInt.asUintN(64, x - y), borrow: x < y ? 1n : 0n };
    const borrow = this.#isLess(x, y);
    return { difference: this.#binary(x, y, Op.I64_SUB), borrow };
  }

  add(x: Word, y: Word): Word {
    return this.addWithCarry(x, y).word;
  }

  addWithCarry(x: Word, y: Word): { word: Word; carry: Limb } {
    let carry: Limb = 0n;
    const word = this.#each((index) => {
      const first = this.#add64(x[index] as Limb, y[index] as Limb);
      const second = this.#add64(first.sum, carry);
      carry = this.or64(first.carry, second.carry);
      return second.sum;
    });
    return { word, carry };
  }

  subtract(x: Word, y: Word): Word {
    return this.#difference(x, y).word;
  }

  /** Whether x < y, as a word. */
  isLess(x: Word, y: Word): Word {
    return [this.#difference(x, y).borrow, 0n, 0n, 0n];
  }

  #difference(x: Word, y: Word): { word: Word; borrow: Limb } {
    let borrow: Limb = 0n;
    const word = this.#each((index) => {
      const first = this.#subtract64(x[index] as Limb, y[index] as Limb);
      const second = this.#subtract64(first.difference, borrow);
      borrow = this.or64(first.borrow, second.borrow);
      return second.difference;
    });
    return { word, borrow };
  }

  and(x: Word, y: Word): Word {
    return this.#each((index) => this.#and64(x[index] as Limb, y[index] as Limb));
  }

  or(x: Word, y: Word): Word {
    return this.#each((index) => this.or64(x[index] as Limb, y[index] as Limb));
  }

  xor(x: Word, y: Word): Word {
    return this.#each((index) => this.#xor64(x[index] as Limb, y[index] as Limb));
  }

  not(x: Word): Word {
    return this.#each((index) => this.#xor64(x[index] as Limb, LIMB - 1n));
  }

  /** Whether all bits are 0, as a word. */
  isZero(x: Word): Word {
    const bits = this.or64(this.or64(x[0], x[1]), this.or64(x[2], x[3]));
    if (typeof bits === "bigint") return constant(bits === 0n ? 1n : 0n);
    this.push(bits).op(Op.I64_EQZ, Op.I64_EXTEND_U);
    return [this.take(), 0n, 0n, 0n];
  }

  isEqual(x: Word, y: Word): Word {
    return this.isZero(this.xor(x, y));
  }

  #each(limb: (index: number) => Limb): Word {
    return [limb(0), limb(1), limb(2), limb(3)];
  }

  // --- Products --------------------------------------------------------------------------------------------------------

  /** The product modulo 2²⁵⁶: schoolbook. */
  multiply(x: Word, y: Word): Word {
    return this.#product(x, y, 4) as unknown as Word;
  }

  /** The whole product, eight limbs. */
  multiplyWide(x: Word, y: Word): Limb[] {
    return this.#product(x, y, 8);
  }

  #product(x: Word, y: Word, limbs: number): Limb[] {
    const result: Limb[] = Array<Limb>(limbs).fill(0n);
    for (let i = 0; i < 4; i += 1) {
      let carry: Limb = 0n;
      for (let j = 0; j < 4 && i + j < limbs; j += 1) {
        // high · 2⁶⁴ + low = x · y + what is there + carry, which never overflows.
        const { low, high } = this.multiply64(x[i] as Limb, y[j] as Limb, i + j + 1 < limbs);
        const first = this.#add64(low, result[i + j] as Limb);
        const second = this.#add64(first.sum, carry);
        result[i + j] = second.sum;
        if (i + j + 1 < limbs) carry = this.#sum(this.#sum(high, first.carry), second.carry);
      }
      if (i + 4 < limbs) result[i + 4] = carry;
    }
    return result;
  }

  /** A sum that does not overflow. */
  #sum(x: Limb, y: Limb): Limb {
    if (x === 0n) return y;
    if (y === 0n) return x;
    if (typeof x === "bigint" && typeof y === "bigint") return x + y;
    return this.#binary(x, y, Op.I64_ADD);
  }

  /** The product modulo 2²⁵⁶ − 1, the sum of its halves: how code of 256 bits finds the upper half. */
  multiplyModuloMax(x: Word, y: Word): Word {
    const [a, b, c, d, e, f, g, h] = this.multiplyWide(x, y) as [
      Limb,
      Limb,
      Limb,
      Limb,
      Limb,
      Limb,
      Limb,
      Limb,
    ];
    const { word, carry } = this.addWithCarry([a, b, c, d], [e, f, g, h]);
    const sum = this.add(word, [carry, 0n, 0n, 0n]);
    // 2²⁵⁶ − 1 itself is 0.
    const [isMax] = this.isZero(this.not(sum));
    if (typeof isMax === "bigint") return isMax === 1n ? constant(0n) : sum;
    const mask = this.#binary(isMax, 1n, Op.I64_SUB);
    return this.and(sum, [mask, mask, mask, mask]);
  }

  /** From the products of halves of 32 bits. */
  multiply64(x: Limb, y: Limb, wantsHigh: boolean): { low: Limb; high: Limb } {
    if (x === 0n || y === 0n) return { low: 0n, high: 0n };
    if (typeof x === "bigint" && typeof y === "bigint") return { low: (x * y) % LIMB, high: (x * y) / LIMB };
    if (x === 1n) return { low: y, high: 0n };
    if (y === 1n) return { low: x, high: 0n };
    const low = this.#binary(x, y, Op.I64_MUL);
    if (!wantsHigh) return { low, high: 0n };
    const [xl, xh, yl, yh] = [this.#lowHalf(x), this.#highHalf(x), this.#lowHalf(y), this.#highHalf(y)];
    const [ll, lh, hl, hh] = [
      this.#times(xl, yl),
      this.#times(xl, yh),
      this.#times(xh, yl),
      this.#times(xh, yh),
    ];
    const middle = this.#sum(this.#sum(this.#highHalf(ll), this.#lowHalf(lh)), this.#lowHalf(hl));
    const upper = this.#sum(this.#sum(hh, this.#highHalf(lh)), this.#highHalf(hl));
    return { low, high: this.#sum(upper, this.#highHalf(middle)) };
  }

  #times(x: Limb, y: Limb): Limb {
    if (x === 0n || y === 0n) return 0n;
    if (x === 1n) return y;
    if (y === 1n) return x;
    if (typeof x === "bigint" && typeof y === "bigint") return x * y;
    return this.#binary(x, y, Op.I64_MUL);
  }

  #lowHalf(x: Limb): Limb {
    return this.#and64(x, HALF);
  }

  #highHalf(x: Limb): Limb {
    return typeof x === "bigint" ? x >> 32n : this.#binary(x, 32n, Op.I64_SHR_U);
  }

  // --- Shifts ------------------------------------------------------------------------------------------------------------

  shiftLeft(x: Word, by: number): Word {
    const [limbs, bits] = [Math.floor(by / 64), BigInt(by % 64)];
    const at = (index: number): Limb => (index < 0 ? 0n : (x[index] as Limb));
    return this.#each((index) =>
      this.or64(
        this.#shift64(at(index - limbs), bits, Op.I64_SHL),
        bits === 0n ? 0n : this.#shift64(at(index - limbs - 1), 64n - bits, Op.I64_SHR_U),
      ),
    );
  }

  shiftRight(x: Word, by: number): Word {
    const [limbs, bits] = [Math.floor(by / 64), BigInt(by % 64)];
    const at = (index: number): Limb => (index > 3 ? 0n : (x[index] as Limb));
    return this.#each((index) =>
      this.or64(
        this.#shift64(at(index + limbs), bits, Op.I64_SHR_U),
        bits === 0n ? 0n : this.#shift64(at(index + limbs + 1), 64n - bits, Op.I64_SHL),
      ),
    );
  }

  /** By 0 to 63. */
  #shift64(x: Limb, by: bigint, op: typeof Op.I64_SHL | typeof Op.I64_SHR_U): Limb {
    if (by === 0n || x === 0n) return x;
    if (typeof x === "bigint") return op === Op.I64_SHL ? BigInt.asUintN(64, x << by) : x >> by;
    return this.#binary(x, by, op);
  }

  /**
   * Shifts by a number that is not known, through memory: the word lies between zeros, and is read from another byte on.
   * @param scratch Address of 112 bytes, of which all but 40 to 72 are zero.
   */
  shiftBy(x: Word, by: Word, isLeft: boolean, scratch: number): Word {
    const middle = scratch + 40;
    x.forEach((limb, index) => {
      this.body.i32(middle + 8 * index);
      this.push(limb).store64();
    });
    // 256 and more are all alike.
    const shift = this.body.local(I32);
    const beyond = this.or64(this.or64(by[1], by[2]), by[3]);
    this.push(by[0]).op(Op.I32_WRAP).i32(256);
    this.push(beyond).op(Op.I64_EQZ);
    this.push(by[0]).i64(256n).op(Op.I64_LT_U, Op.I32_AND, Op.SELECT);
    this.body.set(shift);
    const address = this.body.local(I32);
    this.body
      .i32(middle)
      .get(shift)
      .i32(3)
      .op(Op.I32_SHR_U, isLeft ? Op.I32_SUB : Op.I32_ADD)
      .set(address);
    const bits = this.body.local(I64);
    this.body.get(shift).i32(7).op(Op.I32_AND, Op.I64_EXTEND_U).set(bits);
    return this.#each((index) => {
      // The limb, and what comes in from its neighbour: by 64 − bits, in two shifts because 64 would be 0.
      const own = (): FunctionBody =>
        this.body
          .get(address)
          .i32(8 * index)
          .op(Op.I32_ADD)
          .load64();
      const neighbour = (): FunctionBody =>
        this.body
          .get(address)
          .i32(8 * (isLeft ? index - 1 : index + 1))
          .op(Op.I32_ADD)
          .load64();
      own()
        .get(bits)
        .op(isLeft ? Op.I64_SHL : Op.I64_SHR_U);
      neighbour()
        .i64(1n)
        .op(isLeft ? Op.I64_SHR_U : Op.I64_SHL);
      this.body
        .i64(63n)
        .get(bits)
        .op(Op.I64_SUB, isLeft ? Op.I64_SHR_U : Op.I64_SHL, Op.I64_OR);
      return this.take();
    });
  }
}
