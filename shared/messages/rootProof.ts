import { toBeHex } from "ethers";
import { messageContractsOf, type Manifest } from "../chain/manifest.js";
import type { Rpc } from "../chain/rpc.js";
import { requestProof } from "../chain/sourceProof.js";
import { normaliseProof } from "../proofs/normaliseProof.js";
import { verifyAccountProof } from "../proofs/verifyAccountProof.js";
import { hashSlot, verifySlotProof } from "../proofs/verifySlotProof.js";
import type { Claim } from "../protocol/claim.js";
import type { ClaimEntry, Ledger } from "../protocol/ledger.js";
import { OUTBOX_ROOT_SLOT } from "../protocol/message.js";
import { OptisyncError } from "../runtime/errors.js";
import { countThrough, type OutboxView } from "./outboxMirror.js";

/** The root of the Outbox's tree under a final root of A, with what `Inbox.sync` takes. */
export interface RootProof {
  readonly claim: Claim;
  readonly root: string;
  /** How many messages the tree had; found by recomputing the root. */
  readonly size: number;
  readonly accountProof: readonly string[];
  readonly storageProof: readonly string[];
}

/**
 * Proves the Outbox's root as of a final claim's block, and that the messages A's node tells of lead to it.
 *
 * @returns undefined if no message had been sent by then.
 * @throws OptisyncError `OutboxContradicted` (retry) if they do not; ProofError (retry) if the node's proof does not
 * lead to the final root; RpcError if the node cannot be asked, or does not keep state that old.
 */
export async function proveOutboxRoot(
  { manifest, rpc }: { manifest: Manifest; rpc: Rpc },
  claim: Claim,
  view: OutboxView,
): Promise<RootProof | undefined> {
  const { outbox } = messageContractsOf(manifest);
  const slot = toBeHex(OUTBOX_ROOT_SLOT, 32);
  const answer = await requestProof(rpc, claim.number, outbox, [slot]);
  const accountProof = normaliseProof(answer.accountProof);
  const { storageRoot } = verifyAccountProof(claim.stateRoot, outbox, accountProof);
  const storageProof = normaliseProof(answer.storageProof[0]?.proof ?? []);
  const value = verifySlotProof(storageRoot, hashSlot(OUTBOX_ROOT_SLOT), storageProof);
  const size = countThrough(view, claim.number);
  const root = toBeHex(value, 32);
  const recomputed = size === 0 ? toBeHex(0n, 32) : view.tree.root(size);
  if (recomputed !== root) {
    throw new OptisyncError(
      "OutboxContradicted",
      `the ${size} messages that A's node tells of up to block ${claim.number} are not those under the final root`,
      { action: "retry", details: { number: claim.number, size, recomputed, proven: root } },
    );
  }
  return size === 0 ? undefined : { claim, root, size, accountProof, storageProof };
}

/**
 * The final claim for the highest block of A that an Inbox takes a root from.
 * @param isAttestedOnly See `IInbox.ATTESTED_ONLY`.
 */
export function newestUsableClaim(ledger: Ledger, isAttestedOnly: boolean): ClaimEntry | undefined {
  let newest: ClaimEntry | undefined;
  for (const entry of ledger.claims.values()) {
    if (entry.status !== "Final" || (isAttestedOnly && !entry.attested)) continue;
    if (newest === undefined || entry.claim.number > newest.claim.number) newest = entry;
  }
  return newest;
}
