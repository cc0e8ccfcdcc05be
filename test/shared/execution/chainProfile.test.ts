import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recogniseClient } from "../../../shared/execution/chainProfile.js";

describe("recogniseClient", () => {
  for (const version of [
    "Geth/v1.16.7-stable/linux-amd64/go1.25.1",
    "reth/v1.9.3-27a8c0f/x86_64-unknown-linux-gnu",
    "Nethermind/v1.35.2+faa9b9e6/linux-x64/dotnet9.0.10",
    "besu/v25.11.0/linux-x86_64/openjdk-java-21",
    "erigon/3.2.2/linux-amd64/go1.24.9",
    "something of its own",
    undefined,
  ]) {
    it(`takes ${String(version)} for a node of Ethereum's rules`, () => {
      assert.deepEqual(recogniseClient(version), { kind: "profile", profile: "ethereum" });
    });
  }

  it("knows Hardhat's node", () => {
    const version = "HardhatNetwork/2.29.1/@nomicfoundation/edr/0.12.0";
    assert.deepEqual(recogniseClient(version), { kind: "profile", profile: "hardhat" });
  });

  it("refuses anvil by name", () => {
    const recognition = recogniseClient("anvil/v1.7.1");
    assert.equal(recognition.kind, "refused");
    assert.equal(recognition.kind === "refused" && recognition.client, "anvil");
  });
});
