/**
 * A table at which any number of games are played to the end on the contracts themselves, without bots: all moves of a round go
 * into one block of B. Every block of A that is played about has the deployment's first claim for its parent.
 */
import assert from "node:assert/strict";
import { Wallet, type JsonRpcProvider } from "ethers";
import { startDestinationNode, type DestinationNode } from "../../devnet/destinationNode.js";
import { allInterfaces, interfaces } from "../../shared/chain/contracts.js";
import { deployProtocol } from "../../shared/chain/deploy.js";
import { connectDestination } from "../../shared/chain/destination.js";
import { DEFAULT_FEE_POLICY } from "../../shared/chain/fees.js";
import type { Manifest } from "../../shared/chain/manifest.js";
import {
  openProtocol,
  type DestinationView,
  type ProtocolReader,
} from "../../shared/chain/protocolReader.js";
import { createRevertDecoder } from "../../shared/chain/reverts.js";
import { createRpc, type Rpc } from "../../shared/chain/rpc.js";
import { createSender } from "../../shared/chain/sender.js";
import { headerFieldCounts, type ExecutionForks } from "../../shared/execution/forks.js";
import { endCall, moveCall, nameOf, openCall, type GameCall } from "../../shared/game/calls.js";
import { deployMachine } from "../../shared/game/deployMachine.js";
import type { PreparedMove } from "../../shared/game/moves.js";
import { stepperPlanOf } from "../../shared/machine/stepperPlan.js";
import { createForkSchedule } from "../../shared/protocol/forkSchedule.js";
import { moveDue, type GameEntry } from "../../shared/protocol/gameBook.js";
import { finalHead, type ClaimEntry } from "../../shared/protocol/ledger.js";
import type { ProtocolParameters } from "../../shared/protocol/parameters.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { MAX_TX_GAS, postAll, type NodeTransaction } from "./postAll.js";

/** What a player does when it is to move; undefined if it has nothing to say. */
export type Player = (game: GameEntry, claim: ClaimEntry) => Promise<PreparedMove | undefined>;

export interface TableOptions {
  readonly forks: ExecutionForks;
  /** RLP of the header of the block that all claims build on. */
  readonly genesisHeader: string;
  readonly parameters: ProtocolParameters;
}

/** Room for hundreds of proofs in a block; what a single transaction may take is limited by EIP-7825 all the same. */
const BLOCK_GAS = 1_000_000_000_000;
const decoder = createRevertDecoder(allInterfaces);
/** Transactions in one request. */
const BATCH = 20;

export class CourtTable {
  readonly manifest: Manifest;
  readonly parameters: ProtocolParameters;
  readonly rpc: JsonRpcProvider;
  readonly #node: DestinationNode;
  readonly #batches: Rpc;
  readonly #reader: ProtocolReader;

  private constructor(
    options: TableOptions,
    manifest: Manifest,
    connection: { rpc: JsonRpcProvider; node: DestinationNode },
    reader: ProtocolReader,
  ) {
    this.manifest = manifest;
    this.parameters = options.parameters;
    this.rpc = connection.rpc;
    this.#node = connection.node;
    this.#batches = createRpc({ urls: [connection.node.url], timeoutMs: 120_000, batchSize: BATCH });
    this.#reader = reader;
  }

  static async start(options: TableOptions): Promise<CourtTable> {
    const extraArguments = ["--gas-limit", String(BLOCK_GAS), "--no-request-size-limit"];
    const node = await startDestinationNode({ chainId: 31_338n, hardfork: "osaka", extraArguments });
    try {
      return await CourtTable.#deploy(options, node);
    } catch (error) {
      await node.close();
      throw error;
    }
  }

  static async #deploy(options: TableOptions, node: DestinationNode): Promise<CourtTable> {
    const { forks, genesisHeader, parameters } = options;
    const rpc = await connectDestination({ urls: [node.url], timeoutMs: 120_000 });
    const logger = silentLogger();
    const { signal } = new AbortController();
    const sender = createSender({
      rpc,
      signer: new Wallet(node.accounts[0]?.privateKey ?? ""),
      chainId: node.chainId,
      decoder,
      feePolicy: DEFAULT_FEE_POLICY,
      confirmations: 1,
      pollMs: 5,
      dryRun: false,
      logger,
      signal,
    });
    const fork = forks.forks.at(-1)?.name ?? "osaka";
    const schedule = createForkSchedule([{ fromTimestamp: 0n, fieldCount: headerFieldCounts[fork] }]);
    const tools = { rpc, sender, logger };
    const manifest = await deployProtocol(
      {
        name: "table",
        sourceChainId: forks.chainId,
        destinationChainId: node.chainId,
        parameters,
        forks: schedule,
        stepper: await deployMachine(stepperPlanOf(forks, schedule), tools),
        sourceForks: [{ name: fork, timestamp: 0n }],
        genesisHeader,
        anchor: { kind: "committee", members: [node.accounts[9]?.address ?? ""], threshold: 1 },
      },
      tools,
    );
    const reader = await openProtocol({ rpc, manifest, confirmations: 0, chunkSize: 1_000n, logger, signal });
    await node.rpc("evm_setAutomine", [false]);
    return new CourtTable(options, manifest, { rpc, node }, reader);
  }

  async close(): Promise<void> {
    this.rpc.destroy();
    await this.#node.close();
  }

  address(index: number): string {
    const account = this.#node.accounts[index];
    assert.ok(account);
    return account.address;
  }

  view(): Promise<DestinationView> {
    return this.#reader.sync();
  }

  /** Lets time pass. */
  async advance(seconds: bigint): Promise<void> {
    await this.#node.mine(1, Number(seconds));
  }

  async timeOf(block: bigint): Promise<bigint> {
    const answer = await this.rpc.send("eth_getBlockByNumber", [`0x${block.toString(16)}`, false]);
    return BigInt((answer as { timestamp: string }).timestamp);
  }

  /** Sends transactions and mines them in one block. Each has to succeed. @returns the gas that they took */
  async post(calls: readonly NodeTransaction[]): Promise<bigint> {
    if (calls.length === 0) return 0n;
    await postAll(this.#batches, calls);
    await this.#node.mine(1);
    const receipts = (await this.rpc.send("eth_getBlockReceipts", ["latest"])) as {
      status: string;
      gasUsed: string;
    }[];
    assert.equal(receipts.length, calls.length);
    assert.equal(receipts.filter(({ status }) => status !== "0x1").length, 0, "transactions reverted");
    return receipts.reduce((sum, { gasUsed }) => sum + BigInt(gasUsed), 0n);
  }

  async stake(account: string, value: bigint): Promise<void> {
    const data = interfaces.stake.encodeFunctionData("deposit", [account]);
    await this.post([{ from: account, to: this.manifest.contracts.stake, data, value }]);
  }

  async stakeOf(account: string): Promise<{ free: bigint; locked: bigint }> {
    const [answer] = await this.#reader.call("stake", "account", [account]);
    return answer as { free: bigint; locked: bigint };
  }

  /** Claims blocks that build on the first claim. @returns the claims, in the order of the headers */
  async claim(proposer: string, headers: readonly string[]): Promise<ClaimEntry[]> {
    const before = (await this.view()).ledger;
    const parent = finalHead(before);
    const to = this.manifest.contracts.stateSync;
    const propose = (header: string): string =>
      interfaces.stateSync.encodeFunctionData("propose", [proposer, parent?.id, header]);
    await this.post(headers.map((header) => ({ from: proposer, to, data: propose(header) })));
    const claims = [...(await this.view()).ledger.claims.values()].filter(({ id }) => !before.claims.has(id));
    assert.equal(claims.length, headers.length);
    return claims;
  }

  async open(challenger: string, games: readonly { claim: ClaimEntry; nonce: bigint }[]): Promise<void> {
    const { ledger } = await this.view();
    const calls = games.map(({ claim, nonce }) => {
      const parent = ledger.claims.get(claim.claim.parent);
      assert.ok(parent);
      const name = { claim: claim.claim, challenger, nonce };
      return callFrom(challenger, openCall(this.manifest, name, parent.claim));
    });
    await this.post(calls);
  }

  /** Has everybody make the moves that are due, one round of all games after the other, until nobody moves any more. */
  async play(defend: Player, challenge: Player): Promise<void> {
    for (;;) {
      const calls: NodeTransaction[] = [];
      for (const { game, claim } of await this.openGames()) {
        const isDefenders = moveDue(game) !== "Point";
        const move = await (isDefenders ? defend : challenge)(game, claim);
        if (move === undefined) continue;
        const from = isDefenders ? claim.claim.proposer : game.challenger;
        calls.push(callFrom(from, moveCall(this.manifest, game, claim.claim, move)));
      }
      if (calls.length === 0) return;
      await this.post(calls);
    }
  }

  /** Games that are not over, with their claims. */
  async openGames(): Promise<{ game: GameEntry; claim: ClaimEntry }[]> {
    const { ledger } = await this.view();
    return [...ledger.games.values()].flatMap((game) => {
      const claim = ledger.claims.get(game.claim);
      return game.outcome === undefined && claim !== undefined ? [{ game, claim }] : [];
    });
  }

  /** Ends all open games by time; anybody may. */
  async timeoutAll(from: string): Promise<void> {
    const games = await this.openGames();
    await this.post(
      games.map(({ game, claim }) =>
        callFrom(from, endCall(this.manifest, nameOf(game, claim.claim), "timeout")),
      ),
    );
  }

  async finalize(from: string, { claim }: ClaimEntry): Promise<void> {
    const data = interfaces.stateSync.encodeFunctionData("finalize", [claim]);
    await this.post([{ from, to: this.manifest.contracts.stateSync, data }]);
  }

  /** What the court says to a move that is not sent: the name of its error, and the values in it. */
  async tryMove(
    game: GameEntry,
    claim: ClaimEntry,
    move: PreparedMove,
  ): Promise<{ name: string; args: Readonly<Record<string, unknown>> } | undefined> {
    const { to, data } = moveCall(this.manifest, game, claim.claim, move);
    const call = { from: claim.claim.proposer, to, data, gas: `0x${MAX_TX_GAS.toString(16)}` };
    try {
      await this.rpc.send("eth_call", [call, "latest"]);
      return undefined;
    } catch (error) {
      const revert = decoder.fromError(error);
      if (revert === undefined) throw error;
      return { name: revert.name, args: revert.args };
    }
  }
}

function callFrom(from: string, { to = "", data = "0x" }: GameCall): NodeTransaction {
  return { from, to, data };
}
