import { connectDestination } from "../chain/destination.js";
import { readManifest } from "../chain/manifest.js";
import type { Chains, ProcessTools } from "../chain/openChains.js";
import { openProtocol } from "../chain/protocolReader.js";

/** How to reach B alone. */
export interface ReaderOptions {
  destinationRpc: readonly string[];
  /** Path of the deployment's manifest. */
  deployment: string;
  confirmations: number;
}

/** B's part of a deployment: all that is needed to look at it and to send to it. */
export type Reader = Pick<Chains, "manifest" | "rpc" | "protocol">;

/** Blocks of B asked for at once; halved when a node refuses. */
const LOG_CHUNK = 5_000n;

/** Opens a deployment on B. @throws as `readManifest`, `connectDestination` and `openProtocol`. */
export async function openReader(options: ReaderOptions, tools: ProcessTools): Promise<Reader> {
  const { logger, signal } = tools;
  const manifest = readManifest(options.deployment);
  const { destinationChainId: chainId } = manifest;
  const rpc = await connectDestination({ urls: options.destinationRpc, chainId, logger, signal });
  tools.onClose("destination", () => rpc.destroy());
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
