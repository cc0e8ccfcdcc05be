import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { sinceMs } from "./measure.js";

/** Big integers and short-lived objects, as an interpreter makes them; shares nothing with other threads. */
const LOOP = `
const { parentPort } = require("node:worker_threads");
const turn = () => {
  let value = 1n;
  const kept = new Array(1024);
  for (let index = 0; index < 3_000_000; index++) {
    value = (value * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffffffffffffffffffn;
    kept[index & 1023] = { value };
  }
  return kept.length;
};
parentPort.on("message", () => parentPort.postMessage(turn()));
`;

/**
 * How much more two threads of this machine do than one, when they have nothing to do with each other: the most that two
 * workers could gain. Virtual cores are often two halves of a real one.
 */
export async function coreScaling(): Promise<number> {
  const threads = [new Worker(LOOP, { eval: true }), new Worker(LOOP, { eval: true })] as const;
  const runMs = async (used: readonly Worker[]): Promise<number> => {
    const started = performance.now();
    await Promise.all(
      used.map((thread) => {
        const answer = once(thread, "message");
        thread.postMessage("go");
        return answer;
      }),
    );
    return sinceMs(started);
  };
  await runMs(threads);
  let [one, two] = [0, 0];
  for (let run = 0; run < 5; run++) {
    one += await runMs([threads[0]]);
    two += await runMs(threads);
  }
  await Promise.all(threads.map((thread) => thread.terminate()));
  return (2 * one) / two;
}
