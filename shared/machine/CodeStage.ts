import { compute } from "./Arithmetic.js";
import { compiledProgram } from "./compiled/CompiledProgram.js";
import { halt, finish, Outcome } from "./Frames.js";
import {
  BASE,
  expansion,
  EXP_BYTE,
  grow,
  isDefined,
  LOG_BYTE,
  POPS,
  PUSHES,
  TOO_MANY,
  toWords,
  WORD_COPY,
} from "./Gas.js";
import { memoryView, NO_JOB, showTop, type Machine } from "./Machine.js";
import { JobKind, MAX_STACK, Phase, FrameKind } from "./State.js";
import {
  EMPTY_VIEW,
  readMemoryWord,
  readViewWord,
  writeMemory,
  writeMemoryWord,
  type View,
} from "./Views.js";

/**
 * Fetching and the light opcodes: those that need only the code, the stack, the memory and views.
 *
 * One step: the word of the code that holds the opcode is shown, none beyond the end; the opcode is decoded and checked; then it takes
 * effect, or is latched in `m.op` for a stage that does not need the code. Order of reads: code, stack items, then memory, views, the
 * code's next word or its bitmap as the opcode wants them.
 */
const ADDRESS = (1n << 160n) - 1n;
/** More bytes than any gas could pay for. */
const FAR = 2n ** 32n;

/** Opcodes that write, not allowed in a static frame: SSTORE, TSTORE, LOG, CREATE, CREATE2, SELFDESTRUCT. */
function writes(op: number): boolean {
  return (
    op === 0x55 || op === 0x5d || (op >= 0xa0 && op <= 0xa4) || op === 0xf0 || op === 0xf5 || op === 0xff
  );
}

/** Opcodes that other stages execute: they need the world, a hash, or another frame. */
const LATCHED: readonly boolean[] = Array.from({ length: 256 }, (_, op) =>
  [
    0x20, 0x31, 0x3b, 0x3c, 0x3f, 0x40, 0x47, 0x49, 0x54, 0x55, 0x5c, 0x5d, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4,
    0xf5, 0xfa, 0xfd, 0xff,
  ].includes(op),
);
const WRITES: readonly boolean[] = Array.from({ length: 256 }, (_, op) => writes(op));

/** Runs up to `max` fetches, as long as one follows another. Answers how many. */
export function runCode(m: Machine, max: number): number {
  let count = 0;
  do {
    const done = m.frame.kind === FrameKind.PROGRAM ? runCompiled(m, max - count) : 0;
    count += done;
    if (done > 0) continue;
    fetch(m);
    count += 1;
  } while (
    count < max &&
    m.op === 0 &&
    m.job === NO_JOB &&
    m.phase === Phase.RUN &&
    m.frame.kind !== FrameKind.PRECOMPILE
  );
  return count;
}

/** Fewer steps are not worth carrying a frame to compiled code and back. */
const COMPILED_STEPS = 200;

/** Runs a program on by its compiled form, with the copies that it makes. Answers how many steps it took, possibly none. */
function runCompiled(m: Machine, max: number): number {
  const { frame } = m;
  if (m.tape !== undefined || max < COMPILED_STEPS) return 0;
  return compiledProgram(frame.code).run(frame, max);
}

function fetch(m: Machine): void {
  const { frame } = m;
  const { code, stack } = frame;
  const op = code.opcode(frame.pc, m.tape);
  const pops = POPS[op] as number;
  if (!isDefined(op, m.head.rules)) return halt(m);
  if (stack.length < pops || stack.length - pops + (PUSHES[op] as number) > MAX_STACK) return halt(m);
  if (frame.isStatic && WRITES[op] === true) return halt(m);
  if (LATCHED[op] === true) {
    m.op = op;
    return;
  }
  const gas = frame.gas - (BASE[op] as number);
  if (gas < 0) return halt(m);
  showTop(m, pops);
  if (op >= 0x60) {
    if (op >= 0xa0) return log(m, op, gas);
    frame.gas = gas;
    if (op <= 0x7f) {
      const size = op - 0x5f;
      stack.push(code.pushed(frame.pc, size, m.tape));
      frame.pc += size + 1;
      return;
    }
    if (op <= 0x8f) stack.push(stack[stack.length - (op - 0x7f)] as bigint);
    else {
      const top = stack.length - 1;
      const other = top - (op - 0x8f);
      const value = stack[top] as bigint;
      stack[top] = stack[other] as bigint;
      stack[other] = value;
    }
    frame.pc += 1;
    return;
  }
  frame.gas = gas;
  if (op < 0x20) arithmetic(m, op, stack);
  else if (op < 0x50) environment(m, op);
  else memoryAndFlow(m, op);
}

function arithmetic(m: Machine, op: number, stack: bigint[]): void {
  const { frame } = m;
  if (op === 0x00) return finish(m, Outcome.SUCCESS, EMPTY_VIEW); // STOP
  frame.pc += 1;
  if (op === 0x0a) {
    frame.gas -= EXP_BYTE * byteSize(stack[stack.length - 2] as bigint);
    if (frame.gas < 0) return halt(m);
  }
  compute(op, stack);
}

/** Bytes of a number without leading zeros. */
function byteSize(word: bigint): number {
  return word === 0n ? 0 : Math.ceil(word.toString(16).length / 2);
}

function environment(m: Machine, op: number): void {
  const { frame, head } = m;
  const { stack } = frame;
  if (op === 0x37) return copy(m, frame.input); // CALLDATACOPY
  if (op === 0x39) return copy(m, frame.code.view); // CODECOPY
  if (op === 0x3e) return copyReturned(m); // RETURNDATACOPY
  frame.pc += 1;
  switch (op) {
    case 0x30: // ADDRESS
      return void stack.push(frame.self);
    case 0x32: // ORIGIN
      return void stack.push(m.txn.sender);
    case 0x33: // CALLER
      return void stack.push(frame.caller);
    case 0x34: // CALLVALUE
      return void stack.push(frame.value);
    case 0x35: {
      // CALLDATALOAD
      const at = stack[stack.length - 1] as bigint;
      stack[stack.length - 1] =
        at >= BigInt(frame.input.size) ? 0n : readViewWord(frame.input, Number(at), m.tape);
      return;
    }
    case 0x36: // CALLDATASIZE
      return void stack.push(BigInt(frame.input.size));
    case 0x38: // CODESIZE
      return void stack.push(BigInt(frame.code.size));
    case 0x3a: // GASPRICE
      return void stack.push(m.txn.gasPrice);
    case 0x3d: // RETURNDATASIZE
      return void stack.push(BigInt(frame.returned.size));
    case 0x41: // COINBASE
      return void stack.push(head.coinbase);
    case 0x42: // TIMESTAMP
      return void stack.push(BigInt(head.timestamp));
    case 0x43: // NUMBER
      return void stack.push(BigInt(head.number));
    case 0x44: // PREVRANDAO
      return void stack.push(head.prevRandao);
    case 0x45: // GASLIMIT
      return void stack.push(head.gasLimit);
    case 0x46: // CHAINID
      return void stack.push(m.chain.chainId);
    case 0x48: // BASEFEE
      return void stack.push(head.baseFee);
    default:
      // 0x4a BLOBBASEFEE
      return void stack.push(head.blobBaseFee);
  }
}

/** Charges for memory up to the end of an access; false if the frame failed. */
function expand(m: Machine, offset: bigint, size: bigint): boolean {
  const { frame } = m;
  const words = grow(frame.words, offset, size);
  if (words === frame.words) return true;
  const gas = words === TOO_MANY ? -1 : frame.gas - expansion(frame.words, words);
  if (gas < 0) {
    halt(m);
    return false;
  }
  frame.gas = gas;
  frame.words = words;
  return true;
}

function memoryAndFlow(m: Machine, op: number): void {
  const { frame, tape } = m;
  const { code, stack } = frame;
  switch (op) {
    case 0x50: // POP
      stack.pop();
      break;
    case 0x51: {
      // MLOAD
      const offset = stack[stack.length - 1] as bigint;
      if (!expand(m, offset, 32n)) return;
      stack[stack.length - 1] = readMemoryWord(frame.memory, Number(offset), tape);
      break;
    }
    case 0x52: {
      // MSTORE
      const offset = stack.pop() as bigint;
      const value = stack.pop() as bigint;
      if (!expand(m, offset, 32n)) return;
      writeMemoryWord(frame.memory, Number(offset), value, tape);
      break;
    }
    case 0x53: {
      // MSTORE8
      const offset = stack.pop() as bigint;
      const value = stack.pop() as bigint;
      if (!expand(m, offset, 1n)) return;
      writeMemory(frame.memory, Number(offset), Uint8Array.of(Number(value & 0xffn)), tape);
      break;
    }
    case 0x56: {
      // JUMP
      const destination = stack.pop() as bigint;
      if (!code.isDestination(destination, tape)) return halt(m);
      frame.pc = Number(destination);
      return;
    }
    case 0x57: {
      // JUMPI
      const destination = stack.pop() as bigint;
      if (stack.pop() === 0n) break;
      if (!code.isDestination(destination, tape)) return halt(m);
      frame.pc = Number(destination);
      return;
    }
    case 0x58: // PC
      stack.push(BigInt(frame.pc));
      break;
    case 0x59: // MSIZE
      stack.push(BigInt(32 * frame.words));
      break;
    case 0x5a: // GAS
      stack.push(BigInt(frame.gas));
      break;
    case 0x5e: // MCOPY
      return copyMemory(m);
    case 0x5f: // PUSH0
      stack.push(0n);
      break;
    default:
    // 0x5b JUMPDEST
  }
  frame.pc += 1;
}

/** CALLDATACOPY, CODECOPY: charge, and let a COPY job do it. */
function copy(m: Machine, source: View): void {
  const { stack } = m.frame;
  const to = stack.pop() as bigint;
  const from = stack.pop() as bigint;
  const size = stack.pop() as bigint;
  if (!payCopy(m, size) || !expand(m, to, size)) return;
  m.frame.pc += 1;
  startCopy(m, source, from, to, size);
}

function copyReturned(m: Machine): void {
  const { frame } = m;
  const { stack } = frame;
  const from = stack[stack.length - 2] as bigint;
  const size = stack[stack.length - 3] as bigint;
  if (from + size > frame.returned.size) return halt(m);
  copy(m, frame.returned);
}

/** MCOPY (EIP-5656): the source is the memory as it is now, so that overlapping ranges do not matter. */
function copyMemory(m: Machine): void {
  const { frame } = m;
  const { stack } = frame;
  const to = stack.pop() as bigint;
  const from = stack.pop() as bigint;
  const size = stack.pop() as bigint;
  if (!payCopy(m, size) || !expand(m, to > from ? to : from, size)) return;
  frame.pc += 1;
  if (size === 0n) return;
  startCopy(m, memoryView(m, from, size), 0n, to, size);
}

function payCopy(m: Machine, size: bigint): boolean {
  const { frame } = m;
  // A size that no gas could pay for must not become a number.
  const gas = size > FAR ? -1 : frame.gas - WORD_COPY * toWords(Number(size));
  if (gas < 0) {
    halt(m);
    return false;
  }
  frame.gas = gas;
  return true;
}

/** Sets the COPY job: `size` bytes of the source from `from` on to memory from `to` on. The price is paid. */
export function startCopy(m: Machine, source: View, from: bigint, to: bigint, size: bigint): void {
  if (size === 0n) return;
  m.job = {
    ...NO_JOB,
    kind: JobKind.COPY,
    source,
    position: from < source.size ? Number(from) : source.size,
    to: Number(to),
    left: Number(size),
  };
}

function log(m: Machine, op: number, gas: number): void {
  const { frame } = m;
  const { stack } = frame;
  const offset = stack[stack.length - 1] as bigint;
  const size = stack[stack.length - 2] as bigint;
  stack.length -= op - 0x9e;
  frame.gas = size > FAR ? -1 : gas - LOG_BYTE * Number(size);
  if (frame.gas < 0) return halt(m);
  if (expand(m, offset, size)) frame.pc += 1;
}

/** The low 20 bytes of a word. */
export function toAddress(word: bigint): bigint {
  return word & ADDRESS;
}
