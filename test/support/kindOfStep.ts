import type { Machine } from "../../shared/machine/Machine.js";
import { FrameKind, JobKind, Phase } from "../../shared/machine/State.js";

/** Which kind of step comes next. */
export function kindOfStep(m: Machine): string {
  if (m.job.kind !== JobKind.NONE) return `job ${JobKind[m.job.kind]}`;
  if (m.phase !== Phase.RUN) return `phase ${Phase[m.phase]}${m.phase === Phase.FLUSH ? ` ${m.cursor}` : ""}`;
  if (m.frame.kind === FrameKind.PRECOMPILE) return `precompile ${m.frame.precompile.toString(16)}`;
  if (m.op !== 0) return `latched ${m.op.toString(16).padStart(2, "0")}`;
  return `fetch ${m.frame.code.opcode(m.frame.pc, undefined).toString(16).padStart(2, "0")}`;
}
