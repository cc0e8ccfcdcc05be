import { AbiCoder, concat } from "ethers";

/** A fork of A as the stepper knows it (contracts/machine/Schedule.sol). */
export interface ScheduledFork {
  /** Timestamp of the first block, in seconds. */
  readonly from: bigint;
  /** `Rules` of `State.ts`. */
  readonly rules: number;
  readonly blobTarget: number;
  readonly blobMax: number;
  readonly blobFraction: bigint;
}

export interface StepperPlan {
  /** Of A. */
  readonly chainId: bigint;
  /** Whether A makes the calls of EIP-4788, 2935, 7002 and 7251. A development node may not. */
  readonly makesSystemCalls: boolean;
  readonly forks: readonly ScheduledFork[];
  /** The first timestamp of A whose rules are not known. */
  readonly horizon: bigint;
}

/** The stages in the order of the constructor's struct. */
export const STAGES = [
  "CodeStage",
  "StateStage",
  "CallStage",
  "JobStage",
  "FlushStage",
  "BodyStage",
  "BlockStage",
  "PrecompileStage",
  "PairingStage",
] as const;

export type StageContract = (typeof STAGES)[number];
export type StepperContract = StageContract | "Stepper";
export type StageAddresses = Readonly<Record<StageContract, string>>;

export interface StepperDeployment {
  /** Creation code of a contract, as forge builds it. */
  creationCode(name: StepperContract): string;
  /** Deploys and answers with the address. */
  deploy(name: StepperContract, initCode: string): Promise<string>;
}

/**
 * Deploys the stages and the stepper over them. They hold no state and have no owner: nothing has to be initialised.
 * @returns The addresses by name.
 */
export async function deployStepper(
  plan: StepperPlan,
  { creationCode, deploy }: StepperDeployment,
): Promise<Record<StepperContract, string>> {
  const stages: Partial<Record<StageContract, string>> = {};
  for (const name of STAGES) stages[name] = await deploy(name, stageInitCode(name, plan, creationCode(name)));
  const deployed = stages as StageAddresses;
  const stepper = await deploy("Stepper", stepperInitCode(deployed, plan, creationCode("Stepper")));
  return { ...deployed, Stepper: stepper };
}

const coder = AbiCoder.defaultAbiCoder();

/** The creation code of a stage with its constructor's arguments. */
export function stageInitCode(name: StageContract, plan: StepperPlan, creationCode: string): string {
  switch (name) {
    case "CodeStage":
    case "BlockStage":
      return concat([creationCode, coder.encode(["uint256"], [plan.chainId])]);
    case "BodyStage":
      return concat([creationCode, coder.encode(["uint256", "bool"], [plan.chainId, plan.makesSystemCalls])]);
    case "PrecompileStage": {
      const newest = Math.max(...plan.forks.map(({ rules }) => rules));
      return concat([creationCode, coder.encode(["uint8"], [newest])]);
    }
    default:
      return creationCode;
  }
}

/** The creation code of the stepper over these stages, with its constructor's arguments. */
export function stepperInitCode(stages: StageAddresses, plan: StepperPlan, creationCode: string): string {
  const forks = plan.forks.map(({ from, rules, blobTarget, blobMax, blobFraction }) => [
    from,
    rules,
    blobTarget,
    blobMax,
    blobFraction,
  ]);
  const parameters = coder.encode(
    [
      "tuple(address,address,address,address,address,address,address,address,address)",
      "tuple(uint64,uint8,uint16,uint16,uint64)[]",
      "uint64",
    ],
    [STAGES.map((name) => stages[name]), forks, plan.horizon],
  );
  return concat([creationCode, parameters]);
}
