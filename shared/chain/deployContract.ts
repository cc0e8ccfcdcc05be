import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { describeRevert } from "./reverts.js";
import type { Sender } from "./sender.js";
import type { Receipt } from "./transactions.js";

/** A contract whose address others were told before it is there. */
export interface ContractPlan {
  readonly name: string;
  readonly address: string;
  /** Creation code with the constructor's arguments. */
  readonly data: string;
}

/**
 * Deploys a contract to the address computed for it.
 * @throws OptisyncError `DeploymentRefused` (halt) with the constructor's error, `DeploymentDisturbed` (halt) if
 * another transaction of the deployer came in between.
 */
export async function deployContract(
  { name, address, data }: ContractPlan,
  { sender, logger }: { sender: Sender; logger: Logger },
): Promise<Receipt> {
  const outcome = await sender.send({ data, label: `deploy ${name}`, key: `deploy:${name}:${address}` });
  if (outcome.kind === "reverted") {
    throw new OptisyncError(
      "DeploymentRefused",
      `${name} was not deployed: ${describeRevert(outcome.revert)}`,
      { action: "halt", details: { contract: name } },
    );
  }
  if (
    outcome.kind !== "confirmed" ||
    outcome.receipt.contractAddress?.toLowerCase() !== address.toLowerCase()
  ) {
    throw new OptisyncError("DeploymentDisturbed", `${name} is not at its computed address: deploy again`, {
      action: "halt",
      details: { contract: name, wanted: address, outcome: outcome.kind },
    });
  }
  logger.info({ contract: name, address, gasUsed: outcome.receipt.gasUsed }, "contract deployed");
  return outcome.receipt;
}
