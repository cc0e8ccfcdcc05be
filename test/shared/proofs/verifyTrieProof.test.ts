import assert from "node:assert/strict";
import { test } from "node:test";
import { createMPT, verifyMerkleProof } from "@ethereumjs/trie";
import fc from "fast-check";
import { getBytes, hexlify, ZeroHash } from "ethers";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { normaliseProof } from "../../../shared/proofs/normaliseProof.js";
import { proofFromTrie } from "../../../shared/proofs/proofFromTrie.js";
import { verifyTrieProof } from "../../../shared/proofs/verifyTrieProof.js";
import { EMPTY_ROOT } from "../../../shared/proofs/walkTrieProof.js";

// Few different digits, so that keys share long prefixes and nodes of every kind and depth arise.
const key = fc
  .tuple(
    fc.integer({ min: 0, max: 64 }),
    fc.array(fc.constantFrom("0", "1", "f"), { minLength: 64, maxLength: 64 }),
  )
  .map(([shared, digits]) => `0x${"0".repeat(shared)}${digits.slice(shared).join("")}`);
const value = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => hexlify(bytes));
const entries = fc.array(fc.tuple(key, value), { maxLength: 40 });

test("agrees with EthereumJS on random tries, in both forms of a proof", async () => {
  await fc.assert(
    fc.asyncProperty(entries, fc.array(key, { minLength: 1, maxLength: 8 }), async (held, strangers) => {
      const trie = await createMPT({});
      for (const [k, v] of held) await trie.put(getBytes(k), getBytes(v));
      const root = hexlify(trie.root());
      for (const asked of [...held.slice(0, 8).map(([k]) => k), ...strangers]) {
        const wanted = await trie.get(getBytes(asked));
        for (const form of ["listed", "omitted"] as const) {
          const proof = await proofFromTrie(trie, asked, form);
          assert.equal(verifyTrieProof(root, asked, proof), wanted === null ? null : hexlify(wanted));
        }
      }
    }),
    { numRuns: 150, seed: 0x6f707469 },
  );
});

test("what a damaged proof still shows is the truth, and EthereumJS sees it too", async () => {
  const damage = fc.record({
    element: fc.nat(),
    position: fc.nat(),
    bit: fc.nat(7),
    what: fc.constantFrom("flip", "drop", "repeat", "cut", "append"),
  });
  await fc.assert(
    fc.asyncProperty(entries, key, damage, async (held, asked, { element, position, bit, what }) => {
      const trie = await createMPT({});
      for (const [k, v] of held) await trie.put(getBytes(k), getBytes(v));
      const root = hexlify(trie.root());
      const proof = (await proofFromTrie(trie, asked, "listed")).map((node) => getBytes(node));
      const i = proof.length === 0 ? 0 : element % proof.length;
      const node = proof[i];
      if (node === undefined || what === "append") proof.push(Uint8Array.of(position & 0xff));
      else if (what === "flip")
        node[position % node.length] = (node[position % node.length] ?? 0) ^ (1 << bit);
      else if (what === "drop") proof.splice(i, 1);
      else if (what === "repeat") proof.splice(i, 0, node);
      else proof.length = i;

      let shown: string | null;
      try {
        shown = verifyTrieProof(
          root,
          asked,
          proof.map((each) => hexlify(each)),
        );
      } catch (error) {
        assert(isOptisyncError(error, "InvalidProof"));
        return;
      }
      const truth = await trie.get(getBytes(asked));
      assert.equal(shown, truth === null ? null : hexlify(truth));
      if (root === EMPTY_ROOT) return;
      const theirs = await verifyMerkleProof(getBytes(asked), proof, { root: getBytes(root) });
      assert.equal(theirs === null ? null : hexlify(theirs), shown);
    }),
    { numRuns: 300, seed: 0x6f707469 },
  );
});

test("refuses the trailing node that EthereumJS overlooks", async () => {
  const trie = await createMPT({});
  const asked = `0x${"12".repeat(32)}`;
  await trie.put(getBytes(asked), Uint8Array.of(5));
  const proof = [...(await proofFromTrie(trie, asked)), "0xc0"];
  assert.equal(
    hexlify(
      (await verifyMerkleProof(
        getBytes(asked),
        proof.map((node) => getBytes(node)),
        { root: trie.root() },
      )) ?? "0x",
    ),
    "0x05",
  );
  assert.throws(
    () => verifyTrieProof(hexlify(trie.root()), asked, proof),
    (error) =>
      isOptisyncError(error, "InvalidProof") &&
      error.details["reason"] === "Trailing" &&
      error.details["node"] === 1,
  );
});

test("a proof that is not hex is refused by name, with an action", () => {
  assert.throws(
    () => verifyTrieProof(EMPTY_ROOT, ZeroHash, ["0x1"]),
    (error) => isOptisyncError(error, "ProofNotHex") && error.action === "retry",
  );
  assert.throws(
    () => normaliseProof(["f8"]),
    (error) => isOptisyncError(error, "ProofNotHex"),
  );
});

test("normalising leaves out what proves nothing: the empty node and listed inline nodes", () => {
  const hashed = `0xf8${"00".repeat(40)}`;
  assert.deepEqual(normaliseProof(["0x80"]), []);
  assert.deepEqual(normaliseProof([hashed.toUpperCase().replace("0X", "0x"), "0xc22005"]), [hashed]);
});
