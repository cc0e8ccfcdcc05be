import { getCreateAddress } from "ethers";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { creation } from "./artifacts.js";
import { interfaces } from "./contracts.js";
import { deployContract } from "./deployContract.js";
import type { Manifest } from "./manifest.js";
import type { Sender } from "./sender.js";
import { readNonce, type JsonRpc } from "./transactions.js";

/** One of the two chains, and who deploys there. */
export interface DeploymentSide {
  readonly rpc: JsonRpc;
  readonly sender: Sender;
}

export interface MessageDeploymentOptions {
  readonly manifest: Manifest;
  readonly source: DeploymentSide;
  readonly destination: DeploymentSide;
  /** Whether the Inbox takes over roots only from claims for whose block anchor evidence was shown. */
  readonly isAttestedOnly?: boolean;
  readonly logger: Logger;
}

/**
 * Adds a mailbox to a deployment: an Outbox on A and an Inbox on B. Each gets the other's address, computed beforehand,
 * in its constructor. A second deployment in the other direction makes the way two-way.
 *
 * @returns The manifest with the mailbox in it.
 * @throws OptisyncError `MessagesDeployed` (halt) if it has one already, `DeploymentRefused` (halt) with the
 * constructor's error, `DeploymentDisturbed` (halt) if another transaction of a deployer came in between: what was
 * deployed is of no use then, and deploying again is all it takes.
 */
export async function deployMessages(options: MessageDeploymentOptions): Promise<Manifest> {
  const { manifest, source, destination, logger } = options;
  if (manifest.messages !== undefined) {
    throw new OptisyncError(
      "MessagesDeployed",
      `the deployment ${manifest.name} has an Outbox and an Inbox`,
      {
        action: "halt",
        details: { ...manifest.messages },
      },
    );
  }
  const outbox = await nextAddress(source);
  const inbox = await nextAddress(destination);
  const { stateSync } = manifest.contracts;
  const data = {
    outbox: creation("Outbox", interfaces.outbox, [manifest.destinationChainId, inbox]),
    inbox: creation("Inbox", interfaces.inbox, [
      stateSync,
      manifest.sourceChainId,
      outbox,
      options.isAttestedOnly ?? false,
    ]),
  };
  const sent = await deployContract(
    { name: "outbox", address: outbox, data: data.outbox },
    { ...source, logger },
  );
  await deployContract({ name: "inbox", address: inbox, data: data.inbox }, { ...destination, logger });
  return { ...manifest, messages: { outbox, outboxInBlock: sent.blockNumber, inbox } };
}

async function nextAddress({ rpc, sender }: DeploymentSide): Promise<string> {
  return getCreateAddress({ from: sender.address, nonce: await readNonce(rpc, sender.address, "pending") });
}
