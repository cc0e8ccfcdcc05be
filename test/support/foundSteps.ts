import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Machine } from "../../shared/machine/Machine.js";
import { stepFamilies } from "./stepFamilies.js";
import type { WorstStep } from "./worstSteps.js";

/** What `npm run search:machine` found. */
export const FOUND_STEPS = fileURLToPath(new URL("foundSteps.json", import.meta.url));

const foundStep = z.strictObject({
  family: z.string(),
  /** By what it is the worst of its family that was found. */
  worst: z.enum(["gas", "bytes"]),
  parameters: z.array(z.number().min(0).lt(1)),
});
export type FoundStep = z.infer<typeof foundStep>;

/** The steps that the search found, each before it is taken. */
export function* foundSteps(fresh: () => Machine): Generator<WorstStep> {
  const found = z.array(foundStep).parse(JSON.parse(readFileSync(FOUND_STEPS, "utf8")));
  for (const { family: name, worst, parameters } of found) {
    const family = stepFamilies.find((known) => known.name === name);
    const machine = family?.build(fresh, parameters);
    if (machine === undefined) throw new Error(`no step of the family ${name} has these parameters`);
    yield { label: `found: ${name}, most ${worst}`, machine };
  }
}
