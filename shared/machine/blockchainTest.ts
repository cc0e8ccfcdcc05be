import { forksOfTest, type BlockchainTest } from "../execution/blockchainTest.js";
import { fromHex, keccak256, toHex } from "../execution/crypto.js";
import { readHeaderFields, splitBlock, type HeaderFields } from "../execution/rawBlock.js";
import { Witness } from "../execution/witness.js";
import { witnessWorld } from "../execution/worldState.js";
import type { Machine, Programs } from "./Machine.js";
import { openBlock, type BlockInput } from "./openBlock.js";

/** A block of a test that may be executed. */
export interface TestBlock {
  /** From 1. */
  index: number;
  header: HeaderFields;
  /** In its first state. */
  machine: Machine;
  /** What it was opened from. */
  input: BlockInput;
  /** The failure that the test expects; undefined for a valid block. */
  expected: string | undefined;
}

/** Why a block of a test is none that the machine could begin with. */
export interface RefusedBlock {
  index: number;
  reason: unknown;
  expected: string | undefined;
}

interface Known {
  header: HeaderFields;
  headerRlp: Uint8Array;
}

/** One case of Ethereum's BlockchainTests as a chain of blocks for the machine; undefined for networks that are not executed. */
export class MachineTest {
  readonly #test: BlockchainTest;
  readonly #programs: Programs;
  readonly #witness = new Witness();
  readonly #codes = new Map<string, Uint8Array>();
  readonly #blocks = new Map<string, Known>();

  constructor(test: BlockchainTest, programs: Programs) {
    this.#test = test;
    this.#programs = programs;
    witnessWorld(test.pre, this.#witness);
    for (const { code } of Object.values(test.pre)) this.#addCode(fromHex(code));
    const { headerRlp } = splitBlock(fromHex(test.genesisRLP));
    const header = readHeaderFields(headerRlp);
    this.#blocks.set(header.hash, { header, headerRlp });
  }

  /** The blocks in order. A block whose parent was not accepted is left out. */
  *blocks(): IterableIterator<TestBlock | RefusedBlock> {
    for (const [at, { rlp, expectException }] of this.#test.blocks.entries()) {
      const expected = expectException ?? undefined;
      try {
        const opened = this.#open(rlp);
        if (opened !== undefined) yield { index: at + 1, expected, ...opened };
      } catch (reason) {
        yield { index: at + 1, expected, reason };
      }
    }
  }

  /** The block was executed as its header says: later blocks may stand on it. */
  accept({ header, machine }: TestBlock): void {
    for (const node of machine.store.newNodes()) this.#witness.addNode(node);
    for (const code of machine.store.newCodes()) this.#addCode(code);
    const known = this.#opened.get(header.hash);
    if (known !== undefined) this.#blocks.set(header.hash, { header, headerRlp: known });
  }

  readonly #opened = new Map<string, Uint8Array>();

  #open(rlp: string): { machine: Machine; header: HeaderFields; input: BlockInput } | undefined {
    const block = splitBlock(fromHex(rlp));
    const { parentHash, hash } = readHeaderFields(block.headerRlp);
    const parent = this.#blocks.get(parentHash);
    const forks = forksOfTest(this.#test);
    if (parent === undefined || forks === undefined) return undefined;
    this.#opened.set(hash, block.headerRlp);
    const input: BlockInput = {
      block,
      parentStateRoot: parent.header.stateRoot,
      parentHeaderRlp: parent.headerRlp,
      witness: this.#witness,
      codes: (codeHash) => this.#codes.get(codeHash),
      ancestors: this.#ancestors(parent),
      forks,
      programs: this.#programs,
    };
    return { input, ...openBlock(input) };
  }

  #ancestors(parent: Known): { hashes: Map<bigint, string>; headers: Map<bigint, Uint8Array> } {
    const hashes = new Map<bigint, string>();
    const headers = new Map<bigint, Uint8Array>();
    for (let at: Known | undefined = parent; at !== undefined; at = this.#blocks.get(at.header.parentHash)) {
      hashes.set(at.header.number, at.header.hash);
      headers.set(at.header.number, at.headerRlp);
    }
    return { hashes, headers };
  }

  #addCode(code: Uint8Array): void {
    this.#codes.set(toHex(keccak256(code)), code);
  }
}
