import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { id } from "ethers";
import fc from "fast-check";
import {
  EMPTY_TREE_ROOT,
  hashPair,
  MessageTree,
  MessageTreeError,
  rootOfBranch,
  TREE_DEPTH,
  ZERO_NODES,
} from "../../../shared/protocol/messageTree.js";

const leaves = Array.from({ length: 70 }, (_, index) => id(`message ${index}`));

/** The root as the definition has it: every level whole, down to a row of leaves padded with zeros. */
function rootByDefinition(of: readonly string[]): string {
  let row = [...of];
  for (let level = 0; level < TREE_DEPTH; level++) {
    const zero = ZERO_NODES[level] as string;
    if (row.length % 2 === 1 || row.length === 0) row.push(zero);
    row = Array.from({ length: row.length / 2 }, (_, at) =>
      hashPair(row[2 * at] as string, row[2 * at + 1] ?? zero),
    );
    if (row.length === 0) row = [ZERO_NODES[level + 1] as string];
  }
  return row[0] as string;
}

function throwsCode(code: MessageTreeError["code"], run: () => unknown): void {
  assert.throws(run, (error) => error instanceof MessageTreeError && error.code === code);
}

describe("the tree of messages", () => {
  it("has the root of the definition after every leaf, and keeps it afterwards", () => {
    const tree = MessageTree.of(leaves);
    assert.equal(new MessageTree().root(), EMPTY_TREE_ROOT);
    for (let count = 0; count <= leaves.length; count++) {
      const wanted = rootByDefinition(leaves.slice(0, count));
      assert.equal(tree.root(count), wanted);
      if (count % 7 === 0) assert.equal(MessageTree.of(leaves.slice(0, count)).root(), wanted);
    }
  });

  it("has the zero nodes that other message trees of this shape have", () => {
    // keccak256 of 64 zero bytes, and the empty tree of depth 32 over it, as rollups' bridges publish them.
    assert.equal(ZERO_NODES[1], "0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5");
    assert.equal(EMPTY_TREE_ROOT, "0x27ae5ba08d7291c96c8cbddcc148bf48a6d68c7974b94356f53754ef6171d757");
  });

  it("proves every leaf under every root that came after it", () => {
    const tree = MessageTree.of(leaves);
    for (const count of [1, 2, 3, 31, 32, 33, 64, 70]) {
      for (let index = 0; index < count; index += 5) {
        const branch = tree.branch([index], count);
        assert.equal(rootOfBranch([leaves[index] as string], [index], branch), tree.root(count));
      }
    }
  });

  it("proves any set of leaves at once, with fewer nodes than the tree has leaves", () => {
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
          assert.equal(rootOfBranch(said, indices, branch), tree.root(count));
          assert.ok(branch.siblings.length < count);
          assert.ok(branch.siblings.every((node) => !ZERO_NODES.includes(node)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("follows a chain that takes leaves back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9)), { maxLength: 20 }), (steps) => {
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
        assert.equal(tree.root(), rootByDefinition(said));
      }),
      { numRuns: 40 },
    );
  });

  it("leads elsewhere when anything in a proof is changed", () => {
    const tree = MessageTree.of(leaves);
    const branch = tree.branch([20]);
    const leaf = leaves[20] as string;
    const rootOf = (said: string, index: number, siblings = branch.siblings): string =>
      rootOfBranch([said], [index], { ...branch, siblings });
    assert.equal(rootOf(leaf, 20), tree.root());
    assert.notEqual(rootOf(leaves[21] as string, 20), tree.root());
    assert.notEqual(rootOf(leaf, 21), tree.root());
    branch.siblings.forEach((_, at) => {
      assert.notEqual(rootOf(leaf, 20, branch.siblings.with(at, id("damage"))), tree.root());
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
    const { size, siblings } = tree.branch([0, 2]);
    const said = [leaves[0] as string, leaves[2] as string];
    throwsCode("BranchMalformed", () => rootOfBranch(said, [0, 2], { size, siblings: siblings.slice(1) }));
    throwsCode("BranchMalformed", () =>
      rootOfBranch(said, [0, 2], { size, siblings: [...siblings, id("more")] }),
    );
    throwsCode("BranchMalformed", () => rootOfBranch(said, [0], { size, siblings }));
    throwsCode("LeafUnknown", () => rootOfBranch(said, [0, 3], { size, siblings }));
    throwsCode("IndicesUnordered", () => rootOfBranch(said, [2, 0], { size, siblings }));
  });
});
