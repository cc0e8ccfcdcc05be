import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ZeroHash, decodeRlp, encodeRlp, id as hashText, keccak256, toBeHex, zeroPadValue } from "ethers";
import type { Liar } from "../../devnet/liar.js";
import { interfaces } from "../../shared/chain/contracts.js";
import type { Chains } from "../../shared/chain/openChains.js";
import type { Sender } from "../../shared/chain/sender.js";
import { encodeDeltas } from "../../shared/protocol/deltas.js";
import { EMPTY_ROOT, genesisUpdate } from "../../shared/protocol/update.js";
import { DEVELOPER } from "../support/hardhatNode.js";
import { startLyingProxy, type LyingProxy } from "../support/lyingProxy.js";
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

  describe("a slot that a first update omits", () => {
    let proxy: LyingProxy;
    let slots: Map<string, bigint>;
    let sender: Sender;
    let liar: Liar;
    before(async () => {
      proxy = await startLyingProxy(bench.test.sourceNode.url);
      await bench.changeToken(7n);
      const made = await bench.liar(8);
      ({ liar, sender } = made);
      const claim = await bench.propose(made.sender, made.chains);
      await bench.finalize(made.sender, claim);
      const { history } = made.chains;
      const birth = await history.blockBeforeStorage(bench.token, claim.claim.number);
      const changes = await history.storageChanges(bench.token, birth, claim.claim.number);
      slots = new Map([...changes].map(([slot, { after: value }]) => [slot, value]));
    });
    after(() => proxy.close());

    async function isRejected(wallet: number): Promise<boolean> {
      const { id } = await liar.falseUpdate("omitted slot", await bench.createFeed(sender));
      const honest = await bench.challenger(wallet, { sourceUrl: proxy.url });
      Object.assign(honest.chains.history, {
        blockBeforeStorage: () => Promise.reject(new Error("its blocks were executed")),
      });
      await honest.act();
      return (await bench.update(id))?.status === "Rejected";
    }

    it("is found in the list of A's node", async () => {
      proxy.lie("debug_storageRangeAt", storagePages(slots, 7));
      assert.equal(await isRejected(2), true);
      assert.notEqual(proxy.counts.get("debug_storageRangeAt"), undefined);
    });

    it("is found in the trie where the node lists nothing", async () => {
      proxy.refuse("debug_storageRangeAt");
      assert.equal(await isRejected(4), true);
    });

    it("is found in the trie where the node lists for ever what is said", async () => {
      proxy.repent();
      const page = storagePages(new Map([...slots].slice(-1)), 1);
      proxy.lie("debug_storageRangeAt", (result, params) => ({
        ...(page(result, [...params.slice(0, 3), ZeroHash]) as object),
        nextKey: zeroPadValue(toBeHex(BigInt(params[3] as string) + 1n), 32),
      }));
      assert.equal(await isRejected(3), true);
    });

    it("is found in the trie where the node lists slots that hold nothing", async () => {
      proxy.repent();
      proxy.lie("debug_storageRangeAt", storagePages(new Map([[hashText("nothing"), 1n]]), 7));
      assert.equal(await isRejected(7), true);
    });
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
