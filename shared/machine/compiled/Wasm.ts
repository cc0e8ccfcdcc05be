/**
 * WebAssembly modules, written byte by byte (WebAssembly Core Specification 2.0, chapter 5): as much of the format as the compiled
 * programs need.
 */
export const I32 = 0x7f;
export const I64 = 0x7e;
export const V128 = 0x7b;
type ValueType = typeof I32 | typeof I64 | typeof V128;

/** Chapter 5.4: instructions, as far as they are used. */
export const Op = {
  UNREACHABLE: 0x00,
  RETURN: 0x0f,
  SELECT: 0x1b,
  I32_EQZ: 0x45,
  I32_EQ: 0x46,
  I32_NE: 0x47,
  I32_LT_U: 0x49,
  I32_GT_U: 0x4b,
  I32_GE_U: 0x4f,
  I64_EQZ: 0x50,
  I64_LT_S: 0x53,
  I64_LT_U: 0x54,
  I64_GT_U: 0x56,
  I64_GE_U: 0x5a,
  I32_CLZ: 0x67,
  I32_ADD: 0x6a,
  I32_SUB: 0x6b,
  I32_MUL: 0x6c,
  I32_REM_U: 0x70,
  I32_AND: 0x71,
  I32_OR: 0x72,
  I32_SHL: 0x74,
  I32_SHR_U: 0x76,
  I64_CLZ: 0x79,
  I64_ADD: 0x7c,
  I64_SUB: 0x7d,
  I64_MUL: 0x7e,
  I64_DIV_U: 0x80,
  I64_REM_U: 0x82,
  I64_AND: 0x83,
  I64_OR: 0x84,
  I64_XOR: 0x85,
  I64_SHL: 0x86,
  I64_SHR_S: 0x87,
  I64_SHR_U: 0x88,
  I64_ROTL: 0x89,
  I64_ROTR: 0x8a,
  I32_WRAP: 0xa7,
  I64_EXTEND_U: 0xad,
} as const;

/** Unsigned LEB128 (chapter 5.2.2). */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Signed LEB128. */
function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    const isLast = rest >= -64n && rest < 64n;
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

/** The body of a function. Locals are numbered after the parameters as they are asked for. */
export class FunctionBody {
  readonly #bytes: number[] = [];
  readonly #locals: ValueType[] = [];
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  local(type: ValueType): number {
    this.#locals.push(type);
    return this.#parameters + this.#locals.length - 1;
  }

  op(...instructions: number[]): this {
    this.#bytes.push(...instructions);
    return this;
  }

  i32(value: number): this {
    this.#bytes.push(0x41, ...signed(BigInt(value | 0)));
    return this;
  }

  i64(value: bigint): this {
    this.#bytes.push(0x42, ...signed(BigInt.asIntN(64, value)));
    return this;
  }

  get(local: number): this {
    this.#bytes.push(0x20, ...unsigned(local));
    return this;
  }

  set(local: number): this {
    this.#bytes.push(0x21, ...unsigned(local));
    return this;
  }

  tee(local: number): this {
    this.#bytes.push(0x22, ...unsigned(local));
    return this;
  }

  getGlobal(global: number): this {
    this.#bytes.push(0x23, ...unsigned(global));
    return this;
  }

  setGlobal(global: number): this {
    this.#bytes.push(0x24, ...unsigned(global));
    return this;
  }

  /** Address on the stack → value. */
  load32(offset = 0): this {
    this.#bytes.push(0x28, 2, ...unsigned(offset));
    return this;
  }

  load64(offset = 0): this {
    this.#bytes.push(0x29, 0, ...unsigned(offset));
    return this;
  }

  /** The 32 bits at the address as one of 64. */
  load32As64(offset = 0): this {
    this.#bytes.push(0x35, 0, ...unsigned(offset));
    return this;
  }

  /** Address and value on the stack. */
  store64(offset = 0): this {
    this.#bytes.push(0x37, 0, ...unsigned(offset));
    return this;
  }

  /** The low 32 bits of one of 64. */
  store64As32(offset = 0): this {
    this.#bytes.push(0x3e, 0, ...unsigned(offset));
    return this;
  }

  call(index: number): this {
    this.#bytes.push(0x10, ...unsigned(index));
    return this;
  }

  /** Through the only table. */
  callIndirect(type: number): this {
    this.#bytes.push(0x11, ...unsigned(type), 0);
    return this;
  }

  /** `target, source, size` on the stack; they may overlap. */
  copyMemory(): this {
    this.#bytes.push(0xfc, 10, 0, 0);
    return this;
  }

  /** `target, byte, size` on the stack. */
  fillMemory(): this {
    this.#bytes.push(0xfc, 11, 0);
    return this;
  }

  // SIMD (chapter 5.4.8), to turn 16 bytes around at once.

  loadVector(offset = 0): this {
    this.#bytes.push(0xfd, 0, 0, ...unsigned(offset));
    return this;
  }

  storeVector(offset = 0): this {
    this.#bytes.push(0xfd, 11, 0, ...unsigned(offset));
    return this;
  }

  /** The vector on the stack with its bytes in the other order. */
  reverseVector(zero: number): this {
    this.get(zero).#bytes.push(0xfd, 13, ...Array.from({ length: 16 }, (_, index) => 15 - index));
    return this;
  }

  /** The vector on the stack → one of its halves. */
  half(index: 0 | 1): this {
    this.#bytes.push(0xfd, 29, index);
    return this;
  }

  /** A number on the stack → a vector of it and itself. */
  splat(): this {
    this.#bytes.push(0xfd, 18);
    return this;
  }

  /** A vector and a number on the stack → the vector with the number in one of its halves. */
  replaceHalf(index: 0 | 1): this {
    this.#bytes.push(0xfd, 30, index);
    return this;
  }

  if(then: () => void): this {
    this.#bytes.push(0x04, EMPTY);
    then();
    this.#bytes.push(END);
    return this;
  }

  ifElse(then: () => void, otherwise: () => void): this {
    this.#bytes.push(0x04, EMPTY);
    then();
    this.#bytes.push(0x05);
    otherwise();
    this.#bytes.push(END);
    return this;
  }

  /** Runs for ever, but for `continue` and `leave` of its body, and returns. */
  loop(body: (leave: () => void) => void): this {
    this.#bytes.push(0x02, EMPTY, 0x03, EMPTY);
    body(() => {
      // A condition on the stack; out of the loop and of the block around it.
      this.#bytes.push(0x0d, 1);
    });
    this.#bytes.push(0x0c, 0, END, END);
    return this;
  }

  encode(): number[] {
    const locals = this.#locals.flatMap((type) => [1, type]);
    const body = [...unsigned(this.#locals.length), ...locals, ...this.#bytes, END];
    return [...unsigned(body.length), ...body];
  }
}

const EMPTY = 0x40;
const END = 0x0b;

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

interface ModuleParts {
  readonly types: readonly FunctionType[];
  /** Each with the index of its type. */
  readonly functions: readonly { readonly type: number; readonly body: FunctionBody }[];
  /** Indices of the functions in the table. */
  readonly table: readonly number[];
  /** Exported as `g0`, `g1`, …; all begin as 0. */
  readonly globals: readonly ValueType[];
  readonly exports: Readonly<Record<string, number>>;
}

/** A module with an imported memory, `env.memory`. */
export function encodeModule({ types, functions, table, globals, exports }: ModuleParts): Uint8Array {
  const name = (text: string): number[] => [...unsigned(text.length), ...Buffer.from(text)];
  const list = (items: readonly (readonly number[])[]): number[] => [
    ...unsigned(items.length),
    ...items.flat(),
  ];
  const section = (id: number, content: readonly number[]): number[] => [
    id,
    ...unsigned(content.length),
    ...content,
  ];
  const globalOf = (type: ValueType): number[] => [type, 1, type === I32 ? 0x41 : 0x42, 0, END];
  const exported = [
    ...Object.entries(exports).map(([text, index]) => [...name(text), 0, ...unsigned(index)]),
    ...globals.map((_, index) => [...name(`g${index}`), 3, ...unsigned(index)]),
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      list(
        types.map(({ parameters, results }) => [
          0x60,
          ...list(parameters.map((type) => [type])),
          ...list(results.map((type) => [type])),
        ]),
      ),
    ),
    ...section(2, list([[...name("env"), ...name("memory"), 2, 0, 1]])),
    ...section(3, list(functions.map(({ type }) => unsigned(type)))),
    ...section(4, list([[0x70, 0, ...unsigned(table.length)]])),
    ...section(6, list(globals.map(globalOf))),
    ...section(7, list(exported)),
    ...section(9, list([[0, 0x41, 0, END, ...list(table.map(unsigned))]])),
    ...section(10, list(functions.map(({ body }) => body.encode()))),
  ]);
}

/** What is used of the engine's interface; the project's library of types is that of the language alone. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WasmEngine {
  Memory: new (limits: { initial: number }) => WasmMemory;
  RuntimeError: new () => Error;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Record<string, unknown> };
}

export const engine = (globalThis as unknown as { WebAssembly: WasmEngine }).WebAssembly;
