import { startDevnet } from "../devnet/devnet.js";
import { silentLogger } from "../shared/runtime/logger.js";
import { run } from "../shared/runtime/shutdown.js";
import { playBridge } from "./bridge/bridge.js";
import { openTwoNodes } from "./bridge/twoNodes.js";
import { openDevnetStage } from "./devnetStage.js";
import { playLending } from "./lending/lending.js";
import { playNames } from "./names/names.js";
import type { Stage } from "./stage.js";
import { playVoting } from "./voting/voting.js";

interface Tools {
  say(line: string): void;
  signal: AbortSignal;
  onClose(close: () => unknown): void;
}
type Play = (tools: Tools) => Promise<unknown>;

/** Plays on a devnet. */
const onDevnet =
  (play: (stage: Stage) => Promise<unknown>): Play =>
  async ({ say, signal, onClose }) => {
    const devnet = await startDevnet({ logger: silentLogger(), signal, onProgress: say });
    onClose(() => devnet.close());
    const stage = await openDevnetStage(devnet, say, signal);
    onClose(() => stage.close());
    await Promise.race([play(stage), devnet.failed]);
  };

const plays: Record<string, Play> = {
  lending: onDevnet(playLending),
  voting: onDevnet(playVoting),
  names: onDevnet(playNames),
  bridge: async ({ say, signal, onClose }) => playBridge(await openTwoNodes(say, signal, onClose)),
};

/** Plays one example on two chains of its own: `tsx examples/cli.ts lending`. */
async function main(name: string | undefined, signal: AbortSignal, onClose: Tools["onClose"]) {
  const started = Date.now();
  const say = (line: string): void =>
    void process.stdout.write(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)}s  ${line}\n`);
  const play = plays[name ?? ""];
  if (play === undefined) throw new Error(`which example? ${Object.keys(plays).join(", ")}`);
  await play({ say, signal, onClose });
}

process.exitCode = await run(
  ({ signal, onClose }) => main(process.argv[2], signal, (close) => void onClose("example", close)),
  { onError: (error) => void process.stderr.write(`${error.code}: ${error.message}\n`) },
);
