import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ZeroHash } from "ethers";
import { createResponder, transactionFor } from "../../challenger/responder.js";
import type { Action } from "../../challenger/solver.js";
import { interfaces } from "../../shared/chain/contracts.js";
import type { SendOutcome } from "../../shared/chain/flight.js";
import type { Sender, SendRequest } from "../../shared/chain/sender.js";
import { claimId } from "../../shared/protocol/claim.js";
import { toUpdate, updateId } from "../../shared/protocol/update.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { CHALLENGER, hashOf, Story } from "../proposer/chainStory.js";

const contractAt = (digit: number): string => `0x${String(digit).repeat(40)}`;
const manifest = {
  name: "test",
  sourceChainId: 1n,
  destinationChainId: 2n,
  deployedInBlock: 0n,
  contracts: {
    stake: contractAt(4),
    stateSync: contractAt(5),
    anchorCourt: contractAt(6),
    feeds: contractAt(7),
    deltaCourt: contractAt(8),
    prover: contractAt(10),
    replicas: contractAt(11),
    slotFeeds: contractAt(12),
    anchor: contractAt(9),
  },
  anchorKind: "committee" as const,
  sourceForks: [],
  sourceProfile: "ethereum" as const,
};

const ledger = new Story()
  .claim(hashOf(1n), { number: 110n, parent: hashOf(2n) })
  .feed(1n)
  .update(hashOf(3n))
  .ledger();
const claim = [...ledger.claims.values()].at(-1)!;
const update = [...ledger.updates.values()].at(-1)!;
const demand: Action = { kind: "demand", claim, deadline: 7n };
const proof = {
  slot: ZeroHash,
  key: hashOf(5n),
  oldProof: ["0x01"],
  newProof: ["0x02", "0x03"],
  said: { digests: [hashOf(6n)], index: 0, previous: ZeroHash, chunk: "0x" },
};

const request = (action: Action): SendRequest => transactionFor(action, manifest, CHALLENGER);

/** The arguments that the contract reads from the action's transaction. */
function argumentsOf(
  action: Action,
  contract: "stake" | "stateSync" | "anchorCourt" | "deltaCourt",
): unknown[] {
  const { to, data } = request(action);
  assert.equal(to, manifest.contracts[contract]);
  return [...interfaces[contract].decodeFunctionData(action.kind, data ?? "0x")];
}

describe("the transaction of an action", () => {
  const claimActions: { action: Action; contract: "stateSync" | "anchorCourt"; withChallenger: boolean }[] = [
    { action: demand, contract: "anchorCourt", withChallenger: true },
    { action: { kind: "timeout", claim }, contract: "anchorCourt", withChallenger: true },
    { action: { kind: "settle", claim }, contract: "anchorCourt", withChallenger: true },
    { action: { kind: "finalize", claim }, contract: "stateSync", withChallenger: false },
  ];
  for (const { action, contract, withChallenger } of claimActions) {
    it(`names the whole claim to ${action.kind}, so that no other can take its place`, () => {
      const { value, key } = request(action);
      const [said, challenger] = argumentsOf(action, contract) as [typeof claim.claim, string | undefined];
      assert.equal(claimId(said), claimId(claim.claim));
      assert.equal(challenger, withChallenger ? CHALLENGER : undefined);
      assert.equal(value, undefined);
      assert.equal(key, `${action.kind}:${claim.id}`);
    });
  }

  it("deposits for the challenger, whoever sends", () => {
    const action: Action = { kind: "deposit", amountWei: 5n, deadline: undefined };
    assert.deepEqual(argumentsOf(action, "stake"), [CHALLENGER]);
    assert.equal(request(action).value, 5n);
  });

  it("shows the account of the whole update", () => {
    const action: Action = { kind: "disproveAccount", update, proof: ["0x01", "0x02"], deadline: 9n };
    const [said, shown] = argumentsOf(action, "deltaCourt") as [typeof update.update, string[]];
    assert.equal(updateId(toUpdate(said)), updateId(update.update));
    assert.deepEqual([...shown], ["0x01", "0x02"]);
    assert.equal(request(action).deadline, 9n);
  });

  it("shows the key with both proofs and what the update said", () => {
    const action: Action = { kind: "disproveKey", update, lie: "wrong value", proof, deadline: 9n };
    const [said, key, oldProof, newProof] = argumentsOf(action, "deltaCourt") as [
      typeof update.update,
      string,
      string[],
      string[],
    ];
    assert.equal(updateId(toUpdate(said)), updateId(update.update));
    assert.equal(key, proof.key);
    assert.deepEqual([...oldProof], proof.oldProof);
    assert.deepEqual([...newProof], proof.newProof);
    assert.equal(request(action).deadline, 9n);
  });

  it("has a deadline where being late costs something, and none elsewhere", () => {
    assert.equal(request(demand).deadline, 7n);
    assert.equal(request({ kind: "settle", claim }).deadline, undefined);
    assert.equal(request({ kind: "finalize", claim }).deadline, undefined);
  });
});

describe("the challenger's responder", () => {
  /** A sender whose transactions end when the test says so. */
  class SlowSender implements Sender {
    readonly address = CHALLENGER;
    readonly labels: string[] = [];
    readonly ends: { resolve: (outcome: SendOutcome) => void; reject: (error: Error) => void }[] = [];
    send({ label }: SendRequest): Promise<SendOutcome> {
      this.labels.push(label);
      return new Promise((resolve, reject) => this.ends.push({ resolve, reject }));
    }
    ready(): Promise<void> {
      return Promise.resolve();
    }
    pending(): [] {
      return [];
    }
  }
  const reverted: SendOutcome = {
    kind: "reverted",
    revert: { name: "X", args: {}, selector: "0x", data: "0x" },
  };
  const create = () => {
    const sender = new SlowSender();
    const logger = silentLogger();
    return { sender, responder: createResponder({ manifest, sender, challenger: CHALLENGER, logger }) };
  };

  it("sends an action once while it is on its way, however often it is decided", async () => {
    const { sender, responder } = create();
    const first = responder.act(demand);
    assert.equal(await responder.act(demand), undefined);
    sender.ends[0]?.resolve(reverted);
    assert.equal((await first)?.kind, "reverted");
    assert.deepEqual(sender.labels, ["demand"]);
  });

  it("sends it again when it is decided after a revert or a failure", async () => {
    const { sender, responder } = create();
    const first = responder.act(demand);
    sender.ends[0]?.resolve(reverted);
    await first;
    const second = responder.act(demand);
    sender.ends[1]?.reject(new Error("no answer"));
    await assert.rejects(second, /no answer/);
    void responder.act(demand);
    assert.equal(sender.labels.length, 3);
  });

  it("does not let one action hold up another", () => {
    const { sender, responder } = create();
    void responder.act(demand);
    void responder.act({ kind: "timeout", claim });
    assert.deepEqual(sender.labels, ["demand", "timeout"]);
  });

  it("tells what it would have sent once in a dry run", async () => {
    const { sender, responder } = create();
    const first = responder.act(demand);
    sender.ends[0]?.resolve({ kind: "dryRun", gasLimit: 1n });
    await first;
    assert.equal(await responder.act(demand), undefined);
    assert.deepEqual(sender.labels, ["demand"]);
  });
});
