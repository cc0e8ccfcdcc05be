import { ZeroHash } from "ethers";
import { interfaces } from "../shared/chain/contracts.js";
import { endCall, moveCall, nameOf } from "../shared/game/calls.js";
import { deployPages } from "../shared/game/pages.js";
import type { SendRequest, Sender } from "../shared/chain/sender.js";
import type { JsonRpc } from "../shared/chain/transactions.js";
import { addressOf, type Manifest, type ManifestContract } from "../shared/chain/manifest.js";
import { commitmentOf, digestsOf, previousKeys } from "../shared/protocol/deltas.js";
import { MAX_APPLY_GAS } from "../shared/protocol/batches.js";
import { syncCall } from "../shared/proofs/syncProof.js";
import { headOf } from "../shared/protocol/update.js";
import type { EvidenceSource } from "./evidence.js";
import { stagedCommitment } from "./feeds.js";
import type { Action, ProposerView } from "./view.js";

export interface CallTools {
  manifest: Manifest;
  evidence: EvidenceSource;
  /** B: pages of long proofs are looked for there, and put there before the proof itself. */
  rpc: JsonRpc;
  sender: Sender;
}

/** Says what an action is, the same in every look and every life: two requests with one key are one. */
export function keyOf(action: Action): string {
  switch (action.kind) {
    case "answer":
    case "settle":
      return `${action.kind}:${action.claim.id}:${action.challenger}`;
    case "move":
      return `move:${action.game.id}:${action.game.moves.length}:${action.move.kind}`;
    case "timeoutGame":
      return `timeoutGame:${action.game.id}`;
    case "refund":
    case "orphan":
    case "finalize":
      return `${action.kind}:${action.claim.id}`;
    case "release":
      return `release:${action.update.id}`;
    case "apply":
      return `apply:${action.update.id}:${action.index}:${action.count}`;
    case "dropStage":
      return `dropStage:${action.feed}`;
    case "stage":
      return `stage:${action.feed}:${action.index}:${commitmentOf(digestsOf(action.chunks))}`;
    case "post":
      return `post:${action.draft.parent}:${action.draft.root}`;
    case "sync":
      return `sync:${action.draft.parent}:${action.draft.root}`;
    case "prove":
      return `prove:${action.update.id}:${action.piece.index}:${action.piece.from}`;
    case "propose":
      return `propose:${action.candidate.header.hash}:${action.candidate.parent}`;
    case "withdrawEarnings":
      return "withdrawEarnings";
  }
}

/** Actions in one lane depend on each other and are done one after the other; lanes do not wait for each other. */
export function laneOf(action: Action): string {
  switch (action.kind) {
    case "answer":
    case "settle":
      return `demands ${action.claim.id}`;
    case "move":
    case "timeoutGame":
      return `game ${action.game.id}`;
    case "stage":
    case "dropStage":
      return `feed ${action.feed}`;
    case "post":
    case "sync":
      return `feed ${action.draft.feed}`;
    case "prove":
      return `feed ${action.update.update.feed}`;
    case "apply":
      return `apply ${action.update.update.feed}`;
    default:
      return action.kind;
  }
}

/** A transaction without its label and key. */
type Call = Pick<SendRequest, "to" | "data" | "deadline" | "maxGas">;

/** The transaction that does it. @throws whatever says that evidence could not be had. */
export async function toRequest(
  action: Action,
  view: ProposerView,
  tools: CallTools,
  signal: AbortSignal,
): Promise<SendRequest> {
  const call =
    action.kind === "answer"
      ? await answerCall(action, view, tools, signal)
      : action.kind === "move"
        ? await gameCall(action, view, tools)
        : plainCall(action, view, tools.manifest);
  return { ...call, label: action.kind, key: keyOf(action) };
}

async function answerCall(
  { claim, challenger, deadline }: Extract<Action, { kind: "answer" }>,
  view: ProposerView,
  { manifest, evidence }: CallTools,
  signal: AbortSignal,
): Promise<Call> {
  const shown = await evidence.evidenceFor(claim.claim.number, claim.claim.blockHash, signal);
  // The protocol's clock may stand still but never runs ahead: there is no earlier deadline than this.
  const unixDeadline = view.timestamp + (deadline - view.clock);
  return {
    ...callTo(manifest, "anchorCourt", "answer", [claim.claim, challenger, shown]),
    deadline: unixDeadline,
  };
}

async function gameCall(
  action: Extract<Action, { kind: "move" }>,
  view: ProposerView,
  { manifest, rpc, sender }: CallTools,
): Promise<Call> {
  const { game, claim, move } = action;
  const deadline = view.timestamp + (action.deadline - view.clock);
  const pages =
    move.kind === "prove" && move.proof.pages.length > 0
      ? await deployPages({ rpc, sender }, move.proof.pages, keyOf(action), deadline)
      : [];
  return { ...moveCall(manifest, game, claim.claim, move, pages), deadline };
}

function plainCall(
  action: Exclude<Action, { kind: "answer" | "move" }>,
  view: ProposerView,
  manifest: Manifest,
): Call {
  const { staker } = view.policy;
  switch (action.kind) {
    case "settle":
      return callTo(manifest, "anchorCourt", "settle", [action.claim.claim, action.challenger]);
    case "timeoutGame":
      return endCall(manifest, nameOf(action.game, action.claim.claim), "timeout");
    case "refund":
    case "orphan":
    case "finalize":
      return callTo(manifest, "stateSync", action.kind, [action.claim.claim]);
    case "release":
      return callTo(manifest, "feeds", "release", [action.update.update]);
    case "apply": {
      const { update: entry, index, count } = action;
      const { chunks, update } = entry;
      const previous = previousKeys(chunks)[index] ?? ZeroHash;
      const part = chunks.slice(index, index + count);
      return {
        ...callTo(manifest, "feeds", "applyChunks", [update, digestsOf(chunks), previous, part]),
        // One chunk has to be written whatever it takes.
        maxGas: count > 1 ? MAX_APPLY_GAS : undefined,
      };
    }
    case "dropStage":
      return callTo(manifest, "feeds", "dropStage", [action.feed]);
    case "stage":
      return callTo(manifest, "feeds", "stage", [action.feed, action.chunks]);
    case "post": {
      const { storageRoot, codeHash, chunks } = action.draft;
      const lastChunk = chunks.at(-1) ?? "0x";
      const said = {
        proposer: staker,
        storageRoot,
        codeHash,
        staged: stagedCommitment(action.draft),
        // Else a feed's creator could take the funds out just before and get the update for nothing.
        minReserve: action.feeWei,
        lastChunk,
      };
      return callTo(manifest, "feeds", "post", [action.parent, action.root, said]);
    }
    case "sync":
    case "prove":
      return proofCall(action, staker, manifest);
    case "propose":
      return callTo(manifest, "stateSync", "propose", [
        staker,
        action.candidate.parent,
        action.candidate.header.rlp,
      ]);
    case "withdrawEarnings":
      return callTo(manifest, "feeds", "withdrawEarnings", [staker]);
  }
}

function proofCall(
  action: Extract<Action, { kind: "sync" | "prove" }>,
  payee: string,
  manifest: Manifest,
): Call {
  if (action.kind === "prove") {
    const { update, accountProof, piece } = action;
    return callTo(manifest, "prover", "prove", [update.update, accountProof, piece]);
  }
  const terms = { payee, minFee: action.feeWei };
  const deltas = action.draft.chunks[0] ?? "0x";
  const on = [headOf(action.parent), action.root, terms] as const;
  const { name, args } = syncCall(on, deltas, action.proof, action.proof);
  return callTo(manifest, "prover", name, args);
}

function callTo(
  manifest: Manifest,
  contract: ManifestContract & keyof typeof interfaces,
  name: string,
  args: readonly unknown[],
): Call {
  return { to: addressOf(manifest, contract), data: interfaces[contract].encodeFunctionData(name, args) };
}
