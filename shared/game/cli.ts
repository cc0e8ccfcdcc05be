import { openChains, openDestination, type Chains, type Destination } from "../chain/openChains.js";
import type { DestinationView } from "../chain/protocolReader.js";
import { gameId, type GameTimes } from "../protocol/game.js";
import { deadlineOf, type GameEntry } from "../protocol/gameBook.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../runtime/command.js";
import { OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { sleep } from "../runtime/shutdown.js";
import { formatTable } from "../reader/table.js";
import {
  computeMove,
  enterWith,
  readPoints,
  readProof,
  requireDue,
  requireGame,
  requireOpen,
  type HandTools,
  type OpenGame,
} from "./byHand.js";
import { endCall, moveCall, nameOf, openCall } from "./calls.js";
import { openMachineLater } from "./machine.js";
import type { PreparedMove } from "./moves.js";
import { deployPages } from "./pages.js";
import * as options from "./options.js";
import { senderOf, sendMove } from "./sendMove.js";
import { describeGame, describeRound, describeTurn, reportGame } from "./report.js";

type DestinationValues = OptionValues<typeof options.destinationOptions>;
type SendValues = OptionValues<typeof options.endOptions>;
type SourceValues = OptionValues<typeof options.splitOptions>;

async function open(context: CommandContext, values: DestinationValues): Promise<Destination> {
  const { destinationRpc, deployment, destinationConfirmations: confirmations } = values;
  return openDestination({ destinationRpc, deployment, confirmations }, context);
}

/** @throws OptisyncError `ExecutionCourtMissing` (halt) */
function timesOf({ protocol, manifest }: Destination): GameTimes {
  const { games } = protocol.parameters;
  if (games !== undefined) return games;
  throw new OptisyncError("ExecutionCourtMissing", `the deployment ${manifest.name} has no execution court`, {
    action: "halt",
  });
}

// Looking

async function list(
  context: CommandContext,
  values: OptionValues<typeof options.listOptions>,
): Promise<void> {
  const destination = await open(context, values);
  const times = timesOf(destination);
  const { ledger, clock } = await destination.protocol.sync();
  const reports = [...ledger.games.values()]
    .filter(({ claim, outcome }) => (values.claim ?? claim) === claim && !(values.open && outcome))
    .map((game) => reportGame(game, ledger, times, clock));
  const rows = reports.map((report) => [
    report.game,
    String(report.rounds.length),
    report.about,
    describeTurn(report),
  ]);
  const text = rows.length === 0 ? "no games" : formatTable(["game", "moves", "about", "now"], rows);
  context.output(reports, text);
}

async function show(
  context: CommandContext,
  values: OptionValues<typeof options.showOptions>,
): Promise<void> {
  const destination = await open(context, values);
  const times = timesOf(destination);
  const view = await destination.protocol.sync();
  const { game } = requireGame(view, values.game);
  const report = reportGame(game, view.ledger, times, view.clock);
  context.output(report, describeGame(report));
}

async function watch(
  context: CommandContext,
  values: OptionValues<typeof options.watchOptions>,
): Promise<void> {
  const destination = await open(context, values);
  const times = timesOf(destination);
  const shown = new Map<string, string>();
  for (;;) {
    const view = await destination.protocol.sync();
    if (values.game !== undefined) requireGame(view, values.game);
    const games = [...view.ledger.games.values()].filter(({ id, outcome }) =>
      values.game === undefined ? outcome === undefined || shown.has(id) : id === values.game,
    );
    for (const game of games) {
      const state = `${game.moves.length}:${game.outcome}`;
      if (shown.get(game.id) === state) continue;
      shown.set(game.id, state);
      const report = reportGame(game, view.ledger, times, view.clock);
      const last = report.rounds.at(-1);
      const round = last === undefined ? "   0  opened" : describeRound(last, report.rounds.length - 1);
      context.output(report, `${game.id.slice(0, 10)}… ${round}; ${describeTurn(report)}`);
    }
    const isOver = values.game !== undefined && games.every(({ outcome }) => outcome !== undefined);
    if (isOver || context.signal.aborted) return;
    await sleep(values.pollInterval, context.signal).catch(() => undefined);
  }
}

// Moving

async function openGame(
  context: CommandContext,
  values: OptionValues<typeof options.openOptions>,
): Promise<void> {
  const destination = await open(context, values);
  timesOf(destination);
  const { ledger } = await destination.protocol.sync();
  const entry = ledger.claims.get(values.claim);
  const parent = entry && ledger.claims.get(entry.claim.parent);
  if (entry === undefined || parent === undefined) {
    throw new OptisyncError("ClaimUnknown", `there is no claim ${values.claim} that could be disputed`, {
      action: "halt",
      details: { claim: values.claim },
    });
  }
  const sender = await senderOf(context, values, destination);
  const { nonce, challenger = sender.address } = values;
  const call = openCall(destination.manifest, { claim: entry.claim, challenger, nonce }, parent.claim);
  await sendMove(context, sender, "open", gameId(entry.id, challenger, nonce), call);
}

async function pointAt(
  context: CommandContext,
  values: OptionValues<typeof options.pointOptions>,
): Promise<void> {
  const destination = await open(context, values);
  const view = await destination.protocol.sync();
  const { game, claim } = requireGame(view, values.game);
  requireDue(game, "Point");
  const deadline = turnEnd(destination, view, game);
  const move = { kind: "point", index: values.index } as const;
  const call = { ...moveCall(destination.manifest, game, claim, move), deadline };
  await sendMove(context, await senderOf(context, values, destination), "point", game.id, call);
}

function end(how: "timeout" | "settle") {
  return async (context: CommandContext, values: SendValues): Promise<void> => {
    const destination = await open(context, values);
    const { game, claim } = requireGame(await destination.protocol.sync(), values.game);
    requireOpen(game);
    const call = endCall(destination.manifest, nameOf(game, claim), how);
    await sendMove(context, await senderOf(context, values, destination), how, game.id, call);
  };
}

/** When the turn that runs ends if nobody freezes the clock, unix seconds on B. */
function turnEnd(destination: Destination, { head, clock }: DestinationView, game: GameEntry): bigint {
  return head.timestamp + (deadlineOf(game, timesOf(destination)) - clock);
}

/** A move for the defender: from a file, or computed. */
async function defendWith(
  context: CommandContext,
  values: Omit<SourceValues, "points">,
  due: "Split" | "Enter" | "Prove",
  told: ((game: OpenGame, tools: HandTools) => Promise<PreparedMove>) | undefined,
): Promise<void> {
  const chains = await openSource(context, values);
  const view: DestinationView = await chains.protocol.sync();
  const disputed = requireGame(view, values.game);
  requireDue(disputed.game, due);
  const tools: HandTools = {
    source: chains.source,
    machine: openMachineLater(chains),
    signal: context.signal,
    onHeaders: (done, of) => context.logger.info({ done, of }, "headers of the span read"),
  };
  context.logger.info({ move: due, block: disputed.game.block }, "move is being computed");
  const move = await (told ?? computeMove)(disputed, tools);
  const sender = await senderOf(context, values, chains);
  const { game, claim } = disputed;
  const pages =
    move.kind === "prove"
      ? await deployPages(
          { rpc: chains.rpc, sender },
          move.proof.pages,
          `prove:${game.id}`,
          turnEnd(chains, view, game),
        )
      : [];
  const call = moveCall(chains.manifest, game, claim, move, pages);
  await sendMove(context, sender, move.kind, game.id, { ...call, deadline: turnEnd(chains, view, game) });
}

async function openSource(context: CommandContext, values: Omit<SourceValues, "points">): Promise<Chains> {
  const depth = values.finalityDepth;
  return openChains(
    {
      sourceRpc: [values.sourceRpc],
      destinationRpc: values.destinationRpc,
      deployment: values.deployment,
      finality: depth === undefined ? { kind: "tag" } : { kind: "depth", blocks: depth },
      confirmations: values.destinationConfirmations,
      dataDir: undefined,
    },
    context,
  );
}

async function split(context: CommandContext, values: SourceValues): Promise<void> {
  const { points } = values;
  const told = points === undefined ? undefined : await readPoints(points);
  await defendWith(context, values, "Split", told && (async () => ({ kind: "split", points: told })));
}

async function enter(context: CommandContext, values: SourceValues): Promise<void> {
  const told = values.points === undefined ? undefined : await readPoints(values.points);
  await defendWith(context, values, "Enter", told && ((game, tools) => enterWith(told, game, tools)));
}

async function prove(
  context: CommandContext,
  values: OptionValues<typeof options.proveOptions>,
): Promise<void> {
  const told = values.proof === undefined ? undefined : await readProof(values.proof);
  await defendWith(context, values, "Prove", told && (async () => told));
}

const MOVES =
  "Every move is simulated first and shown, not sent, with --dry-run. It names the very values it answers, so it can " +
  "neither be redirected nor repeated.";

/** `optisync game …`, for whoever wants to see disputes about execution, or to play them without a bot. */
export const gameCommands: CommandGroup = {
  command: "game",
  describe: "see disputes about the execution of a block, and make every move by hand",
  commands: [
    defineCommand({
      command: "list",
      describe: "all games, what each is about and whose turn it is; needs no key",
      options: options.listOptions,
      handler: list,
    }),
    defineCommand({
      command: "show <game>",
      describe: "one game with all its rounds; needs no key",
      options: options.showOptions,
      handler: show,
    }),
    defineCommand({
      command: "watch [game]",
      describe: "a line for every round as it is played; needs no key",
      options: options.watchOptions,
      epilogue:
        "With a game it ends when the game does; without, it watches all that are not over until stopped.",
      handler: watch,
    }),
    defineCommand({
      command: "open <claim>",
      describe: "challenger: dispute that every block of a claim's span was executed truly; locks a bond",
      options: options.openOptions,
      epilogue: `You get the bond back, and half of the proposer's, if you win; you lose it if you do not. It comes from free stake: deposit with \`proposer stake\`. ${MOVES}`,
      handler: openGame,
    }),
    defineCommand({
      command: "split <game>",
      describe: "defender: cut the disputed interval into 64",
      options: options.splitOptions,
      epilogue: MOVES,
      handler: split,
    }),
    defineCommand({
      command: "point <game> <index>",
      describe: "challenger: dispute one of the 64 parts",
      options: options.pointOptions,
      epilogue: `Point at the first part that begins with what is true and ends with what is not. ${MOVES}`,
      handler: pointAt,
    }),
    defineCommand({
      command: "enter <game>",
      describe: "defender: show the one block that is disputed, and cut its execution into 64",
      options: options.enterOptions,
      epilogue: `If what is disputed lies behind the claimed block, this shows just that, and wins. ${MOVES}`,
      handler: enter,
    }),
    defineCommand({
      command: "prove <game>",
      describe: "defender: prove the one step that is disputed, and win",
      options: options.proveOptions,
      epilogue: MOVES,
      handler: prove,
    }),
    defineCommand({
      command: "timeout <game>",
      describe: "anybody: end a game whose side to move is late",
      options: options.endOptions,
      epilogue: MOVES,
      handler: end("timeout"),
    }),
    defineCommand({
      command: "settle <game>",
      describe: "anybody: return the bond of a game whose claim was decided elsewhere",
      options: options.endOptions,
      epilogue: MOVES,
      handler: end("settle"),
    }),
  ],
};
