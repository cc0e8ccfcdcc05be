/** The last lie of the demonstration: a state root that A's whole committee signed, and the game by which it dies. */
import { formatEther } from "ethers";
import type { z } from "zod";
import type { Chains } from "../shared/chain/openChains.js";
import type { DestinationView } from "../shared/chain/protocolReader.js";
import { readReceipt, type Receipt } from "../shared/chain/transactions.js";
import type { Claim } from "../shared/protocol/claim.js";
import { deadlineOf, type GameEntry } from "../shared/protocol/gameBook.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import { falseClaimSchema, refusalSchema } from "./colluderCommand.js";
import type { Devnet } from "./devnet.js";
import { tellGame } from "./gameStory.js";
import { namesIn, type Timeline } from "./timeline.js";
import type { TokenOnA } from "./traffic.js";

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
  readonly lie: z.infer<typeof falseClaimSchema> & { readonly claim: Claim; readonly receipt: Receipt };
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
  const colluder = devnet.startColluder({ token: token.address, block: number, amount: MINTED });
  say("the liar is a process of its own, too, and has the keys of all members of A's committee");
  const lie = falseClaimSchema.parse(await Promise.race([colluder.result, devnet.failed]));
  const entry = await until("the lie is on B", ({ ledger }) => ledger.claims.get(lie.id));
  say(`it claims that very block, but with a state root in which it holds ${formatEther(MINTED)} more`);
  say(
    `all ${devnet.committeeSize} members of A's committee signed that this is A's block: the anchor is of no help`,
  );
  say(
    "whether the root is false, only executing the block can tell. B can execute a single step, so they look for it:",
  );

  const opened = await until("somebody disputes the execution", ({ ledger }) =>
    [...ledger.games.values()].find(({ claim }) => claim === lie.id),
  );
  say("both challengers dispute it, each for itself; what follows is the first of their games");
  const { protocol, rpc } = chains;
  const game = await tellGame(opened.id, { protocol, rpc, timeline, nameOf: namesIn(devnet), signal });
  const step = (game.from + 1n).toLocaleString("en");
  say(
    `  what is left is step ${step}, the ${lie.opcode.replace(/ \(.*/, "")} with which the token stores the liar's balance`,
  );
  const said = await until("the liar tries to prove it", () => colluder.results[1]);
  const { refusal } = refusalSchema.parse(said);
  say(`  the liar shows the proof of that step. B executes it, and it stores the true balance: ${refusal}`);
  const { games } = protocol.parameters;
  const { clock } = await protocol.sync();
  const left = games === undefined ? 0n : deadlineOf(game, games) - clock;
  say(`  there is no other proof: the liar's clock runs out in ${left} s, and then anybody can say so`);
  const receipt = await readReceipt(rpc, entry.transactionHash);
  if (receipt === undefined)
    throw new OptisyncError("ReceiptMissing", "B does not know the lie's transaction", { action: "retry" });
  const balance = await token.balanceAt(liar.address, number);
  return { lie: { ...lie, claim: entry.claim, receipt }, game, refusal, balance };
}
