/** Tries, changes and the compiled contract that tests of transitions share. */
import { readFileSync } from "node:fs";
import { createEVM } from "@ethereumjs/evm";
import { getBytes, hexlify, Interface, keccak256, toBeHex } from "ethers";
import { encodeDeltas } from "../../../shared/protocol/deltas.js";
import { createStorageTrie, type StorageTrie } from "../../../shared/proofs/storageTrie.js";
import { buildTransitionProof, type TransitionProof } from "../../../shared/proofs/transitionProof.js";

const ARTIFACT = new URL("../../../out/TransitionHarness.sol/TransitionHarness.json", import.meta.url);
const SLOTS = new URL("../../vectors/slots.json", import.meta.url);

export interface Slot {
  readonly slot: string;
  readonly key: string;
}

export function slotOf(number: number | bigint): Slot {
  const slot = toBeHex(number, 32);
  return { slot, key: keccak256(slot) };
}

/** Slots whose keys lie close together, in the order of their keys. */
export function closeSlots(): Slot[] {
  const numbers = JSON.parse(readFileSync(SLOTS, "utf8")) as number[];
  return numbers.map(slotOf).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** How many leading nibbles two keys share. */
export function sharedNibbles(a: Slot, b: Slot): number {
  let length = 2;
  while (length < 66 && a.key[length] === b.key[length]) length += 1;
  return length - 2;
}

function inOrder(changes: readonly (readonly [Slot, bigint])[]): (readonly [Slot, bigint])[] {
  return [...changes].sort(([a], [b]) => (a.key < b.key ? -1 : 1));
}

/** What the contract is given for one transition, and what it should say. */
export interface Transition extends TransitionProof {
  readonly oldRoot: string;
  readonly deltas: string;
  readonly newRoot: string;
}

/** A contract's storage that moves on, with the proof of every move. */
export class Storage {
  readonly values = new Map<string, { slot: Slot; value: bigint }>();
  readonly #trie: StorageTrie;

  private constructor(trie: StorageTrie) {
    this.#trie = trie;
  }

  static async create(values: readonly (readonly [Slot, bigint])[] = []): Promise<Storage> {
    const storage = new Storage(await createStorageTrie());
    await storage.#write(values);
    return storage;
  }

  valueOf(slot: Slot): bigint {
    return this.values.get(slot.key)?.value ?? 0n;
  }

  root(): string {
    return this.#trie.root();
  }

  /** Makes the changes, which must be some, and proves them: in the general form, unless told otherwise. */
  async move(
    changes: readonly (readonly [Slot, bigint])[],
    build: typeof buildTransitionProof = buildTransitionProof,
  ): Promise<Transition> {
    const ordered = inOrder(changes);
    const oldRoot = this.root();
    const proof = await this.prove(changes, build);
    await this.#write(ordered);
    const deltas = encodeDeltas(ordered.map(([{ slot }, value]) => ({ slot, value })));
    return { ...proof, oldRoot, deltas, newRoot: this.root() };
  }

  /** The proof of changes that are not made. */
  prove(
    changes: readonly (readonly [Slot, bigint])[],
    build: typeof buildTransitionProof,
  ): Promise<TransitionProof> {
    return build(
      this.root(),
      inOrder(changes).map(([slot, later]) => ({ key: slot.key, before: this.valueOf(slot), later })),
      this.#trie.node,
    );
  }

  async #write(values: readonly (readonly [Slot, bigint])[]): Promise<void> {
    for (const [slot, value] of values) {
      await this.#trie.set(slot.key, value);
      if (value === 0n) this.values.delete(slot.key);
      else this.values.set(slot.key, { slot, value });
    }
  }
}

export interface Answer {
  /** The root, or the error with its values. */
  readonly said: string;
  readonly gas: bigint;
}

/** Opens the compiled library. `forge build` writes it. */
export async function openTransition(): Promise<(given: Omit<Transition, "newRoot">) => Promise<Answer>> {
  const artifact = JSON.parse(readFileSync(ARTIFACT, "utf8")) as {
    abi: string[];
    deployedBytecode: { object: string };
  };
  const harness = new Interface(artifact.abi);
  const code = getBytes(artifact.deployedBytecode.object);
  const evm = await createEVM();
  return async ({ oldRoot, deltas, before, nodes }) => {
    const data = getBytes(harness.encodeFunctionData("rootAfter", [oldRoot, deltas, before, nodes]));
    const result = await evm.runCode({ code, data, gasLimit: 100_000_000n });
    const gas = result.executionGasUsed;
    const output = hexlify(result.returnValue);
    if (result.exceptionError === undefined)
      return { said: String(harness.decodeFunctionResult("rootAfter", output)[0]), gas };
    const error = harness.parseError(output);
    if (error === null) return { said: `${result.exceptionError.error} ${output}`, gas };
    return { said: `${error.name}(${error.args.map(String).join(", ")})`, gas };
  };
}
