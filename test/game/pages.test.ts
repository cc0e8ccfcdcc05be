/** A game that ends at a step whose proof does not fit one transaction: the start of one whose data is large. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { hexlify } from "ethers";
import type { Sender, SendRequest } from "../../shared/chain/sender.js";
import { moveCall } from "../../shared/game/calls.js";
import { deployPages } from "../../shared/game/pages.js";
import type { StepProof } from "../../shared/game/trace.js";
import type { GameEntry } from "../../shared/protocol/gameBook.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { sleep } from "../../shared/runtime/shutdown.js";
import { startBot, type Bot } from "../proposer/bot.js";
import { LyingChallenger } from "../support/gameLiars.js";
import { GameBench } from "./gameBench.js";

const [PROPOSER, LIAR, STRANGER] = [1, 2, 3];
const DATA_BYTES = 110_000;
const PAGES = 5;
const signal = new AbortController().signal;

describe("a step whose proof takes pages", () => {
  let bench: GameBench;
  let claim: ClaimEntry;
  let proof: StepProof;
  let snapshot: unknown;

  before(async () => {
    bench = await GameBench.startReal();
    await Promise.all([bench.stake(PROPOSER), bench.stake(LIAR)]);
    const data = hexlify(Uint8Array.from({ length: DATA_BYTES }, (_, at) => 1 + (at % 251)));
    await bench.test.sendToSource({ to: bench.wallet(5).address, data, gas: "0x5b8d80" });
    const { number } = await bench.source.finalizedHead();
    const pair = await bench.pairAt(number);
    proof = await (await bench.machineFor().open(pair, signal)).prove(0n, signal);
    claim = await bench.propose(PROPOSER, pair.header);
    const low = (await bench.ledger()).claims.get(claim.claim.parent)?.claim.number ?? 0n;
    const pick = ({ block, from, size }: GameEntry): number =>
      block === undefined ? Number((number - low - 1n - from) / size) : 0;
    const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(LIAR), pick);
    await liar.open(claim, [0n]);
    const bot = await proposer();
    // Up to the proof, which is left to the tests.
    for (let round = 0; round < 8; round++) {
      await bot.settle();
      await liar.act();
    }
    bot.kill();
  });
  after(() => bench.close());
  beforeEach(async () => {
    snapshot = await bench.test.destinationNode.rpc("evm_snapshot");
    assert.deepEqual([(await theGame()).moves.length, (await theGame()).from], [16, 0n]);
  });
  afterEach(async () => {
    await bench.test.destinationNode.rpc("evm_revert", [snapshot]);
  });

  async function theGame(): Promise<GameEntry> {
    const [game] = [...(await bench.ledger()).games.values()];
    assert.ok(game);
    return game;
  }

  function proposer(sender?: Sender): Promise<Bot> {
    return startBot(bench.test, bench.wallet(PROPOSER), {
      machine: bench.machineFor(),
      policy: { maxPendingClaims: 0, feeds: [] },
      ...(sender === undefined ? {} : { sender }),
    });
  }

  async function transactionsOf(index: number): Promise<number> {
    return bench.test.destination.getTransactionCount(bench.wallet(index).address);
  }

  it("is proven by a proposer that was killed between two pages, with no page put on B twice", async () => {
    const own = bench.sender(PROPOSER);
    const sent: Promise<unknown>[] = [];
    const mortal: Sender = {
      address: own.address,
      ready: (deadline) => own.ready(deadline),
      pending: () => own.pending(),
      send(request: SendRequest) {
        if (sent.length === 2) return Promise.reject(new DOMException("killed", "AbortError"));
        const outcome = own.send(request);
        sent.push(outcome);
        return outcome;
      },
    };
    const start = await transactionsOf(PROPOSER);
    const first = await proposer(mortal);
    await first.step();
    await first.prepared();
    await first.step();
    first.kill();
    await Promise.all(sent);
    assert.equal(await transactionsOf(PROPOSER), start + 2);
    assert.equal((await theGame()).outcome, undefined);

    const second = await proposer();
    await second.settle();
    second.kill();
    assert.equal((await theGame()).outcome, "Defended");
    assert.equal(await transactionsOf(PROPOSER), start + PAGES + 1);
  });

  it("is proven by a proposer that was killed before its pages were mined, with no page put on B twice", async () => {
    const { destinationNode } = bench.test;
    const own = bench.sender(PROPOSER);
    const start = await transactionsOf(PROPOSER);
    await destinationNode.rpc("evm_setAutomine", [false]);
    const unmined = proof.pages.slice(0, 2);
    const deployed = deployPages({ rpc: bench.test.destination, sender: own }, unmined, "killed", 0n);
    while (own.pending().length < unmined.length) await sleep(20);

    const heir = bench.sender(PROPOSER);
    const second = await proposer(heir);
    const settled = second.settle();
    while (heir.pending().length < unmined.length) await sleep(20);
    await destinationNode.rpc("evm_setAutomine", [true]);
    await destinationNode.rpc("evm_mine");
    await Promise.all([settled, deployed]);
    second.kill();
    assert.equal((await theGame()).outcome, "Defended");
    assert.equal(await transactionsOf(PROPOSER), start + PAGES + 1);
  });

  it("is proven, and the proof and its pages are paid for by the proposer", async (t) => {
    assert.equal(proof.pages.length, PAGES);
    const bot = await proposer();
    const before = await bench.test.destination.getBlockNumber();
    await bot.settle();
    bot.kill();
    assert.equal((await theGame()).outcome, "Defended");
    let gas = 0n;
    for (let block = before + 1; block <= (await bench.test.destination.getBlockNumber()); block++)
      gas += (await bench.test.destination.getBlock(block))?.gasUsed ?? 0n;
    t.diagnostic(`${PAGES} pages and the proof: ${gas} gas`);
    await bench.audit();
  });

  it("is proven although somebody copies every transaction and is always first", async () => {
    const own = bench.sender(PROPOSER);
    const copies: { label: string; hash: string }[] = [];
    const copied: Sender = {
      address: own.address,
      ready: (deadline) => own.ready(deadline),
      pending: () => own.pending(),
      async send(request: SendRequest) {
        const from = bench.wallet(LIAR).address;
        const { to, data } = request;
        const copy = { from, data, gas: "0xffffff", ...(to === undefined ? {} : { to }) };
        const hash = (await bench.test.destination.send("eth_sendTransaction", [copy])) as string;
        copies.push({ label: request.label, hash });
        return own.send(request);
      },
    };
    const bot = await proposer(copied);
    await bot.settle();
    bot.kill();
    assert.equal((await theGame()).outcome, "Defended");
    // The copies of pages are contracts of nobody's interest; that of the proof is not its copier's to show.
    const told = await Promise.all(
      copies.map(async ({ label, hash }) => {
        const receipt = await bench.test.destination.getTransactionReceipt(hash);
        return `${label}: ${receipt?.status}`;
      }),
    );
    assert.equal(told.at(-1), "move: 0");
    assert.deepEqual([...new Set(told.slice(0, -1))], ["page: 1"]);
    const { free } = await bench.stakeOf(bench.wallet(PROPOSER).address);
    assert.equal(free, 49n * 10n ** 18n + 10n ** 18n / 4n);
  });

  it("is not proven by a wrong page, in whatever way it is wrong", async () => {
    const { destination } = bench.test;
    const sender = bench.sender(PROPOSER);
    const deadline = BigInt(Math.floor(Date.now() / 1000)) + 10_000n;
    const deploy = (by: Sender, pages: readonly string[]): Promise<string[]> =>
      deployPages({ rpc: destination, sender: by }, pages, "test", deadline);
    const pages = await deploy(sender, proof.pages);
    assert.deepEqual(await deploy(sender, proof.pages), pages);
    const [first, second, ...rest] = pages as [string, string, ...string[]];
    const page = proof.pages[0] as string;
    const bit = page.slice(0, 200) + (page[200] === "0" ? "1" : "0") + page.slice(201);
    const stranger = bench.sender(STRANGER);
    const [damaged] = (await deploy(stranger, [bit])) as [string];
    const [short] = (await deploy(stranger, [page.slice(0, -2)])) as [string];
    const [alike] = (await deploy(stranger, [page])) as [string];
    const game = await theGame();
    const answerTo = async (shown: readonly string[]): Promise<string> => {
      const { to, data } = moveCall(bench.test.manifest, game, claim.claim, { kind: "prove", proof }, shown);
      const call = { from: sender.address, to, data };
      return destination.send("eth_call", [call, "latest"]).then(
        () => "accepted",
        () => "refused",
      );
    };
    for (const [what, shown] of [
      ["two pages in the other order", [second, first, ...rest]],
      ["a page twice", [first, first, ...rest]],
      ["a page too few", [second, ...rest]],
      ["a page too many", [...pages, first]],
      ["a page with another bit", [damaged, second, ...rest]],
      ["a page without its last byte", [short, second, ...rest]],
      ["the address of nobody", [bench.wallet(7).address, second, ...rest]],
      ["a contract that is no page", [bench.test.manifest.contracts.stake, second, ...rest]],
      ["no pages at all", []],
    ] as const)
      assert.equal(await answerTo(shown), "refused", what);
    assert.equal(await answerTo(pages), "accepted");
    // Who put a page there does not matter.
    assert.equal(await answerTo([alike, second, ...rest]), "accepted");
  });
});
