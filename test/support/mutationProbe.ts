import { AbiCoder, concat, Interface } from "ethers";
import type { StepProof } from "../../shared/machine/Proof.js";
import { creationCodeOf, proofCall, startStepper, TEST_PLAN, type TestStepper } from "./stepper.js";

/** What the stepper made of a number of damaged proofs. */
export interface ProbeResult {
  reverted: bigint;
  /** Accepted with the same successor. */
  same: bigint;
  /** Another successor that was accepted: there must be none. 0 = none. */
  other: bigint;
  otherProof: string;
}

/** Damages proofs on B, next to the stepper (test/contracts/machine/support/MutationProbe.sol). */
export interface Probe {
  stepper: TestStepper;
  flips(proof: StepProof, seed: bigint, ofState: number, ofTape: number): Promise<ProbeResult>;
  reshape(proof: StepProof, seed: bigint, rounds: number): Promise<ProbeResult>;
  /** `count` amounts of gas, up to what is ample. */
  starve(proof: StepProof, count: number): Promise<ProbeResult>;
  close(): Promise<void>;
}

const RESULT = "tuple(uint256 reverted, uint256 same, bytes32 other, bytes otherProof)";
const probeInterface = new Interface([
  `function flips(bytes32 current, bytes proof, uint256 seed, uint256 ofState, uint256 ofTape) view returns (${RESULT})`,
  `function reshape(bytes32 current, bytes proof, uint256 seed, uint256 count) view returns (${RESULT})`,
  `function starve(bytes32 current, bytes proof, uint256 ample, uint256 steps) view returns (${RESULT})`,
]);
/** More than any step takes. */
const AMPLE_GAS = 8_000_000;

export async function startProbe(): Promise<Probe> {
  const creationCode = creationCodeOf("MutationProbe");
  const stepper = await startStepper(TEST_PLAN);
  const parameters = AbiCoder.defaultAbiCoder().encode(["address"], [stepper.addresses.Stepper]);
  const address = await stepper.deploy("MutationProbe", concat([creationCode, parameters]));
  const call = async (name: string, proof: StepProof, ...values: unknown[]): Promise<ProbeResult> => {
    const { current, proof: bytes } = proofCall(proof);
    const word = `0x${current.toString(16).padStart(64, "0")}`;
    const data = probeInterface.encodeFunctionData(name, [word, bytes, ...values]);
    const [result] = probeInterface.decodeFunctionResult(name, await stepper.call(address, data));
    const { reverted, same, other, otherProof } = result as Record<keyof ProbeResult, unknown>;
    return {
      reverted: reverted as bigint,
      same: same as bigint,
      other: BigInt(other as string),
      otherProof: otherProof as string,
    };
  };
  return {
    stepper,
    flips: (proof, seed, ofState, ofTape) => call("flips", proof, seed, ofState, ofTape),
    reshape: (proof, seed, rounds) => call("reshape", proof, seed, rounds),
    starve: (proof, count) => call("starve", proof, AMPLE_GAS, count),
    close: () => stepper.close(),
  };
}
