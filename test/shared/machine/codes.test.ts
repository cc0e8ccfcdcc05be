import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { ByteTree } from "../../../shared/machine/ByteTree.js";
import { CodeBytes, codeWords } from "../../../shared/machine/Codes.js";
import type { Machine } from "../../../shared/machine/Machine.js";
import { finalDifference, openBlock } from "../../../shared/machine/openBlock.js";
import { proveStep, type StepProof } from "../../../shared/machine/Proof.js";
import { JobKind, Phase, Rules } from "../../../shared/machine/State.js";
import { advance } from "../../../shared/machine/Stepper.js";
import { Tape } from "../../../shared/machine/Tape.js";
import { designator } from "../../../shared/machine/World.js";
import {
  MAX_STEP_GAS,
  proofCall,
  startStepper,
  TEST_PLAN,
  testPrograms,
  type TestStepper,
} from "../../support/stepper.js";
import { codeBlocks } from "./support/codeBlocks.js";
import { ethereumjsSteps } from "./support/ethereumjsSteps.js";
import { firstDifference, machineSteps } from "./support/opcodeSteps.js";

/** Bytes among which PUSHes, JUMPDESTs and their neighbours are many. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(0x5a, 0x5b, 0x5b, 0x5c, 0x5f, 0x60, 0x61, 0x7f, 0x80),
      fc.integer({ min: 0, max: 255 }),
    ),
    { maxLength: 700 },
  )
  .map((list) => Uint8Array.from(list));

/** The places that can be jumped to, by the definition. */
function destinations(code: Uint8Array): Set<number> {
  const found = new Set<number>();
  for (let at = 0; at < code.length; at += 1) {
    const op = code[at] as number;
    if (op === 0x5b) found.add(at);
    if (op >= 0x60 && op <= 0x7f) at += op - 0x5f;
  }
  return found;
}

describe("a code", () => {
  it("has a bit for each place that can be jumped to", () => {
    fc.assert(
      fc.property(bytes, (code) => {
        const known = new CodeBytes(code);
        const found = destinations(code);
        for (let at = 0; at < 256 * Math.ceil(code.length / 256); at += 1) {
          const bits = known.bitmap.word(32 * (at >> 8));
          assert.equal((bits >> BigInt(at & 255)) & 1n, found.has(at) ? 1n : 0n, `${at}`);
          assert.equal(known.isDestination(BigInt(at), undefined), found.has(at), `${at}`);
        }
        assert.equal(known.jumps, known.bitmap.root());
        assert.equal(known.root, known.view.tree.root());
      }),
      { numRuns: 100 },
    );
  });

  it("shows the word of an opcode, the next one for what a PUSH has there, and none beyond the end", () => {
    fc.assert(
      fc.property(bytes, (code) => {
        const known = new CodeBytes(code);
        const shown = (read: (tape: Tape) => unknown): bigint[] => {
          const tape = new Tape();
          read(tape);
          return tape.words;
        };
        const path = (tree: ByteTree, index: number): bigint[] => shown((tape) => tree.show(tape, index));
        const { tree } = known.view;
        for (let at = 0; at < code.length + 40; at += 7) {
          const isInside = at < code.length;
          const op = code[at] ?? 0;
          assert.deepEqual(
            shown((tape) => assert.equal(known.opcode(at, tape), op)),
            isInside ? path(tree, at >> 5) : [],
          );
          assert.deepEqual(
            shown((tape) => known.isDestination(BigInt(at), tape)),
            isInside ? path(known.bitmap, at >> 8) : [],
          );
          if (op < 0x60 || op > 0x7f) continue;
          const data = Array.from({ length: op - 0x5f }, (_, index) => code[at + 1 + index] ?? 0);
          const next = (at >> 5) + 1;
          const goesOn = at + data.length >= 32 * next && code.length > 32 * next;
          assert.deepEqual(
            shown((tape) => assert.equal(known.pushed(at, data.length, tape), wordOf(data))),
            goesOn ? path(tree, next) : [],
          );
        }
        assert.deepEqual(
          shown((tape) => assert.equal(known.isDestination(2n ** 256n - 1n, tape), false)),
          [],
        );
      }),
      { numRuns: 100 },
    );
  });

  it("is told from one with more zeros at its end by the size alone", () => {
    const [short, long] = [Uint8Array.of(0x5b, 1), Uint8Array.of(0x5b, 1, 0, 0, 0)].map((code) =>
      codeWords(new CodeBytes(code)),
    ) as [bigint[], bigint[]];
    assert.deepEqual(short.slice(1), long.slice(1));
    assert.deepEqual([short[0], long[0]], [2n, 5n]);
    assert.deepEqual(codeWords(CodeBytes.empty), [0n, 0n, 0n, 0n]);
    assert.deepEqual(codeWords(new CodeBytes(new Uint8Array(24_576))), [24_576n, 0n, 0n, 0n]);
  });

  it("knows the delegate of a designator, and of nothing else", () => {
    const code = designator(0xde1en);
    assert.equal(new CodeBytes(code).delegate, 0xde1en);
    for (const other of [
      code.subarray(0, 22),
      Uint8Array.of(...code, 0),
      Uint8Array.of(0, ...code.subarray(1)),
    ])
      assert.equal(new CodeBytes(other).delegate, 0n);
  });
});

function wordOf(data: readonly number[]): bigint {
  return data.reduce((word, byte) => (word << 8n) | BigInt(byte), 0n);
}

interface Recorded {
  label: string;
  proof: StepProof;
  next: bigint;
}

/** Of jobs of many alike units, and of rows of JUMPDESTs, one in so many is proven. */
const STRIDE = 401;

function isWanted(m: Machine): boolean {
  if (m.steps % STRIDE === 0) return true;
  if (m.job.kind === JobKind.LOAD_CODE) return true;
  if (m.job.kind === JobKind.COPY) return m.job.position + m.job.left > m.job.source.size;
  if (m.job.kind !== JobKind.NONE) return false;
  if (m.phase !== Phase.RUN) return m.phase === Phase.AUTHORISE || m.phase === Phase.ENTER;
  const { code, pc } = m.frame;
  return m.op !== 0 || pc >= code.size || ![0x5b, 0x5f].includes(code.opcode(pc, undefined));
}

function record(m: Machine, name: string): Recorded[] {
  const recorded: Recorded[] = [];
  while (!m.isFinal) {
    if (!isWanted(m)) {
      advance(m, m.steps + 1);
      continue;
    }
    const label = `${name}, step ${m.steps}`;
    const proof = proveStep(m);
    recorded.push({ label, proof, next: m.hash() });
  }
  return recorded;
}

describe("blocks that put codes to the test", () => {
  let stepper: TestStepper;
  before(async () => {
    const forks = TEST_PLAN.forks.map((fork) => ({ ...fork, rules: Rules.OSAKA }));
    stepper = await startStepper({ ...TEST_PLAN, forks });
  });
  after(() => stepper.close());

  it("end as EthereumJS says, opcode by opcode, and have proofs", async () => {
    let count = 0;
    for await (const { name, input } of codeBlocks(testPrograms())) {
      const { machine, header } = openBlock(input);
      const own = machineSteps(machine);
      assert.equal(firstDifference(own, await ethereumjsSteps(input), Rules.OSAKA), undefined, name);
      assert.equal(finalDifference(machine, header), undefined, name);
      const recorded = record(openBlock(input).machine, name);
      const answers = await stepper.steps(recorded.map(({ proof }) => proofCall(proof, MAX_STEP_GAS)));
      for (const [index, { label, next }] of recorded.entries()) {
        assert.deepEqual(answers[index], { next }, label);
        count += 1;
      }
    }
    assert.ok(count > 5_000, `${count} steps`);
  });
});
