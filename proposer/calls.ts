import { ZeroHash } from "ethers";
import { interfaces } from "../shared/chain/contracts.js";
import type { Manifest, ManifestContract } from "../shared/chain/manifest.js";
import type { SendRequest } from "../shared/chain/sender.js";
import { digestsOf, previousKeys } from "../shared/protocol/deltas.js";
import type { EvidenceSource } from "./evidence.js";
import { stagedCommitment } from "./feeds.js";
import type { Action, ProposerView } from "./view.js";

export interface CallTools {
  manifest: Manifest;
  evidence: EvidenceSource;
}

/** Says what an action is, the same in every look and every life: two requests with one key are one. */
export function keyOf(action: Action): string {
  switch (action.kind) {
    case "answer":
    case "settle":
      return `${action.kind}:${action.claim.id}:${action.challenger}`;
    case "refund":
    case "orphan":
    case "finalize":
      return `${action.kind}:${action.claim.id}`;
    case "release":
      return `release:${action.update.id}`;
    case "apply":
      return `apply:${action.update.id}:${action.index}`;
    case "dropStage":
      return `dropStage:${action.feed}`;
    case "stage":
      return `stage:${action.feed}:${action.index}:${digestsOf([action.chunk]).join()}`;
    case "post":
      return `post:${action.draft.parent}:${action.draft.root}`;
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
    case "stage":
    case "dropStage":
      return `feed ${action.feed}`;
    case "post":
      return `feed ${action.draft.feed}`;
    case "apply":
      return `apply ${action.update.update.feed}`;
    default:
      return action.kind;
  }
}

/** The transaction that does it. @throws whatever says that evidence could not be had. */
export async function toRequest(
  action: Action,
  view: ProposerView,
  tools: CallTools,
  signal: AbortSignal,
): Promise<SendRequest> {
  const { staker } = view.policy;
  const request = (
    contract: ManifestContract & keyof typeof interfaces,
    name: string,
    args: unknown[],
  ): SendRequest => ({
    to: tools.manifest.contracts[contract],
    data: interfaces[contract].encodeFunctionData(name, args),
    label: action.kind,
    key: keyOf(action),
  });
  switch (action.kind) {
    case "answer": {
      const { claim, challenger, deadline } = action;
      const evidence = await tools.evidence.evidenceFor(claim.claim.number, claim.claim.blockHash, signal);
      // The protocol's clock may stand still, never run ahead: this deadline is the earliest there can be.
      const unixDeadline = view.timestamp + (deadline - view.clock);
      return {
        ...request("anchorCourt", "answer", [claim.claim, challenger, evidence]),
        deadline: unixDeadline,
      };
    }
    case "settle":
      return request("anchorCourt", "settle", [action.claim.claim, action.challenger]);
    case "refund":
    case "orphan":
    case "finalize":
      return request("stateSync", action.kind, [action.claim.claim]);
    case "release":
      return request("feeds", "release", [action.update.update]);
    case "apply": {
      const { chunks, update } = action.update;
      const previous = previousKeys(chunks)[action.index] ?? ZeroHash;
      return request("feeds", "applyChunk", [
        update,
        digestsOf(chunks),
        previous,
        chunks[action.index] ?? "0x",
      ]);
    }
    case "dropStage":
      return request("feeds", "dropStage", [action.feed]);
    case "stage":
      return request("feeds", "stage", [action.feed, action.chunk]);
    case "post": {
      const { storageRoot, codeHash, chunks } = action.draft;
      const lastChunk = chunks.at(-1) ?? "0x";
      const said = {
        proposer: staker,
        storageRoot,
        codeHash,
        staged: stagedCommitment(action.draft),
        lastChunk,
      };
      return request("feeds", "post", [action.parent, action.root, said]);
    }
    case "propose":
      return request("stateSync", "propose", [staker, action.candidate.parent, action.candidate.header.rlp]);
    case "withdrawEarnings":
      return request("feeds", "withdrawEarnings", [staker]);
  }
}
