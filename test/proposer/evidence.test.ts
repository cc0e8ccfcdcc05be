import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Interface, keccak256, ZeroHash, zeroPadValue } from "ethers";
import { interfaces } from "../../shared/chain/contracts.js";
import type { Manifest } from "../../shared/chain/manifest.js";
import type { Rpc } from "../../shared/chain/rpc.js";
import type { Source } from "../../shared/chain/source.js";
import { encodeBlockHashEvidence } from "../../shared/protocol/blockHashEvidence.js";
import { createBlockHashEvidence } from "../../proposer/evidence.js";
import { ME, OTHER } from "./chainStory.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/headers.json", import.meta.url), "utf8")) as {
  accepted: { rlp: string }[];
};
const child = vectors.accepted[0]?.rlp ?? "";
const parentHash = `0x${child.slice(10, 74)}`;
const oracle = new Interface(["function blockHash(uint64 number) view returns (bytes32)"]);

/** An oracle on B that knows these hashes. */
function evidenceWith(recorded: Record<string, string>) {
  const rpc = {
    request(_: string, [call]: [{ to: string; data: string }]) {
      if (call.to === ME) return Promise.resolve(zeroPadValue(OTHER, 32));
      const [number] = oracle.decodeFunctionData("blockHash", call.data) as unknown as [bigint];
      return Promise.resolve(recorded[String(number)] ?? ZeroHash);
    },
  };
  const source = {
    headerByHash: (hash: string) => {
      assert.equal(hash, keccak256(child));
      return Promise.resolve({ rlp: child, parentHash });
    },
  };
  const manifest = { contracts: { anchor: ME } } as unknown as Manifest;
  return createBlockHashEvidence(manifest, rpc as unknown as Rpc, source as unknown as Source);
}

describe("evidence from recorded block hashes", () => {
  it("asks the anchor's own oracle", () => {
    assert.equal(interfaces.blockHashAnchor.hasFunction("oracle"), true);
  });
  it("needs no header for a recorded block", async () => {
    assert.equal(
      await evidenceWith({ "10": parentHash }).evidenceFor(10n, parentHash),
      encodeBlockHashEvidence(10n, []),
    );
  });
  it("leads back from the next recorded block", async () => {
    const evidence = await evidenceWith({ "11": keccak256(child) }).evidenceFor(10n, parentHash);
    assert.equal(evidence, encodeBlockHashEvidence(11n, [child]));
  });
  it("says that the oracle knows another block", async () => {
    const other = evidenceWith({ "10": keccak256(child) });
    await assert.rejects(other.evidenceFor(10n, parentHash), { code: "OracleContradicts", action: "retry" });
  });
  it("says that it cannot be had while nothing near is recorded", async () => {
    await assert.rejects(evidenceWith({}).evidenceFor(10n, parentHash), {
      code: "BlockNotRecorded",
      action: "retry",
    });
  });
});
