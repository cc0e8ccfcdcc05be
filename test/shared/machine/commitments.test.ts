import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { keccak256 } from "../../../shared/execution/crypto.js";
import { ByteTree, Memory, parentHash, TREE_DEPTH, WordTree } from "../../../shared/machine/ByteTree.js";
import { cons, ListHashes } from "../../../shared/machine/HashList.js";
import { absorb, RATE, stateBytes } from "../../../shared/machine/Keccak.js";
import { digest, digestWords, Message } from "../../../shared/machine/keccakF.js";
import { hashWords, readWord, toWord } from "../../../shared/machine/State.js";
import { Tape } from "../../../shared/machine/Tape.js";
import { readView, viewOf } from "../../../shared/machine/Views.js";
import { EMPTY_ACCOUNT, Tag } from "../../../shared/machine/Entries.js";
import { Keys, subtreeHash, World, type Key } from "../../../shared/machine/World.js";

/** Follows a path of the tape as the contract does. */
function foldTree(words: bigint[], index: number, depth: number): { leaf: bigint; root: bigint } {
  const leaf = words.shift() as bigint;
  const bitmap = words.shift() as bigint;
  let node = leaf;
  for (let level = 0; level < depth; level += 1) {
    const sibling = (bitmap >> BigInt(level)) & 1n ? (words.shift() as bigint) : 0n;
    node = (index >> level) & 1 ? parentHash(sibling, node) : parentHash(node, sibling);
  }
  return { leaf, root: node };
}

describe("a hash list", () => {
  it("remembers what did not change", () => {
    const hashes = new ListHashes();
    const plain = (items: readonly bigint[]): bigint => items.reduce((rest, item) => cons(item, rest), 0n);
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 3n), { maxLength: 12 }), fc.nat(12), (items, height) => {
        const lowest = Math.min(height, items.length);
        assert.equal(hashes.hash(items, lowest), plain(items.slice(0, lowest)));
        assert.equal(hashes.hash(items), plain(items));
      }),
      { numRuns: 200 },
    );
  });
});

describe("a byte tree", () => {
  it("has the root that its words have one by one", () => {
    const memory = new Memory();
    const words = new Map<number, bigint>();
    fc.assert(
      fc.property(fc.nat(40_000), fc.bigInt(0n, 2n ** 256n - 1n), (index, word) => {
        memory.writeWord(32 * index, word);
        words.set(index, word);
        const tape = new Tape();
        memory.show(tape, index);
        const { leaf, root } = foldTree(tape.words, index, TREE_DEPTH);
        assert.equal(leaf, word);
        assert.equal(root, memory.snapshot().root());
        assert.deepEqual(tape.words, [], "nothing is left over");
      }),
      { numRuns: 60 },
    );
    for (const [index, word] of words) assert.equal(memory.word(32 * index), word);
  });

  it("of nothing, or of zeros, is zero", () => {
    const memory = new Memory();
    assert.equal(memory.snapshot().root(), 0n);
    memory.writeWord(5000 * 32, 0n);
    assert.equal(memory.snapshot().root(), 0n);
  });

  it("keeps what a snapshot saw", () => {
    const memory = new Memory();
    memory.write(4090, new Uint8Array(12).fill(1));
    const before = memory.snapshot();
    const root = before.root();
    memory.write(4095, Uint8Array.of(2, 2));
    assert.deepEqual(before.bytes(4094, 4), Uint8Array.of(1, 1, 1, 1));
    assert.deepEqual(memory.bytes(4094, 4), Uint8Array.of(1, 2, 2, 1));
    assert.equal(before.root(), root);
    assert.notEqual(memory.snapshot().root(), root);
    const copy = before.toMemory();
    copy.writeByte(4090, 9);
    assert.equal(before.bytes(4090, 1)[0], 1);
  });

  it("shows each word that a view reads once, and none beyond its end", () => {
    const bytes = new Uint8Array(300).map((_, index) => index);
    const tree = ByteTree.fromBytes(bytes);
    const tape = new Tape();
    const read = readView(viewOf(tree, 30, 100), 90, 40, tape);
    assert.deepEqual(read, Uint8Array.from([...bytes.subarray(120, 130), ...new Uint8Array(30)]));
    for (const index of [3, 4]) assert.equal(foldTree(tape.words, index, TREE_DEPTH).root, tree.root());
    assert.deepEqual(tape.words, []);
    assert.deepEqual(readView(viewOf(tree, 0, 10), 10, 5, tape), new Uint8Array(5));
    assert.deepEqual(tape.words, []);
  });

  it("of ancestors is one of depth eight", () => {
    const tape = new Tape();
    const tree = new WordTree(8).with(255, 7n, undefined).with(3, 5n, tape);
    assert.equal(foldTree(tape.words, 3, 8).root, new WordTree(8).with(255, 7n, undefined).root());
    assert.equal(tree.read(255, tape), 7n);
    assert.deepEqual(foldTree(tape.words, 255, 8), { leaf: 7n, root: tree.root() });
  });
});

describe("the sponge", () => {
  it("gives the hash that keccak256 gives", () => {
    for (const size of [0, 1, 135, 136, 137, 271, 272, 500]) {
      const bytes = new Uint8Array(size).map((_, index) => 3 * index + size);
      const padded = new Uint8Array(RATE * (Math.floor(size / RATE) + 1));
      padded.set(bytes);
      padded[size] = (padded[size] as number) ^ 0x01;
      padded[padded.length - 1] = (padded[padded.length - 1] as number) ^ 0x80;
      const lanes = new BigUint64Array(25);
      for (let at = 0; at < padded.length; at += RATE) absorb(lanes, padded.subarray(at, at + RATE));
      assert.equal(readWord(stateBytes(lanes), 0), toWord(keccak256(bytes)), `${size} bytes`);
    }
  });

  it("takes in many blocks as it takes in one after the other", () => {
    for (const blocks of [0, 2, 469, 470, 471, 1500]) {
      const bytes = new Uint8Array(RATE * blocks).map((_, index) => index % 251);
      const [together, apart] = [new BigUint64Array(25), new BigUint64Array(25)];
      absorb(together, bytes);
      for (let at = 0; at < bytes.length; at += RATE) absorb(apart, bytes.subarray(at, at + RATE));
      assert.deepEqual(together, apart, `${blocks} blocks`);
    }
  });
});

describe("a message below a block", () => {
  it("has its hash, whatever was hashed before", () => {
    const messages = [32, 64, 96, 128].map((size) => ({ size, message: new Message(size) }));
    for (let round = 0; round < 8; round += 1) {
      for (const { size, message } of messages) {
        const bytes = new Uint8Array(size).map((_, index) => 7 * round + index);
        if (round % 2 === 0) message.bytes.set(bytes);
        else message.words.set(new Int32Array(bytes.buffer));
        message.hash();
        assert.deepEqual(digest.slice(), keccak256(bytes), `${size} bytes`);
        assert.deepEqual(new Uint8Array(digestWords.slice().buffer), digest.slice());
      }
    }
  });
});

/** The root of the map with these entries, by definition. */
function mapRoot(entries: readonly { key: bigint; value: bigint }[], depth = 0): bigint {
  const [first] = entries;
  if (first === undefined) return 0n;
  if (entries.length === 1) return hashWords([1n, first.key, first.value]);
  const bit = (key: bigint): bigint => (key >> BigInt(255 - depth)) & 1n;
  return hashWords([
    mapRoot(
      entries.filter(({ key }) => bit(key) === 0n),
      depth + 1,
    ),
    mapRoot(
      entries.filter(({ key }) => bit(key) === 1n),
      depth + 1,
    ),
  ]);
}

/** Follows a path of the tape as the contract does. */
function foldMap(words: bigint[], key: bigint): { root: bigint; value: bigint | undefined } {
  const siblings = words.splice(0, Number(words.shift()));
  const leafKey = words.shift() as bigint;
  const value = leafKey === 0n ? 0n : (words.shift() as bigint);
  let node = leafKey === 0n ? 0n : hashWords([1n, leafKey, value]);
  siblings.reverse().forEach((sibling, index) => {
    const bit = (key >> BigInt(256 - siblings.length + index)) & 1n;
    node = hashWords(bit === 0n ? [node, sibling] : [sibling, node]);
  });
  return { root: node, value: leafKey === key ? value : undefined };
}

describe("the world map", () => {
  const keyWord = ({ bytes, at }: Key): bigint => readWord(bytes, at);

  it("is a function of its content, and shows what it holds and what it does not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.bigInt(0n, 15n), value: fc.bigInt(0n, 5n), kept: fc.boolean() }), {
          maxLength: 30,
        }),
        (writes) => {
          const world = new World();
          const model = new Map<bigint, bigint>();
          const versions: { subtree: ReturnType<World["capture"]>; root: bigint }[] = [];
          for (const { at, value, kept } of writes) {
            const key = world.keys.key(Tag.TRANSIENT, 1n, 2n, at);
            world.tape = new Tape();
            const before = world.rootHash;
            world.put(key, value);
            assert.deepEqual(foldMap(world.tape.words, keyWord(key)).root, before);
            world.tape = undefined;
            model.set(keyWord(key), value);
            if (kept) versions.push({ subtree: world.capture(), root: world.rootHash });
          }
          assert.equal(world.rootHash, mapRoot([...model].map(([key, value]) => ({ key, value }))));
          for (let at = 0n; at < 20n; at += 1n) {
            const key = world.keys.key(Tag.TRANSIENT, 1n, 2n, at);
            world.tape = new Tape();
            const value = world.find(key);
            assert.equal(value, model.get(keyWord(key)));
            assert.deepEqual(foldMap(world.tape.words, keyWord(key)), { root: world.rootHash, value });
          }
          for (const { subtree, root } of versions) {
            const old = new World(world.keys, subtree);
            old.put(world.keys.key(Tag.TRANSIENT, 1n, 3n, 0n), 1n);
            assert.equal(subtreeHash(subtree), root, "a version that is kept does not change");
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("parts two keys that share a hundred bits", () => {
    const bytes = Uint8Array.from([...new Uint8Array(32).fill(0xa5), ...new Uint8Array(32).fill(0xa5)]);
    bytes[32 + 12] = 0xa5 ^ 0x08;
    const keyAt = (at: number): Key => ({ tag: Tag.TRANSIENT, a: 0n, b: 0n, c: 0n, bytes, at });
    const [one, other] = [keyAt(0), keyAt(32)];
    const world = new World();
    world.put(one, 1n);
    world.put(other, 2n);
    const entries = [one, other].map((key, index) => ({ key: keyWord(key), value: BigInt(index + 1) }));
    assert.equal(world.rootHash, mapRoot(entries));
    world.tape = new Tape();
    assert.equal(world.find(one), 1n);
    assert.equal(world.tape.words[0], 101n);
  });

  it("tells whose a code is, in a map of any shape", () => {
    const world = new World();
    for (let owner = 1n; owner <= 40n; owner += 1n) {
      world.putAccount(owner, { ...EMPTY_ACCOUNT, codeHash: 1000n + owner });
      world.warmAccount(owner, 1);
      for (let known = 1n; known <= owner; known += 1n) assert.equal(world.ownerOf(1000n + known), known);
      assert.equal(world.ownerOf(1001n + owner), undefined);
    }
  });

  it("yields an account that was destroyed as empty from the next execution on", () => {
    const world = new World(new Keys());
    world.putAccount(5n, { ...EMPTY_ACCOUNT, nonce: 1n, balance: 7n, incarnation: 2n, destroyedAt: 4 });
    assert.equal(world.account(5n, 4)?.balance, 7n);
    assert.deepEqual(world.account(5n, 5), { ...EMPTY_ACCOUNT, incarnation: 3n });
  });
});
