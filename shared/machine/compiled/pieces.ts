import { POPS, PUSHES } from "../Gas.js";
import { readWord } from "../State.js";

/** EVM code in pieces: what runs from a place where control may come in to the next one, or to a jump. */
export const CALLDATACOPY = 0x37;
export const MCOPY = 0x5e;
export const JUMP = 0x56;
export const JUMPI = 0x57;
export const JUMPDEST = 0x5b;

/** Opcodes within a piece. */
function isPlain(op: number): boolean {
  if (op >= 0x5f && op <= 0x9f) return true;
  return [
    0x01,
    0x02,
    0x03,
    0x04,
    0x06,
    0x08,
    0x09,
    0x10,
    0x11,
    0x14,
    0x15,
    0x16,
    0x17,
    0x18,
    0x19,
    0x1b,
    0x1c,
    0x35,
    0x36,
    0x50,
    0x51,
    0x52,
    JUMPDEST,
  ].includes(op);
}

export const isPush = (op: number): boolean => op >= 0x5f && op <= 0x7f;

export interface Instruction {
  readonly pc: number;
  readonly op: number;
  /** What a PUSH pushes. */
  readonly value: bigint;
}

/** `plain` ends with a jump or runs into the next one; `copy` is one opcode that copies; `end` is left to the interpreter. */
export interface Piece {
  readonly kind: "plain" | "copy" | "end";
  readonly instructions: readonly Instruction[];
}

function instructionsOf(code: Uint8Array): Instruction[] {
  const instructions: Instruction[] = [];
  for (let pc = 0; pc < code.length; pc += 1) {
    const op = code[pc] as number;
    const size = isPush(op) ? op - 0x5f : 0;
    const word = new Uint8Array(32);
    word.set(code.subarray(pc + 1, pc + 1 + size), 32 - size);
    instructions.push({ pc, op, value: readWord(word, 0) });
    pc += size;
  }
  // Past the end of code is STOP.
  instructions.push({ pc: code.length, op: 0, value: 0n });
  return instructions;
}

export function piecesOf(code: Uint8Array): Piece[] {
  const pieces: Piece[] = [];
  let open: Instruction[] = [];
  const close = (): void => {
    if (open.length > 0) pieces.push({ kind: "plain", instructions: open });
    open = [];
  };
  for (const instruction of instructionsOf(code)) {
    const { op } = instruction;
    if (op === JUMPDEST) close();
    if (isPlain(op) || op === JUMP || op === JUMPI) {
      open.push(instruction);
      if (!isPlain(op)) close();
      continue;
    }
    close();
    const isCopy = op === CALLDATACOPY || op === MCOPY;
    if (isCopy) pieces.push({ kind: "copy", instructions: [instruction] });
    // A copy that takes more steps than are left is left to the interpreter, too.
    pieces.push({ kind: "end", instructions: [instruction] });
  }
  close();
  return pieces;
}

/** How much lower and higher than at the beginning the stack gets. */
export function stackRange(instructions: readonly Instruction[]): { needed: number; growth: number } {
  let [height, needed, growth] = [0, 0, 0];
  for (const { op } of instructions) {
    needed = Math.max(needed, (POPS[op] as number) - height);
    height += (PUSHES[op] as number) - (POPS[op] as number);
    growth = Math.max(growth, height);
  }
  return { needed, growth };
}
