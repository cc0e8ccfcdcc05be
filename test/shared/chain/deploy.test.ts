import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { finalHead } from "../../../shared/protocol/ledger.js";
import { parseManifest, writeManifest } from "../../../shared/chain/manifest.js";
import { parameterPresets } from "../../../shared/protocol/parameters.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";

describe("deployProtocol", () => {
  let deployment: TestDeployment;
  before(async () => {
    deployment = await startDeployment();
  });
  after(() => deployment.close());

  it("puts every contract where the others expect it, with the parameters asked for", async () => {
    const reader = await deployment.openReader();
    assert.deepEqual(reader.parameters, deployment.parameters);
    const [anchor] = await reader.call("anchorCourt", "ANCHOR", []);
    assert.equal(anchor, deployment.manifest.contracts.anchor);
  });

  it("starts from the block of A it was given, which is final at once", async () => {
    const reader = await deployment.openReader();
    const { ledger } = await reader.sync();
    const source = await deployment.openSource();
    const head = finalHead(ledger);
    assert.equal(head?.claim.blockHash, (await source.headerByNumber(head?.claim.number ?? -1n)).hash);
  });

  it("describes itself in a manifest that reads as it was written", () => {
    assert.deepEqual(parseManifest(writeManifest(deployment.manifest), "test"), deployment.manifest);
  });

  it("lets evidence live through every freeze of a guardian", async () => {
    const { devnet } = parameterPresets;
    const guardian = "0x00000000000000000000000000000000000000A1";
    const claims = { ...devnet.claims, guardian, guardianBudgetSeconds: 600n };
    const deployment = await startDeployment({ parameters: { ...devnet, claims } });
    try {
      const reader = await deployment.openReader();
      assert.deepEqual(reader.parameters.claims, claims);
      const [lifetime] = await reader.call("anchor", "evidenceLifetime", []);
      assert.equal(lifetime, devnet.claims.windowSeconds + devnet.demands.answerSeconds + 600n);
    } finally {
      await deployment.close();
    }
  });
});
