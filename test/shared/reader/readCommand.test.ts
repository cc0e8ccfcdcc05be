import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Wallet } from "ethers";
import { writeManifest } from "../../../shared/chain/manifest.js";
import { compileContract } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { createClaimant } from "../../support/finality.js";
import { DRAWERS } from "./storage/drawers.js";

const binary = fileURLToPath(new URL("../../../bin/optisync.js", import.meta.url));

describe("optisync read", () => {
  let chains: TestDeployment;
  let folder: string;
  let account: string;
  before(async () => {
    chains = await startDeployment();
    folder = await mkdtemp(join(tmpdir(), "optisync-read-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(chains.manifest));
    const { bytecode } = compileContract(DRAWERS, "Drawers", "cancun");
    account = (await chains.sendToSource({ data: bytecode })).contractAddress as string;
    const claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    await claimant.finalize(await claimant.claim());
    await chains.mineSource(2);
    await claimant.claim();
    await chains.advance(5);
    // The commands look at confirmed blocks only.
    await chains.destinationNode.mine(1);
  });
  after(async () => {
    await chains.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function read(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const environment = {
      ...process.env,
      OPTISYNC_SOURCE_RPC: chains.sourceNode.url,
      OPTISYNC_DESTINATION_RPC: chains.destinationNode.url,
      OPTISYNC_DEPLOYMENT: join(folder, "deployment.json"),
      OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
    };
    const run = promisify(execFile)(process.execPath, [binary, "read", account, ...args], {
      env: environment,
    });
    return run.then(
      (result) => ({ code: 0, ...result }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    );
  }

  it("reads a raw slot with its proofs, and a variable by its type", async () => {
    const slot = await read("0", "--json");
    const reading = JSON.parse(slot.stdout) as {
      value: string;
      accountProof: string[];
      storageProof: string[];
    };
    assert.equal(reading.value, "12345678901234567890");
    assert.ok(reading.accountProof.length > 0 && reading.storageProof.length > 0);
    const type = "struct(uint256 whole, uint8 a, int16 b, bool c, address d)";
    const { stdout } = await read("0", "--type", type, "--path", "b");
    assert.match(stdout, /^-2\nof block \d+ of A, \d+ s ago, final\n$/);
  });

  it("says what a weaker reading risks", async () => {
    const { stdout } = await read("0", "--finality", "3s");
    assert.match(stdout, /NOT FINAL\nonly the proposer vouches/);
  });

  it("names what is wrong", async () => {
    const failures: [string[], string][] = [
      [["0", "--finality", "soon"], "must be final, attested, or a duration"],
      [["0", "--path", "b"], "UsageWrong"],
      [["0", "--type", "uint257"], "TypeMalformed"],
      [["0", "--max-age", "1s"], "RootTooOld"],
      [["0", "--attested-only"], "NotAttested"],
    ];
    for (const [args, wanted] of failures) {
      const { code, stderr } = await read(...args);
      assert.notEqual(code, 0, args.join(" "));
      assert.match(stderr, new RegExp(wanted), args.join(" "));
    }
  });
});
