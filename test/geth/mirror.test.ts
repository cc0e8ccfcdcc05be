import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AbiCoder, concat, getAddress, type Wallet } from "ethers";
import { artifactOf } from "../../examples/stage.js";
import { createHistory } from "../../shared/chain/history.js";
import { createMemoryRecords } from "../../shared/chain/recordStore.js";
import { createRpc } from "../../shared/chain/rpc.js";
import { mirrorCommand } from "../../shared/mirror/cli.js";
import {
  listStorage,
  LISTING_METHODS,
  type ListingMethod,
  type StorageListing,
} from "../../shared/mirror/listStorage.js";
import { replicaCommands } from "../../shared/mirror/replicaCli.js";
import { isWholeStorage } from "../../shared/execution/storageRoot.js";
import { EMPTY_ROOT } from "../../shared/protocol/update.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { openCommandLine, type CommandLine } from "../support/commandLine.js";
import { compileExercise } from "../support/contracts.js";
import { startDeployment, type TestDeployment } from "../support/deployment.js";
import { createClaimant } from "../support/finality.js";
import { noGeth, openGethSource, startGethChain, type GethChain } from "../support/gethChain.js";
import { startLyingProxy, type LyingProxy } from "../support/lyingProxy.js";

const RANGE = "debug_storageRangeAt";
/** More than two of the pages in which storage is asked for. */
const VALUES = 2_100n;
/** The most that a transaction may take since Osaka is 2^24; new slots take 22,100 gas each. */
const AT_ONCE = 700n;
const TRANSACTION_GAS = 16_700_000n;
/** Slots of the contract beside the mapping. */
const OWN_SLOTS = 2;
const SUPPLY = 10n ** 24n;

interface Page {
  storage: Record<string, { key: string | null; value: string }>;
  nextKey: string | null;
}

describe("a mirror of contracts on a real geth", { skip: noGeth }, () => {
  const exercise = compileExercise();
  let chain: GethChain;
  let proxy: LyingProxy;
  let chains: TestDeployment;
  let cli: CommandLine;
  let large: string;
  let token: string;
  let ticker: NodeJS.Timeout;

  before(async () => {
    chain = await startGethChain();
    proxy = await startLyingProxy(chain.node.url);
    large = await create(exercise.bytecode);
    const supply = AbiCoder.defaultAbiCoder().encode(["uint256"], [SUPPLY]);
    token = await create(concat([artifactOf("Token").bytecode.object, supply]));
    for (let from = 0n; from < VALUES; from += AT_ONCE)
      await write(exercise.call("setMany(uint256,uint256,uint256)", from, AT_ONCE, from + 1n));
    await write(exercise.call("set(uint256,uint256)", 3n, 0n));

    chains = await startDeployment({
      sourceNode: chain.node,
      sourceRules: { forks: chain.node.forks, profile: "ethereum" },
    });
    const claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    await chain.mine({ to: chain.wallet.address, value: 1n });
    await chains.advance(0);
    const claim = await claimant.claim();
    // Final blocks are never the newest, of which geth has no pages.
    await chain.mine({ to: chain.wallet.address, value: 1n });
    await claimant.finalize(claim);
    cli = await openCommandLine(chains, {
      commands: [mirrorCommand, replicaCommands],
      sourceUrl: proxy.url,
      wallet: chains.wallets[5] as Wallet,
    });
    // B's blocks go on by themselves: what the command does has to be confirmed.
    ticker = setInterval(() => void chains.advance(0).catch(() => undefined), 200);
  });
  after(async () => {
    clearInterval(ticker);
    await proxy?.close();
    await chains?.close();
    await chain?.close();
    await cli?.close();
  });

  async function create(data: string): Promise<string> {
    const [receipt] = await chain.mine({ data, gasLimit: TRANSACTION_GAS });
    assert.equal(receipt?.status, "0x1");
    return getAddress(receipt.contractAddress ?? "");
  }

  async function write(data: string): Promise<void> {
    const [receipt] = await chain.mine({ to: large, data, gasLimit: TRANSACTION_GAS });
    assert.equal(receipt?.status, "0x1");
  }

  /** @param back Blocks before the newest. */
  async function list(methods: readonly ListingMethod[], back = 1n): Promise<StorageListing> {
    const source = await openGethSource(chain, proxy.url);
    const { signal } = new AbortController();
    const history = createHistory({ source, store: createMemoryRecords(), logger: silentLogger(), signal });
    const header = await source.headerByNumber((await source.latestHead()).number - back);
    const { account } = await source.accountProof(header.number, large, []);
    const question = { account: large, header, storageRoot: account?.storageRoot ?? EMPTY_ROOT };
    const rpc = createRpc({ urls: [proxy.url], retries: 0 });
    const listing = await listStorage(question, { rpc, source, history, signal }, methods);
    assert.ok(await isWholeStorage(listing.slots, question.storageRoot));
    return listing;
  }

  it("finds the same slots by geth's pages, by its traces, and by executing its blocks", async () => {
    const listings: StorageListing[] = [];
    for (const method of LISTING_METHODS) listings.push(await list([method]));
    for (const { slots, failures } of listings) {
      assert.deepEqual(failures, []);
      assert.equal(slots.size, Number(VALUES) - 1 + OWN_SLOTS);
      assert.deepEqual([...slots].sort(), [...(listings[0]?.slots ?? [])].sort());
    }
  });

  it("takes the pages as of the block asked for", async () => {
    proxy.counts.clear();
    const sizes: number[] = [];
    // Two blocks after a value was cleared, and one before.
    for (const back of [1n, 2n, 3n]) sizes.push((await list(["range"], back)).slots.size);
    const whole = Number(VALUES) + OWN_SLOTS;
    assert.deepEqual(sizes, [whole - 1, whole - 1, whole]);
    assert.equal(proxy.counts.get(RANGE), 9);
  });

  it("finds another way for the newest block, after which geth can show no state", async () => {
    const { method, failures } = await list(["range", "traces"], 0n);
    assert.equal(method, "traces");
    assert.match(JSON.stringify(failures), /out of range/);
  });

  it("goes on with traces where geth lacks preimages, or its pages are not the whole truth", async () => {
    const entries = (answer: unknown): [string, { key: string | null; value: string }][] =>
      Object.entries((answer as Page).storage);
    const changes: Record<string, (answer: unknown) => unknown> = {
      PreimageMissing: (answer) => ({
        ...(answer as Page),
        storage: Object.fromEntries(entries(answer).map(([hash, entry]) => [hash, { ...entry, key: null }])),
      }),
      ListingIncomplete: (answer) => ({
        ...(answer as Page),
        storage: Object.fromEntries(entries(answer).slice(1)),
      }),
      PagesUnordered: (answer) => ({ ...(answer as Page), nextKey: `0x${"00".repeat(32)}` }),
    };
    for (const [code, change] of Object.entries(changes)) {
      proxy.lie(RANGE, change);
      const { method, failures } = await list(["range", "traces"]).finally(() => proxy.repent());
      assert.equal(method, "traces");
      assert.deepEqual(
        failures.map(({ error }) => error.code),
        [code],
      );
    }
  });

  it("is set up by one command, from geth's pages to the same storage root on both chains", async () => {
    // It is posted before it is proven: more than a transaction takes.
    await cli.fails("StakeTooSmall", /more than a transaction/, ...mirror(large, "range"), "--slots-only");
    const made = await cli.works(...mirror(large, "range"), "--slots-only", "--deposit");
    assert.equal(made["slots"], Number(VALUES) - 1 + OWN_SLOTS);
    const block = BigInt(made["block"] as string);
    const answer = await chain.rpc.request("eth_getProof", [large, [], `0x${block.toString(16)}`]);
    assert.equal(made["storageRoot"], (answer as { storageHash: string }).storageHash);
  });

  it("answers view calls with the code that geth has", async () => {
    const { feed, viewsRefused } = await cli.works(...mirror(token, "range"));
    assert.equal(viewsRefused, undefined);
    const { results } = await cli.works(
      ...["replica", "call", feed as string, "balanceOf(address) view returns (uint256)"],
      ...["--args", JSON.stringify([chain.wallet.address]), "--max-age", "365d"],
    );
    assert.deepEqual(results, [SUPPLY.toString()]);
  });

  const mirror = (account: string, methods: string): string[] => [
    ...["mirror", account, "--prove", "--methods", methods, "--max-age", "365d", "--finality-depth", "0"],
    ...["--workers", "0", "--poll-interval", "50ms", "--data-dir", cli.deployment.replace(".json", "-data")],
  ];
});
