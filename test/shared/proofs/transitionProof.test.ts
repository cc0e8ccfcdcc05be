import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { dataLength, dataSlice, concat, toBeHex, ZeroHash } from "ethers";
import { buildTransitionProof } from "../../../shared/proofs/transitionProof.js";
import {
  closeSlots,
  openTransition,
  sharedNibbles,
  slotOf,
  Storage,
  type Slot,
  type Transition,
} from "./transitions.js";

interface Named extends Transition {
  readonly name: string;
}

const { cases } = JSON.parse(
  readFileSync(new URL("../../vectors/transitions.json", import.meta.url), "utf8"),
) as { cases: Named[] };

let rootAfter: Awaited<ReturnType<typeof openTransition>>;
before(async () => {
  rootAfter = await openTransition();
});

/** Another root than the old one: the proof shows nothing about it. */
function assertRefused(said: string, oldRoot: string, newRoot: string): void {
  assert.ok(!said.startsWith("0x") || said === newRoot, `accepted: ${said}`);
  assert.notEqual(said, oldRoot);
}

describe("the contract comes to the root of every shape", () => {
  for (const transition of cases) {
    test(transition.name, async () => {
      assert.equal((await rootAfter(transition)).said, transition.newRoot);
    });
  }
});

describe("a damaged multi-proof proves nothing", () => {
  const transition = cases.find(({ name }) => name === "everything at once") as Named;

  test("cut off at any byte", async () => {
    for (let size = 0; size < dataLength(transition.nodes); size += 7) {
      const { said } = await rootAfter({ ...transition, nodes: dataSlice(transition.nodes, 0, size) });
      assert.match(said, /^(MultiproofMalformed|OldRootMismatch)\(/, `cut at ${size}`);
    }
  });

  test("with bytes behind it", async () => {
    for (const surplus of ["0x00", "0x40", "0x7f", "0x80", "0xff", toBeHex(0, 40)]) {
      const { said } = await rootAfter({ ...transition, nodes: concat([transition.nodes, surplus]) });
      assert.match(said, /^(MultiproofMalformed|ElementsUnordered|OldRootMismatch)\(/, surplus);
    }
  });

  test("with any byte changed", async () => {
    for (let at = 0; at < dataLength(transition.nodes); at += 5) {
      const byte = Number(dataSlice(transition.nodes, at, at + 1)) ^ 0x11;
      const nodes = concat([
        dataSlice(transition.nodes, 0, at),
        toBeHex(byte, 1),
        dataSlice(transition.nodes, at + 1),
      ]);
      const { said } = await rootAfter({ ...transition, nodes });
      assertRefused(said, transition.oldRoot, transition.newRoot);
    }
  });

  test("with its elements in another order, or one twice", async () => {
    const { nodes } = cases.find(({ name }) => name === "beside untouched inline leaves") as Named;
    const large = cases.find(({ name }) => name === "one of a thousand") as Named;
    // The first element is a run at the root: its prefix, its mask, its hashes.
    const mask = Number(dataSlice(large.nodes, 1, 3));
    const size = 3 + 32 * mask.toString(2).replaceAll("0", "").length;
    const [first, rest] = [dataSlice(large.nodes, 0, size), dataSlice(large.nodes, size)];
    for (const damaged of [
      concat([rest, first]),
      concat([first, first, rest]),
      concat([large.nodes, nodes]),
    ]) {
      assert.match((await rootAfter({ ...large, nodes: damaged })).said, /^ElementsUnordered\(/);
    }
  });

  test("with a form that does not exist", async () => {
    for (const form of ["0x41", "0x7f", "0x80", "0xc1"]) {
      const { said } = await rootAfter({ ...transition, nodes: concat([form, transition.nodes]) });
      assert.equal(said, "MultiproofMalformed(0)");
    }
  });

  test("with a run of no children, or a long value", async () => {
    assert.equal((await rootAfter({ ...transition, nodes: "0x000000" })).said, "MultiproofMalformed(0)");
    const nodes = concat(["0x40", ZeroHash, "0x21", toBeHex(1, 33)]);
    assert.equal((await rootAfter({ ...transition, nodes })).said, "MultiproofMalformed(0)");
  });

  test("with an inline node that is no single item", async () => {
    for (const item of ["0x80", "0xa0", "0xc0", "0x8080c1", "0xdf"]) {
      const { said } = await rootAfter({
        ...transition,
        nodes: concat(["0x81", "0x10", item, toBeHex(0, 32)]),
      });
      assert.equal(said, "MultiproofMalformed(0)", item);
    }
  });
});

describe("old values", () => {
  const transition = cases.find(({ name }) => name === "one of a thousand") as Named;

  test("that end early, are too long or too many", async () => {
    const refused = async (before: string): Promise<string> =>
      (await rootAfter({ ...transition, before })).said;
    assert.equal(await refused("0x"), "OldValueMalformed(0)");
    assert.equal(await refused(dataSlice(transition.before, 0, 2)), "OldValueMalformed(0)");
    assert.equal(await refused(concat(["0x21", toBeHex(1, 33)])), "OldValueMalformed(0)");
    assert.equal(
      await refused(concat([transition.before, "0x00"])),
      `MultiproofSurplus(${dataLength(transition.before)})`,
    );
  });

  test("that are not the trie's", async () => {
    for (const before of ["0x00", "0x0101", concat(["0x20", `0x${"ff".repeat(32)}`])]) {
      assert.match((await rootAfter({ ...transition, before })).said, /^OldRootMismatch\(/);
    }
  });

  test("that the delta leaves as they are", async () => {
    assert.equal((await rootAfter({ ...transition, before: "0x0103" })).said, "DeltaRedundant(0)");
  });
});

describe("deltas", () => {
  const transition = cases.find(({ name }) => name === "a hundred of a thousand") as Named;

  test("one left out, with its old value or without", async () => {
    const deltas = dataSlice(transition.deltas, 64);
    const { said } = await rootAfter({ ...transition, deltas });
    assert.match(said, /^(OldRootMismatch|MultiproofSurplus)\(/);
    const before = dataSlice(transition.before, 1 + Number(dataSlice(transition.before, 0, 1)));
    assert.match((await rootAfter({ ...transition, deltas, before })).said, /^OldRootMismatch\(/);
  });

  test("in another order, or one twice", async () => {
    const [a, b] = [dataSlice(transition.deltas, 0, 64), dataSlice(transition.deltas, 64, 128)];
    for (const deltas of [concat([b, a]), concat([a, a])]) {
      assert.match((await rootAfter({ ...transition, deltas })).said, /^DeltasUnordered\(1,/);
    }
  });

  test("that are no whole number", async () => {
    const deltas = dataSlice(transition.deltas, 0, 63);
    assert.equal((await rootAfter({ ...transition, deltas })).said, "DeltasMalformed(63)");
  });

  test("a forged value leads to another root", async () => {
    const deltas = concat([dataSlice(transition.deltas, 0, 63), "0xee", dataSlice(transition.deltas, 64)]);
    const { said } = await rootAfter({ ...transition, deltas });
    assert.match(said, /^0x/);
    assert.notEqual(said, transition.newRoot);
  });

  test("a slot hidden within a piece of the proof", async () => {
    // The slot is there, but the proof shows its subtrie as a piece that no delta touches.
    const close = closeSlots();
    const index = close.findIndex((slot, i) => i > 0 && sharedNibbles(close[i - 1] as Slot, slot) >= 6);
    const [near, hidden] = [close[index - 1], close[index]] as [Slot, Slot];
    const other = slotOf(12_345_678);
    const storage = await Storage.create([
      [near, 5n],
      [hidden, 6n],
      [other, 7n],
    ]);
    const truth = await storage.move([[other, 8n]]);
    const forged = [
      { slot: other, value: 8n },
      { slot: hidden, value: 1n },
    ].sort((a, b) => (a.slot.key < b.slot.key ? -1 : 1));
    const deltas = concat(forged.map(({ slot, value }) => concat([slot.slot, toBeHex(value, 32)])));
    const before = concat(forged.map(({ slot }) => (slot === other ? "0x0107" : "0x00")));
    assert.match((await rootAfter({ ...truth, deltas, before })).said, /^ElementsUnordered\(/);
  });
});

test("nodes that the source lacks are named", async () => {
  const change = { key: slotOf(1).key, before: 1n, later: 2n };
  await assert.rejects(
    buildTransitionProof(`0x${"12".repeat(32)}`, [change], async () => undefined),
    { code: "NodeMissing", details: { hash: `0x${"12".repeat(32)}`, path: "" } },
  );
});
