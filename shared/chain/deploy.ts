import { concat, getCreateAddress, type Interface } from "ethers";
import { packForkSchedule, type ForkSchedule } from "../protocol/forkSchedule.js";
import type { ProtocolParameters } from "../protocol/parameters.js";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { creationCode, type ArtifactName } from "./artifacts.js";
import { interfaces } from "./contracts.js";
import type { Manifest } from "./manifest.js";
import { describeRevert } from "./reverts.js";
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
const ORDER = ["stake", "stateSync", "anchor", "anchorCourt", "feeds", "deltaCourt"] as const;
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
  const { rpc, sender, logger } = tools;
  const firstNonce = await readNonce(rpc, sender.address, "pending");
  const order: ContractName[] = [...ORDER];
  if (plan.stepper !== undefined) order.push("executionCourt");
  const addresses = Object.fromEntries(
    order.map((name, index) => [name, getCreateAddress({ from: sender.address, nonce: firstNonce + index })]),
  ) as Addresses;

  let deployedInBlock: bigint | undefined;
  for (const name of order) {
    const data = creation(name, plan, addresses);
    const outcome = await sender.send({ data, label: `deploy ${name}`, key: `deploy:${name}:${firstNonce}` });
    if (outcome.kind === "reverted") {
      throw new OptisyncError(
        "DeploymentRefused",
        `${name} was not deployed: ${describeRevert(outcome.revert)}`,
        {
          action: "halt",
          details: { contract: name },
        },
      );
    }
    if (
      outcome.kind !== "confirmed" ||
      outcome.receipt.contractAddress?.toLowerCase() !== addresses[name].toLowerCase()
    ) {
      throw new OptisyncError("DeploymentDisturbed", `${name} is not at its computed address: deploy again`, {
        action: "halt",
        details: { contract: name, wanted: addresses[name], outcome: outcome.kind },
      });
    }
    deployedInBlock ??= outcome.receipt.blockNumber;
    logger.info(
      { contract: name, address: addresses[name], gasUsed: outcome.receipt.gasUsed },
      "contract deployed",
    );
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

function creation(name: ContractName, plan: DeploymentPlan, at: Addresses): string {
  const { claims, demands, updates, assumptions } = plan.parameters;
  const executionCourts = plan.stepper === undefined ? [] : [at.executionCourt];
  switch (name) {
    case "stake":
      return encode("Stake", interfaces.stake, [
        [at.stateSync, at.anchorCourt, at.feeds, ...executionCourts],
      ]);
    case "stateSync":
      return encode("StateSync", interfaces.stateSync, [
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
      return encode("AnchorCourt", interfaces.anchorCourt, [
        at.stateSync,
        at.stake,
        at.anchor,
        { answerTime: demands.answerSeconds, bond: demands.bondWei },
      ]);
    case "feeds":
      return encode("Feeds", interfaces.feeds, [
        at.stateSync,
        at.stake,
        at.deltaCourt,
        {
          window: updates.windowSeconds,
          bond: updates.bondWei,
          maxRootAge: updates.maxRootAgeSeconds,
          rootShareBps: updates.rootShareBps,
        },
      ]);
    case "deltaCourt":
      return encode("DeltaCourt", interfaces.deltaCourt, [at.feeds]);
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
  return encode("ExecutionCourt", interfaces.executionCourt, [
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
    return encode("BlockHashAnchor", interfaces.blockHashAnchor, [anchor.oracle]);
  const { claims, demands } = parameters;
  // A freeze stops the protocol's clock, but evidence ages on.
  const lifetime = claims.windowSeconds + demands.answerSeconds + claims.guardianBudgetSeconds;
  const members = [...anchor.members].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  // Members sign for twice the least lifetime, so that evidence fetched early outlives the whole dispute.
  return encode("CommitteeAnchor", interfaces.committeeAnchor, [
    sourceChainId,
    members,
    anchor.threshold,
    lifetime,
    4n * lifetime,
  ]);
}

function encode(artifact: ArtifactName, contract: Interface, values: unknown[]): string {
  return concat([creationCode(artifact), contract.encodeDeploy(values)]);
}
