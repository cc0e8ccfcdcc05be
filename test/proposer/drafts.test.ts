import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { toBeHex, zeroPadValue, ZeroHash } from "ethers";
import type { History, SlotChange } from "../../shared/chain/history.js";
import type { Source } from "../../shared/chain/source.js";
import { storageRootOf } from "../../shared/execution/storageRoot.js";
import { CHUNK, commitmentOf, decodeChunk, digestsOf, MAX_CHUNKS } from "../../shared/protocol/deltas.js";
import { EMPTY_ROOT, genesisUpdate, type Update } from "../../shared/protocol/update.js";
import { computeChange, isSaidRight, type AccountChange } from "../../proposer/drafts.js";
import { hashOf, ME, Story } from "./chainStory.js";

const slot = (index: number): string => zeroPadValue(toBeHex(index), 32);
const OLD_ROOT = hashOf(50n);
const NEW_ROOT = hashOf(60n);
const CODE = hashOf(7n);

/** An account as A's node proves it: its values by block. */
interface Fixture {
  changes: Map<string, SlotChange>;
  values: Record<string, Record<string, bigint>>;
  roots: Record<string, string>;
  /** What its node lists; undefined if it lists nothing. */
  listed?: readonly ReadonlyMap<string, bigint>[];
}

const fixture = (): Fixture => ({
  changes: new Map([
    [slot(1), { before: 1n, after: 2n }],
    [slot(2), { before: 3n, after: 0n }],
  ]),
  values: { "100": { [slot(1)]: 1n, [slot(2)]: 3n }, "110": { [slot(1)]: 2n } },
  roots: { "100": OLD_ROOT, "110": NEW_ROOT },
});

const since: Update = { ...genesisUpdate(1n), number: 100n, storageRoot: OLD_ROOT };
const root = { number: 110n, blockHash: hashOf(110n) };

function compute(a: Fixture, from: Update = since): Promise<AccountChange> {
  const source = {
    headerByNumber: (number: bigint) => Promise.resolve({ hash: hashOf(number) }),
    async *listedStorage() {
      if (a.listed === undefined) throw new Error("the method does not exist");
      yield* a.listed;
    },
    accountProof: (number: bigint, _: string, slots: readonly string[]) => {
      const storageRoot = a.roots[String(number)];
      const account = storageRoot === undefined ? null : { storageRoot, codeHash: CODE };
      const values = a.values[String(number)] ?? {};
      return Promise.resolve({ account, slots: slots.map((at) => ({ slot: at, value: values[at] ?? 0n })) });
    },
  };
  const history = {
    storageChanges: () => Promise.resolve(a.changes),
    blockBeforeStorage: () => Promise.resolve(90n),
  };
  const tools = { source: source as unknown as Source, history: history as unknown as History };
  return computeChange(ME, from, root, tools, new AbortController().signal);
}

describe("computing an update", () => {
  it("lists what changed, with what the account has become", async () => {
    const { storageRoot, codeHash, chunks } = await compute(fixture());
    assert.deepEqual([storageRoot, codeHash, chunks.length], [NEW_ROOT, CODE, 1]);
  });
  it("refuses an execution that disagrees with the new state root", async () => {
    const wrong = fixture();
    wrong.values["110"] = { [slot(1)]: 9n };
    await assert.rejects(compute(wrong), { code: "PreflightFailed" });
  });
  it("refuses an execution that disagrees with the old state root", async () => {
    const wrong = fixture();
    wrong.values["100"] = { [slot(1)]: 1n };
    await assert.rejects(compute(wrong), { code: "PreflightFailed" });
  });
  it("refuses to build on an update whose storage root A never had", async () => {
    const wrong = fixture();
    wrong.roots["100"] = hashOf(51n);
    await assert.rejects(compute(wrong), { code: "PreflightFailed" });
  });
  it("refuses a root that its node contradicts", async () => {
    await assert.rejects(
      computeChange(
        ME,
        since,
        { number: 110n, blockHash: hashOf(110n, 1n) },
        {
          source: { headerByNumber: () => Promise.resolve({ hash: hashOf(110n) }) } as unknown as Source,
          history: {} as History,
        },
        new AbortController().signal,
      ),
      { code: "PreflightFailed" },
    );
  });
  it("refuses a changed storage root without a changed slot, and the reverse", async () => {
    await assert.rejects(compute({ ...fixture(), changes: new Map() }), { code: "PreflightFailed" });
    const unchanged = fixture();
    unchanged.roots["110"] = OLD_ROOT;
    await assert.rejects(compute(unchanged), { code: "PreflightFailed" });
  });
  it("starts a feed from empty storage", async () => {
    const first = fixture();
    first.changes = new Map([[slot(1), { before: 0n, after: 2n }]]);
    assert.equal((await compute(first, genesisUpdate(1n))).storageRoot, NEW_ROOT);
  });
  describe("of the storage that the node lists", () => {
    const whole = [new Map([[slot(1), 2n]]), new Map([[slot(7), 5n]])];
    let wholeRoot = "";
    before(async () => {
      wholeRoot = await storageRootOf(new Map(whole.flatMap((page) => [...page])));
    });
    const born = (listed?: Fixture["listed"]): Fixture => ({
      changes: new Map([[slot(1), { before: 0n, after: 2n }]]),
      values: { "110": { [slot(1)]: 2n } },
      roots: { "110": wholeRoot },
      ...(listed === undefined ? {} : { listed }),
    });
    const saidBy = async (a: Fixture) => {
      const { chunks } = await compute(a, genesisUpdate(1n));
      return decodeChunk(chunks[0] ?? "", ZeroHash).map(({ slot: at, value }) => [at, value]);
    };

    it("takes the list if it makes the storage root", async () => {
      const listed = await saidBy(born(whole));
      assert.deepEqual(listed.sort(), [
        [slot(1), 2n],
        [slot(7), 5n],
      ]);
    });
    it("executes the blocks since the account began otherwise", async () => {
      for (const listed of [undefined, whole.slice(1), [...whole, new Map([[slot(8), 1n]])]]) {
        assert.deepEqual(await saidBy(born(listed)), [[slot(1), 2n]]);
      }
    });
    it("refuses more slots than an update can carry", async () => {
      const page = new Map(Array.from({ length: CHUNK }, (_, i) => [slot(i + 1), 1n]));
      const listed = Array.from({ length: MAX_CHUNKS + 1 }, () => page);
      await assert.rejects(compute(born(listed), genesisUpdate(1n)), { code: "StorageTooLarge" });
    });
  });
  it("says of an account that does not exist that it has no code and no storage", async () => {
    const none: Fixture = { changes: new Map(), values: {}, roots: {} };
    assert.deepEqual(await compute(none, genesisUpdate(1n)), {
      storageRoot: EMPTY_ROOT,
      codeHash: ZeroHash,
      chunks: [],
    });
  });
});

describe("judging another's update", () => {
  const said = async (change: Partial<Update> = {}) => {
    const truth = await compute(fixture());
    const { storageRoot, codeHash, chunks } = truth;
    const deltas = commitmentOf(digestsOf(chunks));
    const story = new Story()
      .feed(1n)
      .update("u", { storageRoot, codeHash, chunks, ...{ deltas, ...change } });
    const entry = story.ledger().updates.get("u");
    assert.ok(entry);
    return isSaidRight(entry, truth);
  };

  it("believes what was computed here", async () => assert.equal(await said(), true));
  it("sees every field that differs", async () => {
    assert.equal(await said({ storageRoot: OLD_ROOT }), false);
    assert.equal(await said({ codeHash: OLD_ROOT }), false);
    assert.equal(await said({ deltas: ZeroHash }), false);
  });
});
