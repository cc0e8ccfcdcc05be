import { interfaces } from "../chain/contracts.js";
import { messageContractsOf, type Manifest } from "../chain/manifest.js";
import type { Destination } from "../chain/openChains.js";
import type { Rpc } from "../chain/rpc.js";
import { SourceError } from "../chain/sourceErrors.js";
import { channelId, type Channel } from "../protocol/message.js";
import { OptisyncError } from "../runtime/errors.js";

/** The channel of a deployment's messages. @throws OptisyncError `MessagesNotDeployed` (halt) */
export function channelOf(manifest: Manifest): Channel {
  const { outbox, inbox } = messageContractsOf(manifest);
  const { sourceChainId, destinationChainId } = manifest;
  return { sourceChainId, outbox, destinationChainId, inbox };
}

/**
 * Checks that A's node serves A, and that both contracts serve the channel of the manifest: ids of another channel
 * would be delivered nowhere.
 *
 * @throws OptisyncError `MessagesNotDeployed`, `ChannelDiffers`, `OutboxMissing` (halt), SourceError SourceWrongChain;
 * as `ProtocolReader.call`; RpcError.
 */
export async function requireChannel({ manifest, protocol }: Destination, sourceRpc: Rpc): Promise<void> {
  const wanted = channelOf(manifest);
  await requireSourceChain(sourceRpc, manifest);
  const [onDestination] = await protocol.call("inbox", "channel", []);
  requireSame("Inbox", onDestination as Channel, wanted);
  const data = interfaces.outbox.encodeFunctionData("channel");
  const answer = await sourceRpc.request("eth_call", [{ to: wanted.outbox, data }, "latest"]);
  if (typeof answer !== "string" || answer === "0x") {
    throw new OptisyncError("OutboxMissing", `there is no Outbox at ${wanted.outbox} on A`, {
      action: "halt",
      details: { outbox: wanted.outbox },
    });
  }
  const [onSource] = interfaces.outbox.decodeFunctionResult("channel", answer) as unknown as [Channel];
  requireSame("Outbox", onSource, wanted);
}

/** @throws SourceError SourceWrongChain; RpcError */
export async function requireSourceChain(rpc: Rpc, { sourceChainId }: Manifest): Promise<void> {
  const got = BigInt((await rpc.request("eth_chainId", [])) as string);
  if (got === sourceChainId) return;
  throw new SourceError("SourceWrongChain", `the node serves chain ${got}, not ${sourceChainId}`, {
    wanted: sourceChainId.toString(),
    got: got.toString(),
  });
}

function requireSame(contract: string, got: Channel, wanted: Channel): void {
  const { sourceChainId, outbox, destinationChainId, inbox } = got;
  const said = { sourceChainId, outbox, destinationChainId, inbox };
  if (channelId(said) === channelId(wanted)) return;
  throw new OptisyncError("ChannelDiffers", `the ${contract} serves another channel than the manifest says`, {
    action: "halt",
    details: { contract, got: said, wanted },
  });
}
