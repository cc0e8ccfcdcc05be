import { encodeModule, engine, FunctionBody, I32, I64, Op } from "../compiled/Wasm.js";

/**
 * Rounds of BLAKE2b's function F (RFC 7693, sections 3.1 and 3.2) as WebAssembly, which has numbers of 64 bits.
 *
 *   0 the sixteen words of v │ 128 those of the message │ 256 for each of ten rounds: where its sixteen message words are
 */
const MESSAGE_AT = 128;
const ORDERS_AT = 256;
const ROUND_ORDERS = 10;

/** `run(from, to)`: the rounds number `from` to `to − 1`. */
function roundsBody(mixes: readonly (readonly [number, number, number, number])[]): FunctionBody {
  const f = new FunctionBody(2);
  const [round, end] = [0, 1];
  const order = f.local(I32);
  const v = Array.from({ length: 16 }, () => f.local(I64));
  const at = (index: number): number => v[index] as number;
  const message = (index: number): FunctionBody =>
    f
      .get(order)
      .load32(4 * index)
      .load64(MESSAGE_AT);
  const turn = (target: number, other: number, by: bigint): FunctionBody =>
    f.get(target).get(other).op(Op.I64_XOR).i64(by).op(Op.I64_ROTR).set(target);

  v.forEach((local, index) =>
    f
      .i32(0)
      .load64(8 * index)
      .set(local),
  );
  f.loop((leave) => {
    f.get(round).get(end).op(Op.I32_GE_U);
    leave();
    f.get(round).i32(ROUND_ORDERS).op(Op.I32_REM_U).i32(64).op(Op.I32_MUL).i32(ORDERS_AT).op(Op.I32_ADD);
    f.set(order);
    mixes.forEach((mix, index) => {
      const [a, b, c, d] = mix.map(at) as [number, number, number, number];
      f.get(a).get(b).op(Op.I64_ADD);
      message(2 * index)
        .op(Op.I64_ADD)
        .set(a);
      turn(d, a, 32n);
      f.get(c).get(d).op(Op.I64_ADD).set(c);
      turn(b, c, 24n);
      f.get(a).get(b).op(Op.I64_ADD);
      message(2 * index + 1)
        .op(Op.I64_ADD)
        .set(a);
      turn(d, a, 16n);
      f.get(c).get(d).op(Op.I64_ADD).set(c);
      turn(b, c, 63n);
    });
    f.get(round).i32(1).op(Op.I32_ADD).set(round);
  });
  v.forEach((local, index) =>
    f
      .i32(0)
      .get(local)
      .store64(8 * index),
  );
  return f;
}

/**
 * Makes a function that runs rounds on `v` in place.
 * @param sigma The order of the message words in each of ten rounds.
 * @param mixes Which words of `v` mix.
 */
export function createRounds(
  sigma: readonly (readonly number[])[],
  mixes: readonly (readonly [number, number, number, number])[],
): (v: BigUint64Array, m: BigUint64Array, from: number, to: number) => void {
  const memory = new engine.Memory({ initial: 1 });
  const module = encodeModule({
    types: [{ parameters: [I32, I32], results: [] }],
    functions: [{ type: 0, body: roundsBody(mixes) }],
    table: [],
    globals: [],
    exports: { run: 0 },
  });
  const { exports } = new engine.Instance(new engine.Module(module), { env: { memory } });
  const run = exports["run"] as (from: number, to: number) => void;
  const words = new BigUint64Array(memory.buffer, 0, 32);
  new Uint32Array(memory.buffer, ORDERS_AT, 160).set(sigma.flatMap((row) => row.map((index) => 8 * index)));
  return (v, m, from, to) => {
    words.set(v);
    words.set(m, 16);
    run(from, to);
    v.set(words.subarray(0, 16));
  };
}
