/**
 * The whole protocol in four minutes, on two real chains: honest claims and updates become final and a contract on B
 * uses a value of A; then six lies, each with a real bond behind it, are slashed before they could become final. A's own
 * validators have signed the last one. In the end everything told is checked against the chains.
 */
import { Interface, concat, formatEther } from "ethers";
import type { ChainEvent } from "../shared/chain/events.js";
import type { Chains } from "../shared/chain/openChains.js";
import type { DestinationView } from "../shared/chain/protocolReader.js";
import { describeRevert } from "../shared/chain/reverts.js";
import type { SendRequest } from "../shared/chain/sender.js";
import { readReceipt, type Receipt } from "../shared/chain/transactions.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import { sleep } from "../shared/runtime/shutdown.js";
import { HONEST_BALANCE, playCollusion, type Collusion } from "./collusionAct.js";
import { createFeed, startChallengers, startProposer } from "./bots.js";
import type { Devnet, Role } from "./devnet.js";
import { Liar, UPDATE_LIES } from "./liar.js";
import { secondsBetween, shorten, type Timeline } from "./timeline.js";
import { artifactCode, balanceSlot, deployToken, type TokenOnA } from "./traffic.js";

const deskAbi = new Interface([
  "constructor(address feeds, uint64 feed)",
  "function borrow(uint256 amount)",
  "event CreditGiven(address indexed account, uint256 amount, uint256 balanceOnA)",
]);

const ETHER = 10n ** 18n;
const STAKE = 10n * ETHER;
const FEED_FUNDS = ETHER;
const USER_BALANCE = 1_000n * ETHER;
const CREDIT = 400n * ETHER;
const POLL_MS = 250;
const PATIENCE_MS = 240_000;

/** What became of one lie. */
export interface LieReport {
  readonly lie: string;
  readonly court: "AnchorCourt" | "DeltaCourt" | "ExecutionCourt";
  readonly id: string;
  readonly transactionHash: string;
  readonly gasUsed: bigint;
  readonly seconds: bigint;
  readonly bondWei: bigint;
  readonly rewardWei: bigint;
  readonly burnedWei: bigint;
  readonly winner: string;
}

export interface DemoReport {
  readonly lies: readonly LieReport[];
  readonly credit: { readonly block: bigint; readonly balance: bigint; readonly transactionHash: string };
}

/** Runs the demonstration on a fresh devnet. @throws OptisyncError `DemoFailed` (halt) if anything is not as told. */
export async function playDemo(devnet: Devnet, timeline: Timeline, signal: AbortSignal): Promise<DemoReport> {
  return new Demo(devnet, timeline, signal, await devnet.openChains()).play();
}

class Demo {
  readonly #devnet: Devnet;
  readonly #timeline: Timeline;
  readonly #signal: AbortSignal;
  readonly #chains: Chains;

  constructor(devnet: Devnet, timeline: Timeline, signal: AbortSignal, chains: Chains) {
    this.#devnet = devnet;
    this.#timeline = timeline;
    this.#signal = signal;
    this.#chains = chains;
  }

  async play(): Promise<DemoReport> {
    const { say, chapter } = this.#timeline;
    // Evidence for the first lie might come in the last moment of its window, so the challengers open games about it, too.
    // How a game goes is told in the third act.
    this.#timeline.tellIf((name) => !name.startsWith("Game"));
    chapter("1. Honest work");
    const token = await deployToken(this.#devnet.sourceRpc);
    await token.transfer(this.#devnet.wallet("user").address, USER_BALANCE);
    say(
      `an ordinary token lives on A at ${token.address}; the user holds ${formatEther(USER_BALANCE)} of it there`,
    );
    const feed = await createFeed(this.#devnet, token.address, FEED_FUNDS);
    const liarsFeed = await createFeed(this.#devnet, token.address, 0n);
    say(`feed ${feed} mirrors the token's storage to B; feed ${liarsFeed} is left to the liar`);
    await startProposer(this.#devnet, [feed]);
    startChallengers(this.#devnet);
    say("a proposer and two challengers run as processes of their own");
    const busy = token.keepBusy(this.#signal);
    busy.catch(() => undefined);

    const liar = new Liar(this.#chains, this.#devnet.sender("liar"));
    const firstLie = this.#forgedHeader(liar);
    const [lies, credit] = await this.#guard(
      Promise.all([this.#actTwo(liar, liarsFeed, firstLie), this.#useValue(feed)]),
    );
    chapter("3. A lie that A's own validators have signed");
    const { report, ...collusion } = await this.#guard(this.#actThree(token));
    chapter("4. Is all of this true?");
    const all = [...lies, report];
    await this.#check(all, credit, token);
    await this.#checkCollusion(collusion);
    return { lies: all, credit };
  }

  /** The first lie is told as soon as somebody watches, so that its window runs while the honest ones do. */
  async #forgedHeader(liar: Liar): Promise<LieReport> {
    await liar.stake(STAKE);
    const watching = ["challenger 1", "challenger 2"].map(
      (name) => this.#devnet.wallet(name as Role).address,
    );
    // A challenger deposits what its first demands will lock before it does anything else.
    await this.#until("both challengers watch", ({ events }) => {
      const staked = new Set(
        events.filter(({ name }) => name === "Deposited").map(({ args }) => args["staker"]),
      );
      return watching.every((address) => staked.has(address)) ? true : undefined;
    });
    const posted = await this.#retry(() => liar.forgeHeader());
    this.#timeline.say("the liar has claimed a block of A with a state root of its own making");
    return this.#untilSlashed("forged header", posted.id, posted.receipt, "AnchorCourt");
  }

  async #actTwo(liar: Liar, feed: bigint, firstLie: Promise<LieReport>): Promise<LieReport[]> {
    firstLie.catch(() => undefined);
    await this.#until("an honest claim becomes final", ({ ledger }) => {
      const final = [...ledger.claims.values()].filter(({ status }) => status === "Final");
      return final.length > 1 ? final : undefined;
    });
    this.#timeline.chapter("2. Five lies");
    const reports = [await firstLie];
    for (const lie of UPDATE_LIES) {
      const posted = await this.#retry(() => liar.falseUpdate(lie, feed));
      this.#timeline.say(`the liar has posted an update of feed ${feed} with this flaw: ${lie}`);
      reports.push(await this.#untilSlashed(lie, posted.id, posted.receipt, "DeltaCourt"));
    }
    return reports;
  }

  async #actThree(token: TokenOnA): Promise<Collusion & { report: LieReport }> {
    const [devnet, chains, timeline, signal] = [this.#devnet, this.#chains, this.#timeline, this.#signal];
    const until = this.#until.bind(this);
    const collusion = await playCollusion({ devnet, chains, timeline, token, signal, until });
    const { id, receipt } = collusion.lie;
    return {
      ...collusion,
      report: await this.#untilSlashed("signed false root", id, receipt, "ExecutionCourt"),
    };
  }

  async #untilSlashed(
    lie: string,
    id: string,
    posted: Receipt,
    court: LieReport["court"],
  ): Promise<LieReport> {
    const verdict = court === "DeltaCourt" ? "UpdateRejected" : "ClaimRejected";
    const rejected = await this.#until(`${lie} is rejected`, ({ events }) =>
      events.find(({ name, args }) => name === verdict && args["id"] === id),
    );
    const { events } = await this.#chains.protocol.sync();
    const slashed = events.find(
      ({ name, transactionHash }) => name === "Slashed" && transactionHash === rejected.transactionHash,
    );
    const receipt = await readReceipt(this.#chains.rpc, rejected.transactionHash);
    if (slashed === undefined || receipt === undefined) throw failure(`${lie}: nobody was slashed`);
    return {
      lie,
      court,
      id,
      transactionHash: rejected.transactionHash,
      gasUsed: receipt.gasUsed,
      seconds: await secondsBetween(this.#chains.rpc, posted.blockNumber, rejected.blockNumber),
      bondWei: (slashed.args["reward"] as bigint) + (slashed.args["burned"] as bigint),
      rewardWei: slashed.args["reward"] as bigint,
      burnedWei: slashed.args["burned"] as bigint,
      winner: slashed.args["winner"] as string,
    };
  }

  /** A contract on B relies on what the user holds on A. */
  async #useValue(feed: bigint): Promise<DemoReport["credit"]> {
    const { feeds } = this.#devnet.manifest.contracts;
    const data = concat([artifactCode("CreditDesk"), deskAbi.encodeDeploy([feeds, feed])]);
    const { contractAddress } = await this.#send("deployer", { data, label: "deploy desk", key: "desk" });
    await this.#until(`feed ${feed} can be read`, async () => {
      const [isReadable] = await this.#chains.protocol.call("feeds", "isReadable", [feed, 600n]);
      return isReadable === true ? true : undefined;
    });
    const borrow = deskAbi.encodeFunctionData("borrow", [CREDIT]);
    const receipt = await this.#send("user", {
      to: contractAddress ?? "",
      data: borrow,
      label: "borrow",
      key: "borrow",
    });
    const given = receipt.logs
      .map((log) => deskAbi.parseLog({ ...log, topics: [...log.topics] }))
      .find(Boolean);
    const [block] = await this.#chains.protocol.call("feeds", "asOf", [feed], receipt.blockNumber);
    const balance = given?.args["balanceOnA"] as bigint;
    this.#timeline.say(
      `a contract on B lent ${formatEther(CREDIT)} against the ${formatEther(balance)} that the user holds on A ` +
        `at block ${block as bigint}  (${shorten(receipt.transactionHash)}, ${receipt.gasUsed.toLocaleString("en")} gas)`,
    );
    return { block: block as bigint, balance, transactionHash: receipt.transactionHash };
  }

  /** Asks the chains themselves whether everything went as told. */
  async #check(lies: readonly LieReport[], credit: DemoReport["credit"], token: TokenOnA): Promise<void> {
    const { protocol, manifest, source } = this.#chains;
    const { parameters } = protocol;
    const { ledger, events } = await protocol.sync();
    const user = this.#devnet.wallet("user").address;
    const proof = await source.accountProof(credit.block, token.address, [balanceSlot(user)]);
    this.#expect("the value used on B", credit.balance, proof.slots[0]?.value);
    this.#expect("the same by A's own balanceOf", credit.balance, await token.balanceAt(user, credit.block));

    for (const report of lies) {
      const isClaim = report.court !== "DeltaCourt";
      const status = isClaim ? ledger.claims.get(report.id)?.status : ledger.updates.get(report.id)?.status;
      this.#expect(`${report.lie}: status`, status, "Rejected");
      const bond = isClaim ? parameters.claims.bondWei : parameters.updates.bondWei;
      this.#expect(`${report.lie}: bond lost`, report.bondWei, bond);
      this.#expect(`${report.lie}: half to the challenger`, report.rewardWei, bond / 2n);
    }
    const liar = this.#devnet.wallet("liar").address;
    const lost = lies.reduce((sum, { bondWei }) => sum + bondWei, 0n);
    const [account] = await protocol.call("stake", "account", [liar]);
    this.#expect("what the liar has left", (account as { free: bigint }).free, STAKE - lost);
    const burned = lies.reduce((sum, { burnedWei }) => sum + burnedWei, 0n);
    this.#expect("burned in all", (await protocol.call("stake", "burned", []))[0], burned);
    this.#expect("honest parties slashed", slashedExcept(events, liar), 0);
    this.#expect("lies that became final", falseFinals(ledger, lies), 0);
    const balance = BigInt(
      (await this.#chains.rpc.send("eth_getBalance", [manifest.contracts.stake, "latest"])) as string,
    );
    this.#expect("Stake can pay everything it owes", balance >= burned, true);
  }

  async #checkCollusion({ lie, game, refusal, balance }: Collusion): Promise<void> {
    const claim = (await this.#chains.protocol.sync()).ledger.claims.get(lie.id);
    this.#expect("signed false root: its anchor evidence was accepted", claim?.attested, true);
    this.#expect("the liar's balance in that block, by A itself", balance, HONEST_BALANCE);
    this.#expect(
      "the step at which the liar lied is the one they ended at",
      Number(game.from) + 1,
      lie.step + 1,
    );
    this.#expect("what B said to the proof of it", refusal, "StepRefuted");
    const { source } = this.#chains;
    const { stateRoot } = await source.headerByNumber(lie.claim.number);
    this.#expect("the true root of that block is another", stateRoot !== lie.claim.stateRoot, true);
    const players = ["challenger 1", "challenger 2"] as const;
    const locked = await this.#until("the challengers have their bonds back", async () => {
      const accounts = await Promise.all(
        players.map((name) =>
          this.#chains.protocol.call("stake", "account", [this.#devnet.wallet(name).address]),
        ),
      );
      const sum = accounts.reduce((total, [account]) => total + (account as { locked: bigint }).locked, 0n);
      return sum === 0n ? sum : undefined;
    });
    this.#expect("bonds of challengers still locked", locked, 0n);
  }

  #expect(what: string, got: unknown, wanted: unknown): void {
    if (got !== wanted) throw failure(`${what}: got ${String(got)}, wanted ${String(wanted)}`);
    const shown = typeof got === "bigint" ? formatEther(got) : String(got);
    this.#timeline.say(`✓ ${what}: ${shown}`);
  }

  async #send(role: "deployer" | "user", request: SendRequest): Promise<Receipt> {
    const outcome = await this.#devnet.sender(role).send(request);
    if (outcome.kind === "confirmed") return outcome.receipt;
    throw failure(
      `${request.label}: ${outcome.kind === "reverted" ? describeRevert(outcome.revert) : outcome.kind}`,
    );
  }

  /** Repeats what has nothing to work on yet. */
  async #retry<T>(attempt: () => Promise<T>): Promise<T> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() > end || this.#signal.aborted) throw error;
        await sleep(POLL_MS, this.#signal);
      }
    }
  }

  async #until<T>(
    what: string,
    look: (view: DestinationView) => T | undefined | Promise<T | undefined>,
  ): Promise<T> {
    const end = Date.now() + PATIENCE_MS;
    while (Date.now() < end) {
      const found = await look(await this.#chains.protocol.sync());
      if (found !== undefined) return found;
      await sleep(POLL_MS, this.#signal);
    }
    throw failure(
      `waited ${PATIENCE_MS / 1000} s in vain until ${what}; the logs are in ${this.#devnet.folder}`,
    );
  }

  /** A process that ends by itself ends the demonstration. */
  #guard<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#devnet.failed]);
  }
}

function slashedExcept(events: readonly ChainEvent[], liar: string): number {
  return events.filter(({ name, args }) => name === "Slashed" && args["staker"] !== liar).length;
}

function falseFinals(ledger: DestinationView["ledger"], lies: readonly LieReport[]): number {
  return lies.filter(({ id }) => {
    const status = ledger.claims.get(id)?.status ?? ledger.updates.get(id)?.status;
    return status === "Final" || status === "Applied" || status === "Applying";
  }).length;
}

function failure(message: string): OptisyncError {
  return new OptisyncError("DemoFailed", message, { action: "halt" });
}
