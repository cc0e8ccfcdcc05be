import { createCustomCommon, Mainnet } from "@ethereumjs/common";
import { createEVM, type EVM } from "@ethereumjs/evm";
import { Address } from "@ethereumjs/util";
import { executionCrypto, fromHex, toHex } from "../execution/crypto.js";
import { verifyPointEvaluation } from "../execution/pointEvaluation.js";
import type { MachineArtifacts } from "./artifacts.js";
import { deployStepper, type StepperPlan } from "./deployStepper.js";
import { encodeProof, type StepProof } from "./Proof.js";
import { encodeWords, hashBytes, hashMachine, readWord } from "./State.js";

/** What the stepper said about a proof. */
export type StepVerdict = ({ next: bigint } | { reverted: string }) & {
  /** Of a whole transaction: its base, its data (at least the floor of EIP-7623) and its execution. */
  gas: bigint;
  /** Size of the call's data. */
  bytes: number;
};

/** Gas that a step may take here: more than a block has, so that only the stepper's own limits count. */
const AMPLE_GAS = 1_000_000_000n;
const DEPLOYER = new Address(fromHex("00000000000000000000000000000000000000d0"));
/** step(bytes32,bytes) */
const STEP_SELECTOR = hashBytes(Buffer.from("step(bytes32,bytes)")) >> 224n;

/** The Solidity stepper, run in this process by EthereumJS under Osaka's rules. */
export class StepVerifier {
  readonly #evm: EVM;
  readonly #stepper: Address;

  private constructor(evm: EVM, stepper: Address) {
    this.#evm = evm;
    this.#stepper = stepper;
  }

  static async create(plan: StepperPlan, artifacts: MachineArtifacts): Promise<StepVerifier> {
    const common = createCustomCommon({ chainId: 1 }, Mainnet, {
      hardfork: "osaka",
      customCrypto: executionCrypto(verifyPointEvaluation),
    });
    const evm = await createEVM({
      common,
      allowUnlimitedContractSize: true,
      allowUnlimitedInitCodeSize: true,
    });
    const deploy = async (name: string, initCode: string): Promise<string> => {
      const { createdAddress, execResult } = await evm.runCall({
        caller: DEPLOYER,
        data: fromHex(initCode),
        gasLimit: AMPLE_GAS,
      });
      if (createdAddress === undefined || execResult.exceptionError !== undefined)
        throw new Error(`${name} could not be deployed: ${execResult.exceptionError?.error}`);
      return createdAddress.toString();
    };
    const addresses = await deployStepper(plan, { creationCode: artifacts.creationCode, deploy });
    return new StepVerifier(evm, new Address(fromHex(addresses.Stepper)));
  }

  /** Puts the content of a page on B. @returns its address */
  async deployPage(content: Uint8Array): Promise<bigint> {
    const address = new Address(toPageAddress(content));
    await this.#evm.stateManager.putCode(address, Buffer.concat([Uint8Array.of(0), content]));
    return BigInt(address.toString());
  }

  /** @param current Hash of the state before the step; that of the proof's own state unless told. */
  async verify(proof: StepProof, current: bigint = hashMachine(proof.machine)): Promise<StepVerdict> {
    const encoded = encodeProof(proof);
    const data = Buffer.concat([
      encodeWords([STEP_SELECTOR << 224n]).subarray(0, 4),
      encodeWords([current, 64n, BigInt(encoded.length)]),
      encoded,
    ]);
    const { execResult } = await this.#evm.runCall({
      caller: DEPLOYER,
      to: this.#stepper,
      data,
      gasLimit: AMPLE_GAS,
      isStatic: true,
    });
    const measured = { gas: transactionGas(data, execResult.executionGasUsed), bytes: data.length };
    if (execResult.exceptionError === undefined)
      return { next: readWord(execResult.returnValue, 0), ...measured };
    const reason = execResult.returnValue.length > 0 ? `0x${toHex(execResult.returnValue)}` : "";
    return { reverted: reason || execResult.exceptionError.error, ...measured };
  }
}

function toPageAddress(content: Uint8Array): Uint8Array {
  const word = hashBytes(content) & ((1n << 160n) - 1n);
  return fromHex(word.toString(16).padStart(40, "0"));
}

/** EIP-2028, EIP-7623. */
function transactionGas(data: Uint8Array, execution: bigint): bigint {
  let tokens = 0;
  for (const byte of data) tokens += byte === 0 ? 1 : 4;
  const usual = 21_000n + BigInt(4 * tokens) + execution;
  const floor = 21_000n + BigInt(10 * tokens);
  return usual > floor ? usual : floor;
}
