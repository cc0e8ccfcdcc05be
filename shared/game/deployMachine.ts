import { getCreateAddress } from "ethers";
import { deployContract } from "../chain/deployContract.js";
import type { DeploymentTools } from "../chain/deploy.js";
import { readNonce } from "../chain/transactions.js";
import { readMachineArtifacts } from "../machine/artifacts.js";
import { deployStepper, type StepperPlan } from "../machine/deployStepper.js";

/**
 * Deploys the machine of an execution court to B: nine stages, none of which needs more gas than a transaction may take
 * (EIP-7825), and the stepper over them.
 *
 * @returns The address of the stepper.
 * @throws OptisyncError `DeploymentRefused` (halt) with the constructor's error, for instance `NativeMissing` if B lacks a
 * precompile that A has; `DeploymentDisturbed` (halt) if another transaction of the deployer came in between;
 * `ArtifactMissing` (halt)
 */
export async function deployMachine(plan: StepperPlan, tools: DeploymentTools): Promise<string> {
  const { creationCode } = readMachineArtifacts();
  const { Stepper } = await deployStepper(plan, {
    creationCode,
    async deploy(name, data) {
      const { address: from } = tools.sender;
      const address = getCreateAddress({ from, nonce: await readNonce(tools.rpc, from, "pending") });
      await deployContract({ name, address, data }, tools);
      return address;
    },
  });
  return Stepper;
}
