import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { executeFixture, readFixture, type Fixture } from "../../../shared/execution/fixture.js";
import { replayFixture, replayFixtures } from "../../../shared/execution/replay.js";

const vectors = join(import.meta.dirname, "../../vectors/execution");
const simple = join(vectors, "valid/transient-delete.json");

describe("replayFixtures", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-replay-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function file(name: string, content: string | Buffer): Promise<string> {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  }

  it("prints a line per block and the totals last", async () => {
    const lines: string[] = [];
    const report = await replayFixtures([vectors], (line) => lines.push(line));
    assert.deepEqual(report, { passed: lines.length - 1, failed: 0, unreadable: [] });
    assert.equal(lines.at(-1), `${lines.length - 1} passed, 0 failed`);
    assert.match(lines[0] ?? "", /^\S+ {2}gas=\d+ {2}ms=\d+ {2}Mgas\/s=[\d.]+ {2}/);
  });

  it("counts a damaged block as failed and says where it differs", async () => {
    const fixture = await readFixture(simple);
    const state = fixture.witness.state.slice(1);
    const path = await file("damaged.json", JSON.stringify({ ...fixture, witness: { state, codes: [] } }));
    const lines: string[] = [];
    assert.equal((await replayFixtures([path], (line) => lines.push(line))).failed, 1);
    assert.equal(lines.at(-1), "0 passed, 1 failed");
    assert.match(lines[0] ?? "", /IncompleteWitness.*at path/);
  });

  it("names what it cannot read, runs the rest, and still ends with the totals", async () => {
    const paths = [
      await file("text.json", "not JSON"),
      await file("broken.json.gz", "not gzip"),
      await file("other.json", "{}"),
      join(folder, "absent.json"),
      await file("good.json.gz", gzipSync(await readFile(simple))),
    ];
    const lines: string[] = [];
    const report = await replayFixtures(paths, (line) => lines.push(line));
    assert.equal(report.passed, 1);
    assert.deepEqual(report.unreadable.map(({ path }) => path).sort(), paths.slice(0, 4).sort());
    for (const path of paths.slice(0, 4)) assert.ok(lines.some((line) => line.startsWith(path)));
    assert.deepEqual(lines.slice(-2), ["4 unreadable", "1 passed, 0 failed"]);
  });

  it("names a folder without fixtures", async () => {
    const empty = await mkdtemp(join(folder, "empty-"));
    const { unreadable } = await replayFixtures([empty], () => {});
    assert.deepEqual(
      unreadable.map(({ path }) => path),
      [empty],
    );
  });
});

describe("replayFixture", () => {
  it("names both roots, and the first account that differs where the state after is known", async () => {
    const fixture = await readFixture(join(vectors, "refused/tload-wrong-state-root.json"));
    const { changes, verdict } = await executeFixture(fixture);
    assert.ok(verdict.kind === "mismatch");
    const [address, change] = [...changes].find(([, { after: state }]) => state !== null) ?? [];
    assert.ok(address !== undefined && change !== undefined);
    const storage = Object.fromEntries(
      [...change.slots].map(([slot, { after: value }]) => [
        `0x${slot}`,
        `0x${Buffer.from(value).toString("hex")}`,
      ]),
    );
    const known: Fixture["postState"] = {
      [`0x${address}`]: { nonce: "0x77", balance: "0x1", code: "0x", storage },
    };
    const { expect: _, ...valid } = fixture;
    const { summary, isPassed } = await replayFixture({ ...valid, postState: known });
    assert.equal(isPassed, false);
    assert.ok(summary.includes(`computed 0x${verdict.computed}, expected 0x${verdict.claimed}`));
    assert.match(summary, /account 0x[0-9a-f]{40}: /);
  });

  it("reports a receipts root on its own: the state root is right", async () => {
    const { expect: _, ...fixture } = await readFixture(
      join(vectors, "refused/tload-wrong-receipts-root.json"),
    );
    const { summary } = await replayFixture(fixture);
    assert.match(summary, /^receiptsRoot: computed \w+, expected \w+$/);
  });
});
