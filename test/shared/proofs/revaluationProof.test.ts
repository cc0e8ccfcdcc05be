import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { concat, dataLength, dataSlice, toBeHex } from "ethers";
import { buildShortestProof } from "../../../shared/proofs/transitionProof.js";
import { closeSlots, openTransition, sharedNibbles, slotOf, Storage, type Slot } from "./transitions.js";

let rootAfter: Awaited<ReturnType<typeof openTransition>>;
before(async () => {
  rootAfter = await openTransition();
});

const FORM = "0xff";
const many = Array.from({ length: 300 }, (_, index) => [slotOf(index), 1000n + BigInt(index)] as const);

async function revalue(
  held: readonly (readonly [Slot, bigint])[],
  changes: readonly (readonly [Slot, bigint])[],
) {
  const storage = await Storage.create(held);
  return storage.move(changes, buildShortestProof);
}

/** Two slots whose keys share at least so many nibbles. */
function pairOf(shares: number): [Slot, Slot] {
  const close = closeSlots();
  const index = close.findIndex((slot, i) => i > 0 && sharedNibbles(close[i - 1] as Slot, slot) >= shares);
  return [close[index - 1], close[index]] as [Slot, Slot];
}

describe("changes that keep every key", () => {
  for (const count of [1, 2, 10, 150, 300]) {
    test(`${count} of 300`, async () => {
      const truth = await revalue(
        many,
        many.slice(0, count).map(([slot, value]) => [slot, value << 70n] as const),
      );
      assert.equal(dataSlice(truth.nodes, 0, 1), FORM);
      assert.equal((await rootAfter(truth)).said, truth.newRoot);
    });
  }

  test("the only slot", async () => {
    const truth = await revalue([[slotOf(1), 5n]], [[slotOf(1), 2n ** 255n]]);
    assert.equal(truth.nodes, "0xff00");
    assert.equal((await rootAfter(truth)).said, truth.newRoot);
  });

  test("below an extension", async () => {
    const [a, b] = pairOf(4);
    const truth = await revalue(
      [
        [a, 2n ** 200n],
        [b, 2n ** 201n],
      ],
      [[b, 2n ** 202n]],
    );
    assert.equal(dataSlice(truth.nodes, 0, 1), FORM);
    assert.equal((await rootAfter(truth)).said, truth.newRoot);
  });

  test("every form of a value", async () => {
    for (const value of [
      1n,
      127n,
      128n,
      255n,
      256n,
      65_535n,
      65_536n,
      2n ** 128n,
      2n ** 248n,
      2n ** 256n - 1n,
    ]) {
      const truth = await revalue(many, [[slotOf(7), value]]);
      assert.equal((await rootAfter(truth)).said, truth.newRoot, `${value}`);
    }
  });
});

describe("the general form is used", () => {
  for (const [name, value] of [
    ["when a slot is deleted", 0n],
    ["when nothing was there", 5n],
  ] as const) {
    test(name, async () => {
      const slot = value === 0n ? slotOf(7) : slotOf(1_000_000);
      const truth = await revalue(many, [[slot, value]]);
      assert.notEqual(dataSlice(truth.nodes, 0, 1), FORM);
      assert.equal((await rootAfter(truth)).said, truth.newRoot);
    });
  }

  test("when a leaf is, or becomes, short enough to be within its parent", async () => {
    const [a, b] = pairOf(8);
    for (const [old, later] of [
      [1n, 2n],
      [2n ** 200n, 2n],
      [1n, 2n ** 200n],
    ] as const) {
      const truth = await revalue(
        [
          [a, 2n ** 200n],
          [b, old],
        ],
        [[b, later]],
      );
      assert.notEqual(dataSlice(truth.nodes, 0, 1), FORM);
      assert.equal((await rootAfter(truth)).said, truth.newRoot);
    }
  });
});

describe("refused", () => {
  const changes = many.slice(0, 3).map(([slot, value]) => [slot, value + 1n] as const);

  test("cut off at any byte", async () => {
    const truth = await revalue(many, changes);
    for (let size = 1; size < dataLength(truth.nodes); size += 3) {
      const { said } = await rootAfter({ ...truth, nodes: dataSlice(truth.nodes, 0, size) });
      assert.match(said, /^(MultiproofMalformed|MultiproofSurplus|OldRootMismatch)\(/, `cut at ${size}`);
    }
  });

  test("any byte changed", async () => {
    const truth = await revalue(many, changes);
    for (let at = 1; at < dataLength(truth.nodes); at += 2) {
      const byte = Number(dataSlice(truth.nodes, at, at + 1)) ^ 0x11;
      const nodes = concat([dataSlice(truth.nodes, 0, at), toBeHex(byte, 1), dataSlice(truth.nodes, at + 1)]);
      const { said } = await rootAfter({ ...truth, nodes });
      assert.ok(!said.startsWith("0x"), `byte ${at}: ${said}`);
    }
  });

  test("with something behind it, or nothing in it", async () => {
    const truth = await revalue(many, changes);
    for (const surplus of [
      "0x00",
      "0x3f",
      "0x40",
      "0x41",
      "0x80",
      "0x81",
      "0xff",
      concat(["0x400001", toBeHex(1, 32)]),
    ]) {
      const { said } = await rootAfter({ ...truth, nodes: concat([truth.nodes, surplus]) });
      assert.match(said, /^MultiproofMalformed\(/, surplus);
    }
    assert.match((await rootAfter({ ...truth, nodes: FORM })).said, /^MultiproofSurplus\(0\)/);
    const nothing = { ...truth, deltas: "0x", before: "0x" };
    assert.match((await rootAfter({ ...nothing, nodes: FORM })).said, /^MultiproofMalformed\(1\)/);
    assert.match((await rootAfter({ ...nothing, nodes: "0xff40000120" })).said, /^MultiproofMalformed\(1\)/);
  });

  test("a delta that the proof does not reach, or one too few", async () => {
    const truth = await revalue(many, changes);
    const more = { ...truth, deltas: concat([truth.deltas, `0x${"ff".repeat(64)}`]) };
    assert.match((await rootAfter(more)).said, /^(MultiproofMalformed|MultiproofSurplus)\(/);
    const fewer = { ...truth, deltas: dataSlice(truth.deltas, 0, 128) };
    assert.match((await rootAfter(fewer)).said, /^MultiproofMalformed\(/);
  });

  test("old values that are not the trie's, end early, are zero, too long or too many", async () => {
    const truth = await revalue(many, [[slotOf(7), 1n]]);
    const refused = async (before: string): Promise<string> => (await rootAfter({ ...truth, before })).said;
    assert.match(await refused("0x0203ee"), /^OldRootMismatch\(/);
    assert.equal(await refused("0x"), "OldValueMalformed(0)");
    assert.equal(await refused("0x0203"), "OldValueMalformed(0)");
    assert.equal(await refused(concat(["0x21", toBeHex(1, 33)])), "OldValueMalformed(0)");
    assert.equal(await refused("0x00"), "NotRevalued(0)");
    assert.equal(await refused("0x0101"), "DeltaRedundant(0)");
    assert.equal(
      await refused(concat([truth.before, "0x00"])),
      `MultiproofSurplus(${dataLength(truth.before)})`,
    );
  });

  test("a deletion", async () => {
    const truth = await revalue(many, [[slotOf(7), 1n]]);
    const deltas = concat([dataSlice(truth.deltas, 0, 32), toBeHex(0, 32)]);
    assert.equal((await rootAfter({ ...truth, deltas })).said, "NotRevalued(0)");
  });

  test("deltas in another order, or no whole number", async () => {
    const truth = await revalue(many, changes);
    const [a, b, c] = [0, 64, 128].map((at) => dataSlice(truth.deltas, at, at + 64)) as [
      string,
      string,
      string,
    ];
    for (const deltas of [concat([b, a, c]), concat([a, a, c])])
      assert.match((await rootAfter({ ...truth, deltas })).said, /^DeltasUnordered\(1,/);
    assert.equal(
      (await rootAfter({ ...truth, deltas: dataSlice(truth.deltas, 1) })).said,
      "DeltasMalformed(191)",
    );
  });

  /** What a leaf holds of its key is only the end: the same end elsewhere must not stand in for it. */
  test("a key that ends like another one, from elsewhere in the trie", async () => {
    // Every leaf's own nibbles are hashed with it; what is above has to follow from the key, or `there` could be told
    // with the value of `here`: at 63 nibbles their leaves would be the same.
    const [here, there] = [slotOf(7), slotOf(8)];
    const truth = await revalue(many, [[here, 1n]]);
    const deltas = concat([there.slot, toBeHex(1, 32)]);
    assert.match((await rootAfter({ ...truth, deltas })).said, /^(OldRootMismatch|MultiproofMalformed)\(/);
  });

  test("children of one branch that are not below the same one", async () => {
    // Two leaves at the same depth of different branches, told as if they were of one.
    const truth = await revalue(many, changes);
    const [first] = changes;
    assert.ok(first);
    const depth = dataSlice(truth.nodes, 1, 2);
    const nodes = concat([FORM, depth, depth, depth, "0x400000"]);
    assert.match((await rootAfter({ ...truth, nodes })).said, /^MultiproofMalformed\(4\)/);
  });
});
