/**
 * Liars against the machine itself, about blocks that take every phase, job and precompile: defenders whose run is false in one
 * step, and challengers who point at a true one. Both sides play every move on the contracts; what comes of it is checked by
 * `gameResolver.ts`. `LIARS=9` plays more of them, `npm run test:deep` many.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readHeaderFields } from "../../shared/execution/rawBlock.js";
import { fromHex } from "../../shared/execution/crypto.js";
import { defend, point } from "../../shared/game/moves.js";
import { asGameTrace } from "../../shared/game/sourceMachine.js";
import type { Span } from "../../shared/game/span.js";
import { rememberStates, type Trace, type TraceProvider } from "../../shared/game/trace.js";
import { advance } from "../../shared/machine/Stepper.js";
import { readMachineArtifacts } from "../../shared/machine/artifacts.js";
import type { GameEntry } from "../../shared/protocol/gameBook.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { JobKind, Phase } from "../../shared/machine/State.js";
import { parameterPresets, type GameParameters } from "../../shared/protocol/parameters.js";
import { Random } from "../shared/machine/support/randomBlock.js";
import { CourtTable, type Player } from "../support/courtTable.js";
import { resolveGames, type Truth } from "../support/gameResolver.js";
import { headerWith, liarBlocks, type LiarBlock } from "../support/liarBlock.js";
import { plantLie, type PlantedLie } from "../support/plantedLies.js";
import { kindOfStep } from "../support/kindOfStep.js";

/** Liars for each kind of step. */
const PER_KIND = Number(process.env["LIARS"] ?? 1);
/** Opcodes have liars of their own only if there are many. */
const HAS_OPCODES = PER_KIND > 1;
const SEED = Number(process.env["LIARS_SEED"] ?? 1);

const ETHER = 10n ** 18n;
const [LIAR, HONEST, CHALLENGER] = [1, 2, 3];
const games: GameParameters = {
  clockSeconds: 3600n,
  moveSeconds: 300n,
  proveSeconds: 600n,
  bondWei: ETHER / 2n,
  gasCover: 36_000_000n,
};
const { devnet } = parameterPresets;
const parameters = { ...devnet, claims: { ...devnet.claims, windowSeconds: 3_000n }, games };
/** Both clocks, and the least time of each of 17 moves. */
const LONGEST_GAME = 2n * games.clockSeconds + 16n * games.moveSeconds + games.proveSeconds;
const { signal } = new AbortController();

/** What somebody lies about: a step, and of what kind it is. */
interface Target {
  readonly kind: string;
  readonly step: number;
}

/** Of each kind the first step, the last and some between, as many as wanted. Kinds that were `met` before are left out. */
function chooseTargets({ run, name }: LiarBlock, random: Random, met: Set<string>): Target[] {
  const steps = new Map<string, number[]>();
  for (const m = run.at(0); !m.isFinal; advance(m, m.steps + 1)) {
    const kind = kindOfStep(m);
    if (!HAS_OPCODES && /^(fetch|latched)/.test(kind)) continue;
    steps.set(kind, [...(steps.get(kind) ?? []), m.steps]);
  }
  const targets: Target[] = [];
  for (const [kind, at] of steps) {
    if (met.has(kind)) continue;
    met.add(kind);
    const chosen = new Set([at[0], at.at(-1)]);
    while (chosen.size < Math.min(PER_KIND, at.length)) chosen.add(random.pick(at));
    // With one for each kind, all places have their turn.
    const places =
      PER_KIND > 1 ? [...chosen].slice(0, PER_KIND) : [random.pick([...chosen, random.pick(at)])];
    for (const step of places) targets.push({ kind, step: step as number });
  }
  const ends = [0, run.length - 1, run.length, 2 ** 36 - 2];
  return [...targets, ...ends.map((step) => ({ kind: `an end of ${name}`, step }))];
}

/** Kinds of steps about which somebody has to lie. */
function requiredKinds(): string[] {
  const phases = Object.values(Phase).filter((phase) => typeof phase === "number" && phase < Phase.FLUSH);
  const jobs = Object.values(JobKind).filter((job) => typeof job === "number" && job !== JobKind.NONE);
  const precompiles = [...Array.from({ length: 0x11 }, (_, at) => at + 1), 0x100];
  return [
    ...phases.filter((phase) => phase !== Phase.RUN).map((phase) => `phase ${Phase[phase as Phase]}`),
    ...[0, 1, 2, 3].map((pass) => `phase FLUSH ${pass}`),
    ...jobs.map((job) => `job ${JobKind[job as JobKind]}`),
    ...precompiles.map((at) => `precompile ${at.toString(16)}`),
  ];
}

/** The span from the first claim to a block on top of it. */
function spanOf({ parentHeader }: LiarBlock, header: string): Span {
  const [low, high] = [parentHeader, header].map((rlp) => readHeaderFields(fromHex(rlp)));
  assert.ok(low && high);
  const hashes = [`0x${low.hash}`, `0x${high.hash}`];
  return {
    low: low.number,
    high: high.number,
    isLinked: true,
    hashAt: (position) => hashes[position === 0n ? 0 : 1] as string,
    numberOf: (hash) => [low, high][hashes.indexOf(hash.toLowerCase())]?.number,
    header: async (number) => (number === low.number ? parentHeader : header),
  };
}

function machineOf(trace: Trace): TraceProvider {
  return { requireDefensible: async () => undefined, open: async () => trace };
}

describe("liars about blocks that take every phase, job and precompile", () => {
  const random = new Random(SEED);
  let table: CourtTable;
  let blocks: readonly LiarBlock[];
  const truths = new Map<LiarBlock, Trace>();

  before(async () => {
    const { programs } = readMachineArtifacts();
    const built = await liarBlocks(programs);
    ({ blocks } = built);
    assert.equal(new Set(blocks.map(({ parentHeader }) => parentHeader)).size, 1);
    for (const block of blocks) truths.set(block, rememberStates(asGameTrace(block.run)));
    const genesisHeader = blocks[0]?.parentHeader ?? "";
    table = await CourtTable.start({ forks: built.forks, genesisHeader, parameters });
  });
  after(() => table.close());

  const truthOf = (block: LiarBlock): Trace => truths.get(block) as Trace;

  /** All games on these claims, when they are over. */
  async function resolve(claims: ReadonlyMap<string, LiarBlock>, headers: ReadonlyMap<string, string>) {
    const truth: Truth = {
      blockAt: (claim, position) =>
        spanOf(claims.get(claim) as LiarBlock, headers.get(claim) as string).hashAt(position),
      async stateAt(claim, step) {
        const [state] = await truthOf(claims.get(claim) as LiarBlock).states([step], signal);
        return state as string;
      },
    };
    const { clockSeconds: clock, moveSeconds: move, proveSeconds: prove } = games;
    const { events } = await table.view();
    const own = new Set(
      [...(await table.view()).ledger.games.values()]
        .filter(({ claim }) => claims.has(claim))
        .map(({ id }) => id),
    );
    const told = events.filter(({ args }) => own.has(args["game"] as string));
    return resolveGames(told, truth, { clock, move, prove }, (at) => table.timeOf(at));
  }

  it("lose as defenders, at the very step that they lied about, whatever they show for it", async (t) => {
    const met = new Set<string>();
    const lies = blocks.flatMap((block) =>
      chooseTargets(block, random, met).map((target) => ({
        target,
        block,
        lie: plantLie(block.run, target.step, random, block.isDear && PER_KIND === 1),
      })),
    );
    assert.deepEqual(
      requiredKinds().filter((kind) => !met.has(kind)),
      [],
    );
    const headers = lies.map(({ block, lie }, at) => headerWith(block.header, `lie ${at}`, lie.result));
    assert.equal(new Set(headers).size, headers.length);

    const [liar, honest] = [table.address(LIAR), table.address(HONEST)];
    const [claimBond, gameBond] = [parameters.claims.bondWei, games.bondWei];
    const count = BigInt(lies.length);
    await table.stake(liar, count * claimBond);
    await table.stake(honest, count * gameBond);
    const claims = await table.claim(liar, headers);
    const byClaim = new Map(
      claims.map(({ id }, index) => [
        id,
        { ...(lies[index] as (typeof lies)[0]), header: headers[index] as string },
      ]),
    );
    const lieOf = (claim: ClaimEntry) => byClaim.get(claim.id) as (typeof lies)[0] & { header: string };
    await table.open(
      honest,
      claims.map((claim) => ({ claim, nonce: 0n })),
    );

    const tried: string[] = [];
    const defender: Player = async (game, claim) => {
      const { block, lie, header } = lieOf(claim);
      if (game.moves.length === 16) {
        tried.push(...(await tryEverything(game, claim, lie)));
        return undefined;
      }
      return defend(game, { span: spanOf(block, header), machine: machineOf(lie.trace), signal });
    };
    const challenger: Player = (game, claim) => {
      const { block, header } = lieOf(claim);
      return point(game, claim.claim.number, {
        span: spanOf(block, header),
        machine: machineOf(truthOf(block)),
        signal,
      });
    };
    await table.play(defender, challenger);
    assert.equal(tried.length, 3 * lies.length);
    await table.advance(LONGEST_GAME);
    await table.timeoutAll(table.address(0));

    const results = await resolve(
      new Map([...byClaim].map(([id, { block }]) => [id, block])),
      new Map([...byClaim].map(([id, { header }]) => [id, header])),
    );
    assert.equal(results.length, lies.length);
    for (const result of results) {
      const { target, lie } = byClaim.get(result.claim) as (typeof lies)[0];
      const what = `${target.kind}, step ${target.step}: ${lie.wound}`;
      assert.equal(result.outcome, "DefenderTimedOut", what);
      assert.deepEqual([result.from, result.size, result.moves], [BigInt(target.step), 1n, 16], what);
      assert.deepEqual([result.isLeftTrue, result.isRightTrue], [true, false], what);
    }
    const { ledger } = await table.view();
    for (const { id } of claims) assert.equal(ledger.claims.get(id)?.status, "Rejected");
    // Half of each claim's bond on top of what was deposited; nothing is left to the liar.
    const reward = count * (claimBond / 2n);
    const won = await table.stakeOf(honest);
    assert.deepEqual([won.free, won.locked], [count * gameBond + reward, 0n]);
    const left = await table.stakeOf(liar);
    assert.deepEqual([left.free, left.locked], [0n, 0n]);
    const carried = lies.filter(({ lie }) => lie.isCarriedThrough).length;
    t.diagnostic(
      `${lies.length} lies, ${carried} of them carried through to the result; ${tried.length} proofs refused`,
    );
    assert.ok(carried > lies.length / 4);
  });

  /** The liar shows what it has; the court accepts none of it. */
  async function tryEverything(game: GameEntry, claim: ClaimEntry, lie: PlantedLie): Promise<string[]> {
    const names: string[] = [];
    for (const [what, proof] of await lie.lastResorts(signal)) {
      const revert = await table.tryMove(game, claim, { kind: "prove", proof });
      assert.ok(revert, `${what} of step ${lie.step} was accepted`);
      // The true proof proves the true step, which is not the one that the liar has to prove.
      if (what === "the true proof") assert.equal(revert.name, "StepRefuted", `step ${lie.step}`);
      names.push(revert.name);
    }
    return names;
  }

  it("lose as challengers of true blocks, wherever they point", async (t) => {
    const met = new Set<string>();
    const trueBlocks = blocks.filter(({ run }) => run.end.phase === Phase.DONE);
    const targets = trueBlocks.map((block) => chooseTargets(block, random, met));
    const [honest, liar] = [table.address(HONEST), table.address(CHALLENGER)];
    const [claimBonds, count] = [
      BigInt(trueBlocks.length) * parameters.claims.bondWei,
      BigInt(targets.flat().length),
    ];
    const start = await table.stakeOf(honest);
    await table.stake(honest, claimBonds);
    await table.stake(liar, count * games.bondWei);
    const claims = await table.claim(
      honest,
      trueBlocks.map(({ header }) => header),
    );
    const placeOf = ({ id }: ClaimEntry): number => claims.findIndex((claim) => claim.id === id);
    await table.open(
      liar,
      claims.flatMap((claim, at) => (targets[at] ?? []).map((_, nonce) => ({ claim, nonce: BigInt(nonce) }))),
    );

    const defender: Player = (game, claim) => {
      const block = trueBlocks[placeOf(claim)] as LiarBlock;
      return defend(game, { span: spanOf(block, block.header), machine: machineOf(truthOf(block)), signal });
    };
    const challenger: Player = async (game, claim) => {
      const target = targets[placeOf(claim)]?.[Number(game.nonce)];
      const at = game.block === undefined ? 0n : BigInt(target?.step ?? 0);
      return { kind: "point", index: Number((at - game.from) / game.size) };
    };
    await table.play(defender, challenger);

    const byClaim = new Map(claims.map(({ id }, at) => [id, trueBlocks[at] as LiarBlock]));
    const results = await resolve(byClaim, new Map([...byClaim].map(([id, { header }]) => [id, header])));
    assert.equal(results.length, Number(count));
    for (const { claim, nonce, outcome, from, size, seconds } of results) {
      const at = claims.findIndex(({ id }) => id === claim);
      const { kind, step } = targets[at]?.[Number(nonce)] as Target;
      assert.deepEqual([outcome, from, size], ["Defended", BigInt(step), 1n], `${kind}, step ${step}`);
      assert.ok(seconds <= LONGEST_GAME);
    }
    await table.advance(parameters.claims.windowSeconds);
    // One of several blocks of one height can become final.
    const [first] = claims;
    assert.ok(first);
    const proposedAt = await table.timeOf(first.blockNumber);
    await table.finalize(honest, first);
    const { ledger, clock } = await table.view();
    assert.equal(ledger.claims.get(first.id)?.status, "Final");
    const { windowSeconds, graceSeconds } = parameters.claims;
    assert.ok(clock - proposedAt <= windowSeconds + LONGEST_GAME + graceSeconds);
    for (const { id } of claims) assert.notEqual(ledger.claims.get(id)?.status, "Rejected");
    const end = await table.stakeOf(honest);
    const bonds = end.free + end.locked - start.free - start.locked;
    assert.equal(bonds, claimBonds + count * (games.bondWei / 2n));
    const beaten = await table.stakeOf(liar);
    assert.deepEqual([beaten.free, beaten.locked], [0n, 0n]);
    t.diagnostic(`${count} games defended`);
  });
});
