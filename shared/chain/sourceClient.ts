import { recogniseClient, type ProfileName } from "../execution/chainProfile.js";
import { SourceError } from "./sourceErrors.js";

/**
 * The profile that fits a node by its `web3_clientVersion`.
 * @throws SourceError SourceNotCanonical, which names the client
 */
export function requireUsableClient(clientVersion: unknown): ProfileName {
  const recognition = recogniseClient(clientVersion);
  if (recognition.kind === "profile") return recognition.profile;
  const { client, reason } = recognition;
  throw new SourceError("SourceNotCanonical", `${client} cannot be a source chain: ${reason}`, {
    client,
    version: clientVersion,
  });
}

/**
 * Checks a node against the profile that is configured. The node's word never chooses how blocks are executed.
 * @throws SourceError SourceNotCanonical, SourceWrongClient
 */
export function requireClientOf(profile: ProfileName, clientVersion: unknown): void {
  const recognised = requireUsableClient(clientVersion);
  if (recognised === profile) return;
  throw new SourceError(
    "SourceWrongClient",
    `the node is of the kind "${recognised}", but the source chain is configured as "${profile}"`,
    { wanted: profile, got: recognised, version: clientVersion },
  );
}
