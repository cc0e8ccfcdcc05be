/**
 * A challenger or a proposer with the toy machine, as a process of its own that can be killed. What it needs comes in one
 * variable of the environment, as JSON.
 */
import { readFileSync } from "node:fs";
import { JsonRpcProvider, Wallet } from "ethers";
import { Challenger } from "../../challenger/challenger.js";
import { createLoader } from "../../proposer/loader.js";
import { createResponder } from "../../proposer/responder.js";
import { runProposer } from "../../proposer/run.js";
import { openChains, openSender } from "../../shared/chain/openChains.js";
import { createLogger } from "../../shared/runtime/logger.js";
import { createToyMachine, rootsOf } from "../support/toyMachine.js";
import { TOY_LENGTH } from "./gameBench.js";

export interface BotOptions {
  role: "challenger" | "proposer";
  sourceUrl: string;
  destinationUrl: string;
  deployment: string;
  dataDir: string;
  privateKey: string;
}

const options = JSON.parse(process.env["BOT"] ?? readFileSync(0, "utf8")) as BotOptions;
const signal = new AbortController().signal;
const logger = createLogger({ level: "info", pretty: false });
const tools = { logger, signal, onClose: () => undefined };
const chains = await openChains(
  {
    sourceRpc: [options.sourceUrl],
    destinationRpc: [options.destinationUrl],
    deployment: options.deployment,
    finality: { kind: "depth", blocks: 0n },
    confirmations: 0,
    dataDir: options.dataDir,
  },
  tools,
);
const wallet = new Wallet(options.privateKey, new JsonRpcProvider(options.destinationUrl));
const sender = openSender(chains, wallet, { confirmations: 1, dryRun: false, pollMs: 50 }, tools);
const machine = createToyMachine({ length: TOY_LENGTH, trueRoot: rootsOf(chains.source) });

if (options.role === "challenger") {
  const settings = { challenger: wallet.address, bondReserve: 1n, pollMs: 100 };
  await new Challenger(settings, { chains, sender, machine, logger, signal }).run();
} else {
  const evidence = { evidenceFor: () => Promise.reject(new Error("nobody asks for it here")) };
  const loader = createLoader({
    source: chains.source,
    history: chains.history,
    forks: chains.protocol.forks,
    evidence,
    hasExecutionCourt: true,
    machine,
    reader: chains.protocol,
    policy: {
      staker: wallet.address,
      feeds: [],
      claimIntervalSeconds: 1n,
      maxPendingClaims: 0,
      maxFeedAgeSeconds: 300n,
      minUpdateFeeWei: 0n,
      provesUpToSlots: undefined,
      finalizesOthers: false,
      withdrawEarningsAtWei: undefined,
      isUnwinding: false,
    },
    sender: wallet.address,
    retryMs: 100,
    signal,
  });
  const responder = createResponder({
    manifest: chains.manifest,
    rpc: chains.rpc,
    evidence,
    sender,
    logger,
    signal,
  });
  await runProposer({ intervalMs: 100, maxPauseMs: 1_000 }, { loader, responder, logger, signal });
}
