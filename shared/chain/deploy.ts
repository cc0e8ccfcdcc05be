import { getCreateAddress } from "ethers";
import { packForkSchedule, type ForkSchedule } from "../protocol/forkSchedule.js";
import type { ProtocolParameters } from "../protocol/parameters.js";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { creation } from "./artifacts.js";
import { interfaces } from "./contracts.js";
import { deployContract } from "./deployContract.js";
import type { Manifest } from "./manifest.js";
import type { Sender } from "./sender.js";
import { readNonce, type JsonRpc } from "./transactions.js";

/** Which anchor ties the deployment to A's consensus. */
export type AnchorPlan =
  | { kind: "committee"; members: readonly string[]; threshold: number }
  /** An existing oracle of A's block hashes on B. */
  | { kind: "blockHash"; oracle: string };

export interface DeploymentPlan {
  name: string;
  sourceChainId: bigint;
  destinationChainId: bigint;
  parameters: ProtocolParameters;
  forks: ForkSchedule;
  sourceForks: Manifest["sourceForks"];
  sourceDepositContract?: string | undefined;
  sourceProfile?: Manifest["sourceProfile"] | undefined;
  /** RLP of the header of the block of A to start from. */
  genesisHeader: string;
  anchor: AnchorPlan;
  /** The machine that an execution court shall run, already on B; without, there is no such court. */
  stepper?: string | undefined;
}

export interface DeploymentTools {
  rpc: JsonRpc;
  sender: Sender;
  logger: Logger;
}

/** The order of deployment. The addresses follow from it and from the deployer's nonce. */
const ORDER = [
  "stake",
  "stateSync",
  "anchor",
  "anchorCourt",
  "feeds",
  "deltaCourt",
  "prover",
  "replicas",
  "slotFeeds",
] as const;
type ContractName = (typeof ORDER)[number] | "executionCourt";
type Addresses = Record<ContractName, string>;

/**
 * Deploys the protocol. The addresses are computed beforehand and given to the constructors, which check each other:
 * there is nothing to initialise afterwards, and nothing that another transaction could take over.
 *
 * @throws OptisyncError `DeploymentRefused` (halt) with the constructor's error if a parameter breaks an inequality,
 * `DeploymentDisturbed` (halt) if another transaction of the deployer came in between.
 */
export async function deployProtocol(plan: DeploymentPlan, tools: DeploymentTools): Promise<Manifest> {
  const { rpc, sender } = tools;
  const firstNonce = await readNonce(rpc, sender.address, "pending");
  const order: ContractName[] = [...ORDER];
  if (plan.stepper !== undefined) order.push("executionCourt");
  const addresses = Object.fromEntries(
    order.map((name, index) => [name, getCreateAddress({ from: sender.address, nonce: firstNonce + index })]),
  ) as Addresses;

  let deployedInBlock: bigint | undefined;
  for (const name of order) {
    const data = creationOf(name, plan, addresses);
    const { blockNumber } = await deployContract({ name, address: addresses[name], data }, tools);
    deployedInBlock ??= blockNumber;
  }
  return {
    name: plan.name,
    sourceChainId: plan.sourceChainId,
    destinationChainId: plan.destinationChainId,
    deployedInBlock: deployedInBlock ?? 0n,
    contracts: pick(addresses),
    ...(plan.stepper === undefined
      ? {}
      : { execution: { court: addresses.executionCourt, stepper: plan.stepper } }),
    anchorKind: plan.anchor.kind,
    sourceForks: plan.sourceForks,
    ...(plan.sourceDepositContract === undefined
      ? {}
      : { sourceDepositContract: plan.sourceDepositContract }),
    sourceProfile: plan.sourceProfile ?? "ethereum",
  };
}

function pick({ executionCourt: _, ...contracts }: Addresses): Manifest["contracts"] {
  return contracts;
}

function creationOf(name: ContractName, plan: DeploymentPlan, at: Addresses): string {
  const { claims, demands, updates, assumptions } = plan.parameters;
  const executionCourts = plan.stepper === undefined ? [] : [at.executionCourt];
  switch (name) {
    case "stake":
      return creation("Stake", interfaces.stake, [
        [at.stateSync, at.anchorCourt, at.feeds, ...executionCourts],
      ]);
    case "stateSync":
      return creation("StateSync", interfaces.stateSync, [
        at.stake,
        [at.anchorCourt, ...executionCourts],
        {
          window: claims.windowSeconds,
          grace: claims.graceSeconds,
          bond: claims.bondWei,
          maxSpan: claims.maxSpan,
          guardian: claims.guardian,
          guardianBudget: claims.guardianBudgetSeconds,
          forks: packForkSchedule(plan.forks),
          assumptions: {
            censorship: assumptions.censorshipSeconds,
            reaction: assumptions.reactionSeconds,
            skew: assumptions.skewSeconds,
            gasPrice: assumptions.gasPriceWei,
          },
        },
        plan.genesisHeader,
      ]);
    case "anchor":
      return anchorCreation(plan);
    case "anchorCourt":
      return creation("AnchorCourt", interfaces.anchorCourt, [
        at.stateSync,
        at.stake,
        at.anchor,
        { answerTime: demands.answerSeconds, bond: demands.bondWei },
      ]);
    case "feeds":
      return creation("Feeds", interfaces.feeds, [
        at.stateSync,
        at.stake,
        { deltaCourt: at.deltaCourt, prover: at.prover, replicas: at.replicas },
        {
          window: updates.windowSeconds,
          bond: updates.bondWei,
          maxRootAge: updates.maxRootAgeSeconds,
          rootShareBps: updates.rootShareBps,
        },
      ]);
    case "deltaCourt":
      return creation("DeltaCourt", interfaces.deltaCourt, [at.feeds]);
    case "prover":
      return creation("Prover", interfaces.prover, [at.feeds]);
    case "replicas":
      return creation("Replicas", interfaces.replicas, [at.feeds]);
    case "slotFeeds":
      return creation("SlotFeeds", interfaces.slotFeeds, [at.stateSync]);
    case "executionCourt":
      return executionCourtCreation(plan, at);
  }
}

function executionCourtCreation({ stepper, parameters }: DeploymentPlan, at: Addresses): string {
  const { games } = parameters;
  if (games === undefined) {
    throw new OptisyncError(
      "GameParametersMissing",
      "an execution court needs times and a bond for its games",
      {
        action: "halt",
      },
    );
  }
  return creation("ExecutionCourt", interfaces.executionCourt, [
    at.stateSync,
    at.stake,
    stepper,
    {
      clock: games.clockSeconds,
      moveTime: games.moveSeconds,
      proveTime: games.proveSeconds,
      bond: games.bondWei,
      gasCover: games.gasCover,
    },
  ]);
}

function anchorCreation({ anchor, sourceChainId, parameters }: DeploymentPlan): string {
  if (anchor.kind === "blockHash")
    return creation("BlockHashAnchor", interfaces.blockHashAnchor, [anchor.oracle]);
  const { claims, demands } = parameters;
  // A freeze stops the protocol's clock, but evidence ages on.
  const lifetime = claims.windowSeconds + demands.answerSeconds + claims.guardianBudgetSeconds;
  const members = [...anchor.members].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  // Members sign for twice the least lifetime, so that evidence fetched early outlives the whole dispute.
  return creation("CommitteeAnchor", interfaces.committeeAnchor, [
    sourceChainId,
    members,
    anchor.threshold,
    lifetime,
    4n * lifetime,
  ]);
}
