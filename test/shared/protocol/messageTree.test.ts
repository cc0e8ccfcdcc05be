import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { id, ZeroHash } from "ethers";
import fc from "fast-check";
import {
  hashPair,
  MessageTree,
  MessageTreeError,
  rootOfBranch,
} from "../../../shared/protocol/messageTree.js";

const leaves = Array.from({ length: 300 }, (_, index) => id(`message ${index}`));

/** The roots after 0, 1, 2 … leaves as the definition has them, each from the rows before it. */
function rootsByDefinition(of: readonly string[]): string[] {
  const chain = (nodes: readonly string[]): string => nodes.reduce(hashPair);
  const roots = [ZeroHash];
  const rows: string[] = [];
  for (let count = 1; count <= of.length; count++) {
    const start = Math.floor((count - 1) / 4) * 4;
    const before = start === 0 ? [] : [roots[start] as string];
    const row = chain([...before, ...of.slice(start, count)]);
    if (count % 4 === 0) rows.push(row);
    roots.push(count % 4 === 0 ? chain(runsOf(rows)) : row);
  }
  return roots;
}

/** What whole rows make, from the oldest to the newest: on each level the nodes that are not part of a higher one. */
function runsOf(nodes: readonly string[]): string[] {
  const whole = nodes.length - (nodes.length % 8);
  const above = Array.from({ length: whole / 8 }, (_, at) =>
    nodes.slice(8 * at, 8 * at + 8).reduce(hashPair),
  );
  const rest = nodes.slice(whole);
  return [...(above.length > 0 ? runsOf(above) : []), ...(rest.length > 0 ? [rest.reduce(hashPair)] : [])];
}

function throwsCode(code: MessageTreeError["code"], run: () => unknown): void {
  assert.throws(run, (error) => error instanceof MessageTreeError && error.code === code);
}

describe("the tree of messages", () => {
  it("has the root of the definition after every leaf, and keeps it afterwards", () => {
    const tree = MessageTree.of(leaves);
    assert.equal(new MessageTree().root(), ZeroHash);
    rootsByDefinition(leaves).forEach((wanted, count) => {
      assert.equal(tree.root(count), wanted, `after ${count}`);
      if (count % 7 === 0) assert.equal(MessageTree.of(leaves.slice(0, count)).root(), wanted);
    });
  });

  it("proves every leaf under every root that came after it", () => {
    const tree = MessageTree.of(leaves);
    for (const count of [1, 2, 3, 4, 5, 31, 32, 33, 64, 70, 255, 256, 257, 300]) {
      for (let index = 0; index < count; index += 3) {
        const branch = tree.branch([index], count);
        assert.equal(
          rootOfBranch([leaves[index] as string], branch),
          tree.root(count),
          `${index} of ${count}`,
        );
      }
    }
  });

  it("proves recent leaves with few nodes, however many there were before", () => {
    const tree = MessageTree.of(leaves);
    for (const count of [40, 297, 300]) {
      for (let back = 1; back <= 32; back++) {
        assert.ok(tree.branch([count - back], count).siblings.length <= 18, `${back} before ${count}`);
      }
    }
  });

  it("proves any set of leaves at once, with no more nodes than the tree has leaves", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: leaves.length }),
        fc.uniqueArray(fc.nat(leaves.length - 1), { minLength: 1, maxLength: 12 }),
        (count, chosen) => {
          const indices = chosen.filter((index) => index < count).sort((a, b) => a - b);
          fc.pre(indices.length > 0);
          const tree = MessageTree.of(leaves);
          const branch = tree.branch(indices, count);
          const said = indices.map((index) => leaves[index] as string);
          assert.equal(rootOfBranch(said, branch), tree.root(count));
          assert.ok(branch.siblings.length < count);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("follows a chain that takes leaves back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 20 }), (steps) => {
        const tree = new MessageTree();
        let said: string[] = [];
        for (const [isGrowing, amount] of steps) {
          if (isGrowing) {
            const fresh = Array.from({ length: amount }, (_, at) => id(`${said.length + at} ${amount}`));
            said = [...said, ...fresh];
            for (const leaf of fresh) tree.append(leaf);
          } else {
            said = said.slice(0, Math.max(0, said.length - amount));
            tree.truncate(said.length);
          }
        }
        assert.equal(tree.root(), rootsByDefinition(said).at(-1));
        const probe = said.length - 1;
        if (probe >= 0)
          assert.equal(rootOfBranch([said[probe] as string], tree.branch([probe])), tree.root());
      }),
      { numRuns: 40 },
    );
  });

  it("leads elsewhere when anything in a proof is changed", () => {
    const tree = MessageTree.of(leaves);
    const branch = tree.branch([20]);
    const leaf = leaves[20] as string;
    const rootOf = (said: string, siblings = branch.siblings): string =>
      rootOfBranch([said], { ...branch, siblings });
    assert.equal(rootOf(leaf), tree.root());
    assert.notEqual(rootOf(leaves[21] as string), tree.root());
    branch.siblings.forEach((_, at) => {
      assert.notEqual(rootOf(leaf, branch.siblings.with(at, id("damage"))), tree.root());
    });
  });

  it("names what it has no answer to", () => {
    const tree = MessageTree.of(leaves.slice(0, 3));
    throwsCode("LeafUnknown", () => tree.branch([3]));
    throwsCode("LeafUnknown", () => tree.branch([2], 2));
    throwsCode("CountUnknown", () => tree.branch([2], 4));
    throwsCode("CountUnknown", () => tree.truncate(4));
    throwsCode("CountUnknown", () => tree.root(1.5));
    throwsCode("IndicesUnordered", () => tree.branch([1, 1]));
    throwsCode("IndicesUnordered", () => tree.branch([]));
    const { steps, siblings } = tree.branch([0, 2]);
    const said = [leaves[0] as string, leaves[2] as string];
    assert.equal(rootOfBranch(said, { steps, siblings }), tree.root());
    throwsCode("BranchMalformed", () => rootOfBranch(said, { steps, siblings: siblings.slice(1) }));
    throwsCode("BranchMalformed", () => rootOfBranch(said, { steps: `${steps}00`, siblings }));
    throwsCode("BranchMalformed", () => rootOfBranch(said, { steps: "0x", siblings }));
    throwsCode("BranchMalformed", () => rootOfBranch([], { steps, siblings }));
    // Leaf, leaf, leaf, … of two; and to join what is not there.
    throwsCode("BranchMalformed", () => rootOfBranch(said, { steps: "0x00", siblings }));
    throwsCode("BranchMalformed", () => rootOfBranch(said, { steps: "0x54", siblings }));
  });
});
