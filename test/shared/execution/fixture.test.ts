import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { readFile } from "node:fs/promises";
import { executeFixture, readFixture } from "../../../shared/execution/fixture.js";
import { findJsonFiles } from "../../../shared/execution/jsonFiles.js";
import { replayFixture } from "../../../shared/execution/replay.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

const vectors = join(import.meta.dirname, "../../vectors/execution");
const simple = join(vectors, "valid/transient-delete.json");

for (const path of (await findJsonFiles([join(vectors, "valid")])).files) {
  it(`reproduces ${basename(path)} from its witness`, async () => {
    const outcome = await replayFixture(await readFixture(path));
    assert.equal(outcome.summary, "ok");
    assert.equal(outcome.isPassed, true);
  });
}

describe("a block with one thing damaged", () => {
  for (const [name, kind] of [
    ["tload-missing-node", "node"],
    ["tload-missing-sibling", "sibling"],
    ["tload-missing-code", "code"],
  ] as const) {
    it(`could not be checked: missing ${kind}`, async () => {
      const fixture = await readFixture(join(vectors, "refused", `${name}.json`));
      await assert.rejects(
        executeFixture(fixture),
        (error) =>
          isOptisyncError(error, "IncompleteWitness") &&
          error.action === "retry" &&
          error.details["missing"] === kind,
      );
    });
  }

  it("is false: another state root", async () => {
    const fixture = await readFixture(join(vectors, "refused/tload-wrong-state-root.json"));
    const { verdict, alerts, header } = await executeFixture(fixture);
    assert.equal(verdict.kind, "mismatch");
    assert.ok(verdict.kind === "mismatch" && verdict.claimed === header.stateRoot);
    assert.deepEqual(alerts, []);
  });

  it("has the right state, and an alert: another receipts root", async () => {
    const fixture = await readFixture(join(vectors, "refused/tload-wrong-receipts-root.json"));
    const { verdict, alerts } = await executeFixture(fixture);
    assert.deepEqual(verdict, { kind: "match" });
    assert.deepEqual(
      alerts.map(({ field }) => field),
      ["receiptsRoot"],
    );
  });
});

describe("every node of a witness is needed or not, but none is guessed", () => {
  it("never ends in a verdict other than match when any one node is missing", async () => {
    const fixture = await readFixture(
      join(vectors, "valid/wallet2outOf3txsRevokeAndConfirmAgain_Cancun-block6.json"),
    );
    for (const index of fixture.witness.state.keys()) {
      const state = fixture.witness.state.filter((_, at) => at !== index);
      const outcome = await executeFixture({ ...fixture, witness: { ...fixture.witness, state } }).then(
        ({ verdict }) => verdict.kind,
        (error: unknown) => (isOptisyncError(error) ? error.code : String(error)),
      );
      assert.ok(outcome === "match" || outcome === "IncompleteWitness", `node ${index}: ${outcome}`);
    }
  });
});

describe("readFixture", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-fixture-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function damaged(change: (fixture: Record<string, unknown>) => void): Promise<string> {
    const fixture = JSON.parse(await readFile(simple, "utf8")) as Record<string, unknown>;
    change(fixture);
    const path = join(folder, "fixture.json");
    await writeFile(path, JSON.stringify(fixture));
    return path;
  }

  for (const [field, value] of [
    ["chainId", 1],
    ["hardfork", "london"],
    ["parentStateRoot", "0x12"],
    ["block", "0x1"],
    ["unknown", true],
  ] as const) {
    it(`refuses a fixture whose ${field} is ${String(value)}`, async () => {
      const path = await damaged((fixture) => (fixture[field] = value));
      await assert.rejects(readFixture(path), (error) => isOptisyncError(error, "MalformedFixture"));
    });
  }

  it("refuses a parent that is not the header's", async () => {
    const path = await damaged((fixture) => (fixture["parentHash"] = `0x${"11".repeat(32)}`));
    await assert.rejects(executeFixture(await readFixture(path)), (error) =>
      isOptisyncError(error, "MalformedFixture"),
    );
  });

  it("reads gzipped fixtures", async () => {
    const path = join(vectors, "valid/mainnet-19807080.json.gz");
    const { name } = JSON.parse(gunzipSync(await readFile(path)).toString()) as { name: string };
    assert.equal((await readFixture(path)).name, name);
  });
});
