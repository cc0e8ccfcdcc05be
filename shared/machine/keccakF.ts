import { encodeModule, engine, FunctionBody, I32, I64, Op } from "./compiled/Wasm.js";

/**
 * The permutation keccak-f[1600] (FIPS 202, section 3) as WebAssembly, which has numbers of 64 bits, and the two things that the
 * machine does with it: a sponge whose state is looked at, and hashes of messages that fit into one block.
 *
 *   0 the state, 25 lanes │ 256 the constants of ι │ 512 blocks to absorb │ 64432 a block for each message
 */
export const RATE = 136;
const ROUNDS = 24;
const CONSTANTS_AT = 256;
const BLOCKS_AT = 512;
const BLOCKS = 470;
const MESSAGES_AT = BLOCKS_AT + RATE * BLOCKS;
/** As many as the rest of the memory's only page has room for. */
const MESSAGES = 8;

/** Rotation of lane x + 5y (section 3.2.2). */
const ROTATIONS = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
];

/** Section 3.2.5: the constants of ι, from a linear feedback shift register. */
function roundConstants(): bigint[] {
  const constants: bigint[] = [];
  let register = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    let constant = 0n;
    for (let j = 0; j < 7; j += 1) {
      if ((register & 1) === 1) constant |= 1n << BigInt((1 << j) - 1);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    constants.push(constant);
  }
  return constants;
}

/** Locals for the permutation of a state that is held in locals. */
class Permutation {
  readonly lanes: readonly number[];
  readonly #f: FunctionBody;
  readonly #turned: readonly number[];
  readonly #parities: readonly number[];
  readonly #theta: number;
  readonly #round: number;

  constructor(f: FunctionBody) {
    const locals = (count: number): number[] => Array.from({ length: count }, () => f.local(I64));
    this.#f = f;
    this.lanes = locals(25);
    this.#turned = locals(25);
    this.#parities = locals(5);
    this.#theta = f.local(I64);
    this.#round = f.local(I32);
  }

  /** All rounds. */
  write(): void {
    const f = this.#f;
    f.i32(0).set(this.#round);
    f.loop((leave) => {
      f.get(this.#round)
        .i32(8 * ROUNDS)
        .op(Op.I32_GE_U);
      leave();
      this.#turn();
      this.#mix();
      f.get(this.#round).i32(8).op(Op.I32_ADD).set(this.#round);
    });
  }

  /** θ, ρ and π, from the lanes to their turned copies. */
  #turn(): void {
    const f = this.#f;
    const lane = (index: number): number => this.lanes[index] as number;
    const parity = (x: number): number => this.#parities[x % 5] as number;
    for (let x = 0; x < 5; x += 1) {
      f.get(lane(x));
      for (let y = 1; y < 5; y += 1) f.get(lane(x + 5 * y)).op(Op.I64_XOR);
      f.set(parity(x));
    }
    for (let x = 0; x < 5; x += 1) {
      f.get(parity(x + 4))
        .get(parity(x + 1))
        .i64(1n)
        .op(Op.I64_ROTL, Op.I64_XOR)
        .set(this.#theta);
      for (let y = 0; y < 5; y += 1) {
        f.get(lane(x + 5 * y))
          .get(this.#theta)
          .op(Op.I64_XOR);
        const by = ROTATIONS[x + 5 * y] as number;
        if (by > 0) f.i64(BigInt(by)).op(Op.I64_ROTL);
        f.set(this.#turned[y + 5 * ((2 * x + 3 * y) % 5)] as number);
      }
    }
  }

  /** χ and ι, back to the lanes. */
  #mix(): void {
    const f = this.#f;
    for (let index = 0; index < 25; index += 1) {
      const [x, row] = [index % 5, index - (index % 5)];
      const turned = (offset: number): number => this.#turned[row + ((x + offset) % 5)] as number;
      f.get(turned(0)).get(turned(1)).i64(-1n).op(Op.I64_XOR).get(turned(2)).op(Op.I64_AND, Op.I64_XOR);
      if (index === 0) f.get(this.#round).load64(CONSTANTS_AT).op(Op.I64_XOR);
      f.set(this.lanes[index] as number);
    }
  }
}

/** `absorb(blocks)`: the state takes in that many blocks. */
function absorbBody(): FunctionBody {
  const f = new FunctionBody(1);
  const left = 0;
  const at = f.local(I32);
  const permutation = new Permutation(f);
  const { lanes } = permutation;
  lanes.forEach((lane, index) =>
    f
      .i32(0)
      .load64(8 * index)
      .set(lane),
  );
  f.i32(BLOCKS_AT).set(at);
  f.loop((leave) => {
    f.get(left).op(Op.I32_EQZ);
    leave();
    for (const [index, lane] of lanes.slice(0, RATE / 8).entries())
      f.get(lane)
        .get(at)
        .load64(8 * index)
        .op(Op.I64_XOR)
        .set(lane);
    permutation.write();
    f.get(at).i32(RATE).op(Op.I32_ADD).set(at);
    f.get(left).i32(1).op(Op.I32_SUB).set(left);
  });
  lanes.forEach((lane, index) =>
    f
      .i32(0)
      .get(lane)
      .store64(8 * index),
  );
  return f;
}

/** `digest(at)`: the hash of the padded block at `at`, which takes the place of the block's first 32 bytes of state. */
function digestBody(): FunctionBody {
  const f = new FunctionBody(1);
  const permutation = new Permutation(f);
  const { lanes } = permutation;
  for (const [index, lane] of lanes.slice(0, RATE / 8).entries())
    f.get(0)
      .load64(8 * index)
      .set(lane);
  permutation.write();
  for (const [index, lane] of lanes.slice(0, 4).entries())
    f.i32(0)
      .get(lane)
      .store64(8 * index);
  return f;
}

const memory = new engine.Memory({ initial: 1 });
new BigUint64Array(memory.buffer, CONSTANTS_AT, ROUNDS).set(roundConstants());
const { exports } = new engine.Instance(
  new engine.Module(
    encodeModule({
      types: [{ parameters: [I32], results: [] }],
      functions: [
        { type: 0, body: absorbBody() },
        { type: 0, body: digestBody() },
      ],
      table: [],
      globals: [],
      exports: { absorb: 0, digest: 1 },
    }),
  ),
  { env: { memory } },
);
const absorbBlocks = exports["absorb"] as (blocks: number) => void;
const digestBlock = exports["digest"] as (at: number) => void;
const state = new BigUint64Array(memory.buffer, 0, 25);
const blocks = new Uint8Array(memory.buffer, BLOCKS_AT, RATE * BLOCKS);

/** Absorbs whole blocks of 136 bytes into the lanes of a sponge, lane x + 5y at that index. */
export function absorb(lanes: BigUint64Array, bytes: Uint8Array): void {
  state.set(lanes);
  for (let at = 0; at < bytes.length; at += blocks.length) {
    const part = bytes.subarray(at, at + blocks.length);
    blocks.set(part);
    absorbBlocks(part.length / RATE);
  }
  lanes.set(state);
}

let messages = 0;

/** Messages of one size below a block, hashed in place: whoever fills it asks for its hash at once. For modules, not for objects. */
export class Message {
  readonly bytes: Uint8Array;
  /** The same, four bytes each. */
  readonly words: Int32Array;
  readonly #at: number;

  constructor(size: number) {
    if (messages === MESSAGES) throw new RangeError(`there are places for ${MESSAGES} messages`);
    this.#at = MESSAGES_AT + RATE * messages;
    messages += 1;
    const block = new Uint8Array(memory.buffer, this.#at, RATE);
    // Keccak's original padding.
    block[size] = 1;
    block[RATE - 1] = (block[RATE - 1] as number) | 0x80;
    this.bytes = block.subarray(0, size);
    this.words = new Int32Array(memory.buffer, this.#at, size / 4);
  }

  /** Hashes it; the hash is in `digest` and `digestWords` until the next one. */
  hash(): void {
    digestBlock(this.#at);
  }
}

/** The hash of the latest message. */
export const digest = new Uint8Array(memory.buffer, 0, 32);
export const digestWords = new Int32Array(memory.buffer, 0, 8);
