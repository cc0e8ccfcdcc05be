import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import { MerklePatriciaTrie } from "@ethereumjs/trie";
import { keccak256, toBeArray } from "ethers";
import { fromHex, toHex } from "../../../shared/execution/crypto.js";
import { isWholeStorage, slotKey, storageRootOf } from "../../../shared/execution/storageRoot.js";
import { EMPTY_ROOT } from "../../../shared/protocol/update.js";

describe("a storage root", () => {
  it("is that of an empty trie without slots, zeros included", async () => {
    assert.equal(await storageRootOf(new Map()), EMPTY_ROOT);
    assert.equal(await storageRootOf(new Map([[slotKey(1n), 0n]])), EMPTY_ROOT);
    assert.equal(await isWholeStorage(new Map([[slotKey(1n), 1n]]), EMPTY_ROOT), false);
  });
  it("is the library's for more slots than are hashed at once, and others get their turn meanwhile", async () => {
    const slots = new Map<string, bigint>();
    for (let i = 0n; i < 9_000n; i += 1n) slots.set(slotKey(i * i), i % 7n === 0n ? 0n : i ** 5n);
    const reference = new MerklePatriciaTrie({ useKeyHashing: true });
    for (const [slot, value] of slots)
      if (value !== 0n) await reference.put(fromHex(slot), RLP.encode(toBeArray(value)));

    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const nodes = new Map<string, Uint8Array>();
    const root = await storageRootOf(slots, (hash, rlp) => nodes.set(hash, rlp));
    isDone = true;
    assert.equal(root, `0x${toHex(reference.root())}`);
    assert.equal(keccak256(nodes.get(root.slice(2)) ?? new Uint8Array()), root);
    assert.ok(turns >= 2, `${turns} turns`);

    const damaged = new Map(slots).set(slotKey(4n), 3n);
    assert.equal(await isWholeStorage(damaged, root), false);
  });
});
