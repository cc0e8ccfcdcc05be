import { BASE } from "../Gas.js";
import { MAX_STACK } from "../State.js";
import { divisionBody, shortRemainderBody } from "./division.js";
import { DIVISION, FunctionIndex, MEMORY_SIZE, TABLES_AT } from "./layout.js";
import { copyBody, loopBody } from "./loop.js";
import { JUMPDEST, piecesOf, stackRange, type Instruction } from "./pieces.js";
import { PieceWriter } from "./PieceWriter.js";
import { encodeModule, FunctionBody, I32, I64, Op } from "./Wasm.js";

/**
 * EVM code as WebAssembly. A piece of code between two places where control may come in becomes a function: within it the stack is
 * locals, so that PUSH, DUP and SWAP cost nothing; between pieces it is memory. A loop runs one piece after the other while the steps
 * allow it, and counts steps and gas by pieces.
 *
 *   memory   numbers in work │ for each piece: steps, gas, stack it needs, stack it may have │ piece by destination │ stack │ EVM memory │ input
 *
 * An opcode that is not compiled, and one that ends the frame, is a piece that the loop stops before: the interpreter takes it. What
 * would fail the frame is never compiled into a failure: the loop stops before a piece for which the stack is too low or too
 * high, and whatever else cannot go on traps, so that the whole run is made again by the interpreter.
 */
export interface CompiledCode {
  readonly module: Uint8Array;
  /** What the tables and the rest of the memory hold at the beginning. */
  readonly tables: Uint8Array;
  /** First instruction of each piece. */
  readonly starts: readonly number[];
  /** The piece that begins at an instruction, if the loop can begin there. */
  readonly pieceAt: ReadonlyMap<number, number>;
  readonly stackAt: number;
  readonly memoryAt: number;
  readonly inputAt: number;
}

/** More steps than the loop is ever asked for. */
const NEVER = 0x7fff_ffff;
export const MAX_STEPS = 0x3fff_ffff;

export function compileProgram(code: Uint8Array): CompiledCode {
  const pieces = piecesOf(code);
  const starts = pieces.map(({ instructions }) => (instructions[0] as Instruction).pc);
  const pieceAt = new Map<number, number>();
  pieces.forEach(({ kind }, index) => {
    if (kind !== "end") pieceAt.set(starts[index] as number, index);
  });
  const destinations = new Map<number, number>();
  pieces.forEach(({ instructions: [first] }, index) => {
    if (first?.op === JUMPDEST) destinations.set(first.pc, index);
  });

  const count = pieces.length;
  const table = (index: number): number => TABLES_AT + 4 * count * index;
  const places = {
    steps: table(0),
    gas: table(1),
    needed: table(2),
    highest: table(3),
    destinations: table(4),
    codeSize: code.length,
  };
  const stackAt = align(places.destinations + 4 * code.length);
  const memoryAt = stackAt + 32 * MAX_STACK;
  const inputAt = memoryAt + MEMORY_SIZE;

  const tables = new Uint8Array(stackAt);
  const view = new DataView(tables.buffer);
  pieces.forEach(({ kind, instructions }, index) => {
    const { needed, growth } = stackRange(instructions);
    const gas = instructions.reduce((sum, { op }) => sum + (BASE[op] as number), 0);
    view.setUint32(places.steps + 4 * index, kind === "end" ? NEVER : instructions.length, true);
    view.setUint32(places.gas + 4 * index, gas, true);
    view.setUint32(places.needed + 4 * index, needed, true);
    view.setUint32(places.highest + 4 * index, MAX_STACK - growth, true);
  });
  // One more than the piece, so that 0 is no destination.
  for (const [pc, index] of destinations) view.setUint32(places.destinations + 4 * pc, index + 1, true);

  const layout = { ...places, memoryAt, inputAt, stackAt };
  const bodies = pieces.map((piece, index) =>
    piece.kind === "plain"
      ? new PieceWriter(layout, destinations, index).write(piece.instructions)
      : piece.kind === "copy"
        ? copyBody(layout, piece.instructions[0] as Instruction, index)
        : new FunctionBody(0).op(Op.UNREACHABLE),
  );
  const PIECE = 0;
  const module = encodeModule({
    types: [
      { parameters: [], results: [I32] },
      { parameters: [], results: [] },
      { parameters: [I32], results: [I32] },
      { parameters: [I64, I64, I64], results: [I64] },
    ],
    functions: [
      { type: 1, body: divisionBody(DIVISION) },
      { type: 3, body: shortRemainderBody() },
      { type: 2, body: loopBody(layout, PIECE) },
      ...bodies.map((body) => ({ type: PIECE, body })),
    ],
    table: bodies.map((_, index) => FunctionIndex.FIRST_PIECE + index),
    globals: [I32, I32, I32, I32, I32, I64],
    exports: { run: FunctionIndex.RUN },
  });
  return { module, tables, starts, pieceAt, stackAt, memoryAt, inputAt };
}

function align(offset: number): number {
  return 64 * Math.ceil(offset / 64);
}
