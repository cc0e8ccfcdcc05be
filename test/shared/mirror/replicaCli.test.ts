import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AbiCoder, concat, type Wallet } from "ethers";
import { Liar, UPDATE_LIES, type UpdateLie } from "../../../devnet/liar.js";
import { artifactOf } from "../../../examples/stage.js";
import { createHistory } from "../../../shared/chain/history.js";
import { createMemoryRecords } from "../../../shared/chain/recordStore.js";
import { proveCommand, replicaCommands } from "../../../shared/mirror/replicaCli.js";
import {
  livingChild,
  type FeedEntry,
  type Ledger,
  type UpdateEntry,
} from "../../../shared/protocol/ledger.js";
import { parameterPresets, type ProtocolParameters } from "../../../shared/protocol/parameters.js";
import { proveUpdate } from "../../../shared/reader/proveUpdate.js";
import { silentLogger } from "../../../shared/runtime/logger.js";
import { send, startBot, type Bot } from "../../proposer/bot.js";
import { openCommandLine, type CommandLine } from "../../support/commandLine.js";
import { compileExercise } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { createClaimant, type Claimant } from "../../support/finality.js";
import { DEVELOPER } from "../../support/hardhatNode.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

const GAS = "0xe00000";
const SUPPLY = 10n ** 24n;
const BALANCE = "balanceOf(address) view returns (uint256)";
/** Windows that no slow machine lets pass by accident. */
const PATIENT: ProtocolParameters = {
  ...parameterPresets.devnet,
  updates: { ...parameterPresets.devnet.updates, windowSeconds: 6_000n, maxRootAgeSeconds: 86_400n },
};

describe("the replica commands", () => {
  const exercise = compileExercise();
  let chains: TestDeployment;
  let claimant: Claimant;
  let proposer: Bot;
  let node: LyingProxy;
  let cli: CommandLine;
  let token: string;
  let exercised: string;

  before(async () => {
    chains = await startDeployment({ parameters: PATIENT });
    claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    const wallet = chains.wallets[2] as Wallet;
    await send(chains, wallet, "stake", "deposit", [wallet.address], 50n * 10n ** 18n);
    proposer = await startBot(chains, wallet);
    node = await startLyingProxy(chains.sourceNode.url);
    cli = await openCommandLine(chains, {
      commands: [replicaCommands, { command: "feed", describe: "feeds", commands: [proveCommand] }],
      sourceUrl: node.url,
      wallet: chains.wallets[5] as Wallet,
    });
    const supply = AbiCoder.defaultAbiCoder().encode(["uint256"], [SUPPLY]);
    token = await create(concat([artifactOf("Token").bytecode.object, supply]));
    exercised = await create(exercise.bytecode);
  });
  after(async () => {
    await node.close();
    await chains.close();
    await cli.close();
  });

  async function create(data: string): Promise<string> {
    const receipt = await chains.sendToSource({ data, gas: GAS });
    assert.equal(receipt.status, "0x1");
    return receipt.contractAddress as string;
  }

  const works = (...args: string[]): Promise<Record<string, unknown>> => cli.works(...args);
  const fails = (code: string, words: RegExp, ...args: string[]): Promise<void> =>
    cli.fails(code, words, ...args);
  const ledgerNow = async (): Promise<Ledger> => (await (await chains.openReader()).sync()).ledger;

  async function feedOf(
    id: bigint,
  ): Promise<{ ledger: Ledger; feed: FeedEntry; next: UpdateEntry | undefined }> {
    const ledger = await ledgerNow();
    const feed = ledger.feeds.get(id);
    assert.ok(feed);
    return { ledger, feed, next: livingChild(ledger, feed.head) };
  }

  /** Makes A's present final on B, and has the proposer post what is new. */
  async function post(): Promise<void> {
    await chains.mineSource(1);
    await claimant.finalize(await claimant.claim());
    await proposer.settle();
  }

  const balance = (...more: string[]): string[] => [
    "replica",
    "call",
    "1",
    BALANCE,
    "--args",
    `["${DEVELOPER}"]`,
    ...more,
  ];

  it("create a replica, and say that it shows nothing yet", async () => {
    const created = await works(
      "replica",
      "create",
      token,
      "--max-age",
      "6h",
      "--accept",
      "TIMESTAMP,chainid",
    );
    assert.equal(created["feed"], "1");
    const shown = await works("replica", "show", "1", "--max-age", "2h");
    assert.equal(shown["replica"], created["replica"]);
    assert.equal(shown["logic"], undefined);
    assert.equal(shown["isViewable"], false);
    assert.equal(shown["maxAgeSeconds"], "21600");
    assert.deepEqual(shown["accepted"], ["TIMESTAMP", "CHAINID"]);
    await fails("NothingToProve", /feed 1/, "feed", "prove", "1");
    await fails("FeedEmpty", /feed 1/, "replica", "register", "1");
  });

  it("prove what waits for its window", async () => {
    await post();
    const { next } = await feedOf(1n);
    assert.equal(next?.status, "Pending");
    assert.equal((await works("feed", "prove", "1", "--dry-run"))["isDryRun"], true);
    assert.equal((await feedOf(1n)).next?.id, next.id);

    assert.equal((await works("feed", "prove", "1"))["update"], next.id);
    const { ledger, feed } = await feedOf(1n);
    assert.equal(feed.head, next.id);
    assert.equal(ledger.updates.get(next.id)?.status, "Applied");
    assert.equal(ledger.updates.get(next.id)?.deadline, 0n);
    await fails("NothingToProve", /feed 1/, "feed", "prove", "1");
  });

  it("register the logic, whose code the node cannot choose", async () => {
    await fails("CallReverted", /LogicMissing/, ...balance("--max-age", "2h"));
    node.lie("eth_getCode", (code) => `${String(code)}00`);
    await fails("CodeWrong", /hashes to/, "replica", "register", "1");
    node.repent();
    assert.equal((await works("replica", "register", "1", "--dry-run"))["isStored"], false);
    assert.equal((await works("replica", "register", "1"))["isStored"], false);
    // Nobody pays for code that is there.
    assert.equal((await works("replica", "register", "1"))["isStored"], true);
    const shown = await works("replica", "show", "1", "--max-age", "2h");
    assert.equal(shown["isViewable"], true);
    assert.deepEqual((await works(...balance("--max-age", "2h")))["results"], [SUPPLY.toString()]);
  });

  it("prove the next update on what the feed holds", async () => {
    const [to, amount] = [`0x${"ab".repeat(20)}`, 5n * 10n ** 18n];
    const data = concat([
      "0xa9059cbb",
      AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [to, amount]),
    ]);
    assert.equal((await chains.sendToSource({ to: token, data })).status, "0x1");
    await post();
    node.lie("eth_getProof", (answer) => ({
      ...(answer as Record<string, unknown>),
      accountProof: (answer as { accountProof: string[] }).accountProof.slice(0, -1),
    }));
    await fails("InvalidProof", /Truncated/, "feed", "prove", "1");
    node.repent();
    await works("feed", "prove", "1");
    assert.deepEqual((await works(...balance("--max-age", "2h")))["results"], [(SUPPLY - amount).toString()]);
  });

  it("refuse to prove on what the feed does not hold", async () => {
    assert.equal((await chains.sendToSource({ to: token, data: approval(7n) })).status, "0x1");
    await post();
    const { ledger, feed } = await feedOf(1n);
    const head = ledger.updates.get(feed.head);
    assert.ok(head);
    const [chunk = "0x"] = head.chunks;
    const chunks = [`${chunk.slice(0, -2)}77`];
    const updates = new Map(ledger.updates).set(head.id, { ...head, chunks });
    await assert.rejects(proveUpdate({ ...ledger, updates }, chains.sourceRpc, 1n), {
      code: "FeedHoldsOtherStorage",
    });
    await works("feed", "prove", "1");
  });

  it("prove a large update piece by piece, after which nobody waits for a window", async () => {
    await works("replica", "create", exercised, "--max-age", "6h");
    for (let start = 0n; start < 500n; start += 250n) {
      const data = exercise.call("setMany(uint256,uint256,uint256)", start, 250n, start + 1n);
      assert.equal((await chains.sendToSource({ to: exercised, data, gas: GAS })).status, "0x1");
    }
    await post();
    const { next } = await feedOf(2n);
    assert.ok(next);
    assert.equal(next.chunks.length, 2);
    // Somebody stops after the first piece, and goes on later.
    const { entry, accountProof, pieces } = await proveUpdate(await ledgerNow(), chains.sourceRpc, 2n);
    const wallet = chains.wallets[5] as Wallet;
    await send(chains, wallet, "prover", "prove", [entry.update, accountProof, pieces[0]]);
    const proven = await works("feed", "prove", "2");
    assert.deepEqual([proven["pieces"], proven["sent"]], [pieces.length, pieces.length - 1]);

    const confirmed = (await feedOf(2n)).next;
    assert.equal(confirmed?.status, "Pending");
    assert.equal(confirmed.deadline, 0n);
    await fails("NothingToProve", /feed 2/, "feed", "prove", "2");
    await proposer.settle();
    const { ledger, feed } = await feedOf(2n);
    assert.equal(feed.head, next.id);
    assert.equal(ledger.updates.get(next.id)?.status, "Applied");
  });

  it("say what code is refused for", async () => {
    await fails("Reverted", /CodeRefused/, "replica", "register", "2");
  });

  it("refuse to pay for the proof of a lie", async () => {
    const wallet = chains.wallets[3] as Wallet;
    const [source, protocol] = [await chains.openSource(), await chains.openReader()];
    const { signal } = new AbortController();
    const history = createHistory({ source, store: createMemoryRecords(), logger: silentLogger(), signal });
    const liar = new Liar(
      { manifest: chains.manifest, source, history, protocol, rpc: chains.destination },
      chains.createSender(wallet),
    );
    await liar.stake(10n ** 20n);
    await chains.sendToSource({ to: exercised, data: exercise.call("set(uint256,uint256)", 5n, 4242n) });
    await chains.mineSource(1);
    await claimant.finalize(await claimant.claim());
    for (const lie of UPDATE_LIES) await refusesLie(liar, lie);
  });

  /** Each on a feed of its own, because a lie stays at the head of its queue. */
  async function refusesLie(liar: Liar, lie: UpdateLie): Promise<void> {
    const { feed } = await works("replica", "create", exercised, "--max-age", "6h");
    const { id } = await liar.falseUpdate(lie, BigInt(feed as string));
    await fails("UpdateFalse", new RegExp(id), "feed", "prove", String(feed));
  }

  it("name what is wrong with what they are given", async () => {
    const call = (...args: string[]): string[] => ["replica", "call", "1", ...args, "--max-age", "2h"];
    for (const args of [
      ["feed", "prove", "99"],
      ["replica", "register", "99"],
    ]) {
      await fails("FeedUnknown", /99/, ...args);
    }
    await fails("CallReverted", /FeedUnknown/, "replica", "show", "99", "--max-age", "2h");
    await fails(
      "CallReverted",
      /FeedUnknown/,
      "replica",
      "call",
      "99",
      BALANCE,
      "--args",
      `["${token}"]`,
      "--max-age",
      "2h",
    );
    await fails("ConfigurationInvalid", /max-age/, "replica", "create", token);
    await fails("ConfigurationInvalid", /account/, "replica", "create", "0x12", "--max-age", "6h");
    await fails("ConfigurationInvalid", /feed/, "feed", "prove", "one");
    await fails(
      "ConfigurationInvalid",
      /accept/,
      "replica",
      "create",
      token,
      "--max-age",
      "6h",
      "--accept",
      "SLOAD",
    );
    await fails("CallMalformed", /no function/, ...call("no function"));
    await fails("CallMalformed", /balanceOf/, ...call(BALANCE, "--args", "[]"));
    await fails("CallMalformed", /balanceOf/, ...call(BALANCE, "--args", "{"));
    await fails("CallMalformed", /balanceOf/, ...call(BALANCE, "--args", "7"));
  });

  it("never answer with what is too old, changes something, or is no answer", async () => {
    await fails("CallReverted", /FeedTooOld/, ...balance("--max-age", "1s"));
    const changing = [
      "approve(address,uint256) returns (bool)",
      "--args",
      `["${token}","1"]`,
      "--max-age",
      "2h",
    ];
    await fails("CallReverted", /./, "replica", "call", "1", ...changing);
    const wrong = "totalSupply() view returns (string)";
    await fails("AnswerMalformed", /totalSupply/, "replica", "call", "1", wrong, "--max-age", "2h");
  });

  function approval(amount: bigint): string {
    return concat(["0x095ea7b3", AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [token, amount])]);
  }
});
