import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMPT } from "@ethereumjs/trie";
import fc from "fast-check";
import { EMPTY_TRIE_ROOT, hashBytes, toWord } from "../../../shared/machine/State.js";
import { trieGet, triePut, trieRemove, type Nodes } from "../../../shared/machine/Trie.js";

class Memory implements Nodes {
  readonly #nodes = new Map<bigint, Uint8Array>();
  asked: bigint[] = [];

  get(hash: bigint): Uint8Array {
    this.asked.push(hash);
    const node = this.#nodes.get(hash);
    if (node === undefined) throw new Error(`no node ${hash.toString(16)}`);
    return node;
  }

  add(node: Uint8Array): bigint {
    const hash = hashBytes(node);
    this.#nodes.set(hash, node);
    return hash;
  }
}

/** Few nibbles differ, so that paths share much; short values make nodes that lie within their parents. */
const key = fc.tuple(fc.constantFrom(0, 1, 16, 17), fc.nat(3), fc.constantFrom(0, 1, 0x10)).map((bytes) => {
  const whole = new Uint8Array(32).fill(0x77);
  whole.set(bytes.slice(0, 2), 0);
  whole.set(bytes.slice(2), 31);
  return whole;
});
const change = fc.record({ key, value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 })) });

describe("a trie", () => {
  it("is after puts and removals as EthereumJS has it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 25 }), async (changes) => {
        const nodes = new Memory();
        const oracle = await createMPT();
        let root = EMPTY_TRIE_ROOT;
        for (const { key: at, value } of changes) {
          root = value === null ? trieRemove(root, at, nodes) : triePut(root, at, value, nodes);
          if (value === null) await oracle.del(at);
          else await oracle.put(at, value);
          assert.equal(root, toWord(oracle.root()));
          for (const { key: other } of changes) {
            const found = trieGet(root, other, nodes);
            assert.deepEqual(found === undefined ? null : Uint8Array.from(found), await oracle.get(other));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("asks for each node once, from the root down, and for a sibling last", () => {
    const nodes = new Memory();
    const at = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
    const value = new Uint8Array(33).fill(1);
    let root = EMPTY_TRIE_ROOT;
    for (const byte of [0x11, 0x12, 0x21]) root = triePut(root, at(byte), value, nodes);
    nodes.asked = [];
    trieRemove(root, at(0x11), nodes);
    // The root, an inner branch, the leaf, and the leaf that is left of the branch.
    assert.equal(nodes.asked.length, 4);
    assert.equal(nodes.asked[0], root);
    assert.equal(new Set(nodes.asked).size, 4);
  });

  it("stays what it is where nothing changes", () => {
    const nodes = new Memory();
    const at = new Uint8Array(32).fill(5);
    const root = triePut(EMPTY_TRIE_ROOT, at, Uint8Array.of(1), nodes);
    assert.equal(triePut(root, at, Uint8Array.of(1), nodes), root);
    assert.equal(trieRemove(root, new Uint8Array(32).fill(6), nodes), root);
    assert.equal(trieRemove(root, at, nodes), EMPTY_TRIE_ROOT);
  });
});
