import { dataLength } from "ethers";
import type { Claim } from "./claim.js";
import { commitmentOf, DELTA_SIZE, digestsOf } from "./deltas.js";
import type { Update } from "./update.js";

/**
 * An update that was proven without having been posted. Its event (`UpdateProven`) leaves out what its feed showed and
 * what its claim says: both were announced before.
 * @param args The event's.
 * @param parent The update that the feed showed, and its id.
 * @param claim The one that the event names.
 */
export function provenUpdate(
  args: Readonly<Record<string, unknown>>,
  parent: { readonly id: string; readonly update: Update },
  claim: Claim,
): { update: Update; chunks: readonly string[] } {
  const deltas = args["deltas"] as string;
  const chunks = deltas === "0x" ? [] : [deltas];
  const update: Update = {
    feed: parent.update.feed,
    parent: parent.id,
    number: claim.number,
    timestamp: claim.timestamp,
    stateRoot: claim.stateRoot,
    oldStorageRoot: parent.update.storageRoot,
    storageRoot: args["storageRoot"] as string,
    codeHash: args["codeHash"] as string,
    deltas: commitmentOf(digestsOf(chunks)),
    count: BigInt(dataLength(deltas) / DELTA_SIZE),
    proposer: args["proposer"] as string,
    rootProposer: claim.proposer,
    reserve: 0n,
  };
  return { update, chunks };
}
