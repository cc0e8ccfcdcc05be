import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { createEVM, type EVM } from "@ethereumjs/evm";
import { getBytes, hexlify, Interface, keccak256 } from "ethers";
import fc from "fast-check";
import { REASONS } from "../../../shared/proofs/errors.js";
import { walkTrieProof } from "../../../shared/proofs/walkTrieProof.js";
import { readTrieVectors } from "./vectors.js";

// Runs the compiled contract beside its twin on nodes that are damaged and then hashed into their parents again, so
// that not the hash but the rules decide. Both have to say the same: value, reason and node.

const ARTIFACT = new URL(
  "../../../out/MerklePatriciaHarness.sol/MerklePatriciaHarness.json",
  import.meta.url,
);

let evm: EVM;
let code: Uint8Array;
let harness: Interface;

before(async () => {
  // `forge build` writes it.
  const artifact = JSON.parse(readFileSync(ARTIFACT, "utf8")) as {
    abi: string[];
    deployedBytecode: { object: string };
  };
  harness = new Interface(artifact.abi);
  code = getBytes(artifact.deployedBytecode.object);
  evm = await createEVM();
});

interface Proof {
  readonly root: string;
  readonly key: string;
  readonly proof: readonly string[];
}

/** What the contract says, in the words of the twin. */
async function onChain({ root, key, proof }: Proof): Promise<string> {
  const data = getBytes(harness.encodeFunctionData("traverse", [root, key, proof]));
  const result = await evm.runCode({ code, data, gasLimit: 30_000_000n });
  const output = hexlify(result.returnValue);
  if (result.exceptionError === undefined)
    return `value ${harness.decodeFunctionResult("traverse", output)[0]}`;
  const error = harness.parseError(output);
  assert.equal(error?.name, "InvalidProof", `${result.exceptionError.error}: ${output}`);
  return `${REASONS[Number(error?.args[1])]} at ${error?.args[0]}`;
}

function offChain({ root, key, proof }: Proof): string {
  const result = walkTrieProof(
    root,
    getBytes(key),
    proof.map((node) => getBytes(node)),
  );
  if (!result.valid) return `${result.reason} at ${result.node}`;
  return `value ${result.value === null ? "0x" : hexlify(result.value)}`;
}

interface Damage {
  readonly which: number;
  readonly element: number;
  readonly position: number;
  readonly what: "replace" | "insert" | "remove" | "length" | "cut";
  readonly byte: number;
}

// Bytes that mean something in RLP and hex-prefix, and their neighbours.
const telling = [
  0x00, 0x01, 0x10, 0x1f, 0x20, 0x21, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0x9f, 0xa0, 0xa1, 0xb7, 0xb8, 0xb9, 0xba,
  0xbf, 0xc0, 0xc1, 0xc2, 0xd0, 0xde, 0xdf, 0xe0, 0xe1, 0xf7, 0xf8, 0xf9, 0xfa, 0xff,
];

const damage: fc.Arbitrary<Damage> = fc.record({
  which: fc.nat(),
  // Often the last node, often near its beginning: that is where the rules are.
  element: fc.oneof(fc.constant(0), fc.nat()),
  position: fc.oneof(fc.nat(6), fc.integer({ min: 30, max: 40 }), fc.nat()),
  what: fc.constantFrom("replace", "replace", "insert", "remove", "length", "cut"),
  byte: fc.oneof(fc.constantFrom(...telling), fc.nat(255)),
});

function damaged(node: Uint8Array, { position, what, byte }: Damage): Uint8Array {
  const at = node.length === 0 ? 0 : position % node.length;
  const bytes = [...node];
  if (what === "replace") bytes[at] = byte;
  else if (what === "insert") bytes.splice(at, 0, byte);
  else if (what === "remove") bytes.splice(at, 1);
  else if (what === "cut") bytes.length = at;
  else bytes.splice(at, 1, byte, byte);
  return Uint8Array.from(bytes);
}

/** Writes a list's length anew, so that damage within does not end at the first check. */
function relisted(node: Uint8Array): Uint8Array {
  const prefix = node[0] ?? 0;
  const skip = prefix === 0xf8 ? 2 : prefix === 0xf9 ? 3 : 1;
  const payload = node.subarray(skip);
  const size = payload.length;
  if (size <= 55) return Uint8Array.of(0xc0 + size, ...payload);
  if (size <= 255) return Uint8Array.of(0xf8, size, ...payload);
  return Uint8Array.of(0xf9, size >> 8, size & 0xff, ...payload);
}

/** Damages one node and hashes it into all nodes above it, up to the root. */
function rehashed(of: Proof, how: Damage, relist: boolean): Proof {
  const proof = of.proof.map((node) => getBytes(node));
  if (proof.length === 0) return of;
  // Counted from the end.
  let i = proof.length - 1 - (how.element % proof.length);
  let before = proof[i] ?? new Uint8Array();
  let after = damaged(before, how);
  if (relist) after = relisted(after);
  proof[i] = after;
  for (; i > 0 && before.length > 0; i--) {
    const parent = hexlify(proof[i - 1] ?? new Uint8Array());
    // An inline child stands in its parent as it is, any other by its hash.
    const [said, says] =
      before.length < 32 && after.length < 32
        ? [hexlify(before), hexlify(after)]
        : [keccak256(before), keccak256(after)];
    before = proof[i - 1] ?? new Uint8Array();
    after = getBytes(parent.replace(said.slice(2), says.slice(2)));
    if (said.length !== says.length) after = relisted(after);
    proof[i - 1] = after;
  }
  return { root: keccak256(proof[0] ?? "0x"), key: of.key, proof: proof.map((node) => hexlify(node)) };
}

const { proofs } = readTrieVectors();
// The long ones would take most of the time and say nothing more; an empty node is nothing that could be damaged.
const seeds = proofs.filter(({ proof }) => proof.length > 0 && proof.length < 8 && !proof.includes("0x"));

test("contract and twin agree on whatever is hashed into a trie", async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(damage, damage, fc.boolean(), fc.boolean(), async (first, second, twice, relist) => {
      const seed = seeds[first.which % seeds.length];
      assert(seed !== undefined);
      let proof = rehashed(seed, first, relist);
      if (twice) proof = rehashed(proof, second, relist);
      const wanted = offChain(proof);
      assert.equal(await onChain(proof), wanted);
      const kind = wanted.split(" ")[0] ?? "";
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }),
    { numRuns: 1000, seed: 0x6f707469 },
  );
  for (const kind of [
    "value",
    "Trailing",
    "NotList",
    "WrongItems",
    "WrongChild",
    "WrongPath",
    "WrongValue",
  ]) {
    assert((seen.get(kind) ?? 0) > 0, `no damage ended in ${kind}: ${JSON.stringify([...seen])}`);
  }
});
