import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { executeFixture, readFixture, type Fixture } from "../../../shared/execution/fixture.js";
import { readHeaderFields, splitBlock } from "../../../shared/execution/rawBlock.js";
import { fromHex, toHex } from "../../../shared/execution/crypto.js";
import { replayFixtures } from "../../../shared/execution/replay.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

const vectors = join(import.meta.dirname, "../../vectors/execution");
const SMALL = "valid/wallet2outOf3txsRevokeAndConfirmAgain_Cancun-block6.json";
const MAINNET = "valid/mainnet-19807080.json.gz";

/** The fixture, bound to its block's hash, and the root that is right. */
async function load(name: string): Promise<{ fixture: Fixture; root: string }> {
  const fixture = await readFixture(join(vectors, name));
  const { hash, stateRoot } = readHeaderFields(splitBlock(fromHex(fixture.block)).headerRlp);
  return { fixture: { ...fixture, blockHash: `0x${hash}` }, root: stateRoot };
}

/** "right" or the code of a named error; anything else fails the test. */
async function outcomeOf(fixture: Fixture, root: string): Promise<string> {
  try {
    const { verdict, stateRoot, alerts } = await executeFixture(fixture);
    assert.deepEqual(
      { verdict, stateRoot, alerts },
      { verdict: { kind: "match" }, stateRoot: root, alerts: [] },
    );
    return "right";
  } catch (error) {
    if (isOptisyncError(error)) return error.code;
    throw error;
  }
}

/** Places of a fixture that hold bytes, of which one bit can be flipped. */
type Place = { read(): string; write(hex: string): Fixture };

function placesOf(fixture: Fixture): Place[] {
  const { witness } = fixture;
  const list = (field: "state" | "codes"): Place[] =>
    witness[field].map((hex, index) => ({
      read: () => hex,
      write: (changed) => ({
        ...fixture,
        witness: { ...witness, [field]: witness[field].map((old, at) => (at === index ? changed : old)) },
      }),
    }));
  const fields = (["block", "parentStateRoot", "parentHash", "parentHeader"] as const).flatMap((field) => {
    const hex = fixture[field];
    return hex === undefined
      ? []
      : [{ read: () => hex, write: (changed: string) => ({ ...fixture, [field]: changed }) }];
  });
  return [...fields, ...fields, ...list("state"), ...list("codes")].filter(
    (place) => place.read().length > 2,
  );
}

function flipped(hex: string, position: number): string {
  const bytes = fromHex(hex);
  const bit = position % (bytes.length * 8);
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return `0x${toHex(bytes)}`;
}

/** Flips single bits all over a fixture; every outcome is the right root or a named error. */
async function flipEverywhere(name: string, numRuns: number): Promise<Map<string, number>> {
  const { fixture, root } = await load(name);
  const places = placesOf(fixture);
  const outcomes = new Map<string, number>();
  const anywhere = fc.tuple(fc.nat(places.length - 1), fc.nat(1_000_000));
  await fc.assert(
    fc.asyncProperty(anywhere, async ([index, position]) => {
      const place = places[index] as Place;
      const outcome = await outcomeOf(place.write(flipped(place.read(), position)), root);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }),
    { seed: 2026, numRuns },
  );
  return outcomes;
}

describe("one flipped bit", () => {
  it("in a small block's fixture: the right root or a named error", { timeout: 60_000 }, async () => {
    const outcomes = await flipEverywhere(SMALL, 600);
    assert.deepEqual(
      [...outcomes.keys()].sort(),
      [
        "BlockDataMismatch",
        "IncompleteWitness",
        "MalformedBlock",
        "MalformedFixture",
        "MalformedRlp",
        "right",
      ]
        .filter((code) => outcomes.has(code))
        .sort(),
    );
    assert.ok((outcomes.get("IncompleteWitness") ?? 0) > 100);
  });

  it("in a mainnet block's fixture: the same", { timeout: 120_000 }, async () => {
    const outcomes = await flipEverywhere(MAINNET, 25);
    assert.ok([...outcomes.values()].reduce((sum, count) => sum + count, 0) === 25);
  });

  it("in a block that nothing binds: never a match with another root", { timeout: 60_000 }, async () => {
    const { fixture, root } = await load(SMALL);
    const { blockHash: _, parentHeader: __, ...unbound } = fixture;
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), async (position) => {
        try {
          const { verdict, stateRoot } = await executeFixture({
            ...unbound,
            block: flipped(fixture.block, position),
          });
          assert.ok(verdict.kind !== "match" || stateRoot === root);
        } catch (error) {
          assert.ok(isOptisyncError(error), String(error));
        }
      }),
      { seed: 2027, numRuns: 500 },
    );
  });
});

describe("one changed character in a fixture's file", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-damage-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("is a named error, or a block like any other", { timeout: 60_000 }, async () => {
    const text = await readFile(join(vectors, SMALL));
    const path = join(folder, "fixture.json");
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), async (at, character) => {
        const damaged = Buffer.from(text);
        damaged[at] = character;
        await writeFile(path, damaged);
        const report = await replayFixtures([path], () => {});
        assert.equal(report.passed + report.failed + report.unreadable.length, 1);
      }),
      { seed: 2028, numRuns: 300 },
    );
  });
});

describe("a witness with one thing wrong", () => {
  let fixture: Fixture;
  let root: string;
  before(async () => {
    ({ fixture, root } = await load(SMALL));
  });
  const withState = (state: string[]): Fixture => ({ ...fixture, witness: { ...fixture.witness, state } });

  it("reordered or doubled nodes change nothing", async () => {
    const { state } = fixture.witness;
    assert.equal(await outcomeOf(withState([...state].reverse()), root), "right");
    assert.equal(await outcomeOf(withState([...state, ...state]), root), "right");
  });

  it("surplus nodes, even ones that are no nodes, change nothing", async () => {
    const other = await load(MAINNET);
    const state = [...fixture.witness.state, ...other.fixture.witness.state, "0x", "0xc0", "0xff"];
    assert.equal(await outcomeOf(withState(state), root), "right");
  });

  it("a truncated node is missing, at its path", async () => {
    const [first, ...rest] = fixture.witness.state;
    await assert.rejects(
      executeFixture(withState([(first as string).slice(0, -2), ...rest])),
      (error) =>
        isOptisyncError(error, "IncompleteWitness") &&
        typeof error.details["path"] === "string" &&
        typeof error.details["hash"] === "string",
    );
  });

  it("another block's witness lacks the first node", async () => {
    const other = await load("valid/tloadAfterTstoreIsZero_Cancun-block1.json");
    await assert.rejects(
      executeFixture({ ...fixture, witness: other.fixture.witness }),
      (error) => isOptisyncError(error, "IncompleteWitness") && error.details["path"] === "",
    );
  });

  it("code that is not what its account's hash says is missing", async () => {
    const codes = fixture.witness.codes.map((code) => flipped(code, 3));
    await assert.rejects(
      executeFixture({ ...fixture, witness: { ...fixture.witness, codes } }),
      (error) => isOptisyncError(error, "IncompleteWitness") && error.details["missing"] === "code",
    );
  });

  it("a header with another hash than claimed is named", async () => {
    await assert.rejects(
      executeFixture({ ...fixture, blockHash: `0x${"11".repeat(32)}` }),
      (error) => isOptisyncError(error, "BlockDataMismatch") && error.details["part"] === "header",
    );
  });

  it("a header with more fields than its fork knows is a matter of configuration", async () => {
    const cancun = await load("valid/tloadAfterTstoreIsZero_Cancun-block1.json");
    await assert.rejects(
      executeFixture({ ...cancun.fixture, hardfork: "shanghai" }),
      (error) => isOptisyncError(error, "UnknownFork") && error.action === "halt",
    );
  });
});
