import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commitmentOf, digestsOf } from "../../../shared/protocol/deltas.js";
import { genesisUpdate, updateId } from "../../../shared/protocol/update.js";
import { chunksOf, hashOf, ME, Story } from "../../proposer/chainStory.js";

const GENESIS = updateId(genesisUpdate(1n));

/** Feed 1 is proven from its beginning to what `claim` says. */
function proven(claim: string): Story {
  const [deltas = "0x"] = chunksOf(2);
  const said = { storageRoot: hashOf(5n), codeHash: hashOf(7n), proposer: ME, fee: 3n, deltas };
  return new Story()
    .claim("c", { number: 100n })
    .feed(1n)
    .event("UpdateProven", {
      id: "u",
      feed: 1n,
      root: claim,
      ...said,
    });
}

describe("a proven update in the ledger", () => {
  it("is what its event, its claim and its feed say together", () => {
    const ledger = proven("c").ledger();
    const claim = ledger.claims.get("c")?.claim;
    const entry = ledger.updates.get("u");
    assert.ok(claim && entry);
    const chunks = chunksOf(2);
    assert.deepEqual(entry.update, {
      feed: 1n,
      parent: GENESIS,
      number: claim.number,
      timestamp: claim.timestamp,
      stateRoot: claim.stateRoot,
      oldStorageRoot: genesisUpdate(1n).storageRoot,
      storageRoot: hashOf(5n),
      codeHash: hashOf(7n),
      deltas: commitmentOf(digestsOf(chunks)),
      count: 2n,
      proposer: ME,
      rootProposer: claim.proposer,
      reserve: 0n,
    });
    assert.deepEqual([entry.status, entry.deadline, entry.chunks], ["Applied", 0n, chunks]);
  });

  it("is its feed's head, and the next is built on it", () => {
    const story = proven("c").claim("d", { number: 200n });
    const again = { storageRoot: hashOf(6n), codeHash: hashOf(7n), proposer: ME, fee: 0n, deltas: "0x" };
    const ledger = story.event("UpdateProven", { id: "v", feed: 1n, root: "d", ...again }).ledger();
    assert.equal(ledger.feeds.get(1n)?.head, "v");
    const { update, chunks } = ledger.updates.get("v") ?? {};
    assert.deepEqual([update?.parent, update?.oldStorageRoot], ["u", hashOf(5n)]);
    assert.deepEqual([update?.deltas, update?.count, chunks], [commitmentOf([]), 0n, []]);
  });
});
