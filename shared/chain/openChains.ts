import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Wallet } from "ethers";
import type { Logger } from "../runtime/logger.js";
import { openStateCache } from "../execution/cache.js";
import { allInterfaces } from "./contracts.js";
import { connectDestination } from "./destination.js";
import { DEFAULT_FEE_POLICY, type FeePolicy } from "./fees.js";
import { createHistory, type History } from "./history.js";
import { openKeptWitnesses, type KeptWitnesses } from "./keptWitnesses.js";
import { executionForksOf, readManifest, type Manifest } from "./manifest.js";
import { openProtocol, type ProtocolReader } from "./protocolReader.js";
import { createMemoryRecords, openRecords } from "./recordStore.js";
import { createRevertDecoder } from "./reverts.js";
import { createRpc } from "./rpc.js";
import { createSender, type Sender } from "./sender.js";
import { createWorkers } from "./workers.js";
import { createSource, type Finality, type Source } from "./source.js";
import type { JsonRpc } from "./transactions.js";

/** How a process reaches the two chains of a deployment. */
export interface ChainOptions {
  sourceRpc: readonly string[];
  destinationRpc: readonly string[];
  /** Path of the deployment's manifest. */
  deployment: string;
  finality: Finality;
  confirmations: number;
  /** Folder for the cache; undefined keeps everything in memory. */
  dataDir: string | undefined;
  /** Threads that execute blocks of A; 0 or undefined: none, this thread executes them. */
  workers?: number | undefined;
  /** Bytes for the states of blocks that can be disputed; 0 or undefined: none are kept. */
  witnessBytes?: number | undefined;
}

export interface ProcessTools {
  logger: Logger;
  signal: AbortSignal;
  readonly onClose: (name: string, close: () => unknown) => unknown;
}

/** Both chains of a deployment, opened and checked to be those that the manifest names. */
export interface Chains {
  readonly manifest: Manifest;
  readonly source: Source;
  readonly history: History;
  /** Undefined if none are kept: without a folder or an execution court, or because it was not asked for. */
  readonly witnesses?: KeptWitnesses | undefined;
  readonly rpc: JsonRpc;
  readonly protocol: ProtocolReader;
}

/** Blocks of B asked for at once; halved when a node refuses. */
const LOG_CHUNK = 5_000n;

export async function openChains(options: ChainOptions, tools: ProcessTools): Promise<Chains> {
  const { logger, signal } = tools;
  const { manifest, rpc, protocol } = await openDestination(options, tools);
  const folder = deploymentFolder(options.dataDir, manifest);
  const state = folder === undefined ? undefined : await openStateCache({ path: join(folder, "state") });
  if (state !== undefined) tools.onClose("state", () => state.close());
  const witnesses = await openWitnesses(folder, options, manifest, tools);
  const source = await createSource({
    rpc: createRpc({ urls: options.sourceRpc, signal }),
    forks: executionForksOf(manifest, protocol.forks.sunset),
    finality: options.finality,
    ...(state === undefined ? {} : { stores: state }),
    ...(witnesses === undefined ? {} : { witnesses }),
  });
  const records = folder === undefined ? createMemoryRecords() : await openRecords(join(folder, "blocks"));
  tools.onClose("records", () => records.close());
  const workers = options.workers ? createWorkers({ size: options.workers, signal }) : undefined;
  if (workers !== undefined) tools.onClose("workers", () => workers.close());
  const history = createHistory({
    ...(workers === undefined ? {} : { workers }),
    source,
    store: records,
    logger: logger.child({ module: "history" }),
    signal,
  });
  return { manifest, source, history, witnesses, rpc, protocol };
}

async function openWitnesses(
  folder: string | undefined,
  { witnessBytes: maxBytes = 0 }: ChainOptions,
  { execution }: Manifest,
  { logger, onClose }: ProcessTools,
): Promise<KeptWitnesses | undefined> {
  if (folder === undefined || maxBytes === 0 || execution === undefined) return undefined;
  const options = {
    folder: join(folder, "witnesses"),
    maxBytes,
    logger: logger.child({ module: "witnesses" }),
  };
  const witnesses = await openKeptWitnesses(options);
  onClose("witnesses", () => witnesses.close());
  return witnesses;
}

/** B's part of a deployment: all that is needed to look at it and to send to it. */
export type Destination = Pick<Chains, "manifest" | "rpc" | "protocol">;

/** Opens a deployment on B alone. @throws as `readManifest`, `connectDestination` and `openProtocol`. */
export async function openDestination(
  options: Pick<ChainOptions, "destinationRpc" | "deployment" | "confirmations">,
  { logger, signal, onClose }: ProcessTools,
): Promise<Destination> {
  const manifest = readManifest(options.deployment);
  const { destinationChainId: chainId } = manifest;
  const rpc = await connectDestination({ urls: options.destinationRpc, chainId, logger, signal });
  onClose("destination", () => rpc.destroy());
  const protocol = await openProtocol({
    rpc,
    manifest,
    confirmations: options.confirmations,
    chunkSize: LOG_CHUNK,
    logger: logger.child({ module: "events" }),
    signal,
  });
  return { manifest, rpc, protocol };
}

/** The one sender of a process. */
export function openSender(
  { rpc, manifest }: Destination,
  wallet: Wallet,
  options: { confirmations: number; dryRun: boolean; pollMs: number; feePolicy?: Partial<FeePolicy> },
  { logger, signal }: ProcessTools,
): Sender {
  return createSender({
    rpc,
    signer: wallet,
    chainId: manifest.destinationChainId,
    decoder: createRevertDecoder([...allInterfaces]),
    feePolicy: { ...DEFAULT_FEE_POLICY, ...options.feePolicy },
    confirmations: options.confirmations,
    pollMs: options.pollMs,
    dryRun: options.dryRun,
    logger: logger.child({ module: "sender" }),
    signal,
  });
}

/** One folder per deployment, so that processes of two deployments never share a database. */
function deploymentFolder(dataDir: string | undefined, manifest: Manifest): string | undefined {
  if (dataDir === undefined) return undefined;
  const folder = join(dataDir, `${manifest.name}-${manifest.contracts.stateSync.slice(2, 10).toLowerCase()}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}
