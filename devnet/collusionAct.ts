/** The last lie of the demonstration: a state root that A's whole committee signed, and the game by which it dies. */
import { formatEther } from "ethers";
import type { Chains } from "../shared/chain/openChains.js";
import type { DestinationView } from "../shared/chain/protocolReader.js";
import { readMachineArtifacts } from "../shared/machine/artifacts.js";
import { deadlineOf, type GameEntry } from "../shared/protocol/gameBook.js";
import { Colluder, type FalseClaim } from "./colluder.js";
import type { Devnet } from "./devnet.js";
import { tellGame } from "./gameStory.js";
import { namesIn, type Timeline } from "./timeline.js";
import { balanceSlot, type TokenOnA } from "./traffic.js";

const ETHER = 10n ** 18n;
/** What the liar holds on A by an ordinary transaction. */
export const HONEST_BALANCE = ETHER;
const MINTED = 1_000_000n * ETHER;

/** Events that belong to this story. */
const TOLD = ["ClaimAttested", "GameOpened", "GameSettled", "ClaimRejected", "Slashed"];

export interface CollusionStage {
  readonly devnet: Devnet;
  readonly chains: Chains;
  readonly timeline: Timeline;
  readonly token: TokenOnA;
  readonly signal: AbortSignal;
  /** Waits until a look at B finds something. */
  until<T>(what: string, look: (view: DestinationView) => T | undefined | Promise<T | undefined>): Promise<T>;
}

/** What happened, as far as it can be checked. */
export interface Collusion {
  readonly lie: FalseClaim;
  /** The game as it stood when all that was left was one step. */
  readonly game: GameEntry;
  /** What B said to the liar's proof of that step. */
  readonly refusal: string;
  /** What the liar holds on A in the block about which it lied. */
  readonly balance: bigint;
}

/** Plays until the disputed interval is a single step. Then the liar's clock runs. */
export async function playCollusion(stage: CollusionStage): Promise<Collusion> {
  const { devnet, chains, timeline, token, signal, until } = stage;
  const { say } = timeline;
  timeline.tellIf((name) => TOLD.includes(name));
  say("(the honest work goes on, untold from here)");
  const liar = devnet.wallet("liar");
  const number = await token.transfer(liar.address, HONEST_BALANCE);
  say(
    `on A, an ordinary transaction gives the liar ${formatEther(HONEST_BALANCE)} token, in block ${number}`,
  );
  await until(`block ${number} of A is final`, async () => {
    const head = await chains.source.finalizedHead();
    return head.number >= number ? head : undefined;
  });

  const colluder = new Colluder({
    chains,
    wallet: liar,
    sender: devnet.sender("liar"),
    committee: devnet.committee,
    programs: readMachineArtifacts().programs,
    signal,
  });
  const mint = { token: token.address, slot: balanceSlot(liar.address), amount: MINTED };
  const lie = await colluder.claim(number, mint);
  say(`the liar claims that very block, but with a state root in which it holds ${formatEther(MINTED)} more`);
  say(
    `all ${devnet.committee.length} members of A's committee signed that this is A's block: the anchor is of no help`,
  );
  say(
    "whether the root is false, only executing the block can tell. B can execute a single step, so they look for it:",
  );
  const liarFails = new Promise<never>((_, reject) => colluder.defend().catch(reject));
  liarFails.catch(() => undefined);

  const opened = await until("somebody disputes the execution", ({ ledger }) =>
    [...ledger.games.values()].find(({ claim }) => claim === lie.id),
  );
  const { protocol, rpc } = chains;
  const telling = tellGame(opened.id, { protocol, rpc, timeline, nameOf: namesIn(devnet), signal });
  const game = await Promise.race([telling, liarFails]);
  const step = (game.from + 1n).toLocaleString("en");
  say(
    `  what is left is step ${step}, the ${lie.what.opcode} with which the token stores the liar's balance`,
  );
  const refusal = await until("the liar tries to prove it", () => colluder.refusal);
  say(
    `  the liar shows the proof of that step. B executes it, and it stores the true balance: ${refusal.name}`,
  );
  const { games } = protocol.parameters;
  const { clock } = await protocol.sync();
  const left = games === undefined ? 0n : deadlineOf(game, games) - clock;
  say(`  there is no other proof: the liar's clock runs out in ${left} s, and then anybody can say so`);
  return { lie, game, refusal: refusal.name, balance: await token.balanceAt(liar.address, number) };
}
