import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { concat, dataLength, keccak256 } from "ethers";
import {
  encodeBlockHashEvidence,
  MAX_BLOCK_HASH_EVIDENCE_SIZE,
} from "../../../shared/protocol/blockHashEvidence.js";

const { accepted } = JSON.parse(readFileSync("test/vectors/headers.json", "utf8")) as {
  accepted: { rlp: string; number: string }[];
};
/** Blocks 0 to 3 of one chain. */
const chain = accepted.slice(1, 5).map(({ rlp }) => rlp) as [string, string, string, string];

test("evidence is the recorded number, then each header after its size", () => {
  assert.equal(encodeBlockHashEvidence(3n, []), "0x0000000000000003");
  const evidence = encodeBlockHashEvidence(3n, [chain[3], chain[2]]);
  const entry = (rlp: string) => dataLength(rlp).toString(16).padStart(4, "0") + rlp.slice(2);
  assert.equal(evidence, `0x0000000000000003${entry(chain[3])}${entry(chain[2])}`);
});

test("headers that do not chain are refused before they cost gas", () => {
  assert.throws(() => encodeBlockHashEvidence(3n, [chain[3], chain[1]]), RangeError);
  assert.throws(() => encodeBlockHashEvidence(3n, [chain[2], chain[3]]), RangeError);
});

test("evidence larger than the anchor takes is refused", () => {
  // Chained by parent hash and as large as mainnet headers: all that the encoder looks at.
  const headers: string[] = [];
  let parentHash = `0x${"11".repeat(32)}`;
  while ((headers.length - 1) * 652 <= MAX_BLOCK_HASH_EVIDENCE_SIZE) {
    const header = concat(["0xf90287a0", parentHash, `0x${"00".repeat(614)}`]);
    headers.unshift(header);
    parentHash = keccak256(header);
  }
  assert.doesNotThrow(() => encodeBlockHashEvidence(1000n, headers.slice(2)));
  assert.throws(() => encodeBlockHashEvidence(1000n, headers), /too far away/);
});
