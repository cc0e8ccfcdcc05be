import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { keccak256 } from "ethers";
import { createHistory } from "../../../shared/chain/history.js";
import { createMemoryRecords } from "../../../shared/chain/recordStore.js";
import { createRpc } from "../../../shared/chain/rpc.js";
import { createSource, type Source } from "../../../shared/chain/source.js";
import { hardhatForks } from "../../../shared/execution/forks.js";
import { listStorage, type ListingMethod, type StorageListing } from "../../../shared/mirror/listStorage.js";
import { slotKey } from "../../../shared/execution/storageRoot.js";
import { EMPTY_ROOT } from "../../../shared/protocol/update.js";
import { silentLogger } from "../../../shared/runtime/logger.js";
import { compileExercise } from "../../support/contracts.js";
import { startTestSource, type TestSource } from "../../support/hardhatNode.js";
import { storagePages, type Tampering } from "../../support/storagePages.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

/** Slots beside the mapping that the contract begins with: a balance and a total. */
const OWN_SLOTS = 2;
const RANGE = "debug_storageRangeAt";
const TRACE = "debug_traceBlockByHash";

describe("a contract's storage, listed", () => {
  let chain: TestSource;
  let proxy: LyingProxy;
  let source: Source;
  let account: string;
  let truth: StorageListing;
  const { signal } = new AbortController();

  before(async () => {
    chain = await startTestSource();
    proxy = await startLyingProxy(chain.node.url);
    const exercise = compileExercise();
    account = (await chain.send({ data: exercise.bytecode })).contractAddress as string;
    for (const data of [
      exercise.call("setMany(uint256,uint256,uint256)", 0n, 40n, 7n),
      exercise.call("set(uint256,uint256)", 3n, 0n),
      exercise.call("flicker(uint256)", 9n),
      exercise.call("set(uint256,uint256)", 5n, 2n ** 255n),
    ])
      await chain.send({ to: account, data });
    await chain.send({ to: `0x${"12".repeat(20)}`, value: "0x5" });
    const rpc = createRpc({ urls: [proxy.url], retries: 0 });
    source = await createSource({
      rpc,
      forks: hardhatForks(31_337n),
      finality: { kind: "depth", blocks: 0n },
    });
    truth = await list("replay");
  });
  after(async () => {
    await proxy.close();
    await chain.close();
  });

  async function list(...methods: ListingMethod[]): Promise<StorageListing> {
    const header = await source.latestHead();
    const { account: state } = await source.accountProof(header.number, account, []);
    const history = createHistory({ source, store: createMemoryRecords(), logger: silentLogger(), signal });
    const question = { account, header, storageRoot: state?.storageRoot ?? EMPTY_ROOT };
    const rpc = createRpc({ urls: [proxy.url], retries: 0 });
    return listStorage(question, { rpc, source, history, signal }, methods);
  }

  const pages = (size: number, tamper?: Tampering) => storagePages(truth.slots, size, tamper);

  it("is found by replaying from its creation", () => {
    assert.equal(truth.method, "replay");
    assert.equal(truth.slots.size, 38 + OWN_SLOTS);
  });

  it("is taken from the node's pages if it makes the storage root", async () => {
    proxy.lie(RANGE, pages(7));
    const { slots, method, failures } = await list("range");
    assert.deepEqual([method, failures.length], ["range", 0]);
    assert.deepEqual(new Map([...slots].sort()), new Map([...truth.slots].sort()));
    proxy.repent();
  });

  const lies: [what: string, lie: () => (_: unknown, params: readonly unknown[]) => unknown, code: string][] =
    [
      [
        "a page lacks a slot",
        () => pages(64, (entry, i) => (i === 3 ? undefined : entry)),
        "ListingIncomplete",
      ],
      [
        "a value is another",
        () => pages(64, (entry, i) => (i === 3 ? { ...entry, value: slotKey(1n) } : entry)),
        "ListingIncomplete",
      ],
      [
        "a preimage is not kept",
        () => pages(64, (entry, i) => (i === 3 ? { ...entry, key: null } : entry)),
        "PreimageMissing",
      ],
      [
        "a page brings nothing",
        () => (_, params) => ({ storage: {}, nextKey: slotKey(BigInt(params[3] as string) + 1n) }),
        "PagesUnordered",
      ],
      [
        "pages go round in circles",
        () => (_, params) => ({ storage: {}, nextKey: params[3] }),
        "PagesUnordered",
      ],
      ["the answer is none", () => () => "0x", "ListingMalformed"],
    ];
  for (const [what, lie, code] of lies) {
    it(`falls back on the next method where ${what}`, async () => {
      proxy.lie(RANGE, lie());
      const { slots, method, failures } = await list("range", "replay");
      assert.equal(method, "replay");
      assert.deepEqual(
        failures.map(({ error }) => error.code),
        [code],
      );
      assert.equal(slots.size, truth.slots.size);
      proxy.repent();
    });
  }

  it("is taken from traces, with proven values", async () => {
    const touched = [...truth.slots.keys(), slotKey(keccak256("0x"))];
    proxy.lie(TRACE, () => [
      {
        result: {
          pre: {},
          post: { [account.toLowerCase()]: { storage: { [touched[0] as string]: "0x1" } } },
        },
      },
      {
        result: {
          pre: {
            [account.toLowerCase()]: { storage: Object.fromEntries(touched.map((slot) => [slot, "0x9"])) },
          },
          post: {},
        },
      },
    ]);
    const { slots, method } = await list("traces");
    assert.equal(method, "traces");
    assert.deepEqual(new Map([...slots].sort()), new Map([...truth.slots].sort()));
    proxy.repent();
  });

  it("is not listed where every method fails, and says why each did", async () => {
    proxy.refuse(RANGE);
    proxy.lie(TRACE, () => []);
    await assert.rejects(
      list("range", "traces"),
      (error: { code: string; details: { failures: object[] } }) => {
        assert.equal(error.code, "StorageNotListed");
        assert.equal(error.details.failures.length, 2);
        return true;
      },
    );
    proxy.repent();
  });
});
