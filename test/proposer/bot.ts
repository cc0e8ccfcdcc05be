import type { Wallet } from "ethers";
import { interfaces } from "../../shared/chain/contracts.js";
import { createHistory } from "../../shared/chain/history.js";
import { addressOf, type ManifestContract } from "../../shared/chain/manifest.js";
import type { ProtocolReader } from "../../shared/chain/protocolReader.js";
import { createMemoryRecords } from "../../shared/chain/recordStore.js";
import type { Sender } from "../../shared/chain/sender.js";
import type { Source } from "../../shared/chain/source.js";
import type { TraceProvider } from "../../shared/game/trace.js";
import { silentLogger, type Logger } from "../../shared/runtime/logger.js";
import type { EvidenceSource } from "../../proposer/evidence.js";
import { createLoader } from "../../proposer/loader.js";
import { createResponder } from "../../proposer/responder.js";
import { tick } from "../../proposer/run.js";
import type { Alert, ProposerPolicy } from "../../proposer/view.js";
import type { TestDeployment } from "../support/deployment.js";

/** A proposer with nothing but the chains to know anything from. */
export interface Bot {
  /** Looks, prepares and acts until there is nothing left to do; what it did, in order. */
  settle(): Promise<string[]>;
  /** Looks once and does what is due, without waiting for preparations; what it did. */
  step(): Promise<string[]>;
  /** Resolves once everything that was begun is prepared. */
  prepared(): Promise<void>;
  alerts(): readonly Alert[];
  /** As a kill: nothing is finished, nothing is saved. */
  kill(): void;
}

export interface BotChanges {
  policy?: Partial<ProposerPolicy>;
  evidence?: EvidenceSource;
  sender?: Sender;
  source?: Source;
  machine?: TraceProvider;
  logger?: Logger;
}

export async function startBot(
  deployment: TestDeployment,
  wallet: Wallet,
  changes: BotChanges = {},
): Promise<Bot> {
  const stop = new AbortController();
  const { signal } = stop;
  const logger = changes.logger ?? silentLogger();
  const source = changes.source ?? (await deployment.openSource());
  const reader = await deployment.openReader(signal);
  const sender = changes.sender ?? deployment.createSender(wallet, { signal, logger });
  const evidence = changes.evidence ?? { evidenceFor: deployment.evidence };
  const policy: ProposerPolicy = {
    staker: wallet.address,
    feeds: "all",
    claimIntervalSeconds: 1n,
    maxPendingClaims: 3,
    maxFeedAgeSeconds: 300n,
    minUpdateFeeWei: 0n,
    provesUpToSlots: undefined,
    finalizesOthers: false,
    withdrawEarningsAtWei: undefined,
    isUnwinding: false,
    ...changes.policy,
  };
  const history = createHistory({ source, store: createMemoryRecords(), logger, signal });
  const loader = createLoader({
    source,
    history,
    forks: reader.forks,
    evidence,
    hasExecutionCourt: deployment.manifest.execution !== undefined,
    machine: changes.machine,
    reader,
    policy,
    sender: sender.address,
    retryMs: 0,
    signal,
  });
  const responder = createResponder({
    manifest: deployment.manifest,
    rpc: deployment.destination,
    evidence,
    sender,
    logger,
    signal,
  });
  let alerts: readonly Alert[] = [];
  const step = async (): Promise<string[]> => {
    const { decision } = await tick(loader, responder);
    alerts = decision.alerts;
    await responder.idle();
    return decision.actions.map(({ kind }) => kind);
  };
  return {
    step,
    prepared: () => loader.idle(),
    async settle() {
      const done: string[] = [];
      for (let quiet = 0; quiet < 2;) {
        const actions = await step();
        await loader.idle();
        done.push(...actions);
        quiet = actions.length === 0 ? quiet + 1 : 0;
      }
      return done;
    },
    alerts: () => alerts,
    kill: () => stop.abort(new DOMException("killed", "AbortError")),
  };
}

/** Sends a transaction to a contract of the protocol; throws if it reverts. */
export async function send(
  deployment: TestDeployment,
  wallet: Wallet,
  contract: ManifestContract & keyof typeof interfaces,
  name: string,
  args: readonly unknown[],
  value = 0n,
): Promise<void> {
  const outcome = await deployment.createSender(wallet).send({
    to: addressOf(deployment.manifest, contract),
    data: interfaces[contract].encodeFunctionData(name, args),
    value,
    label: name,
    key: `${name}:${Math.random()}`,
  });
  if (outcome.kind !== "confirmed")
    throw new Error(`${name}: ${JSON.stringify(outcome, (_, v) => String(v))}`);
}

export async function statusOf(reader: ProtocolReader): Promise<string[]> {
  const { ledger } = await reader.sync();
  return [...ledger.claims.values()].map(({ status }) => status);
}
