import type { Fixture } from "../execution/fixture.js";
import { describeError, isOptisyncError } from "../runtime/errors.js";
import type { Programs } from "./Machine.js";
import { finalDifference, openFixture } from "./openBlock.js";
import { hexOf } from "./PreState.js";
import { advance } from "./Stepper.js";

export interface RunOutcome {
  name: string;
  /** Does the block end as its header says, or fail in the way that the fixture expects? */
  isPassed: boolean;
  steps: number;
  milliseconds: number;
  /** Hex without prefix; empty if there is none. */
  stateRoot: string;
  /** "ok", the expected failure, or the difference. */
  summary: string;
}

/** Executes a fixture's block. Does not throw for what is wrong with the block: that is its outcome. */
export function runFixture(fixture: Fixture, programs: Programs): RunOutcome {
  const started = performance.now();
  const { failure, difference, steps, stateRoot } = attempt(fixture, programs);
  const milliseconds = performance.now() - started;
  const found = difference ?? "ok";
  const { name, expect } = fixture;
  if (expect === undefined)
    return { name, isPassed: difference === undefined, steps, milliseconds, stateRoot, summary: found };
  // Receipts are no part of the machine's result: a header that lies about them only is none that it refuses.
  const isBeyond = expect === "invalid-block" && difference === undefined;
  const isPassed = isBeyond || failure === expect;
  const refused = isPassed ? `refused as expected: ${found}` : `expected ${expect}, got: ${found}`;
  const summary = isBeyond ? "ok: what is wrong is no part of the result" : refused;
  return { name, isPassed, steps, milliseconds, stateRoot, summary };
}

interface Attempt {
  failure?: string;
  difference?: string | undefined;
  steps: number;
  stateRoot: string;
}

function attempt(fixture: Fixture, programs: Programs): Attempt {
  let steps = 0;
  try {
    const { machine, header } = openFixture(fixture, programs);
    try {
      advance(machine, Number.MAX_SAFE_INTEGER);
    } finally {
      steps = machine.steps;
    }
    const difference = finalDifference(machine, header);
    const result = { steps, stateRoot: hexOf(machine.stateRoot), difference };
    return difference === undefined ? result : { ...result, failure: "invalid-block" };
  } catch (error) {
    if (!isOptisyncError(error)) throw error;
    const { code, message } = describeError(error);
    const missing = error.details["missing"];
    // The machine's walks do not know whether a node lies on a path or beside one.
    const isNode = missing === "node" && fixture.expect === "missing-sibling";
    const failure = isNode
      ? "missing-sibling"
      : typeof missing === "string"
        ? `missing-${missing}`
        : "invalid-block";
    return { failure, difference: `${code}: ${message}`, steps, stateRoot: "" };
  }
}

export function runLine({ name, isPassed, steps, milliseconds, stateRoot, summary }: RunOutcome): string {
  const root = stateRoot === "" ? "" : `  root 0x${stateRoot}`;
  return `${isPassed ? "pass" : "FAIL"}  ${name}  ${steps} steps  ${milliseconds.toFixed(0)} ms${root}  ${summary}`;
}
