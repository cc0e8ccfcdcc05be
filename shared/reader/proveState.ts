import { getAddress, toBeHex } from "ethers";
import type { Rpc } from "../chain/rpc.js";
import { requestProof, type ProofAnswer } from "../chain/sourceProof.js";
import { SourceError } from "../chain/sourceErrors.js";
import { normaliseProof } from "../proofs/normaliseProof.js";
import { verifyAccountProof, type ProvenAccount } from "../proofs/verifyAccountProof.js";
import { hashSlot, verifySlotProof } from "../proofs/verifySlotProof.js";
import type { Claim } from "../protocol/claim.js";

/** One slot under a proven account. */
export interface ProvenSlot {
  readonly slot: bigint;
  /** Zero for a slot that the storage does not hold. */
  readonly value: bigint;
  /** Merkle proof in the account's storage trie, root first; empty if that trie is. */
  readonly proof: readonly string[];
}

/** A block of A and the state root that is believed of it: a claim, or whatever speaks of one. */
export type StateRoot = Pick<Claim, "number" | "stateRoot">;

/** An account of A and some of its slots after a block, with what a contract on B checks them by. */
export interface StateProof {
  readonly account: string;
  readonly state: ProvenAccount;
  readonly accountProof: readonly string[];
  /** In the order asked for. */
  readonly slots: readonly ProvenSlot[];
}

/** Slots asked for in one request: nodes bound their answers. */
const SLOTS_PER_REQUEST = 100;

/**
 * Proves an account and slots of it under a state root. The node of A only supplies the proofs; what they show
 * is computed here, from the root down, and what the node says beside them is not looked at.
 *
 * @throws ProofError if the node's proof does not lead to the root (it lies, lags, or is on another fork), SourceError
 * `SourceMalformed`, RpcError
 */
export async function proveState(
  rpc: Rpc,
  root: StateRoot,
  address: string,
  slots: readonly bigint[],
  signal?: AbortSignal,
): Promise<StateProof> {
  const account = getAddress(address);
  const first = await request(rpc, root, account, slots.slice(0, SLOTS_PER_REQUEST));
  const accountProof = normaliseProof(first.accountProof);
  const state = verifyAccountProof(root.stateRoot, account, accountProof);
  const proven: ProvenSlot[] = [];
  for (let start = 0; start === 0 || start < slots.length; start += SLOTS_PER_REQUEST) {
    signal?.throwIfAborted();
    const part = slots.slice(start, start + SLOTS_PER_REQUEST);
    const answer = start === 0 ? first : await request(rpc, root, account, part);
    part.forEach((slot, index) => {
      const proof = normaliseProof(answer.storageProof[index]?.proof ?? []);
      proven.push({ slot, value: verifySlotProof(state.storageRoot, hashSlot(slot), proof), proof });
    });
  }
  return { account, state, accountProof, slots: proven };
}

async function request(
  rpc: Rpc,
  { number }: StateRoot,
  account: string,
  slots: readonly bigint[],
): Promise<ProofAnswer> {
  const answer = await requestProof(
    rpc,
    number,
    account,
    slots.map((slot) => toBeHex(slot, 32)),
  );
  if (answer.storageProof.length === slots.length) return answer;
  throw new SourceError("SourceMalformed", "a proof answers for another number of slots than was asked", {
    asked: slots.length,
    answered: answer.storageProof.length,
  });
}
