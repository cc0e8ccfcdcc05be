/** The last lie of the demonstration: a state root that A's whole committee signed, and the game by which it dies. */
import { formatEther } from "ethers";
import type { Chains } from "../shared/chain/openChains.js";
import type { DestinationView } from "../shared/chain/protocolReader.js";
import { readMachineArtifacts } from "../shared/machine/artifacts.js";
import type { GameEntry } from "../shared/protocol/gameBook.js";
import { Colluder, type FalseClaim } from "./colluder.js";
import type { Devnet } from "./devnet.js";
import { tellGame } from "./gameStory.js";
import { namesIn, type Timeline } from "./timeline.js";
import { balanceSlot, type TokenOnA } from "./traffic.js";

const ETHER = 10n ** 18n;
/** What the liar holds on A by an ordinary transaction. */
export const HONEST_BALANCE = ETHER;
const MINTED = 1_000_000n * ETHER;

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
  /** What the liar holds on A in the block about which it lied. */
  readonly balance: bigint;
}

/** Plays until the disputed interval is a single step. Then the liar's clock runs. */
export async function playCollusion(stage: CollusionStage): Promise<Collusion> {
  const { devnet, chains, timeline, token, signal, until } = stage;
  const { say } = timeline;
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
  void colluder.defend().catch(() => undefined);

  const opened = await until("somebody disputes the execution", ({ ledger }) =>
    [...ledger.games.values()].find(({ claim }) => claim === lie.id),
  );
  const { protocol, rpc } = chains;
  const game = await tellGame(opened.id, { protocol, rpc, timeline, nameOf: namesIn(devnet), signal });
  const { what } = lie;
  say(
    `  what is left is step ${(game.from + 1n).toLocaleString("en")}, ${what.opcode} in the token's code: it stores the liar's balance`,
  );
  say("  whoever has the proof of it may show it; it leads to the true balance. The liar's clock runs out");
  return { lie, game, balance: await token.balanceAt(liar.address, number) };
}
