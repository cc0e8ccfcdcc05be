import { Counter, Gauge, type Registry } from "prom-client";
import type { Player } from "../protocol/game.js";
import { GAME_RESULTS, type GameStanding } from "./standing.js";
import type { TracingMeter } from "./tracing.js";

const SIDES: readonly Player[] = ["defender", "challenger"];

/**
 * Feeds an account's games into a process' metrics. All but the tracing is read from B, so that a restart changes nothing.
 *
 * @param role names the process: `optisync_<role>_…`
 */
export function createGameMetrics(
  registry: Registry,
  role: "challenger" | "proposer",
  tracing: TracingMeter,
): (standing: GameStanding) => void {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[]): Gauge =>
    new Gauge({ name: `optisync_${role}_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string): ((value: number) => void) => {
    const made = new Counter({ name: `optisync_${role}_${name}_total`, help, registers });
    let counted = 0;
    return (value) => {
      made.inc(value - counted);
      counted = value;
    };
  };
  const open = gauge("games", "games that are not over, by own side and whose turn it is", ["side", "turn"]);
  const over = gauge("games_over", "games that are over, since the deployment", ["side", "result"]);
  const moves = gauge("game_moves", "own moves that B took, since the deployment", ["move"]);
  const left = gauge(
    "game_turn_left_seconds",
    "least time left of the turns that are own; absent if none is, negative if one is over",
    ["side"],
  );
  const locked = gauge("game_bonds_wei", "own bonds locked in games, and bonds of own disputed claims", [
    "side",
  ]);
  const shared = counter("traces_shared", "times a move needed a trace that was there already");
  const opened = counter("traces_opened", "times a move needed a trace that had to be made");
  const seconds = counter(
    "tracing_seconds",
    "time taken to execute blocks step by step, hash states and prove steps, added up over all at once",
  );

  return (standing) => {
    for (const each of [open, over, moves, left, locked]) each.reset();
    for (const side of SIDES) {
      for (const turn of ["own", "other"]) open.set({ side, turn }, 0);
      for (const result of GAME_RESULTS) over.set({ side, result }, standing.over[side][result]);
      locked.set({ side }, Number(standing.lockedWei[side]));
    }
    for (const { side, isOwnTurn } of standing.open) open.inc({ side, turn: isOwnTurn ? "own" : "other" });
    for (const [move, count] of Object.entries(standing.moves)) moves.set({ move }, count);
    // The most urgent ones come first, so the last one set is the least.
    for (const { side, isOwnTurn, report } of [...standing.open].reverse()) {
      if (isOwnTurn) left.set({ side }, Number(report.secondsLeft));
    }
    shared(tracing.requested - tracing.opened);
    opened(tracing.opened);
    seconds(tracing.milliseconds / 1_000);
  };
}
