import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import { MerklePatriciaTrie } from "@ethereumjs/trie";
import fc from "fast-check";
import { fromHex, keccak256, toHex } from "../../../shared/execution/crypto.js";
import { MissingNode } from "../../../shared/execution/errors.js";
import { decodeNode, EMPTY_TRIE_ROOT, PartialTrie } from "../../../shared/execution/partialTrie.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

/** Few keys with long shared starts, so that nodes of every kind come and go. */
const keys = Array.from({ length: 24 }, (_, index) =>
  index < 12
    ? `${"0".repeat(index * 4)}${"1234567890abcdef".charAt(index)}`.padEnd(64, "7")
    : toHex(keccak256(Uint8Array.of(index))),
);
const step = fc.record({
  key: fc.constantFrom(...keys),
  value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 })),
});

const nothing = { node: () => undefined, isBranch: () => false };

describe("PartialTrie", () => {
  it("has the root of the library's trie after any updates and deletions", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const reference = new MerklePatriciaTrie();
        const trie = new PartialTrie(EMPTY_TRIE_ROOT, nothing);
        for (const { key, value } of steps) {
          if (value === null) {
            await reference.del(fromHex(key));
            trie.delete(key);
          } else {
            await reference.put(fromHex(key), value);
            trie.put(key, value);
          }
          assert.equal(trie.root(), toHex(reference.root()));
        }
      }),
      { numRuns: 150 },
    );
  });

  it("has the same root when it starts again from stored nodes at any point", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.nat({ max: 6 }), (steps, every) => {
        const nodes = new Map<string, Uint8Array>();
        const store = { node: (hash: string) => nodes.get(hash), isBranch: () => false };
        const whole = new PartialTrie(EMPTY_TRIE_ROOT, nothing);
        let parts = new PartialTrie(EMPTY_TRIE_ROOT, store);
        steps.forEach(({ key, value }, index) => {
          for (const trie of [whole, parts]) {
            if (value === null) trie.delete(key);
            else trie.put(key, value);
          }
          parts.get(keys[index % keys.length] as string);
          const root = parts.root((hash, rlp) => nodes.set(hash, rlp));
          assert.equal(root, whole.root());
          if (index % (every + 1) === 0) parts = new PartialTrie(root, store);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("reads what was written, and null for everything else", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const trie = new PartialTrie(EMPTY_TRIE_ROOT, nothing);
        const entries = new Map<string, Uint8Array>();
        for (const { key, value } of steps) {
          if (value === null) {
            entries.delete(key);
            trie.delete(key);
          } else {
            entries.set(key, value);
            trie.put(key, value);
          }
        }
        for (const key of keys) assert.deepEqual(trie.get(key), entries.get(key) ?? null);
      }),
    );
  });

  it("names the path of a node that it lacks, and changes nothing", () => {
    const nodes = new Map<string, Uint8Array>();
    const full = new PartialTrie(EMPTY_TRIE_ROOT, nothing);
    const [a, b] = [`1${"0".repeat(63)}`, `2${"0".repeat(63)}`];
    full.put(a, new Uint8Array(40).fill(1));
    full.put(b, new Uint8Array(40).fill(2));
    const root = full.root((hash, rlp) => nodes.set(hash, rlp));
    const sibling = [...nodes].find(([, rlp]) => (RLP.decode(rlp) as Uint8Array[])[1]?.[0] === 2);
    assert.ok(sibling !== undefined);
    nodes.delete(sibling[0]);
    const trie = new PartialTrie(root, { node: (hash) => nodes.get(hash), isBranch: () => false });
    assert.throws(
      () => trie.get(b),
      (error) => error instanceof MissingNode && error.path === "2" && error.role === "path",
    );
    assert.throws(
      () => trie.delete(a),
      (error) => error instanceof MissingNode && error.path === "2" && error.role === "sibling",
    );
    assert.equal(trie.root(), root);
    nodes.set(...sibling);
    trie.delete(a);
    full.delete(a);
    assert.equal(trie.root(), full.root());
  });

  for (const [what, items] of [
    ["three items", [new Uint8Array(), new Uint8Array(), new Uint8Array()]],
    ["an unknown flag", [Uint8Array.of(0x40), Uint8Array.of(1)]],
    ["a branch with a value", [...new Array<Uint8Array>(16).fill(new Uint8Array()), Uint8Array.of(1)]],
    ["a short child hash", [Uint8Array.of(0x11), new Uint8Array(31)]],
    ["an extension without a path", [Uint8Array.of(0x00), new Uint8Array(32)]],
    ["a string", Uint8Array.of(1)],
  ] as const) {
    it(`refuses a node that is ${what}`, () => {
      assert.throws(
        () => decodeNode(items as never, new Uint8Array(32)),
        (error) => isOptisyncError(error, "MalformedNode"),
      );
    });
  }
});
