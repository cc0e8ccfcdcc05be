/** What an account has at stake in games, on either side: for people who look and for metrics. */
import { formatEther } from "ethers";
import { playerOf, type DueMove, type Player } from "../protocol/game.js";
import type { GameEntry } from "../protocol/gameBook.js";
import type { Ledger } from "../protocol/ledger.js";
import type { ProtocolParameters } from "../protocol/parameters.js";
import { describeTurn, reportGame, type GameReport } from "./report.js";

/** An open game of the account's. */
export interface StandingGame {
  readonly side: Player;
  /** Whether the account has to move. */
  readonly isOwnTurn: boolean;
  readonly report: GameReport;
}

export interface GameStanding {
  /** Games that are not over; those whose turns end first come first. */
  readonly open: readonly StandingGame[];
  /** Games that are over, since the deployment. */
  readonly over: Readonly<Record<Player, Readonly<Record<GameResult, number>>>>;
  /** The account's moves that B took, since the deployment. */
  readonly moves: Readonly<Record<DueMove, number>>;
  /** What is locked, wei: own bonds of open games as challenger, bonds of own disputed claims as defender. */
  readonly lockedWei: Readonly<Record<Player, bigint>>;
}

export const GAME_RESULTS = ["won", "lost", "void"] as const;
export type GameResult = (typeof GAME_RESULTS)[number];

/** @param clock protocol clock, seconds */
export function standingOf(
  account: string,
  ledger: Ledger,
  { games: times, claims }: ProtocolParameters,
  clock: bigint,
): GameStanding {
  const none = (): Record<GameResult, number> => ({ won: 0, lost: 0, void: 0 });
  const over = { defender: none(), challenger: none() };
  const moves = { Split: 0, Point: 0, Enter: 0, Prove: 0 };
  const open: StandingGame[] = [];
  const disputed = new Set<string>();
  let bondsWei = 0n;
  for (const game of times === undefined ? [] : ledger.games.values()) {
    for (const side of sidesOf(account, game, ledger)) {
      for (const { move } of game.moves) if (playerOf(move) === side) moves[move] += 1;
      if (game.outcome !== undefined) {
        over[side][resultOf(game.outcome, side)] += 1;
        continue;
      }
      if (side === "challenger") bondsWei += game.bondWei;
      else if (ledger.claims.get(game.claim)?.status === "Pending") disputed.add(game.claim);
      const report = reportGame(game, ledger, times as NonNullable<typeof times>, clock);
      open.push({ side, isOwnTurn: report.player === side, report });
    }
  }
  open.sort((a, b) => Number((a.report.secondsLeft ?? 0n) - (b.report.secondsLeft ?? 0n)));
  const lockedWei = { challenger: bondsWei, defender: BigInt(disputed.size) * claims.bondWei };
  return { open, over, moves, lockedWei };
}

/** Nobody has to dispute its own claim, but whoever does plays both sides. */
function sidesOf(account: string, game: GameEntry, ledger: Ledger): Player[] {
  const sides: Player[] = [];
  if (ledger.claims.get(game.claim)?.claim.proposer === account) sides.push("defender");
  if (game.challenger === account) sides.push("challenger");
  return sides;
}

function resultOf(outcome: NonNullable<GameEntry["outcome"]>, side: Player): GameResult {
  if (outcome === "Void") return "void";
  const winner: Player = outcome === "DefenderTimedOut" ? "challenger" : "defender";
  return winner === side ? "won" : "lost";
}

/**
 * For people: a line that sums up, and one for each open game.
 * @param label what the first line begins with
 */
export function describeStanding(label: string, { open, over, lockedWei }: GameStanding): string[] {
  const sum = (result: GameResult): number => over.defender[result] + over.challenger[result];
  const results = GAME_RESULTS.filter((result) => sum(result) > 0).map(
    (result) => `${sum(result)} ${result}`,
  );
  const wei = lockedWei.defender + lockedWei.challenger;
  const locked = open.length === 0 ? "" : `, ${formatEther(wei)} ETH at stake in them`;
  return [
    `${label}${open.length} open${locked}${results.length === 0 ? "" : `; ${results.join(", ")}`}`,
    ...open.map(({ side, isOwnTurn, report }) => {
      const who = isOwnTurn ? `to move as ${side}` : `waits as ${side}`;
      return `  ${who}: ${describeTurn(report)}; about ${report.about}  game ${report.game}`;
    }),
  ];
}
