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
const STAGES = [
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

export type StepperContract = (typeof STAGES)[number] | "Stepper";

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
  const coder = AbiCoder.defaultAbiCoder();
  const parameters: Partial<Record<StepperContract, string>> = {
    CodeStage: coder.encode(["uint256"], [plan.chainId]),
    BodyStage: coder.encode(["uint256", "bool"], [plan.chainId, plan.makesSystemCalls]),
    BlockStage: coder.encode(["uint256"], [plan.chainId]),
    PrecompileStage: coder.encode(["uint8"], [Math.max(...plan.forks.map(({ rules }) => rules))]),
  };
  const addresses: Partial<Record<StepperContract, string>> = {};
  for (const name of STAGES)
    addresses[name] = await deploy(name, concat([creationCode(name), parameters[name] ?? "0x"]));
  const forks = plan.forks.map((fork) => [
    fork.from,
    fork.rules,
    fork.blobTarget,
    fork.blobMax,
    fork.blobFraction,
  ]);
  const stages = STAGES.map((name) => addresses[name]);
  addresses.Stepper = await deploy(
    "Stepper",
    concat([
      creationCode("Stepper"),
      coder.encode(
        [
          "tuple(address,address,address,address,address,address,address,address,address)",
          "tuple(uint64,uint8,uint16,uint16,uint64)[]",
          "uint64",
        ],
        [stages, forks, plan.horizon],
      ),
    ]),
  );
  return addresses as Record<StepperContract, string>;
}
