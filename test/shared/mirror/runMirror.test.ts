import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AbiCoder, concat, getAddress, type Wallet } from "ethers";
import { balanceSlot } from "../../../devnet/traffic.js";
import { artifactOf } from "../../../examples/stage.js";
import { createHistory } from "../../../shared/chain/history.js";
import { createMemoryRecords } from "../../../shared/chain/recordStore.js";
import type { Sender } from "../../../shared/chain/sender.js";
import { runMirror, type MirrorOptions, type MirrorReport } from "../../../shared/mirror/runMirror.js";
import type { Progress } from "../../../shared/mirror/progress.js";
import { LISTING_METHODS } from "../../../shared/mirror/listStorage.js";
import { parameterPresets, type ProtocolParameters } from "../../../shared/protocol/parameters.js";
import { silentLogger } from "../../../shared/runtime/logger.js";
import { compileContract, compileExercise } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { createClaimant, type Claimant } from "../../support/finality.js";
import { DEVELOPER } from "../../support/hardhatNode.js";

const GAS = "0xe00000";
/** Windows that no slow machine lets pass by accident. */
const PATIENT: ProtocolParameters = {
  ...parameterPresets.devnet,
  updates: { ...parameterPresets.devnet.updates, windowSeconds: 600n, maxRootAgeSeconds: 86_400n },
};

const SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";
/** The least that makes an EIP-1967 proxy. */
const PROXIED = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Logic {
    uint256 public value;
    function set(uint256 to) external { value = to; }
}

contract Proxy {
    constructor(address logic) {
        assembly { sstore(${SLOT}, logic) }
    }
    fallback() external payable {
        assembly {
            let logic := sload(${SLOT})
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), logic, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if success { return(0, returndatasize()) }
            revert(0, returndatasize())
        }
    }
}
`;

describe("a mirror, set up by one command", () => {
  let chains: TestDeployment;
  let claimant: Claimant;
  let token: string;
  /** 1002 slots: three chunks. Its code leaves itself, so that no logic can be registered. */
  let large: string;

  before(async () => {
    chains = await startDeployment({ parameters: PATIENT });
    claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    const supply = AbiCoder.defaultAbiCoder().encode(["uint256"], [10n ** 24n]);
    token = await create(concat([artifactOf("Token").bytecode.object, supply]));
    const exercise = compileExercise();
    large = await create(exercise.bytecode);
    for (let start = 0n; start < 1_000n; start += 250n) {
      const data = exercise.call("setMany(uint256,uint256,uint256)", start, 250n, start + 1n);
      assert.equal((await chains.sendToSource({ to: large, data, gas: GAS })).status, "0x1");
    }
    await claimant.finalize(await claimant.claim());
  });
  after(() => chains.close());

  async function create(data: string): Promise<string> {
    const receipt = await chains.sendToSource({ data, gas: GAS });
    assert.equal(receipt.status, "0x1");
    return getAddress(receipt.contractAddress as string);
  }

  interface Changes extends Partial<MirrorOptions> {
    wallet?: Wallet;
    /** Dies when it has sent this many transactions. */
    sends?: number;
    onStep?: (step: string) => void;
  }

  async function mirror(account: string, changes: Changes = {}): Promise<MirrorReport> {
    const { sends = Infinity, onStep, ...options } = changes;
    const wallet: Wallet = changes.wallet ?? (chains.wallets[5] as Wallet);
    const stop = new AbortController();
    const { signal } = stop;
    const source = await chains.openSource();
    const logger = silentLogger();
    const real = chains.createSender(wallet, { signal });
    let sent = 0;
    const sender: Sender = {
      ...real,
      address: real.address,
      ready: (deadline) => real.ready(deadline),
      async send(request) {
        const outcome = await real.send(request);
        if (outcome.kind === "confirmed") sent += 1;
        if (sent >= sends) stop.abort(new DOMException("killed", "AbortError"));
        return outcome;
      },
    };
    // Nobody waits for a window in a test.
    let moved: Promise<void> | undefined;
    const progress: Progress = {
      show(step) {
        onStep?.(step);
        if (step !== "waiting for the window" || moved !== undefined) return;
        moved = chains
          .advance(chains.parameters.updates.windowSeconds + 1n)
          .finally(() => (moved = undefined));
      },
      stop: () => undefined,
    };
    try {
      return await runMirror(
        {
          account,
          gweiPerSecond: 1n,
          gweiPerValue: 1n,
          fundsWei: 10n ** 15n,
          maxAgeSeconds: 3_600n,
          environment: 0,
          proves: false,
          wantsLogic: true,
          mayDeposit: true,
          methods: LISTING_METHODS,
          pollMs: 10,
          ...options,
        },
        {
          manifest: chains.manifest,
          source,
          history: createHistory({ source, store: createMemoryRecords(), logger, signal }),
          rpc: chains.destination,
          protocol: await chains.openReader(signal),
          sourceRpc: chains.sourceRpc,
          sender,
          logger,
          signal,
          progress,
        },
      );
    } finally {
      await moved;
      stop.abort(new DOMException("over", "AbortError"));
    }
  }

  const feedsOf = async (account: string): Promise<bigint[]> => {
    const { ledger } = await (await chains.openReader()).sync();
    return [...ledger.feeds.values()].filter((feed) => feed.account === account).map(({ feed }) => feed);
  };
  const eventsOf = async (feed: bigint): Promise<string[]> =>
    (await (await chains.openReader()).sync()).events
      .filter(({ args }) => args["feed"] === feed)
      .map(({ name }) => name);

  it("takes no money for an account that is not there, and none without leave", async () => {
    await assert.rejects(mirror(getAddress(`0x${"77".repeat(20)}`)), { code: "AccountMissing" });
    assert.deepEqual(await feedsOf(getAddress(`0x${"77".repeat(20)}`)), []);
    const wallet = chains.wallets[8] as Wallet;
    await assert.rejects(mirror(token, { wallet, mayDeposit: false }), { code: "StakeTooSmall" });
  });

  it("mirrors a token, and its replica answers", async () => {
    const report = await mirror(token);
    assert.equal(report.viewsRefused, undefined);
    const source = await chains.openSource();
    const { account } = await source.accountProof(report.block, token, []);
    assert.equal(report.storageRoot, account?.storageRoot);
    const reader = await chains.openReader();
    const [value] = await reader.call("feeds", "read", [report.feed, balanceSlot(DEVELOPER), 86_400n]);
    assert.equal(BigInt(value as string), 10n ** 24n);
    const [isViewable] = await reader.call("replicas", "isViewable", [report.feed, 86_400n]);
    assert.equal(isViewable, true);
  });

  it("finds nothing left to do the second time", async () => {
    const before = await eventsOf((await mirror(token)).feed);
    const { feed } = await mirror(token);
    assert.deepEqual(await eventsOf(feed), before);
  });

  it("proves a small contract in one transaction, without bond and window", async () => {
    const wallet = chains.wallets[6] as Wallet;
    const steps: string[] = [];
    const { feed } = await mirror(token, {
      wallet,
      proves: true,
      mayDeposit: false,
      onStep: (step) => steps.push(step),
    });
    assert.ok(!steps.includes("waiting for the window"));
    assert.deepEqual(await eventsOf(feed), [
      "FeedCreated",
      "FeedFunded",
      "UpdatePosted",
      "UpdateApplied",
      "LogicRegistered",
    ]);
  });

  it("proves a large one chunk by chunk", async () => {
    const wallet = chains.wallets[7] as Wallet;
    const { feed, slots, viewsRefused } = await mirror(large, { wallet, proves: true });
    assert.equal(slots, 1_002);
    assert.match(viewsRefused ?? "", /CodeRefused/);
    const events = await eventsOf(feed);
    assert.equal(events.filter((name) => name === "ChunkApplied").length, 3);
    assert.ok(events.includes("UpdateConfirmed"));
  });

  it("goes on wherever it was killed, and does nothing twice", async () => {
    let report: MirrorReport | undefined;
    let lives = 0;
    while (report === undefined) {
      lives += 1;
      // Every life ends right after its first transaction.
      report = await mirror(large, { sends: 1 }).catch((error: unknown) => {
        assert.equal((error as Error).name, "AbortError", String(error));
        return undefined;
      });
      assert.ok(lives < 20, "it does not come to an end");
    }
    assert.ok(lives >= 5, `${lives} lives`);
    assert.equal(report.slots, 1_002);
    const events = await eventsOf(report.feed);
    const count = (name: string): number => events.filter((event) => event === name).length;
    assert.deepEqual(
      [
        count("FeedCreated"),
        count("Staged"),
        count("StageDropped"),
        count("UpdatePosted"),
        count("UpdateApplied"),
      ],
      [1, 2, 0, 1, 1],
    );
  });

  it("answers for a proxy by its implementation", async () => {
    const logic = compileContract(PROXIED, "Logic", "cancun");
    const target = await create(logic.bytecode);
    const { bytecode } = compileContract(PROXIED, "Proxy", "cancun");
    const proxy = await create(concat([bytecode, AbiCoder.defaultAbiCoder().encode(["address"], [target])]));
    await chains.sendToSource({ to: proxy, data: logic.call("set(uint256)", 77n) });
    await claimant.finalize(await claimant.claim());
    const { feed, viewsRefused } = await mirror(proxy, { proves: true });
    assert.equal(viewsRefused, undefined);
    const reader = await chains.openReader();
    const [answer] = await reader.call("replicas", "viewCall", [feed, 86_400n, logic.call("value()")]);
    assert.equal(BigInt(answer as string), 77n);
  });

  it("refuses a feed of another account", async () => {
    const { feed } = await mirror(token);
    await assert.rejects(mirror(large, { feed }), { code: "FeedUnknown" });
    await assert.rejects(mirror(large, { feed: 99n }), { code: "FeedUnknown" });
  });
});
