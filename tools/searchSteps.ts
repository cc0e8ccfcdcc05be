/**
 * `npm run search:machine`: looks for the dearest and the largest steps of each family, at random first, then around the best.
 * What it finds replaces what test/support/foundSteps.json holds, if it is worse; test/shared/machine/gas.test.ts measures that.
 *
 * SEARCH_SEED, SEARCH_ROUNDS: another search, a longer one.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFixture } from "../shared/execution/fixture.js";
import type { Machine } from "../shared/machine/Machine.js";
import { fixtureInput, openBlock } from "../shared/machine/openBlock.js";
import { encodeProof, pagesOf, proveStep, type StepProof } from "../shared/machine/Proof.js";
import { FOUND_STEPS, type FoundStep } from "../test/support/foundSteps.js";
import { stepFamilies, type StepFamily } from "../test/support/stepFamilies.js";
import { proofCall, startStepper, TEST_PLAN, testPrograms } from "../test/support/stepper.js";
import { Random } from "../test/shared/machine/support/randomBlock.js";

const SEED = Number(process.env["SEARCH_SEED"] ?? 1);
const ROUNDS = Number(process.env["SEARCH_ROUNDS"] ?? 12);
/** Candidates of a round. */
const WIDTH = 32;
const FIXTURE = fileURLToPath(
  new URL("../test/vectors/execution/valid/transient-delete.json", import.meta.url),
);

type Goal = FoundStep["worst"];
type Measured = Record<Goal, number> & { parameters: readonly number[] };

const random = new Random(SEED);
const draw = (): number => random.below(2 ** 20) / 2 ** 20;
const stepper = await startStepper(TEST_PLAN);
const fixture = await readFixture(FIXTURE);
const fresh = (): Machine => openBlock(fixtureInput(fixture, testPrograms())).machine;
const known = existsSync(FOUND_STEPS) ? (JSON.parse(readFileSync(FOUND_STEPS, "utf8")) as FoundStep[]) : [];
try {
  for (const family of stepFamilies) {
    const found = await search(family);
    const others = known.filter(({ family: name }) => name !== family.name);
    known.splice(0, known.length, ...others, ...found);
    writeFileSync(FOUND_STEPS, `${JSON.stringify(known, null, 2)}\n`);
  }
} finally {
  await stepper.close();
}

async function search(family: StepFamily): Promise<FoundStep[]> {
  const before = known.filter(({ family: name }) => name === family.name).map(({ parameters }) => parameters);
  const best = new Map<Goal, Measured>();
  let tried = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const candidates = round === 0 ? before : [];
    while (candidates.length < WIDTH) candidates.push(candidate(family, round, [...best.values()]));
    for (const measured of await measure(family, candidates)) {
      tried += 1;
      for (const goal of ["gas", "bytes"] as const)
        if (measured[goal] > (best.get(goal)?.[goal] ?? 0)) best.set(goal, measured);
    }
  }
  const [dearest, largest] = [best.get("gas"), best.get("bytes")];
  process.stdout.write(
    `${family.name}: ${tried} steps, up to ${dearest?.gas} gas and ${largest?.bytes} bytes\n`,
  );
  return [...best].map(([worst, { parameters }]) => ({
    family: family.name,
    worst,
    parameters: [...parameters],
  }));
}

/** At random, at an end of the range, or near the best. */
function candidate({ parameters }: StepFamily, round: number, best: readonly Measured[]): number[] {
  const parent = round === 0 || best.length === 0 || draw() < 0.3 ? undefined : random.pick(best);
  const reach = 1 / (1 + round);
  return Array.from({ length: parameters }, (_, at) => {
    const from = parent?.parameters[at];
    if (from === undefined) return draw() < 0.25 ? random.pick([0, 1 - 2 ** -20]) : draw();
    if (draw() < 0.6) return from;
    return Math.min(1 - 2 ** -20, Math.max(0, from + (draw() - 0.5) * reach));
  });
}

/** Steps that the stepper refuses or that go elsewhere end the search: they are worse than dear. */
async function measure(family: StepFamily, candidates: readonly number[][]): Promise<Measured[]> {
  const proofs: { parameters: number[]; proof: StepProof; next: bigint }[] = [];
  for (const parameters of candidates) {
    const m = family.build(fresh, parameters);
    if (m === undefined) continue;
    const { proof: bare, pages } = pagesOf(proveStep(m));
    const proof = { ...bare, pages: (await stepper.deployPages(pages)).map(BigInt) };
    proofs.push({ parameters, proof, next: m.hash() });
  }
  const answers = await stepper.steps(proofs.map(({ proof }) => proofCall(proof)));
  const gas = await stepper.gasOf(proofs.map(({ proof }) => proof));
  return proofs.map(({ parameters, proof, next }, at) => {
    const answer = answers[at];
    if (answer === undefined || !("next" in answer) || answer.next !== next)
      throw new Error(
        `${family.name} [${parameters.join(", ")}]: ${JSON.stringify(answer, (_, value: unknown) => (typeof value === "bigint" ? value.toString(16) : value))}`,
      );
    return { parameters, gas: Number(gas[at]), bytes: encodeProof(proof).length };
  });
}
