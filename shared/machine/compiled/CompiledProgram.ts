import type { ByteTree } from "../ByteTree.js";
import type { CodeBytes } from "../Codes.js";
import type { Frame } from "../Frame.js";
import { expansion } from "../Gas.js";
import { compileProgram, MAX_STEPS, type CompiledCode } from "./compileProgram.js";
import { Global, MEMORY_SIZE } from "./layout.js";
import { engine, type WasmMemory } from "./Wasm.js";

/**
 * A program (docs/machine.md, section 10) compiled: runs a frame of it on for many steps at once. Frames, steps and gas are what the
 * interpreter would make of them; nothing is known of it in proofs.
 */
export class CompiledProgram {
  readonly #code: CompiledCode;
  readonly #memory: WasmMemory;
  readonly #globals: readonly { value: number | bigint }[];
  readonly #run: (piece: number) => number;
  /** Words of EVM memory that may be other than zero. */
  #used = 0;
  /** The input that memory holds. */
  #input: { tree: ByteTree; offset: number; size: number } | undefined;

  constructor(code: Uint8Array) {
    this.#code = compileProgram(code);
    this.#memory = new engine.Memory({ initial: Math.ceil((this.#code.inputAt + 64) / WASM_PAGE) });
    new Uint8Array(this.#memory.buffer).set(this.#code.tables);
    const module = new engine.Module(this.#code.module);
    const { exports } = new engine.Instance(module, { env: { memory: this.#memory } });
    this.#run = exports["run"] as (piece: number) => number;
    this.#globals = Object.keys(Global).map((_, index) => exports[`g${index}`] as { value: number | bigint });
  }

  /**
   * Runs a frame on for at most `max` steps. Answers how many it took: none if the compiled code has nothing to begin with here, and
   * the interpreter must go on.
   */
  run(frame: Frame, max: number): number {
    const piece = this.#code.pieceAt.get(frame.pc);
    if (piece === undefined || frame.words > MEMORY_SIZE / 32) return 0;
    this.#load(frame);
    const limit = Math.min(max, MAX_STEPS);
    this.#set(Global.STACK_END, this.#code.stackAt + 32 * frame.stack.length);
    this.#set(Global.WORDS, frame.words);
    this.#set(Global.STEPS, 0);
    this.#set(Global.STEP_LIMIT, limit);
    this.#set(Global.INPUT_SIZE, frame.input.size);
    this.#globals[Global.GAS]!.value = 0n;
    let next: number;
    try {
      next = this.#run(piece);
    } catch (error) {
      // A trap: the frame does what is not compiled. It was not changed yet.
      if (error instanceof engine.RuntimeError) {
        this.#used = MEMORY_SIZE / 32;
        return 0;
      }
      throw error;
    }
    const words = this.#get(Global.WORDS);
    this.#used = Math.max(this.#used, words);
    const gas = Number(this.#globals[Global.GAS]!.value) + expansion(frame.words, words);
    const steps = this.#get(Global.STEPS);
    // Halting is the interpreter's business.
    if (steps === 0 || gas > frame.gas) return 0;
    frame.gas -= gas;
    frame.words = words;
    frame.pc = this.#code.starts[next] as number;
    this.#store(frame);
    return steps;
  }

  #get(global: number): number {
    return (this.#globals[global] as { value: number }).value;
  }

  #set(global: number, value: number): void {
    (this.#globals[global] as { value: number }).value = value;
  }

  #load(frame: Frame): void {
    this.#loadInput(frame);
    const { stackAt, memoryAt } = this.#code;
    const bytes = new Uint8Array(this.#memory.buffer);
    const size = 32 * frame.words;
    bytes.set(frame.memory.bytes(0, size), memoryAt);
    bytes.fill(0, memoryAt + size, memoryAt + Math.max(size, 32 * this.#used));
    this.#used = frame.words;
    const limbs = new BigUint64Array(this.#memory.buffer, stackAt, 4 * frame.stack.length);
    frame.stack.forEach((word, index) => {
      let rest = word;
      for (let limb = 0; limb < 4; limb += 1, rest >>= 64n) limbs[4 * index + limb] = rest;
    });
  }

  /** The input, and zeros behind it. */
  #loadInput({ input }: Frame): void {
    const { tree, offset, size } = input;
    const known = this.#input;
    if (known?.tree === tree && known.offset === offset && known.size === size) return;
    const missing = this.#code.inputAt + size + 64 - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / WASM_PAGE));
    const bytes = new Uint8Array(this.#memory.buffer);
    bytes.set(tree.bytes(offset, size), this.#code.inputAt);
    bytes.fill(0, this.#code.inputAt + size, this.#code.inputAt + size + 32);
    this.#input = input;
  }

  #store(frame: Frame): void {
    const { stackAt, memoryAt } = this.#code;
    const height = (this.#get(Global.STACK_END) - stackAt) / 32;
    const limbs = new BigUint64Array(this.#memory.buffer, stackAt, 4 * height);
    frame.stack.length = 0;
    for (let at = 0; at < limbs.length; at += 4) {
      const [a, b, c, d] = [limbs[at], limbs[at + 1], limbs[at + 2], limbs[at + 3]] as [
        bigint,
        bigint,
        bigint,
        bigint,
      ];
      frame.stack.push((((((d << 64n) | c) << 64n) | b) << 64n) | a);
    }
    frame.memory.assign(new Uint8Array(this.#memory.buffer, memoryAt, 32 * frame.words));
  }
}

const WASM_PAGE = 65_536;

const compiled = new WeakMap<CodeBytes, CompiledProgram>();

/** The program with this code, compiled once for all frames that run it. The codes are those of a deployment: few. */
export function compiledProgram(code: CodeBytes): CompiledProgram {
  let program = compiled.get(code);
  if (program === undefined) compiled.set(code, (program = new CompiledProgram(code.bytes)));
  return program;
}
