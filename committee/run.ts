import { join } from "node:path";
import type { Rpc } from "../shared/chain/rpc.js";
import type { TypedDataSigner } from "../shared/protocol/attestation.js";
import type { Logger } from "../shared/runtime/logger.js";
import type { Shutdown } from "../shared/runtime/shutdown.js";
import { readAnchorTerms, readDestinationTime } from "./anchorReader.js";
import { startAttestationServer, type AttestationServer } from "./server.js";
import { openSignedBlocks } from "./signedBlocks.js";
import { createSigner } from "./signer.js";
import { createSourceView } from "./sourceView.js";

export interface MemberOptions {
  /** The `CommitteeAnchor` on B. */
  anchor: string;
  /** Folder of the record of what was signed. Not a cache. */
  dataDir: string;
  host: string;
  port: number;
  /** For an A without a `finalized` tag: how deep a block must be. */
  finalityDepth?: bigint | undefined;
}

export interface MemberModules {
  sourceRpc: Rpc;
  destinationRpc: Rpc;
  wallet: TypedDataSigner & { readonly address: string };
  logger: Logger;
  onClose: Shutdown["onClose"];
}

/**
 * Starts a committee member: reads the anchor's terms, opens the record of signed blocks and serves attestations.
 * @throws OptisyncError if a chain is not the anchor's or cannot be asked; an error of LevelDB if another process
 * uses the record.
 */
export async function startMember(
  options: MemberOptions,
  modules: MemberModules,
): Promise<AttestationServer & { readonly signer: string }> {
  const { sourceRpc, destinationRpc, wallet, logger } = modules;
  const terms = await readAnchorTerms(destinationRpc, options.anchor);
  const source = await createSourceView(sourceRpc, terms.sourceChainId, options.finalityDepth);
  const signedBlocks = await openSignedBlocks(join(options.dataDir, "signed-blocks", wallet.address));
  modules.onClose("signed blocks", () => signedBlocks.close());

  const signer = createSigner(
    {
      identity: terms.identity,
      sourceChainId: terms.sourceChainId,
      // The longest allowed: a little of it is lost on the way to whoever asked.
      lifetimeSeconds: terms.maxLifetimeSeconds,
      maxLifetimeSeconds: terms.maxLifetimeSeconds,
    },
    { wallet, source, signedBlocks, destinationTime: () => readDestinationTime(destinationRpc) },
  );
  const server = await startAttestationServer({ host: options.host, port: options.port }, { signer, logger });
  modules.onClose("attestation server", () => server.close());
  logger.info(
    {
      url: server.url,
      signer: signer.address,
      anchor: options.anchor,
      sourceChainId: terms.sourceChainId,
      destinationChainId: terms.identity.destinationChainId,
    },
    "committee member started",
  );
  return { ...server, signer: signer.address };
}
