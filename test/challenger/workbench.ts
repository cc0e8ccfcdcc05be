import assert from "node:assert/strict";
import type { Wallet } from "ethers";
import { Challenger } from "../../challenger/challenger.js";
import { Liar } from "../../devnet/liar.js";
import { interfaces } from "../../shared/chain/contracts.js";
import { createHistory } from "../../shared/chain/history.js";
import type { Chains } from "../../shared/chain/openChains.js";
import { createMemoryRecords } from "../../shared/chain/recordStore.js";
import { createRpc } from "../../shared/chain/rpc.js";
import type { Sender } from "../../shared/chain/sender.js";
import type { Source } from "../../shared/chain/source.js";
import type { ClaimEntry, Ledger, UpdateEntry } from "../../shared/protocol/ledger.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { compileExercise } from "../support/contracts.js";
import { startDeployment, type TestDeployment } from "../support/deployment.js";

const STAKE = 10n ** 20n;

/** One challenger process, as far as a test can tell: its own view, its own memory, its own sender. */
export interface TestChallenger {
  readonly challenger: Challenger;
  readonly address: string;
  readonly chains: Chains;
  /** One look, and everything that followed from it. */
  act(): Promise<void>;
  /** Ends it at once, as `kill -9` would: whatever it was waiting for is forgotten. */
  kill(): void;
}

/** Both chains with an account worth lying about on A. */
export class Workbench {
  readonly test: TestDeployment;
  readonly token: string;
  readonly exercise = compileExercise();
  readonly #stop = new AbortController();

  private constructor(test: TestDeployment, token: string) {
    this.test = test;
    this.token = token;
  }

  static async start(): Promise<Workbench> {
    const test = await startDeployment();
    const exercise = compileExercise();
    const created = await test.sendToSource({ data: exercise.bytecode });
    const bench = new Workbench(test, created.contractAddress ?? "");
    await bench.changeToken();
    return bench;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.test.close();
  }

  /** Changes storage of the account, so that there is something new to claim and to post. */
  async changeToken(value = 5n): Promise<void> {
    const data = this.exercise.call("setMany(uint256,uint256,uint256)", 0n, 20n, value);
    await this.test.sendToSource({ to: this.token, data });
  }

  async openChains(
    options: { sourceUrl?: string; source?: Source; signal?: AbortSignal } = {},
  ): Promise<Chains> {
    const { sourceUrl, signal = this.#stop.signal } = options;
    const rpc = sourceUrl === undefined ? undefined : createRpc({ urls: [sourceUrl], retries: 0, signal });
    const source = options.source ?? (await this.test.openSource(rpc));
    const history = createHistory({ source, store: createMemoryRecords(), logger: silentLogger(), signal });
    const protocol = await this.test.openReader(signal);
    return { manifest: this.test.manifest, source, history, rpc: this.test.destination, protocol };
  }

  /** A challenger without any memory of earlier lives. */
  async challenger(
    wallet: number,
    options: { sourceUrl?: string; source?: Source } = {},
  ): Promise<TestChallenger> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#stop.signal]);
    const chains = await this.openChains({ ...options, signal });
    const sender = this.test.createSender(this.wallet(wallet), { signal });
    const challenger = new Challenger(
      { challenger: sender.address, bondReserve: 1n, pollMs: 50 },
      { chains, sender, logger: silentLogger(), signal },
    );
    return {
      challenger,
      address: sender.address,
      chains,
      async act() {
        await challenger.tick();
        await challenger.settled();
      },
      kill: () => stop.abort(),
    };
  }

  async liar(wallet: number): Promise<{ liar: Liar; sender: Sender; chains: Chains }> {
    const chains = await this.openChains();
    const sender = this.test.createSender(this.wallet(wallet));
    const liar = new Liar(chains, sender);
    await liar.stake(STAKE);
    return { liar, sender, chains };
  }

  async ledger(): Promise<Ledger> {
    return (await (await this.openChains()).protocol.sync()).ledger;
  }

  async claim(id: string): Promise<ClaimEntry | undefined> {
    return (await this.ledger()).claims.get(id);
  }

  async update(id: string): Promise<UpdateEntry | undefined> {
    return (await this.ledger()).updates.get(id);
  }

  async stakeOf(staker: string): Promise<{ free: bigint; locked: bigint }> {
    const { protocol } = await this.openChains();
    const [account] = await protocol.call("stake", "account", [staker]);
    return account as { free: bigint; locked: bigint };
  }

  async createFeed(sender: Sender): Promise<bigint> {
    const { feeds } = this.test.manifest.contracts;
    const data = interfaces.feeds.encodeFunctionData("createFeed", [this.token, 0n, 0n]);
    await sender.send({ to: feeds, data, label: "createFeed", key: `createFeed:${this.#serial++}` });
    return BigInt((await this.ledger()).feeds.size);
  }

  /** Claims A's newest block truthfully with the stake of `sender`. */
  async propose(sender: Sender, chains: Chains): Promise<ClaimEntry> {
    const { ledger } = await chains.protocol.sync();
    const parent = [...ledger.claims.values()].filter(({ status }) => status === "Final").at(-1);
    assert.ok(parent);
    const header = await chains.source.finalizedHead();
    const { stateSync } = this.test.manifest.contracts;
    const data = interfaces.stateSync.encodeFunctionData("propose", [sender.address, parent.id, header.rlp]);
    const outcome = await sender.send({
      to: stateSync,
      data,
      label: "propose",
      key: `propose:${header.hash}`,
    });
    assert.equal(outcome.kind, "confirmed");
    const claim = [...(await chains.protocol.sync()).ledger.claims.values()].at(-1);
    assert.ok(claim);
    return claim;
  }

  async finalize(sender: Sender, claim: ClaimEntry): Promise<void> {
    await this.test.advance(this.test.parameters.claims.windowSeconds + 1n);
    const { stateSync } = this.test.manifest.contracts;
    const data = interfaces.stateSync.encodeFunctionData("finalize", [claim.claim]);
    const outcome = await sender.send({
      to: stateSync,
      data,
      label: "finalize",
      key: `finalize:${claim.id}`,
    });
    assert.equal(outcome.kind, "confirmed");
  }

  wallet(index: number): Wallet {
    const wallet = this.test.wallets[index];
    assert.ok(wallet);
    return wallet;
  }

  #serial = 0;
}
