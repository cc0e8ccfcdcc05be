import { silentLogger, type Logger } from "../../shared/runtime/logger.js";
import type { Rpc } from "../../shared/chain/rpc.js";
import type { Sender } from "../../shared/chain/sender.js";
import type { Alert } from "../../shared/runtime/alarm.js";
import { assembleRelayer } from "../../relayer/process.js";
import { tick } from "../../relayer/run.js";
import type { RelayerPolicy, RelayerView } from "../../relayer/view.js";
import type { Mailbox } from "../support/mailbox.js";

/** A relayer with nothing but the chains to know anything from. */
export interface TestRelayer {
  /** Looks and acts until there is nothing left to do; what it did, in order. */
  settle(): Promise<string[]>;
  /** Looks once and waits for what it started. */
  step(): Promise<string[]>;
  /** Looks once and does not wait for what it started. */
  look(): Promise<RelayerView>;
  alerts(): readonly Alert[];
  /** As a kill: nothing is finished, nothing is saved. */
  kill(): void;
}

export const POLICY: RelayerPolicy = {
  asked: "all",
  maxGas: 2_000_000n,
  maxCostWei: undefined,
  maxBatch: 100,
  maxAttempts: 3,
  recordsFailures: false,
};

export interface RelayerChanges {
  policy?: Partial<RelayerPolicy>;
  sourceRpc?: Rpc;
  dryRun?: boolean;
  logger?: Logger;
  sender?: (signal: AbortSignal) => Sender;
}

export async function startRelayer(
  mailbox: Mailbox,
  wallet: number,
  changes: RelayerChanges = {},
): Promise<TestRelayer> {
  const stop = new AbortController();
  const { signal } = stop;
  const logger = changes.logger ?? silentLogger();
  const sender =
    changes.sender?.(signal) ??
    mailbox.test.createSender(mailbox.wallet(wallet), { signal, logger, dryRun: changes.dryRun ?? false });
  const { loader, responder } = await assembleRelayer({
    destination: await mailbox.open(signal),
    sourceRpc: changes.sourceRpc ?? mailbox.test.sourceRpc,
    sender,
    policy: { ...POLICY, ...changes.policy },
    feePolicy: { priorityFeeWei: 10n ** 9n },
    logger,
    signal,
  });
  let alerts: readonly Alert[] = [];
  const look = async () => {
    const { view, decision } = await tick(loader, responder);
    alerts = decision.alerts;
    return { view, did: decision.actions.map(({ kind }) => kind) };
  };
  const step = async (): Promise<string[]> => {
    const { did } = await look();
    await responder.idle();
    return did;
  };
  return {
    step,
    look: async () => (await look()).view,
    async settle() {
      const done: string[] = [];
      for (let did = await step(); did.length > 0; did = await step()) done.push(...did);
      return done;
    },
    alerts: () => alerts,
    kill: () => stop.abort(new DOMException("killed", "AbortError")),
  };
}
