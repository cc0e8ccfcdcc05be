import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { interfaces } from "../../shared/chain/contracts.js";
import type { SendOutcome } from "../../shared/chain/flight.js";
import type { JsonRpc, Receipt } from "../../shared/chain/transactions.js";
import type { Sender, SendRequest } from "../../shared/chain/sender.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { createResponder, type Responder } from "../../proposer/responder.js";
import type { Action, ProposerView } from "../../proposer/view.js";
import { chunksOf, draftOf, headerAt, hashOf, ME, OTHER, Story } from "./chainStory.js";

const manifest = {
  name: "test",
  sourceChainId: 1n,
  destinationChainId: 2n,
  deployedInBlock: 0n,
  contracts: {
    stake: ME,
    stateSync: ME,
    anchorCourt: ME,
    feeds: ME,
    deltaCourt: ME,
    prover: ME,
    replicas: ME,
    slotFeeds: ME,
    anchor: ME,
  },
  anchorKind: "committee" as const,
  sourceForks: [],
  sourceProfile: "ethereum" as const,
};

/** A sender whose transactions end when the test says so. */
class SlowSender implements Sender {
  readonly address = ME;
  readonly requests: SendRequest[] = [];
  readonly #ends: ((outcome: SendOutcome) => void)[] = [];

  send(request: SendRequest): Promise<SendOutcome> {
    this.requests.push(request);
    return new Promise((resolve) => this.#ends.push(resolve));
  }
  ready(): Promise<void> {
    return Promise.resolve();
  }
  pending(): [] {
    return [];
  }
  end(index: number, outcome: SendOutcome): void {
    this.#ends[index]?.(outcome);
  }
  labels(): string[] {
    return this.requests.map(({ label }) => label);
  }
}

const confirmed = (blockNumber: bigint): SendOutcome => ({
  kind: "confirmed",
  receipt: { blockNumber } as Receipt,
});
const reverted: SendOutcome = {
  kind: "reverted",
  revert: { name: "X", args: {}, selector: "0x", data: "0x" },
};
/** No action here has pages to look for. */
const NO_RPC: JsonRpc = { send: () => Promise.reject(new Error("nothing is asked of B here")) };
/** Lets everything that can go on do so. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the responder", () => {
  const story = new Story().claim("0x" + "aa".repeat(32), { number: 101n, parent: hashOf(1n) });
  const view: ProposerView = story.view();
  const claim = [...view.ledger.claims.values()].at(-1) as Extract<Action, { kind: "answer" }>["claim"];
  const answer: Action = { kind: "answer", claim, challenger: OTHER, deadline: view.clock + 20n };
  const propose: Action = { kind: "propose", candidate: { parent: hashOf(1n), header: headerAt(110n) } };
  const stage = (index: number): Action => ({
    kind: "stage",
    feed: 1n,
    index,
    chunks: chunksOf(1),
  });

  function create(
    evidenceFor: () => Promise<string> = () => Promise.resolve("0x01"),
  ): [Responder, SlowSender] {
    const sender = new SlowSender();
    const { signal } = new AbortController();
    const evidence = { evidenceFor };
    return [
      createResponder({ manifest, rpc: NO_RPC, evidence, sender, logger: silentLogger(), signal }),
      sender,
    ];
  }

  it("does not let a claim that waits for its price keep an answer waiting", async () => {
    const [responder, sender] = create();
    responder.respond([propose], view, 1n);
    await turn();
    responder.respond([answer, propose], view, 1n);
    await turn();
    assert.deepEqual(sender.labels(), ["propose", "answer"]);
  });
  it("tells the sender the deadline in B's time", async () => {
    const [responder, sender] = create();
    responder.respond([answer], { ...view, timestamp: view.clock + 1_000n }, 1n);
    await turn();
    assert.equal(sender.requests[0]?.deadline, view.clock + 1_000n + 20n);
  });
  it("does the steps of a lane one after the other, and leaves the rest if one fails", async () => {
    const [responder, sender] = create();
    responder.respond([stage(0), stage(1), stage(2)], view, 1n);
    await turn();
    assert.equal(sender.requests.length, 1);
    sender.end(0, confirmed(5n));
    await turn();
    assert.equal(sender.requests.length, 2);
    sender.end(1, reverted);
    await responder.idle();
    assert.equal(sender.requests.length, 2);
  });
  it("writes chunks that do not fit a transaction together one by one", async () => {
    const [responder, sender] = create();
    const told = new Story().feed(1n).update("u", { chunks: chunksOf(1_000) });
    const update = told.ledger().updates.get("u")!;
    responder.respond([{ kind: "apply", update, index: 0, count: 3 }], view, 1n);
    const outcomes = [reverted, confirmed(5n), confirmed(6n), confirmed(7n)];
    for (const [index, outcome] of outcomes.entries()) {
      await turn();
      sender.end(index, outcome);
    }
    await responder.idle();
    assert.deepEqual(
      sender.requests.map(({ key }) => key),
      ["apply:u:0:3", "apply:u:0:1", "apply:u:1:1", "apply:u:2:1"],
    );
    assert.deepEqual(
      sender.requests.map(({ maxGas }) => maxGas),
      [12_000_000n, undefined, undefined, undefined],
    );
  });
  it("does not repeat a chunk that cannot be written by itself", async () => {
    const [responder, sender] = create();
    const update = new Story()
      .feed(1n)
      .update("u", { chunks: chunksOf(1) })
      .ledger()
      .updates.get("u")!;
    responder.respond([{ kind: "apply", update, index: 0, count: 1 }], view, 1n);
    await turn();
    sender.end(0, reverted);
    await responder.idle();
    assert.equal(sender.requests.length, 1);
  });
  it("makes no post that the feed would pay less for than the decision counted on", async () => {
    const [responder, sender] = create();
    const parent = [...new Story().feed(1n).ledger().updates.values()][0]!.update;
    const root = { ...claim.claim, proposer: ME };
    responder.respond([{ kind: "post", draft: draftOf(), parent, root, feeWei: 77n }], view, 1n);
    await turn();
    const said = interfaces.feeds.decodeFunctionData("post", sender.requests[0]?.data ?? "0x")[2] as {
      minReserve: bigint;
    };
    assert.equal(said.minReserve, 77n);
  });
  it("goes on after a revert where nothing builds on it", async () => {
    const [responder, sender] = create();
    responder.respond(
      [
        { kind: "refund", claim },
        { kind: "refund", claim },
      ],
      view,
      1n,
    );
    await turn();
    sender.end(0, reverted);
    await turn();
    assert.equal(sender.requests.length, 2);
  });
  it("drops decisions from a view that does not show its last transaction, but not for ever", async () => {
    const [responder, sender] = create();
    responder.respond([propose], view, 1n);
    await turn();
    sender.end(0, confirmed(9n));
    await responder.idle();
    responder.respond([propose], view, 8n);
    await turn();
    assert.equal(sender.requests.length, 1);
    for (let look = 0; look < 20; look++) responder.respond([propose], view, 3n);
    await turn();
    assert.equal(sender.requests.length, 2);
  });
  it("survives evidence that cannot be had", async () => {
    const [responder, sender] = create(() => Promise.reject(new Error("nobody answers")));
    responder.respond([answer], view, 1n);
    await responder.idle();
    assert.equal(sender.requests.length, 0);
  });
  it("gives every request a key that says what it is", async () => {
    const [responder, sender] = create();
    const post: Action = {
      kind: "post",
      draft: draftOf({ root: hashOf(2n) }),
      parent: { ...[...new Story().feed(1n).ledger().updates.values()][0]!.update },
      root: { ...claim.claim, proposer: ME },
      feeWei: 0n,
    };
    responder.respond([propose, post, stage(0)], view, 1n);
    await turn();
    assert.deepEqual(
      sender.requests.map(({ key }) => key),
      [`propose:${hashOf(110n)}:${hashOf(1n)}`, `post:${draftOf().parent}:${hashOf(2n)}`],
    );
  });
});
