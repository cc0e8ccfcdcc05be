import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ZeroHash, decodeRlp, encodeRlp, id as hashText, keccak256, toBeHex } from "ethers";
import { interfaces } from "../../shared/chain/contracts.js";
import type { Chains } from "../../shared/chain/openChains.js";
import type { Sender } from "../../shared/chain/sender.js";
import { encodeDeltas } from "../../shared/protocol/deltas.js";
import { EMPTY_ROOT, genesisUpdate } from "../../shared/protocol/update.js";
import { DEVELOPER } from "../support/hardhatNode.js";
import { startLyingProxy } from "../support/lyingProxy.js";
import { storagePages } from "../support/storagePages.js";
import { Workbench } from "./workbench.js";

/** Positions in a header (Yellow Paper section 4.4). */
const STATE_ROOT = 3;
const NUMBER = 8;
const TIMESTAMP = 11;

describe("lies made to be looked past", () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.start();
  });
  after(() => bench.close());

  async function send(
    sender: Sender,
    contract: "stateSync" | "feeds",
    name: string,
    args: unknown[],
  ): Promise<void> {
    const data = interfaces[contract].encodeFunctionData(name, args);
    const to = bench.test.manifest.contracts[contract];
    const outcome = await sender.send({ to, data, label: name, key: `${name}:${keccak256(data)}` });
    assert.equal(outcome.kind, "confirmed");
  }

  async function claimFarAhead(sender: Sender, chains: Chains): Promise<string> {
    const { ledger } = await chains.protocol.sync();
    const parent = [...ledger.claims.values()].filter(({ status }) => status === "Final").at(-1);
    assert.ok(parent);
    const head = await chains.source.finalizedHead();
    const fields = decodeRlp(head.rlp) as string[];
    fields[STATE_ROOT] = hashText("a state root of the far future");
    fields[NUMBER] = toBeHex(parent.claim.number + 4096n);
    fields[TIMESTAMP] = toBeHex(parent.claim.timestamp + 1n);
    await send(sender, "stateSync", "propose", [sender.address, parent.id, encodeRlp(fields)]);
    return [...(await chains.protocol.sync()).ledger.claims.keys()].at(-1) ?? "";
  }

  it("a block of a height that A has not reached, older than A's final head, is found foreign", async () => {
    const { sender, chains } = await bench.liar(1);
    const id = await claimFarAhead(sender, chains);
    const honest = await bench.challenger(2);
    await honest.act();
    assert.equal(honest.challenger.verdicts.claims.get(id)?.kind, "foreign");
    assert.equal((await bench.claim(id))?.openChallenges, 1n);
  });

  it("a first update about an account that A was born with is disproved without its history", async () => {
    const { sender, chains } = await bench.liar(3);
    await bench.changeToken(6n);
    const claim = await bench.propose(sender, chains);
    await bench.finalize(sender, claim);
    await send(sender, "feeds", "createFeed", [DEVELOPER, 0n, 0n]);
    const feed = BigInt((await bench.ledger()).feeds.size);
    const { account } = await chains.source.accountProof(claim.claim.number, DEVELOPER, []);
    assert.equal(account?.storageRoot, EMPTY_ROOT);
    const said = {
      proposer: sender.address,
      storageRoot: EMPTY_ROOT,
      codeHash: account.codeHash,
      staged: ZeroHash,
      lastChunk: encodeDeltas([{ slot: ZeroHash, value: 666n }]),
      minReserve: 0n,
    };
    await send(sender, "feeds", "post", [genesisUpdate(feed), claim.claim, said]);
    const id = [...(await bench.ledger()).updates.keys()].at(-1) ?? "";

    const honest = await bench.challenger(4);
    await honest.act();
    assert.equal((await bench.update(id))?.status, "Rejected");
  });

  it("a slot that a first update omits is found in the list of A's node, without the contract's history", async () => {
    await bench.changeToken(7n);
    const { liar, sender, chains } = await bench.liar(8);
    const claim = await bench.propose(sender, chains);
    await bench.finalize(sender, claim);
    const { number } = claim.claim;
    const birth = await chains.history.blockBeforeStorage(bench.token, number);
    const changes = await chains.history.storageChanges(bench.token, birth, number);
    const slots = new Map([...changes].map(([slot, { after: value }]) => [slot, value]));
    const { id } = await liar.falseUpdate("omitted slot", await bench.createFeed(sender));

    const proxy = await startLyingProxy(bench.test.sourceNode.url);
    const judge = async (wallet: number) => {
      const honest = await bench.challenger(wallet, { sourceUrl: proxy.url });
      Object.assign(honest.chains.history, {
        blockBeforeStorage: () => Promise.reject(new Error("its blocks were executed")),
      });
      await honest.act();
      return honest.challenger.verdicts;
    };
    // A list that names slots which hold nothing leads nowhere, and is no reason to say anything.
    proxy.lie("debug_storageRangeAt", storagePages(new Map([[hashText("nothing"), 1n]]), 7));
    const misled = await judge(2);
    assert.equal(misled.updates.get(id), undefined);
    assert.equal(misled.unjudged.length, 1);

    proxy.lie("debug_storageRangeAt", storagePages(slots, 7));
    await judge(4);
    assert.equal((await bench.update(id))?.status, "Rejected");
    await proxy.close();
  });

  it("a forged header among true claims with long spans is seen before any of them is executed", async () => {
    await bench.test.mineSource(60);
    const { sender, chains } = await bench.liar(5);
    for (let i = 0; i < 5; i++) {
      await bench.test.mineSource(1);
      await bench.propose(sender, chains);
    }
    const { liar } = await bench.liar(6);
    await bench.test.mineSource(1);
    const { id } = await liar.forgeHeader();
    const honest = await bench.challenger(7);
    const executed: bigint[] = [];
    const { history } = honest.chains;
    const blocks = history.blocks.bind(history);
    Object.assign(history, {
      blocks: (numbers: AsyncIterable<bigint> | Iterable<bigint>) => {
        executed.push(0n);
        return waitFor(() => honest.challenger.verdicts.claims.has(id), blocks(numbers as never));
      },
    });
    await honest.act();
    assert.equal(honest.challenger.verdicts.claims.get(id)?.kind, "foreign");
    assert.notEqual(executed.length, 0);
  });
});

/** Passes items on only once the condition holds: executions that take as long as they like. */
async function* waitFor<T>(condition: () => boolean, items: AsyncIterable<T>): AsyncIterable<T> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
  yield* items;
}
