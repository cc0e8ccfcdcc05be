import { Presets, SingleBar } from "cli-progress";

/** How far a long step has come, for whoever waits. */
export interface Progress {
  /** A new step. `total` is undefined as long as nobody can know it: then only the count grows. */
  show(step: string, done: number, total?: number): void;
  /** The step is over, or the wait has another reason. */
  stop(): void;
}

/**
 * A progress bar on a terminal; nothing at all where there is none, or where logs are meant for machines.
 * @param stream Standard error: standard output belongs to results.
 */
export function createProgress(stream: NodeJS.WriteStream, isWanted: boolean): Progress {
  if (!isWanted || stream.isTTY !== true) return { show: () => undefined, stop: () => undefined };
  let bar: SingleBar | undefined;
  let shown: string | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = shown = undefined;
  };
  return {
    show(step, done, total) {
      const key = `${step}:${total === undefined}`;
      if (key !== shown) {
        stop();
        const format = total === undefined ? "{step}  {count}" : "{step}  [{bar}]  {value}/{total}";
        bar = new SingleBar(
          { stream, format, hideCursor: true, clearOnComplete: false },
          Presets.shades_classic,
        );
        bar.start(total ?? Number.MAX_SAFE_INTEGER, done, { step: step.padEnd(28), count: "" });
        shown = key;
      }
      bar?.setTotal(total ?? Number.MAX_SAFE_INTEGER);
      bar?.update(done, { count: done === 0 ? "" : String(done) });
    },
    stop,
  };
}
