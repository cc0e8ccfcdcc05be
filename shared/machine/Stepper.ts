import { runPhase } from "./BlockStage.js";
import { tryCallOpcode } from "./CallStage.js";
import { runCode } from "./CodeStage.js";
import { visit } from "./FlushStage.js";
import { runJob } from "./JobStage.js";
import { NO_JOB, type Machine } from "./Machine.js";
import { startPrecompile } from "./PrecompileStage.js";
import { FrameKind, Phase } from "./State.js";
import { tryStateOpcode } from "./StateStage.js";

/**
 * Runs a machine until it has executed `limit` steps in all, or is finished. Whatever is done at once here (a stretch of fetches, the
 * rest of a job) counts the steps that it stands for.
 */
export function advance(m: Machine, limit: number): void {
  while (m.steps < limit && !m.isFinal) m.steps += run(m, limit - m.steps);
}

/** Between one and `max` steps. */
function run(m: Machine, max: number): number {
  if (m.job !== NO_JOB) return runJob(m, max);
  if (m.phase === Phase.RUN) {
    if (m.frame.kind === FrameKind.PRECOMPILE) startPrecompile(m);
    else if (m.op === 0) return runCode(m, max);
    else if (m.op >= 0xf0) tryCallOpcode(m);
    else tryStateOpcode(m);
  } else if (m.phase === Phase.FLUSH) visit(m);
  else runPhase(m);
  return 1;
}
