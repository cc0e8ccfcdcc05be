import { Memory } from "./ByteTree.js";
import { CodeBytes } from "./Codes.js";
import { ListHashes } from "./HashList.js";
import { FrameKind, hashFrame, type FrameState } from "./State.js";
import { commitView, EMPTY_VIEW, type View } from "./Views.js";
import { subtreeHash, type Subtree } from "./World.js";

/** One call. A frame that waits for another is never changed: its caller's place is taken by a copy. */
export class Frame {
  kind = FrameKind.CALL;
  parent: Frame | undefined;
  /** The world that comes back if this frame fails. */
  world: Subtree;
  depth = 0;
  isStatic = false;
  self = 0n;
  caller = 0n;
  value = 0n;
  /** What runs; empty in a precompile's frame. */
  code = CodeBytes.empty;
  /** The address, of a precompile's frame. */
  precompile = 0;
  input: View = EMPTY_VIEW;
  returned: View = EMPTY_VIEW;
  pc = 0;
  gas = 0;
  /** Of a program's frame: gas that goes back to the caller. */
  kept = 0;
  refund = 0;
  /** The last item is the top. */
  stack: bigint[] = [];
  memory = new Memory();
  /** Size of memory in words, as it is paid for. */
  words = 0;
  /** Where the caller wants the return data, in bytes of its memory. */
  outOffset = 0;
  outSize = 0;

  #stackHashes = new ListHashes();
  /** Known only while the frame waits for another. */
  #waitingHash: bigint | undefined;

  /** `H(abi.encode(frame))` of a frame that waits. */
  waitingHash(): bigint {
    return (this.#waitingHash ??= hashFrame(this.commit()));
  }

  /** Commitment to the stack below its top `n` items. */
  stackHash(n = 0): bigint {
    return this.#stackHashes.hash(this.stack, this.stack.length - n);
  }

  commit(): FrameState {
    return {
      kind: BigInt(this.kind),
      parent: this.parent === undefined ? 0n : this.parent.waitingHash(),
      world: subtreeHash(this.world),
      depth: BigInt(this.depth),
      isStatic: this.isStatic ? 1n : 0n,
      self: this.self,
      caller: this.caller,
      value: this.value,
      code: { root: this.code.root, offset: 0n, size: BigInt(this.code.size) },
      jumps: this.code.jumps,
      precompile: BigInt(this.precompile),
      input: commitView(this.input),
      returned: commitView(this.returned),
      pc: BigInt(this.pc),
      gas: BigInt(this.gas),
      kept: BigInt(this.kept),
      refund: BigInt(this.refund),
      stack: this.stackHash(),
      height: BigInt(this.stack.length),
      memoryRoot: this.memory.snapshot().root(),
      words: BigInt(this.words),
      outOffset: BigInt(this.outOffset),
      outSize: BigInt(this.outSize),
    };
  }

  /** A frame in the same state that may change. */
  copy(): Frame {
    const copy = new Frame();
    copy.kind = this.kind;
    copy.parent = this.parent;
    copy.world = this.world;
    copy.depth = this.depth;
    copy.isStatic = this.isStatic;
    copy.self = this.self;
    copy.caller = this.caller;
    copy.value = this.value;
    copy.code = this.code;
    copy.precompile = this.precompile;
    copy.input = this.input;
    copy.returned = this.returned;
    copy.pc = this.pc;
    copy.gas = this.gas;
    copy.kept = this.kept;
    copy.refund = this.refund;
    copy.stack = this.stack.slice();
    copy.memory = this.memory.snapshot().toMemory();
    copy.words = this.words;
    copy.outOffset = this.outOffset;
    copy.outSize = this.outSize;
    copy.#stackHashes = this.#stackHashes;
    return copy;
  }
}
