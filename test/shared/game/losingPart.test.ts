import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { losingBlocks, losingSteps } from "../../../shared/game/losingPart.js";

/** A block as far as a path over blocks is concerned. */
interface Block {
  readonly hash: string;
  readonly parent: string;
  readonly number: bigint;
  /** Whether its execution gives its state root: then somebody can prove every step of it. */
  readonly executes: boolean;
}

const PARTS = 4;
const LOW = 100n;

/**
 * Everything that there is, whoever knows it: A's chain with perhaps one false block, blocks of other branches that
 * execute as they like, and hashes of nothing at all.
 */
interface World {
  readonly blocks: ReadonlyMap<string, Block>;
  readonly tip: Block;
  readonly start: string;
  readonly falseBlock: bigint | undefined;
}

const worlds: fc.Arbitrary<World> = fc
  .record({
    length: fc.integer({ min: 1, max: PARTS ** 2 }),
    falseAt: fc.option(fc.nat()),
    below: fc.integer({ min: 0, max: 2 }),
    branches: fc.array(fc.record({ on: fc.nat(), executes: fc.boolean() }), { maxLength: 10 }),
  })
  .map(({ length, falseAt, below, branches }) => {
    const blocks = new Map<string, Block>();
    const falseBlock = falseAt === null ? undefined : LOW + 1n + BigInt(falseAt % length);
    for (let i = -below; i <= length; i++) {
      const number = LOW + BigInt(i);
      blocks.set(`A${number}`, {
        hash: `A${number}`,
        parent: `A${number - 1n}`,
        number,
        executes: number !== falseBlock,
      });
    }
    for (const [i, { on, executes }] of branches.entries()) {
      const parent = [...blocks.values()][on % blocks.size] as Block;
      blocks.set(`B${i}`, { hash: `B${i}`, parent: parent.hash, number: parent.number + 1n, executes });
    }
    const tip = blocks.get(`A${LOW + BigInt(length)}`) as Block;
    return { blocks, tip, start: `A${LOW}`, falseBlock };
  });

/**
 * Whether somebody who knows everything can defend an interval to the last link, however it is cut: by trying all
 * paths, forwards. What the contract asks of a link is spelt out here once more.
 */
function isDefensible({ blocks, tip }: World, left: string, right: string, length: number): boolean {
  let reached = new Set([left]);
  for (let i = 0; i < length; i++) {
    const next = new Set<string>();
    for (const block of blocks.values()) {
      const isInSpan = block.number > LOW && block.number <= tip.number;
      if (reached.has(block.parent) && block.executes && isInSpan) next.add(block.hash);
    }
    if (reached.has(tip.hash)) next.add(tip.hash);
    reached = next;
  }
  return reached.has(right);
}

/** What a challenger knows: the claimed block and its ancestors from the parent claim's block on. */
function knownOf({ blocks, tip, falseBlock }: World) {
  const numberOf = (hash: string): bigint | undefined => {
    const block = hash.startsWith("A") ? blocks.get(hash) : undefined;
    return block !== undefined && block.number >= LOW ? block.number : undefined;
  };
  return { span: { low: LOW, high: tip.number, numberOf }, falseBlock };
}

describe("losingBlocks", () => {
  it("finds a part that nobody can defend in whatever a defender makes of a false span", () => {
    fc.assert(
      fc.property(
        worlds,
        fc.array(fc.nat(), { minLength: 2 * (PARTS - 1), maxLength: 2 * (PARTS - 1) }),
        (world, picks) => {
          const hashes = [...world.blocks.keys(), "nothing", "nothing else"];
          let [left, right] = [world.start, world.tip.hash];
          const isTrue = isDefensible(world, left, right, PARTS ** 2);
          assert.equal(isTrue, world.falseBlock === undefined);
          for (const [round, length] of [PARTS, 1].entries()) {
            const points = picks
              .slice(round * (PARTS - 1), (round + 1) * (PARTS - 1))
              .map((pick) => hashes[pick % hashes.length] as string);
            const values = [left, ...points, right];
            const index = losingBlocks({ values, size: BigInt(length) }, knownOf(world));
            if (index === undefined) {
              // Somebody who tells the truth cannot be beaten; whoever tells anything else can.
              assert.ok(isTrue);
              return;
            }
            [left, right] = [values[index] as string, values[index + 1] as string];
            assert.equal(isDefensible(world, left, right, length), false);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("finds nothing to point at in the true values of a true span", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        fc.pre(world.falseBlock === undefined);
        const hashAt = (i: number): string => `A${LOW + BigInt(Math.min(i, Number(world.tip.number - LOW)))}`;
        const values = Array.from({ length: PARTS + 1 }, (_, i) => hashAt(i * PARTS));
        assert.equal(losingBlocks({ values, size: BigInt(PARTS) }, knownOf(world)), undefined);
      }),
    );
  });
});

describe("losingSteps", () => {
  it("points before the first state that is not the machine's", () => {
    assert.equal(losingSteps(["a", "b", "c", "d"], ["a", "b", "x", "d"]), 1);
    assert.equal(losingSteps(["a", "b", "c"], ["a", "b", "x"]), 1);
    assert.equal(losingSteps(["a", "b", "c"], ["a", "x", "y"]), 0);
  });
  it("finds nothing in what is true, in whatever case it is spelt", () => {
    assert.equal(losingSteps(["0xA", "0xb"], ["0xa", "0xB"]), undefined);
  });
});
