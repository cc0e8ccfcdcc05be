import { POPS } from "../Gas.js";
import {
  DIVISION,
  FunctionIndex,
  Global,
  growTo,
  MEMORY_SIZE,
  SHIFT_AT,
  trapIf,
  type Layout,
} from "./layout.js";
import { isPush, JUMP, JUMPDEST, JUMPI, type Instruction } from "./pieces.js";
import { FunctionBody, I32, Op, V128 } from "./Wasm.js";
import { constant, known, WordWriter, type Limb, type Word } from "./Word.js";

const MAX = 2n ** 256n - 1n;

/** An item of the stack that still lies where it lay at the beginning of the piece: so many below the top of then. */
interface Unread {
  readonly unread: number;
}

type Item = Word | Unread;

const isUnread = (item: Item): item is Unread => "unread" in item;

/** Writes the function of a plain piece. */
export class PieceWriter {
  readonly #layout: Layout;
  readonly #destinations: ReadonlyMap<number, number>;
  readonly #index: number;
  readonly #body = new FunctionBody(0);
  readonly #writer: WordWriter;
  /** The upper part of the stack, the top last. */
  readonly #stack: Item[] = [];
  /** How many items of the stack of the beginning are in `#stack`, or were. */
  #taken = 0;
  /** What was read of them, by how far below the top they were. */
  readonly #read = new Map<number, Word>();
  readonly #sp: number;
  readonly #address: number;
  readonly #vectors: readonly [number, number, number];
  /** Words that memory is known to have. */
  #words = 0;
  readonly #wordsLocal: number;
  /** Words that were taken off the stack and are still needed. */
  #pinned: readonly Word[] = [];

  constructor(layout: Layout, destinations: ReadonlyMap<number, number>, index: number) {
    this.#layout = layout;
    this.#destinations = destinations;
    this.#index = index;
    this.#sp = this.#body.local(I32);
    this.#address = this.#body.local(I32);
    this.#wordsLocal = this.#body.local(I32);
    this.#vectors = [this.#body.local(V128), this.#body.local(V128), this.#body.local(V128)];
    this.#writer = new WordWriter(this.#body, () => this.#wordsInUse());
  }

  *#wordsInUse(): Iterable<Word> {
    for (const item of this.#stack) if (!isUnread(item)) yield item;
    yield* this.#read.values();
    yield* this.#pinned;
  }

  write(instructions: readonly Instruction[]): FunctionBody {
    this.#body.getGlobal(Global.STACK_END).set(this.#sp);
    for (const instruction of instructions) {
      if (instruction.op === JUMP) return this.#jump();
      if (instruction.op === JUMPI) return this.#jumpIf();
      this.#execute(instruction);
    }
    this.#store();
    return this.#body.i32(this.#index + 1);
  }

  #execute({ op, value }: Instruction): void {
    if (isPush(op)) return void this.#stack.push(constant(value));
    if (op >= 0x80 && op <= 0x8f) return this.#duplicate(op - 0x7f);
    if (op >= 0x90 && op <= 0x9f) return this.#swap(op - 0x8f);
    if (op === JUMPDEST) return;
    if (op === 0x50) return this.#drop();
    const operands = this.#take(POPS[op] as number);
    this.#writer.begin(...operands);
    const result = this.#compute(op, operands as [Word, Word, Word]);
    if (result !== undefined) this.#stack.push(result);
  }

  #compute(op: number, [a, b, c]: readonly [Word, Word, Word]): Word | undefined {
    const w = this.#writer;
    switch (op) {
      case 0x01:
        return w.add(a, b);
      case 0x02:
        return w.multiply(a, b);
      case 0x03:
        return w.subtract(a, b);
      case 0x04:
        return this.#divide(a, b, DIVISION.quotient);
      case 0x06:
        return this.#divide(a, b, DIVISION.dividend);
      case 0x08: {
        const { word, carry } = w.addWithCarry(a, b);
        return this.#divide([...word, carry], c, DIVISION.dividend);
      }
      case 0x09:
        if (known(c) === MAX) return w.multiplyModuloMax(a, b);
        return this.#multiplyModulo(a, b, c);
      case 0x10:
        return w.isLess(a, b);
      case 0x11:
        return w.isLess(b, a);
      case 0x14:
        return w.isEqual(a, b);
      case 0x15:
        return w.isZero(a);
      case 0x16:
        return w.and(a, b);
      case 0x17:
        return w.or(a, b);
      case 0x18:
        return w.xor(a, b);
      case 0x19:
        return w.not(a);
      case 0x1b:
      case 0x1c:
        return this.#shift(a, b, op === 0x1b);
      case 0x35:
        return this.#input(a);
      case 0x36:
        this.#body.getGlobal(Global.INPUT_SIZE).op(Op.I64_EXTEND_U);
        return [w.take(), 0n, 0n, 0n];
      case 0x51:
        this.#locate(a);
        return this.#load(this.#layout.memoryAt);
      case 0x52:
        this.#locate(a);
        this.#keep(b);
        return undefined;
      default:
        throw new Error(`opcode ${op} is not compiled`);
    }
  }

  // --- The stack ---------------------------------------------------------------------------------------------------------

  /** There are at least `count` items in `#stack`. */
  #reach(count: number): void {
    for (; this.#stack.length < count; this.#taken += 1) this.#stack.unshift({ unread: this.#taken });
  }

  /** The uppermost words, top first. */
  #take(count: number): Word[] {
    this.#reach(count);
    // Read before any of them is taken off, so that nothing is put where one of them is.
    const words = this.#stack.slice(this.#stack.length - count).map((item) => this.#resolve(item));
    this.#stack.length -= count;
    return words.reverse();
  }

  #drop(): void {
    this.#reach(1);
    this.#stack.pop();
  }

  #duplicate(depth: number): void {
    this.#reach(depth);
    this.#stack.push(this.#stack[this.#stack.length - depth] as Item);
  }

  #swap(depth: number): void {
    this.#reach(depth + 1);
    const [top, other] = [this.#stack.length - 1, this.#stack.length - 1 - depth];
    [this.#stack[top], this.#stack[other]] = [this.#stack[other] as Item, this.#stack[top] as Item];
  }

  #resolve(item: Item): Word {
    if (!isUnread(item)) return item;
    const depth = item.unread;
    let word = this.#read.get(depth);
    if (word === undefined) {
      this.#writer.begin();
      word = [0, 1, 2, 3].map((limb) => {
        this.#body
          .get(this.#sp)
          .i32(-32 * (depth + 1))
          .op(Op.I32_ADD)
          .load64(8 * limb);
        return this.#writer.take();
      }) as unknown as Word;
      this.#read.set(depth, word);
    }
    return word;
  }

  /** Puts the stack back into memory, where it is not there yet. */
  #store(): void {
    const moved: { at: number; word: Word }[] = [];
    this.#stack.forEach((item, index) => {
      // How far below the top of the beginning it goes; negative if above.
      const depth = this.#taken - 1 - index;
      if (isUnread(item) && item.unread === depth) return;
      const word = this.#resolve(item);
      if (this.#read.get(depth) !== word) moved.push({ at: -32 * (depth + 1), word });
    });
    for (const { at, word } of moved) {
      this.#body.get(this.#sp).i32(at).op(Op.I32_ADD).set(this.#address);
      word.forEach((limb, index) => {
        this.#body.get(this.#address);
        this.#writer.push(limb).store64(8 * index);
      });
    }
    const growth = this.#stack.length - this.#taken;
    if (growth !== 0)
      this.#body
        .get(this.#sp)
        .i32(32 * growth)
        .op(Op.I32_ADD)
        .setGlobal(Global.STACK_END);
  }

  // --- Flow --------------------------------------------------------------------------------------------------------------

  #jump(): FunctionBody {
    const [destination] = this.#take(1) as [Word];
    this.#pinned = [destination];
    const target = known(destination);
    this.#store();
    if (target !== undefined) return this.#pushDestination(target);
    // Whoever called this function put it there.
    const f = this.#body;
    this.#writer.begin(destination);
    this.#offset(destination, BigInt(this.#layout.codeSize - 1));
    f.get(this.#address).i32(2).op(Op.I32_SHL).load32(this.#layout.destinations).tee(this.#address);
    f.op(Op.I32_EQZ);
    trapIf(f);
    return f.get(this.#address).i32(1).op(Op.I32_SUB);
  }

  #jumpIf(): FunctionBody {
    const [destination, condition] = this.#take(2) as [Word, Word];
    this.#pinned = [condition];
    const target = known(destination);
    if (target === undefined) throw new Error("a conditional jump to a computed destination is not compiled");
    this.#store();
    this.#writer.begin(condition);
    const bits = this.#bits(condition);
    this.#pushDestination(target).i32(this.#index + 1);
    return this.#writer.push(bits).op(Op.I64_EQZ, Op.I32_EQZ, Op.SELECT);
  }

  #pushDestination(target: bigint): FunctionBody {
    const index = this.#destinations.get(Number(target));
    return index === undefined ? this.#body.op(Op.UNREACHABLE).i32(0) : this.#body.i32(index);
  }

  #bits(word: Word): Limb {
    const w = this.#writer;
    return w.or64(w.or64(word[0], word[1]), w.or64(word[2], word[3]));
  }

  // --- Memory and input --------------------------------------------------------------------------------------------------

  /** The number into `#address`; traps if it is larger than `limit`. */
  #offset(word: Word, limit: bigint): void {
    const f = this.#body;
    const upper = this.#writer.or64(this.#writer.or64(word[1], word[2]), word[3]);
    if (upper !== 0n) {
      this.#writer.push(upper).op(Op.I64_EQZ, Op.I32_EQZ);
      trapIf(f);
    }
    if (typeof word[0] !== "bigint" || word[0] > limit) {
      this.#writer.push(word[0]).i64(limit).op(Op.I64_GT_U);
      trapIf(f);
    }
    this.#writer.push(word[0]).op(Op.I32_WRAP).set(this.#address);
  }

  /** Where 32 bytes of memory are: into `#address`. Memory grows up to them. */
  #locate(offset: Word): void {
    const f = this.#body;
    this.#offset(offset, BigInt(MEMORY_SIZE - 32));
    const at = known(offset);
    if (at === undefined) {
      f.get(this.#address).i32(63).op(Op.I32_ADD).i32(5).op(Op.I32_SHR_U).set(this.#wordsLocal);
      growTo(f, this.#wordsLocal);
      return;
    }
    const words = Math.ceil((Number(at) + 32) / 32);
    if (words <= this.#words) return;
    this.#words = words;
    f.i32(words).set(this.#wordsLocal);
    growTo(f, this.#wordsLocal);
  }

  /** The word at `#address` of what begins at `base`: two halves of 16 bytes, turned around. */
  #load(base: number): Word {
    const f = this.#body;
    const [zero, low, high] = this.#vectors;
    f.get(this.#address).loadVector(base).reverseVector(zero).set(high);
    f.get(this.#address)
      .loadVector(base + 16)
      .reverseVector(zero)
      .set(low);
    const limb = (vector: number, half: 0 | 1): Limb => {
      f.get(vector).half(half);
      return this.#writer.take();
    };
    return [limb(low, 0), limb(low, 1), limb(high, 0), limb(high, 1)];
  }

  #keep(word: Word): void {
    const f = this.#body;
    const [zero] = this.#vectors;
    for (const [lower, upper, offset] of [
      [word[2], word[3], 0],
      [word[0], word[1], 16],
    ] as const) {
      f.get(this.#address);
      this.#writer.push(lower).splat();
      this.#writer
        .push(upper)
        .replaceHalf(1)
        .reverseVector(zero)
        .storeVector(this.#layout.memoryAt + offset);
    }
  }

  /** CALLDATALOAD: zeros follow the input, and are read for whatever lies beyond. */
  #input(offset: Word): Word {
    const f = this.#body;
    this.#writer.push(offset[0]).op(Op.I32_WRAP).getGlobal(Global.INPUT_SIZE);
    this.#writer.push(offset[0]);
    f.getGlobal(Global.INPUT_SIZE).op(Op.I64_EXTEND_U, Op.I64_LT_U);
    for (const limb of offset.slice(1)) if (limb !== 0n) this.#writer.push(limb).op(Op.I64_EQZ, Op.I32_AND);
    f.op(Op.SELECT).set(this.#address);
    return this.#load(this.#layout.inputAt);
  }

  // --- Shifts and division -----------------------------------------------------------------------------------------------

  #shift(by: Word, word: Word, isLeft: boolean): Word {
    const count = known(by);
    if (count === undefined) return this.#writer.shiftBy(word, by, isLeft, SHIFT_AT);
    if (count > 255n) return constant(0n);
    return isLeft
      ? this.#writer.shiftLeft(word, Number(count))
      : this.#writer.shiftRight(word, Number(count));
  }

  /** By a short way where all three numbers are of one limb. */
  #multiplyModulo(x: Word, y: Word, modulus: Word): Word {
    const [f, w] = [this.#body, this.#writer];
    const upper = [x, y, modulus]
      .flatMap((word) => word.slice(1))
      .reduce((bits, limb) => w.or64(bits, limb), 0n);
    const long = (): Word => this.#divide(w.multiplyWide(x, y), modulus, DIVISION.dividend);
    if (typeof upper === "bigint" && upper !== 0n) return long();
    const { low, high } = w.multiply64(x[0], y[0], true);
    w.push(0n);
    const result = [w.take(), 0, 0, 0];
    for (const index of [1, 2, 3]) {
      w.push(0n);
      result[index] = w.take();
    }
    w.push(upper).op(Op.I64_EQZ);
    w.push(high);
    w.push(modulus[0]).op(Op.I64_LT_U, Op.I32_AND);
    f.ifElse(
      () => {
        w.push(high);
        w.push(low);
        w.push(modulus[0])
          .call(FunctionIndex.SHORT_REMAINDER)
          .set(result[0] as number);
      },
      () => {
        long().forEach((limb, index) => w.push(limb).set(result[index] as number));
      },
    );
    return result as unknown as Word;
  }

  /** Quotient or remainder of a number of up to eight limbs, from where the division leaves it. */
  #divide(dividend: readonly Limb[], divisor: Word, result: number): Word {
    const f = this.#body;
    for (let index = 0; index < 8; index += 1) {
      f.i32(DIVISION.dividend + 8 * index);
      this.#writer.push(dividend[index] ?? 0n).store64();
    }
    divisor.forEach((limb, index) => {
      f.i32(DIVISION.divisor + 8 * index);
      this.#writer.push(limb).store64();
    });
    f.call(FunctionIndex.DIVIDE);
    return [0, 1, 2, 3].map((index) => {
      f.i32(result + 8 * index).load64();
      return this.#writer.take();
    }) as unknown as Word;
  }
}
