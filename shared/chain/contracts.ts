import { Contract, Interface, type ContractRunner } from "ethers";
import { anchorCourtAbi } from "../protocol/abi/AnchorCourt.js";
import { blockHashAnchorAbi } from "../protocol/abi/BlockHashAnchor.js";
import { committeeAnchorAbi } from "../protocol/abi/CommitteeAnchor.js";
import { deltaCourtAbi } from "../protocol/abi/DeltaCourt.js";
import { executionCourtAbi } from "../protocol/abi/ExecutionCourt.js";
import { feedsAbi } from "../protocol/abi/Feeds.js";
import { inboxAbi } from "../protocol/abi/Inbox.js";
import { outboxAbi } from "../protocol/abi/Outbox.js";
import { precompileStageAbi } from "../protocol/abi/PrecompileStage.js";
import { proverAbi } from "../protocol/abi/Prover.js";
import { replicasAbi } from "../protocol/abi/Replicas.js";
import { slotFeedsAbi } from "../protocol/abi/SlotFeeds.js";
import { stakeAbi } from "../protocol/abi/Stake.js";
import { stateSyncAbi } from "../protocol/abi/StateSync.js";
import { stepperAbi } from "../protocol/abi/Stepper.js";
import type { Manifest, ManifestContract } from "./manifest.js";

/** The interfaces of the protocol's contracts, errors of their libraries included. */
export const interfaces = {
  stake: new Interface(stakeAbi),
  stateSync: new Interface(stateSyncAbi),
  anchorCourt: new Interface(anchorCourtAbi),
  feeds: new Interface(feedsAbi),
  deltaCourt: new Interface(deltaCourtAbi),
  prover: new Interface(proverAbi),
  replicas: new Interface(replicasAbi),
  slotFeeds: new Interface(slotFeedsAbi),
  executionCourt: new Interface(executionCourtAbi),
  committeeAnchor: new Interface(committeeAnchorAbi),
  blockHashAnchor: new Interface(blockHashAnchorAbi),
  outbox: new Interface(outboxAbi),
  inbox: new Interface(inboxAbi),
  stepper: new Interface(stepperAbi),
  precompileStage: new Interface(precompileStageAbi),
} as const;

/** Everything a revert of one of the contracts can be decoded with. */
export const allInterfaces: readonly Interface[] = Object.values(interfaces);

export function interfaceOf(manifest: Manifest, contract: ManifestContract): Interface {
  if (contract !== "anchor") return interfaces[contract];
  return manifest.anchorKind === "committee" ? interfaces.committeeAnchor : interfaces.blockHashAnchor;
}

/** The deployed contracts as ethers sees them, by their names in the manifest. */
export type Contracts = Record<keyof Manifest["contracts"], Contract>;

export function openContracts(manifest: Manifest, runner: ContractRunner): Contracts {
  const open = (name: keyof Manifest["contracts"]): Contract =>
    new Contract(manifest.contracts[name], interfaceOf(manifest, name), runner);
  return {
    stake: open("stake"),
    stateSync: open("stateSync"),
    anchorCourt: open("anchorCourt"),
    feeds: open("feeds"),
    deltaCourt: open("deltaCourt"),
    prover: open("prover"),
    replicas: open("replicas"),
    slotFeeds: open("slotFeeds"),
    anchor: open("anchor"),
  };
}
