import type { Trace, TraceProvider } from "./trace.js";

/** What tracing took since the process started. */
export interface TracingMeter {
  /** How often a move needed a trace, and how often none was there yet. */
  requested: number;
  opened: number;
  /** Reading what a block needs, executing it step by step, hashing states, proving steps; added up over all at once. */
  milliseconds: number;
}

export function createTracingMeter(): TracingMeter {
  return { requested: 0, opened: 0, milliseconds: 0 };
}

/** The same machine, with its time taken. */
export function measureTracing(machine: TraceProvider, meter: TracingMeter): TraceProvider {
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      return await work();
    } finally {
      meter.milliseconds += performance.now() - started;
    }
  };
  const measured = (trace: Trace): Trace => ({
    states: (positions, signal) => timed(() => trace.states(positions, signal)),
    prove: (position, signal) => timed(() => trace.prove(position, signal)),
  });
  return {
    requireDefensible: (block, signal) => timed(() => machine.requireDefensible(block, signal)),
    async open(block, signal) {
      meter.opened += 1;
      return measured(await timed(() => machine.open(block, signal)));
    },
  };
}

/** The same machine, with the requests for its traces counted. */
export function countRequests(machine: TraceProvider, meter: TracingMeter): TraceProvider {
  return {
    requireDefensible: (block, signal) => machine.requireDefensible(block, signal),
    open(block, signal) {
      meter.requested += 1;
      return machine.open(block, signal);
    },
  };
}
