import assert from "node:assert/strict";
import { test } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import { createMPT } from "@ethereumjs/trie";
import {
  concat,
  dataLength,
  dataSlice,
  getBytes,
  hexlify,
  keccak256,
  toBeArray,
  toBeHex,
  ZeroHash,
} from "ethers";
import { accountPath } from "../../../shared/proofs/accountPath.js";
import { verifyAccountProof } from "../../../shared/proofs/verifyAccountProof.js";

/** The state root that a path leads to, written down from the drawing in AccountPath.sol. */
function rootOf(address: string, storageRoot: string, path: string): string {
  let at = 0;
  const take = (size: number): string => dataSlice(path, at, (at += size));
  const number = (size: number): number => Number(take(size));
  const key = keccak256(address).slice(2);
  let depth = number(1);
  const fields = take(number(1));
  const account = concat([fields, "0xa0", storageRoot, "0xa0", take(32)]);
  const rlp = concat(["0xf8", toBeHex(dataLength(account), 1), account]);
  let hash = keccak256(RLP.encode([packed(key.slice(depth), 2), getBytes(rlp)]));
  while (at < dataLength(path)) {
    const form = number(1);
    if (form !== 0x40) {
      depth -= form - 0x80;
      hash = keccak256(RLP.encode([packed(key.slice(depth, depth + form - 0x80), 0), getBytes(hash)]));
      continue;
    }
    depth -= 1;
    const mask = number(2);
    const children = Array.from({ length: 16 }, (_, nibble) => {
      if (nibble === parseInt(key[depth] ?? "", 16)) return getBytes(hash);
      return (mask >> nibble) & 1 ? getBytes(take(32)) : new Uint8Array();
    });
    hash = keccak256(RLP.encode([...children, new Uint8Array()]));
  }
  assert.equal(depth, 0);
  return hash;
}

function packed(nibbles: string, flag: number): Uint8Array {
  const isOdd = nibbles.length % 2 === 1;
  return getBytes(`0x${flag + (isOdd ? 1 : 0)}${isOdd ? "" : "0"}${nibbles}`);
}

const addressOf = (index: number): string => dataSlice(keccak256(toBeHex(index, 32)), 12);

for (const count of [1, 2, 20, 400]) {
  test(`an account among ${count}`, async () => {
    const trie = await createMPT();
    for (let i = 0; i < count; i++) {
      const hashes = [keccak256(toBeHex(i, 4)), keccak256("0x00")];
      const account = RLP.encode([toBeArray(i), toBeArray(10n ** 18n * BigInt(i)), ...hashes]);
      await trie.put(getBytes(keccak256(addressOf(i))), account);
    }
    const root = hexlify(trie.root());
    for (let i = 0; i < count; i += 7) {
      const key = getBytes(keccak256(addressOf(i)));
      const { stack } = await trie.findPath(key);
      const proof = stack.map((node) => hexlify(node.serialize()));
      const account = verifyAccountProof(root, addressOf(i), proof);
      const path = accountPath(addressOf(i), proof);
      assert.equal(rootOf(addressOf(i), account.storageRoot, path), root);
      assert.notEqual(rootOf(addressOf(i), ZeroHash, path), root);
    }
  });
}

test("below an extension", async () => {
  const trie = await createMPT();
  const byStart = new Map<string, number>();
  let pair: [number, number] | undefined;
  for (let i = 0; pair === undefined; i++) {
    const start = keccak256(addressOf(i)).slice(2, 5);
    const other = byStart.get(start);
    if (other !== undefined) pair = [other, i];
    byStart.set(start, i);
  }
  for (const i of pair)
    await trie.put(getBytes(keccak256(addressOf(i))), RLP.encode([1, 2, keccak256("0x"), keccak256("0x01")]));
  const [, i] = pair;
  const { stack } = await trie.findPath(getBytes(keccak256(addressOf(i))));
  const path = accountPath(
    addressOf(i),
    stack.map((node) => hexlify(node.serialize())),
  );
  assert.equal(stack.length, 3);
  assert.equal(rootOf(addressOf(i), keccak256("0x"), path), hexlify(trie.root()));
});

test("what is no proof of an account is refused", () => {
  assert.throws(() => accountPath(addressOf(1), []), { code: "NodeMalformed" });
  assert.throws(() => accountPath(addressOf(1), ["0xc1c0"]), { code: "NodeMalformed" });
});
