import assert from "node:assert/strict";
import { AbiCoder, ZeroHash, keccak256, type Wallet } from "ethers";
import { Challenger } from "../../challenger/challenger.js";
import { interfaces } from "../../shared/chain/contracts.js";
import type { Chains } from "../../shared/chain/openChains.js";
import { createHistory } from "../../shared/chain/history.js";
import { createMemoryRecords } from "../../shared/chain/recordStore.js";
import type { Sender } from "../../shared/chain/sender.js";
import { readReceipt } from "../../shared/chain/transactions.js";
import type { Source } from "../../shared/chain/source.js";
import { finalHead, type ClaimEntry, type Ledger } from "../../shared/protocol/ledger.js";
import { parameterPresets, type ProtocolParameters } from "../../shared/protocol/parameters.js";
import type { GameEntry } from "../../shared/protocol/gameBook.js";
import type { BlockPair, TraceProvider } from "../../shared/game/trace.js";
import { silentLogger, type Logger } from "../../shared/runtime/logger.js";
import { startDestinationNode } from "../../devnet/destinationNode.js";
import { openMachine } from "../../shared/game/machine.js";
import { startBot, type Bot } from "../proposer/bot.js";
import { startDeployment, type TestDeployment } from "../support/deployment.js";
import { forgeChain, type ForgedChain } from "../support/forgedChain.js";
import { createToyMachine, rootsOf, teachToyStepper } from "../support/toyMachine.js";

export const TOY_LENGTH = 1_000_003n;
const STAKE = 50n * 10n ** 18n;

/** Clocks long enough that no test ever loses one to a slow computer. */
export const GAME_PARAMETERS: ProtocolParameters = {
  ...parameterPresets.devnet,
  claims: { ...parameterPresets.devnet.claims, windowSeconds: 600n },
  games: {
    clockSeconds: 3600n,
    moveSeconds: 300n,
    proveSeconds: 600n,
    bondWei: 5n * 10n ** 17n,
    gasCover: 36_000_000n,
  },
};

/** A challenger process, as far as a test can tell. */
export interface GameChallenger {
  readonly address: string;
  readonly challenger: Challenger;
  /** Looks, computes and acts until nothing is left to do at this moment. */
  act(): Promise<void>;
  /** Ends it as `kill -9` would. */
  kill(): void;
}

/** Both chains, an execution court with the toy machine or the real one, and everybody who plays. */
export class GameBench {
  readonly test: TestDeployment;
  readonly source: Source;
  readonly #stop = new AbortController();

  /** Undefined: the toy. */
  readonly #machine: TraceProvider | undefined;

  private constructor(test: TestDeployment, source: Source, machine?: TraceProvider) {
    this.test = test;
    this.source = source;
    this.#machine = machine;
  }

  static async start(parameters = GAME_PARAMETERS): Promise<GameBench> {
    const test = await startDeployment({ toyLength: TOY_LENGTH, parameters });
    return new GameBench(test, await test.openSource());
  }

  /** The machine itself, on a B where no transaction may take more than 2^24 gas (EIP-7825). */
  static async startReal(parameters = GAME_PARAMETERS): Promise<GameBench> {
    const destinationNode = await startDestinationNode({ chainId: 31_338n, hardfork: "osaka" });
    const test = await startDeployment({ hasMachine: true, parameters, destinationNode });
    const source = await test.openSource();
    const protocol = await test.openReader();
    const machine = await openMachine({ manifest: test.manifest, source, rpc: test.destination, protocol });
    return new GameBench(test, source, machine);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.test.close();
  }

  wallet(index: number): Wallet {
    const wallet = this.test.wallets[index];
    assert.ok(wallet);
    return wallet;
  }

  sender(index: number): Sender {
    return this.test.createSender(this.wallet(index));
  }

  /** Mines blocks on A and forges a chain over them on top of B's final head; the toy machine is taught the truth. */
  async forge(blocks: number, falseAt: number): Promise<ForgedChain> {
    await this.test.mineSource(blocks);
    const head = finalHead(await this.ledger());
    assert.ok(head);
    const low = head.claim.number + 1n;
    const { number: high } = await this.source.finalizedHead();
    const chain = await forgeChain(this.source, low, high, low + BigInt(falseAt) - 1n);
    await this.teach(chain.source, low, high);
    await this.teach(this.source, low, high);
    // What was taught last holds: the state root that the false block should have.
    return chain;
  }

  async teach(source: Source, low: bigint, high: bigint): Promise<void> {
    const { execution } = this.test.manifest;
    assert.ok(execution);
    await teachToyStepper(this.sender(0), execution.stepper, source, low, high);
  }

  async stake(index: number, amountWei = STAKE): Promise<void> {
    const sender = this.sender(index);
    await this.send(sender, "stake", "deposit", [sender.address], amountWei);
  }

  /** Claims a block with the stake of a wallet. */
  async propose(index: number, headerRlp: string, parent?: ClaimEntry): Promise<ClaimEntry> {
    const sender = this.sender(index);
    const base = parent ?? finalHead(await this.ledger());
    assert.ok(base);
    await this.send(sender, "stateSync", "propose", [sender.address, base.id, headerRlp]);
    const claim = [...(await this.ledger()).claims.values()].at(-1);
    assert.ok(claim);
    return claim;
  }

  /** A claim about the tip of a forged chain. */
  async claimTip(index: number, chain: ForgedChain): Promise<ClaimEntry> {
    return this.propose(index, [...chain.headers.values()].at(-1)?.rlp ?? "");
  }

  async attest({ claim }: ClaimEntry): Promise<void> {
    const evidence = await this.test.evidence(claim.number, claim.blockHash);
    await this.send(this.sender(0), "anchorCourt", "attest", [claim, evidence]);
  }

  async send(
    sender: Sender,
    contract: "stake" | "stateSync" | "anchorCourt",
    name: string,
    args: unknown[],
    value = 0n,
  ): Promise<void> {
    const to = this.test.manifest.contracts[contract];
    const data = interfaces[contract].encodeFunctionData(name, args);
    const outcome = await sender.send({ to, data, value, label: name, key: `${name}:${data}` });
    assert.equal(
      outcome.kind,
      "confirmed",
      `${name}: ${JSON.stringify(outcome, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))}`,
    );
  }

  machineFor(chain?: ForgedChain): TraceProvider {
    if (this.#machine !== undefined) return this.#machine;
    return createToyMachine({ length: TOY_LENGTH, trueRoot: chain?.trueRoot ?? rootsOf(this.source) });
  }

  async chains(chain?: ForgedChain, signal: AbortSignal = this.#stop.signal): Promise<Chains> {
    const source = chain?.source ?? this.source;
    const history =
      chain?.history ??
      createHistory({ source, store: createMemoryRecords(), logger: silentLogger(), signal });
    const protocol = await this.test.openReader(signal);
    return { manifest: this.test.manifest, source, history, rpc: this.test.destination, protocol };
  }

  /** A challenger without any memory of earlier lives, whose node of A follows `chain`. */
  async challenger(
    index: number,
    chain?: ForgedChain,
    changes: { logger?: Logger; machine?: TraceProvider } = {},
  ): Promise<GameChallenger> {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#stop.signal]);
    const sender = this.test.createSender(this.wallet(index), { signal });
    const challenger = new Challenger(
      { challenger: sender.address, bondReserve: 1n, pollMs: 50 },
      {
        chains: await this.chains(chain, signal),
        sender,
        machine: changes.machine ?? this.machineFor(chain),
        logger: changes.logger ?? silentLogger(),
        signal,
      },
    );
    return {
      address: sender.address,
      challenger,
      async act() {
        // Judging, recognising and computing a move may take a look each.
        for (let quiet = 0; quiet < 4;) {
          const { actions } = await challenger.tick();
          await challenger.computed();
          await challenger.settled();
          quiet = actions.length === 0 ? quiet + 1 : 0;
        }
      },
      kill: () => stop.abort(new DOMException("killed", "AbortError")),
    };
  }

  /** An honest proposer whose node of A follows `chain`. It claims nothing by itself unless told. */
  async proposer(index: number, chain?: ForgedChain, maxPendingClaims = 0): Promise<Bot> {
    return startBot(this.test, this.wallet(index), {
      machine: this.machineFor(chain),
      ...(chain === undefined ? {} : { source: chain.source }),
      policy: { maxPendingClaims, feeds: [] },
    });
  }

  /** A block of A and its parent. */
  async pairAt(number: bigint): Promise<BlockPair> {
    const parent = await this.source.headerByNumber(number - 1n);
    return { parentHeader: parent.rlp, header: (await this.source.headerByNumber(number)).rlp };
  }

  /** Gas of all transactions of a game, whoever sent them. */
  async gasOf(game: string): Promise<bigint> {
    const { events } = await (await this.test.openReader()).sync();
    const own = events.filter(({ args }) => args["game"] === game);
    let gas = 0n;
    for (const hash of new Set(own.map(({ transactionHash }) => transactionHash)))
      gas += (await readReceipt(this.test.destination, hash))?.gasUsed ?? 0n;
    return gas;
  }

  async ledger(): Promise<Ledger> {
    return (await (await this.test.openReader()).sync()).ledger;
  }

  async game(id: string): Promise<GameEntry> {
    const game = (await this.ledger()).games.get(id);
    assert.ok(game);
    return game;
  }

  /**
   * Whether the ledger says what the contract has stored about every game, and every wei in Stake has an owner. Computed
   * from the contract's own records, not from the bots' view.
   */
  async audit(): Promise<void> {
    const reader = await this.test.openReader();
    const { ledger, head } = await reader.sync();
    for (const game of ledger.games.values()) {
      const [record] = await reader.call("executionCourt", "record", [game.id], head.number);
      const { vector, moves, clock } = record as {
        vector: string;
        moves: bigint;
        clock: Record<string, bigint>;
      };
      if (game.outcome !== undefined) {
        assert.deepEqual([vector, moves], [ZeroHash, 255n]);
        continue;
      }
      const encoded = AbiCoder.defaultAbiCoder().encode([`bytes32[${game.values.length}]`], [game.values]);
      assert.equal(vector, keccak256(encoded));
      assert.equal(moves, BigInt(game.moves.length));
      const { since, defenderSeconds, challengerSeconds } = game.clock;
      assert.deepEqual(
        [since, defenderSeconds, challengerSeconds],
        [clock["since"], clock["defender"], clock["challenger"]],
      );
    }
    let owed = ((await reader.call("stake", "burned", [])) as [bigint])[0];
    for (const { address } of this.test.wallets) {
      const { free, locked } = await this.stakeOf(address);
      owed += free + locked;
    }
    assert.equal(await this.test.destination.getBalance(this.test.manifest.contracts.stake), owed);
  }

  async stakeOf(staker: string): Promise<{ free: bigint; locked: bigint }> {
    const [account] = await (await this.test.openReader()).call("stake", "account", [staker]);
    return account as { free: bigint; locked: bigint };
  }
}
