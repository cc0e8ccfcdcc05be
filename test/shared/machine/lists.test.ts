import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import type { Block, Machine } from "../../../shared/machine/Machine.js";
import { openBlock, type BlockInput } from "../../../shared/machine/openBlock.js";
import { proveStep } from "../../../shared/machine/Proof.js";
import { concat, encodeInteger, encodeList, encodeString, prefixOf } from "../../../shared/machine/Rlp.js";
import { EMPTY_TRIE_ROOT, JobKind, Phase } from "../../../shared/machine/State.js";
import { triePut } from "../../../shared/machine/Trie.js";
import {
  proofCall,
  startStepper,
  TEST_PLAN,
  testPrograms,
  type Call,
  type TestStepper,
} from "../../support/stepper.js";
import { buildBlock, systemAccounts } from "./support/buildBlock.js";
import { Random, randomBlock } from "./support/randomBlock.js";

/** Damaged items of each kind. */
const ROUNDS = Number(process.env["LIST_ROUNDS"] ?? 60);

/** What RLP.decode answers. */
type Tree = Uint8Array | Tree[];

function size(tree: Tree): number {
  return Array.isArray(tree) ? tree.reduce((sum, item) => sum + size(item), 1) : 1;
}

/** Encodes a tree, but the item number `at.left` in the order of its bytes as something else, or in another way. */
function encode(tree: Tree, random: Random, at: { left: number }): Uint8Array {
  const isChanged = at.left === 0;
  at.left -= 1;
  if (!Array.isArray(tree)) return isChanged ? random.pick(otherStrings(tree, random)) : encodeString(tree);
  const items = tree.map((item) => encode(item, random, at));
  return isChanged ? random.pick(otherLists(items)) : encodeList(items);
}

function otherLists(items: readonly Uint8Array[]): Uint8Array[] {
  const content = concat(items);
  return [
    encodeString(content),
    // Lengths that are not minimal, too long, too short, and beyond everything.
    Uint8Array.of(0xf8, content.length, ...content),
    Uint8Array.of(0xf9, 0, content.length, ...content),
    concat([prefixOf(content.length + 1, true), content]),
    concat([prefixOf(Math.max(0, content.length - 1), true), content]),
    concat([new Uint8Array(9).fill(0xff), content]),
    encodeList([]),
    encodeList(items.slice(1)),
    encodeList([...items, ...items.slice(0, 1)]),
    encodeList([...items].reverse()),
    concat([encodeList(items), Uint8Array.of(0x80)]),
  ];
}

function otherStrings(bytes: Uint8Array, random: Random): Uint8Array[] {
  return [
    encodeString(concat([Uint8Array.of(0), bytes])),
    encodeString(concat([bytes, Uint8Array.of(1)])),
    encodeString(bytes.subarray(1)),
    Uint8Array.of(0x81, ...bytes),
    Uint8Array.of(0xb8, bytes.length, ...bytes),
    Uint8Array.of(0xb9, 0, bytes.length, ...bytes),
    Uint8Array.of(0xbf, 0, 0, 0, 0, 0, 0, 0, bytes.length, ...bytes),
    encodeList([encodeString(bytes)]),
    Uint8Array.of(0x80),
    Uint8Array.of(0xc0),
    Uint8Array.of(0),
    Uint8Array.of(random.below(256)),
    new Uint8Array(),
    ...[127n, 128n, 255n, 256n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 256n - 1n, 2n ** 256n].map(encodeInteger),
  ];
}

/** The item of a list with one thing that is not as it was, or not as RLP has it. Now and then it is whole. */
function damaged(raw: Uint8Array, random: Random): Uint8Array {
  const isTyped = (raw[0] as number) < 0xc0;
  const tree = RLP.decode(isTyped ? raw.subarray(1) : raw);
  let bytes = encode(tree, random, { left: random.below(12) === 0 ? -1 : random.below(size(tree)) });
  if (random.below(12) === 0) bytes = bytes.slice(0, random.below(bytes.length));
  if (random.below(12) === 0 && bytes.length > 0)
    bytes = bytes.with(random.below(bytes.length), random.below(256));
  if (!isTyped) return bytes;
  const kind = random.below(20) === 0 ? random.below(256) : (raw[0] as number);
  return concat([Uint8Array.of(kind), bytes]);
}

/** A machine that is about to take the only item of a list. */
function atItem(input: BlockInput, phase: Phase.BEGIN | Phase.WITHDRAW, item: Uint8Array): Machine {
  const { machine } = openBlock(input);
  const nodes = { get: () => new Uint8Array(), add: (node: Uint8Array) => machine.store.addNode(node) };
  const root = triePut(EMPTY_TRIE_ROOT, Uint8Array.of(0x80), item, nodes);
  const list: Partial<Block> = phase === Phase.BEGIN ? { transactionsRoot: root } : { withdrawalsRoot: root };
  machine.head = { ...machine.head, ...list };
  machine.phase = phase;
  return machine;
}

describe("both machines take apart alike what is damaged:", () => {
  let stepper: TestStepper;
  before(async () => {
    stepper = await startStepper(TEST_PLAN);
  });
  after(() => stepper.close());

  const check = async (
    fork: "cancun" | "prague" | "osaka",
    phase: Phase.BEGIN | Phase.WITHDRAW,
    items: (random: Random) => readonly Uint8Array[],
  ): Promise<void> => {
    const random = new Random(7);
    const results = { stateRoot: "00".repeat(32), gasUsed: 0n };
    const empty = { fork, pre: systemAccounts(fork), transactions: [], results };
    const { input } = await buildBlock(empty, testPrograms());
    const calls: Call[] = [];
    const wanted: { next: bigint }[] = [];
    const damages: string[] = [];
    let taken = 0;
    while (calls.length < ROUNDS) {
      for (const item of items(random)) {
        const bytes = damaged(item, random);
        const machine = atItem(input, phase, bytes);
        calls.push(proofCall(proveStep(machine)));
        wanted.push({ next: machine.hash() });
        damages.push(Buffer.from(bytes).toString("hex"));
        taken += machine.phase === Phase.CHECK || machine.job.kind === JobKind.LOAD_ACCOUNT ? 1 : 0;
      }
    }
    const answers = await stepper.steps(calls);
    answers.forEach((answer, at) => assert.deepEqual(answer, wanted[at], damages[at]));
    assert.ok(taken > ROUNDS / 12 && taken < ROUNDS / 2, `${taken} of ${calls.length} were taken`);
  };

  for (const fork of ["cancun", "prague", "osaka"] as const)
    it(`transactions, under ${fork}`, () =>
      check(fork, Phase.BEGIN, (random) => randomBlock(random, fork).transactions));

  it("withdrawals", () => {
    const withdrawal = encodeList([
      encodeInteger(1_000_000n),
      encodeInteger(7n),
      encodeString(new Uint8Array(20).fill(0xee)),
      encodeInteger(2n ** 40n),
    ]);
    return check("cancun", Phase.WITHDRAW, () => [withdrawal]);
  });
});
