import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { dataSlice } from "ethers";
import type { MessageTools } from "../../shared/messages/status.js";
import { readMessageLedger } from "../../shared/protocol/messageLedger.js";
import type { Mailbox } from "../support/mailbox.js";
import { SUPPLY, TwoWayBridge } from "../support/twoWayBridge.js";
import { startRelayer, type TestRelayer } from "./bot.js";

/** mulberry32, a small generator: the same steps in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const SEEDS = [20_261_126, 7, 4_099];
const STEPS = 26;

describe("a token bridge over two ways of messages between two real nodes", () => {
  let bridge: TwoWayBridge;
  before(async () => {
    bridge = await TwoWayBridge.start();
  });
  after(() => bridge.close());

  /** Relayers of both ways; killed and started anew at any time. */
  const relayers = new Map<Mailbox, TestRelayer>();
  async function relayerOf(mailbox: Mailbox): Promise<TestRelayer> {
    const known = relayers.get(mailbox);
    if (known !== undefined) return known;
    // A failure is recorded, so that retries happen, too.
    const started = await startRelayer(mailbox, 5, { policy: { recordsFailures: true, maxAttempts: 50 } });
    relayers.set(mailbox, started);
    return started;
  }
  const relay = async (mailbox: Mailbox): Promise<string[]> => (await relayerOf(mailbox)).step();
  function restart(mailbox: Mailbox): void {
    relayers.get(mailbox)?.kill();
    relayers.delete(mailbox);
  }

  async function deliver(mailbox: Mailbox): Promise<void> {
    await mailbox.finalize();
    await (await relayerOf(mailbox)).settle();
  }

  /** Eyes that stay open: they follow reorganisations, as those of bots do. */
  const eyes = new Map<Mailbox, MessageTools>();
  /** What has left one end and not arrived at the other. */
  async function underway(mailbox: Mailbox): Promise<bigint> {
    const open = eyes.get(mailbox) ?? (await mailbox.tools());
    eyes.set(mailbox, open);
    const { destination, mirror } = open;
    const { deliveries } = readMessageLedger((await destination.protocol.sync()).events);
    const { sent } = await mirror.sync();
    return sent
      .filter(({ id }) => deliveries.get(id)?.status !== "Delivered")
      .map(({ message }) => BigInt(dataSlice(message.payload, 32, 64)))
      .reduce((sum, amount) => sum + amount, 0n);
  }

  /** Every token of A is somebody's, and each locked one is a token on B or under way. */
  async function requireConserved(): Promise<void> {
    const { free, locked, minted, owned } = await bridge.balances();
    assert.equal(free + locked, SUPPLY);
    assert.equal(owned, minted);
    assert.equal(locked, minted + (await underway(bridge.forth)) + (await underway(bridge.back)));
  }

  it("brings tokens from A to B and back", async () => {
    await bridge.lock(1_000n);
    await deliver(bridge.forth);
    assert.deepEqual(await bridge.balances(), {
      free: SUPPLY - 1_000n,
      locked: 1_000n,
      minted: 1_000n,
      owned: 1_000n,
    });
    await bridge.burn(400n);
    await deliver(bridge.back);
    assert.deepEqual(await bridge.balances(), {
      free: SUPPLY - 600n,
      locked: 600n,
      minted: 600n,
      owned: 600n,
    });
  });

  for (const seed of SEEDS) {
    it(`conserves the supply whatever fails, dies, and is taken back on either chain: seed ${seed}`, () =>
      play(seed));
  }

  async function play(seed: number): Promise<void> {
    const random = createRandom(seed);
    const told: string[] = [];
    const amount = (): bigint => BigInt(1 + random(500));
    const burnSome = async (): Promise<void> => {
      const { owned } = await bridge.balances();
      if (owned > 0n) await bridge.burn(BigInt(1 + random(Number(owned))));
    };

    /** What happens on a chain only, and may be taken back as long as it is not final on the other one. */
    const onA: [string, () => Promise<unknown>][] = [
      ["lock", () => bridge.lock(amount())],
      ["relay back", () => relay(bridge.back)],
    ];
    const onB: [string, () => Promise<unknown>][] = [
      ["burn", burnSome],
      ["relay forth", () => relay(bridge.forth)],
    ];
    async function reorganise(rpc: typeof bridge.a, acts: typeof onA): Promise<void> {
      const fork = await rpc.request("evm_snapshot", []);
      for (let count = 1 + random(4); count > 0; count--) {
        const [name, act] = acts[random(acts.length)] as (typeof acts)[number];
        told.push(`  ${name}`);
        await act();
        await requireConserved();
      }
      await rpc.request("evm_revert", [fork]);
    }
    const acts: [string, () => Promise<unknown>][] = [
      ...onA,
      ...onB,
      ["finalize A on B", () => bridge.forth.finalize()],
      ["finalize B on A", () => bridge.back.finalize()],
      ["reorganise A", () => reorganise(bridge.a, onA)],
      ["reorganise B", () => reorganise(bridge.b, onB)],
      ["kill the relayer forth", async () => restart(bridge.forth)],
      ["kill the relayer back", async () => restart(bridge.back)],
      ["let releases fail", () => bridge.letReleasesFail(true)],
      ["let releases succeed", () => bridge.letReleasesFail(false)],
      ["let mints fail", () => bridge.letMintsFail(true)],
      ["let mints succeed", () => bridge.letMintsFail(false)],
    ];
    try {
      for (let step = 0; step < STEPS; step++) {
        const [name, act] = acts[random(acts.length)] as (typeof acts)[number];
        told.push(name);
        await act();
        await requireConserved();
      }
    } catch (error) {
      throw new Error(`after: ${told.join(", ")}: ${String(error)}`, { cause: error });
    }
  }

  it("mints later what could not be minted at first, and lets nobody mint it twice", async () => {
    await bridge.letMintsFail(false);
    await deliver(bridge.forth);
    const before = await bridge.balances();
    await bridge.letMintsFail(true);
    await bridge.lock(77n);
    await deliver(bridge.forth);
    const { destination, mirror } = await bridge.forth.tools();
    const id = (await mirror.sync()).sent.at(-1)?.id ?? "";
    const status = async (): Promise<unknown> =>
      readMessageLedger((await destination.protocol.sync()).events).deliveries.get(id)?.status;
    assert.equal(await status(), "Failed");
    assert.equal((await bridge.balances()).minted, before.minted);
    await requireConserved();
    await bridge.letMintsFail(false);
    // A relayer that has not been refused yet asks at once.
    restart(bridge.forth);
    await deliver(bridge.forth);
    assert.equal(await status(), "Delivered");
    assert.equal((await bridge.balances()).minted, before.minted + 77n);
    assert.deepEqual(await (await relayerOf(bridge.forth)).settle(), []);
    await requireConserved();
  });

  it("ends with every message delivered once, and every token home again", async () => {
    await bridge.letReleasesFail(false);
    await bridge.letMintsFail(false);
    restart(bridge.forth);
    await deliver(bridge.forth);
    const { owned } = await bridge.balances();
    if (owned > 0n) await bridge.burn(owned);
    restart(bridge.back);
    await deliver(bridge.back);
    assert.deepEqual(await bridge.balances(), { free: SUPPLY, locked: 0n, minted: 0n, owned: 0n });
    for (const mailbox of [bridge.forth, bridge.back]) {
      const { destination, mirror } = await mailbox.tools();
      const { sent } = await mirror.sync();
      const { events } = await destination.protocol.sync();
      const { deliveries } = readMessageLedger(events);
      assert.ok(sent.length > 0);
      for (const { id } of sent) assert.equal(deliveries.get(id)?.status, "Delivered");
      const times = events.filter(({ name }) => name === "MessageDelivered").length;
      assert.equal(times, sent.length);
    }
  });
});
