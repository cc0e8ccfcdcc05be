import { EMPTY_VIEW, type View } from "./Views.js";
import { Frame, NO_JOB, NO_TX, type Machine } from "./Machine.js";
import { FrameKind, frameWords, JobKind, Phase, SYSTEM_CALL } from "./State.js";

/** How a frame ends. */
export enum Outcome {
  SUCCESS,
  /** The program undid itself; the gas that is left goes back. */
  REVERT,
  /** The program broke a rule; its gas is gone. */
  HALT,
}

/** The current frame ends because the program broke a rule: its gas is lost and the world is as it was at its start. */
export function halt(m: Machine): void {
  finish(m, Outcome.HALT, EMPTY_VIEW);
}

/**
 * The current frame ends. `frame.gas` must be what is left of its gas; it is lost if the frame halts.
 *
 * At depth > 0 the waiting frame is shown: its words are the only thing that this records.
 */
export function finish(m: Machine, outcome: Outcome, view: View): void {
  const { frame } = m;
  if (outcome !== Outcome.SUCCESS) m.world.restore(frame.world);
  m.op = 0;
  m.hashed = 0n;
  m.job = NO_JOB;
  const left = outcome === Outcome.HALT ? 0 : frame.kind === FrameKind.PROGRAM ? frame.kept : frame.gas;
  if (frame.parent === undefined) finishTop(m, outcome, left);
  else resume(m, frame.parent, outcome, view, left);
}

function resume(m: Machine, waiting: Frame, outcome: Outcome, view: View, left: number): void {
  const { frame } = m;
  m.tape?.word(...frameWords(waiting.commit()));
  const isCreate = frame.kind === FrameKind.CREATE;
  const isSuccess = outcome === Outcome.SUCCESS;
  const parent = waiting.copy();
  parent.gas += left;
  if (isSuccess) parent.refund += frame.refund;
  parent.returned = outcome === Outcome.HALT || (isSuccess && isCreate) ? EMPTY_VIEW : view;
  parent.stack.push(isSuccess ? (isCreate ? frame.self : 1n) : 0n);
  m.frame = parent;
  const size = Math.min(frame.outSize, parent.returned.size);
  if (!isCreate && size > 0)
    m.job = { ...NO_JOB, kind: JobKind.COPY, source: parent.returned, to: frame.outOffset, left: size };
}

function finishTop(m: Machine, outcome: Outcome, left: number): void {
  const isSuccess = outcome === Outcome.SUCCESS;
  if (m.txn.kind !== SYSTEM_CALL) {
    settle(m, left, isSuccess ? m.frame.refund : 0);
    return;
  }
  if (m.cursor >= 2 && !isSuccess) {
    m.finishBlock(Phase.INVALID);
    return;
  }
  m.txn = NO_TX;
  m.frame = new Frame();
  m.stamp += 1;
  m.cursor += 1;
  m.phase = m.cursor <= 2 ? Phase.BEFORE : Phase.AFTER;
}

/** The top call of a transaction is over, or there was nothing to run: only gas and refund count from here. */
export function settle(m: Machine, gas: number, refund: number): void {
  m.frame = new Frame();
  m.frame.gas = gas;
  m.frame.refund = refund;
  m.phase = Phase.END;
}
