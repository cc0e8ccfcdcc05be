import { getAddress, toBeHex } from "ethers";
import type { ProtocolReader } from "../chain/protocolReader.js";
import type { Rpc } from "../chain/rpc.js";
import type { Claim } from "../protocol/claim.js";
import { ReaderError } from "./errors.js";
import { riskOf, type Finality, type RiskOf } from "./finality.js";
import { proveState, type StateProof } from "./proveState.js";
import { selectRoot, type RootRequest } from "./selectRoot.js";

export interface StateRequest<F extends Finality = Finality> extends RootRequest {
  readonly finality: F;
  /** Accept only a root for whose block anchor evidence was shown, in addition to the finality. */
  readonly isAttestedOnly?: boolean;
}

/** A root to read under, and how sure it is. */
export interface Root<F extends Finality = Finality> {
  readonly claim: Claim;
  readonly claimId: string;
  /** Whether the claim is final on B, whatever was asked for. */
  readonly isFinal: boolean;
  /** Whether anchor evidence for its block was shown. */
  readonly isAttested: boolean;
  /** Seconds between the block of A and B's newest block. */
  readonly ageSeconds: bigint;
  readonly finality: F;
  /** What relying on it risks; undefined only for `final`. */
  readonly risk: RiskOf<F>;
}

/** A value of A, proven under a root. */
export interface Reading<T, F extends Finality = Finality> extends Root<F> {
  readonly value: T;
  /** What it was read from; a contract on B takes it through `SourceState` once the claim is final. */
  readonly proof: StateProof;
}

/** Finds the newest root that is as sure as asked for. @throws as `selectRoot`, and `NotAttested`. */
export async function findRoot<F extends Finality>(
  protocol: ProtocolReader,
  request: StateRequest<F>,
): Promise<Root<F>> {
  const view = await protocol.sync();
  const { entry, ageSeconds } = selectRoot(view, protocol.parameters, request);
  const { claim, id: claimId } = entry;
  const isFinal = entry.status === "Final";
  // Asked of the contract itself: it also knows whether the block was contested since.
  if (isFinal) await protocol.call("stateSync", "requireFinal", [claim], view.head.number);
  if (request.isAttestedOnly === true && !entry.attested) {
    throw new ReaderError("NotAttested", `no evidence was shown for block ${claim.number}`, {
      number: claim.number,
    });
  }
  const { finality } = request;
  return {
    claim,
    claimId,
    isFinal,
    isAttested: entry.attested,
    ageSeconds,
    finality,
    risk: riskOf(finality),
  };
}

export interface SlotRequest extends StateRequest {
  /** Account on A. */
  readonly account: string;
  /** 32 bytes. */
  readonly slot: string;
}

/** A slot as `optisync read` shows it. */
export interface SlotReading extends Root {
  readonly account: string;
  readonly slot: string;
  readonly value: bigint;
  /** Merkle proofs, root first, as `SourceState.slot` takes them. */
  readonly accountProof: readonly string[];
  readonly storageProof: readonly string[];
}

/**
 * Reads a slot of A. The node of A only supplies the proof; that it proves the value is checked here, against the
 * state root of the claim on B.
 *
 * @throws ReaderError as `findRoot`; ProofError if the node's proof does not lead to the root; RpcError.
 */
export async function readSlot(
  { protocol, sourceRpc }: { protocol: ProtocolReader; sourceRpc: Rpc },
  request: SlotRequest,
): Promise<SlotReading> {
  const root = await findRoot(protocol, request);
  const { slots, accountProof } = await proveState(sourceRpc, root.claim, request.account, [
    BigInt(request.slot),
  ]);
  const [proven] = slots;
  if (proven === undefined) throw new RangeError("a slot was asked for and none was proven");
  return {
    ...root,
    account: getAddress(request.account),
    slot: toBeHex(request.slot, 32),
    value: proven.value,
    accountProof,
    storageProof: proven.proof,
  };
}
