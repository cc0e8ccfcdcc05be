import { startDevnet } from "../devnet/devnet.js";
import { silentLogger } from "../shared/runtime/logger.js";
import { run } from "../shared/runtime/shutdown.js";
import { openDevnetStage } from "./devnetStage.js";
import { playLending } from "./lending/lending.js";
import { playNames } from "./names/names.js";
import { playVoting } from "./voting/voting.js";

const plays = { lending: playLending, voting: playVoting, names: playNames } as const;

/** Plays one example on two chains of its own: `tsx examples/cli.ts lending`. */
async function main(name: string | undefined, signal: AbortSignal, onClose: (close: () => unknown) => void) {
  const started = Date.now();
  const say = (line: string): void =>
    void process.stdout.write(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)}s  ${line}\n`);
  const play = plays[name as keyof typeof plays];
  if (play === undefined) throw new Error(`which example? ${Object.keys(plays).join(", ")}`);
  const devnet = await startDevnet({ logger: silentLogger(), signal, onProgress: say });
  onClose(() => devnet.close());
  const stage = await openDevnetStage(devnet, say, signal);
  onClose(() => stage.close());
  await Promise.race([play(stage), devnet.failed]);
}

process.exitCode = await run(
  ({ signal, onClose }) => main(process.argv[2], signal, (close) => void onClose("example", close)),
  { onError: (error) => void process.stderr.write(`${error.code}: ${error.message}\n`) },
);
