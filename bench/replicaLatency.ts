/**
 * How long it takes from a block of A to a value that a contract on B can read: by a claim alone (a slot proven under
 * its final root), by an update that waits out its window, and by one that is proven. On two real nodes with the
 * devnet's windows, whose clocks jump over every wait; so the result is what the protocol makes anybody wait, in seconds
 * of B's clock, and what the machines add, in milliseconds of this one.
 *
 *     npm run bench:latency
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { AbiCoder, concat, getAddress, type Wallet } from "ethers";
import { balanceSlot } from "../devnet/traffic.js";
import { artifactOf } from "../examples/stage.js";
import { createHistory } from "../shared/chain/history.js";
import { createMemoryRecords } from "../shared/chain/recordStore.js";
import { LISTING_METHODS } from "../shared/mirror/listStorage.js";
import { runMirror } from "../shared/mirror/runMirror.js";
import { createReader } from "../shared/reader/createReader.js";
import { finality } from "../shared/reader/finality.js";
import { parameterPresets } from "../shared/protocol/parameters.js";
import { silentLogger } from "../shared/runtime/logger.js";
import { startDeployment } from "../test/support/deployment.js";
import { createClaimant } from "../test/support/finality.js";
import { DEVELOPER } from "../test/support/hardhatNode.js";
import { medianMs, sinceMs, table } from "./measure.js";

const RUNS = 20;
const HOUR = 3_600n;

const chains = await startDeployment();
try {
  const claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
  const { claims, updates } = chains.parameters;
  const supply = AbiCoder.defaultAbiCoder().encode(["uint256"], [10n ** 24n]);
  const data = concat([artifactOf("Token").bytecode.object, supply]);
  const { contractAddress } = await chains.sendToSource({ data });
  const account = getAddress(contractAddress as string);
  const reader = await createReader({
    deployment: chains.manifest,
    destinationRpc: chains.destinationNode.url,
    sourceRpc: chains.sourceNode.url,
    confirmations: 0,
  });

  const claimed = performance.now();
  const entry = await claimant.claim();
  const claimMs = sinceMs(claimed);
  await claimant.finalize(entry);
  const question = { account, slot: BigInt(balanceSlot(DEVELOPER)), maxAgeSeconds: 10n * HOUR };
  const proofMs = await medianMs(RUNS, async () => {
    await reader.slot({ ...question, finality: finality.final });
  });

  async function mirror(wallet: Wallet, proves: boolean): Promise<{ milliseconds: number; feed: bigint }> {
    const stop = new AbortController();
    const { signal } = stop;
    const logger = silentLogger();
    const source = await chains.openSource();
    let waitedMs = 0;
    let moved: Promise<void> | undefined;
    const started = performance.now();
    const { feed } = await runMirror(
      {
        account,
        gweiPerSecond: 0n,
        gweiPerValue: 0n,
        fundsWei: 0n,
        maxAgeSeconds: HOUR,
        environment: 0,
        proves,
        wantsLogic: false,
        mayDeposit: true,
        methods: LISTING_METHODS,
        pollMs: 5,
      },
      {
        manifest: chains.manifest,
        source,
        history: createHistory({ source, store: createMemoryRecords(), logger, signal }),
        rpc: chains.destination,
        protocol: await chains.openReader(signal),
        sourceRpc: chains.sourceRpc,
        sender: chains.createSender(wallet, { signal }),
        logger,
        signal,
        progress: {
          show(step) {
            if (step !== "waiting for the window" || moved !== undefined) return;
            const from = performance.now();
            moved = chains.advance(updates.windowSeconds + 1n).finally(() => (waitedMs += sinceMs(from)));
          },
          stop: () => undefined,
        },
      },
    );
    const milliseconds = sinceMs(started) - waitedMs;
    stop.abort();
    return { milliseconds, feed };
  }
  const optimistic = await mirror(chains.wallets[5] as Wallet, false);
  const proven = await mirror(chains.wallets[6] as Wallet, true);
  const feedMs = await medianMs(RUNS, async () => {
    await reader.feed(proven.feed).slot({ slot: question.slot, maxAgeSeconds: 10n * HOUR });
  });
  reader.close();

  const wait = claims.windowSeconds + 1n;
  const hours = (seconds: bigint): string => (Number(seconds) / Number(HOUR)).toFixed(1);
  const presets = [parameterPresets.l2, parameterPresets.l1];
  const row = (name: string, seconds: bigint, ms: string, of: (preset: (typeof presets)[0]) => bigint) => [
    name,
    String(seconds),
    ms,
    ...presets.map((preset) => hours(of(preset))),
  ];
  const show = (ms: number): string => ms.toFixed(0);
  const rows = [
    row(
      "slot, proven under a final root",
      wait,
      `${show(claimMs)} claim + ${show(proofMs)} proof`,
      (preset) => preset.claims.windowSeconds,
    ),
    row(
      "update, optimistic",
      wait + updates.windowSeconds + 1n,
      `${show(claimMs)} claim + ${show(optimistic.milliseconds)} mirror`,
      (preset) => preset.claims.windowSeconds + preset.updates.windowSeconds,
    ),
    row(
      "update, proven",
      wait,
      `${show(claimMs)} claim + ${show(proven.milliseconds)} mirror`,
      (preset) => preset.claims.windowSeconds,
    ),
  ];
  const head = ["from a block of A to a readable value", "devnet, s", "this machine, ms", "l2, h", "l1, h"];
  const report = [
    "# Latency of a replica",
    "",
    "From the moment A calls a block final. The seconds and hours are windows of the protocol, which nobody can shorten;",
    "the milliseconds are what this machine needs beside them, measured by `npm run bench:latency` on two real nodes that",
    "mine at once. A mirror here is the whole first update of an ERC-20: feed, slots, post or proof, writing, comparison.",
    "A claim interval of the proposer and, on a real chain, B's block times come on top.",
    "",
    table(head, rows),
    "",
    `Reading a slot through a feed takes ${feedMs.toFixed(1)} ms (median of ${RUNS}).`,
    "",
    `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Node.js ${process.version}`,
    "",
  ].join("\n");
  writeFileSync(new URL("replicaLatency.md", import.meta.url), report);
  console.log(report);
} finally {
  await chains.close();
}
