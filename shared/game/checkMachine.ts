/** Is the machine on B the one that this program runs off chain? Only then is what this program proves accepted there. */
import { toBeHex } from "ethers";
import { allInterfaces, interfaces } from "../chain/contracts.js";
import { createRevertDecoder } from "../chain/reverts.js";
import type { JsonRpc } from "../chain/transactions.js";
import { STAGES, stageInitCode, stepperInitCode, type StageContract } from "../machine/deployStepper.js";
import type { StageAddresses, StepperContract, StepperPlan } from "../machine/deployStepper.js";
import { OptisyncError } from "../runtime/errors.js";

/** The stepper's getter of each stage. */
const GETTERS: Readonly<Record<StageContract, string>> = {
  CodeStage: "CODE_STAGE",
  StateStage: "STATE_STAGE",
  CallStage: "CALL_STAGE",
  JobStage: "JOB_STAGE",
  FlushStage: "FLUSH_STAGE",
  BodyStage: "BODY_STAGE",
  BlockStage: "BLOCK_STAGE",
  PrecompileStage: "PRECOMPILE_STAGE",
  PairingStage: "PAIRING_STAGE",
};

export interface MachineOnDestination {
  readonly rpc: JsonRpc;
  readonly stepper: string;
  /** What the machine should be. */
  readonly plan: StepperPlan;
  readonly creationCode: (name: StepperContract) => string;
}

/**
 * Has B construct what should be there, and compares it with what is: byte by byte, so that chain id, system calls, horizon and
 * stages are compared with the code. The schedule, which is in the stepper's storage, is compared by itself.
 *
 * @throws OptisyncError `MachineForeign` (halt) if it is another machine; whatever says that B could not be read
 */
export async function requireOwnMachine(machine: MachineOnDestination): Promise<void> {
  const { rpc, stepper, plan, creationCode } = machine;
  const foreign = (what: StepperContract, why: string): OptisyncError =>
    new OptisyncError(
      "MachineForeign",
      `${what} of the machine ${stepper} on B is not this program's: ${why}`,
      {
        action: "halt",
        details: { stepper, contract: what },
      },
    );
  const requireCode = async (name: StepperContract, address: string, initCode: string): Promise<void> => {
    const [code, wanted] = await Promise.all([
      rpc.send("eth_getCode", [address, "latest"]),
      rpc.send("eth_call", [{ data: initCode }, "latest"]),
    ]);
    if (code !== wanted) throw foreign(name, `there is other code at ${address}`);
  };

  const stages = await readStages(rpc, stepper);
  if (stages === undefined) throw foreign("Stepper", "it does not name its stages");
  for (const name of STAGES)
    await requireCode(name, stages[name], stageInitCode(name, plan, creationCode(name)));
  await requireCode("Stepper", stepper, stepperInitCode(stages, plan, creationCode("Stepper")));

  const data = interfaces.stepper.encodeFunctionData("schedule");
  const answer = (await rpc.send("eth_call", [{ to: stepper, data }, "latest"])) as string;
  const wanted = interfaces.stepper.encodeFunctionResult("schedule", [plan.forks]);
  if (answer !== wanted) throw foreign("Stepper", "it has another fork schedule");
}

/** Undefined if there is something else than a stepper. */
async function readStages(rpc: JsonRpc, stepper: string): Promise<StageAddresses | undefined> {
  const found: Partial<Record<StageContract, string>> = {};
  if ((await rpc.send("eth_getCode", [stepper, "latest"])) === "0x") return undefined;
  for (const name of STAGES) {
    const data = interfaces.stepper.encodeFunctionData(GETTERS[name]);
    const answer = await rpc.send("eth_call", [{ to: stepper, data }, "latest"]).catch(requireRevert);
    if (typeof answer !== "string" || answer.length !== 66) return undefined;
    found[name] = toBeHex(BigInt(answer), 20);
  }
  return found as StageAddresses;
}

const decoder = createRevertDecoder(allInterfaces);

/** A contract without the function reverts; every other error says nothing about the contract. */
function requireRevert(error: unknown): undefined {
  if (decoder.fromError(error) === undefined) throw error;
  return undefined;
}
