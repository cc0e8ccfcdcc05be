import { getAddress, toBeHex } from "ethers";
import type { ProtocolReader } from "../chain/protocolReader.js";
import type { Rpc } from "../chain/rpc.js";
import { requestProof } from "../chain/sourceProof.js";
import { normaliseProof } from "../proofs/normaliseProof.js";
import { verifyAccountProof } from "../proofs/verifyAccountProof.js";
import { hashSlot, verifySlotProof } from "../proofs/verifySlotProof.js";
import type { Claim } from "../protocol/claim.js";
import { finalHead } from "../protocol/ledger.js";
import { OptisyncError } from "../runtime/errors.js";

export interface SlotRequest {
  /** Account on A. */
  readonly account: string;
  /** 32 bytes. */
  readonly slot: string;
  /** Oldest acceptable state, in seconds since its block on A. There is no default: only the caller can know. */
  readonly maxAgeSeconds: bigint;
  /** Accept only a root for whose block anchor evidence was shown. */
  readonly isAttestedOnly?: boolean;
}

/** A value of A, proven against a root that is final on B, and what a contract on B needs to check it itself. */
export interface SlotReading {
  readonly account: string;
  readonly slot: string;
  readonly value: bigint;
  /** The final claim whose state root the proofs lead to. */
  readonly claim: Claim;
  readonly isAttested: boolean;
  /** Seconds between the block of A and B's newest block. */
  readonly ageSeconds: bigint;
  /** Merkle proofs, root first, as `SourceState.slot` takes them. */
  readonly accountProof: readonly string[];
  readonly storageProof: readonly string[];
}

/**
 * Reads a slot of A. The node of A only supplies the proof; that it proves the value is checked here, against the
 * state root that is final on B.
 *
 * @throws OptisyncError `NothingFinal`, `FinalRootTooOld` or `NotAttested` (retry); ProofError if the node's proof
 * does not lead to the final root; RpcError.
 */
export async function readSlot(
  { protocol, sourceRpc }: { protocol: ProtocolReader; sourceRpc: Rpc },
  request: SlotRequest,
): Promise<SlotReading> {
  const { ledger, head } = await protocol.sync();
  const entry = finalHead(ledger);
  if (entry === undefined)
    throw new OptisyncError("NothingFinal", "no claim is final yet", { action: "retry" });
  const { claim } = entry;
  const ageSeconds = head.timestamp - claim.timestamp;
  if (ageSeconds > request.maxAgeSeconds) {
    throw new OptisyncError(
      "FinalRootTooOld",
      `the newest final root is ${ageSeconds} s old, at most ${request.maxAgeSeconds} s are accepted`,
      {
        action: "retry",
        details: { ageSeconds, maxAgeSeconds: request.maxAgeSeconds, number: claim.number },
      },
    );
  }
  // Asked of the contract itself: it also knows whether the block was contested since.
  const [isAttested] = await protocol.call("stateSync", "requireFinal", [claim]);
  if (request.isAttestedOnly === true && isAttested !== true) {
    throw new OptisyncError("NotAttested", `no evidence was shown for block ${claim.number}`, {
      action: "retry",
      details: { number: claim.number },
    });
  }

  const account = getAddress(request.account);
  const answer = await requestProof(sourceRpc, claim.number, account, [request.slot]);
  const accountProof = normaliseProof(answer.accountProof);
  const { storageRoot } = verifyAccountProof(claim.stateRoot, account, accountProof);
  const storageProof = normaliseProof(answer.storageProof[0]?.proof ?? []);
  const value = verifySlotProof(storageRoot, hashSlot(BigInt(request.slot)), storageProof);
  return {
    account,
    slot: toBeHex(request.slot, 32),
    value,
    claim,
    isAttested: isAttested === true,
    ageSeconds,
    accountProof,
    storageProof,
  };
}
