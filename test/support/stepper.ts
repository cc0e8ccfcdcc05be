import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Interface } from "ethers";
import { deployStepper, type StepperContract, type StepperPlan } from "../../shared/machine/deployStepper.js";
import { readMachineArtifacts } from "../../shared/machine/artifacts.js";
import type { Programs } from "../../shared/machine/Machine.js";
import { encodeProof, type StepProof } from "../../shared/machine/Proof.js";
import { hashMachine } from "../../shared/machine/State.js";

/** Where forge puts what it builds. */
const OUT = process.env["FOUNDRY_OUT"] ?? fileURLToPath(new URL("../../out", import.meta.url));
const ANVIL = fileURLToPath(new URL("../../node_modules/.bin/anvil", import.meta.url));
/** Anvil's first development account. */
const DEPLOYER = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
/** No limit to a test. */
const BLOCK_GAS = 1_000_000_000_000;
/** EIP-7825. */
export const MAX_TX_GAS = 2 ** 24;
/** What a step's transaction may take at most, and how large its proof may be (docs/machine.md, section 18). */
export const MAX_STEP_GAS = 8_000_000;
/** Where the proof is in pages: a transaction of A as dear as Osaka allows is shown. */
export const MAX_PAGED_STEP_GAS = 12_000_000;
export const MAX_STEP_BYTES = 110_000;
/** Where pages are put: 20 bytes. */
const FIRST_PAGE = 0xda9e_0000_0000_0000_0000_0000_0000_0000_0000_0000n;
/** Calls in one request. */
const BATCH = 64;

export const stepperInterface = new Interface([
  "function step(bytes32 current, bytes proof) view returns (bytes32)",
  "function bounds(bytes parent, bytes header) view returns (bytes32, bytes32)",
]);

/** The stepper of a chain with the blob parameters of mainnet and Ethereum's tests. */
export const TEST_PLAN: StepperPlan = {
  chainId: 1n,
  makesSystemCalls: true,
  forks: [{ from: 0n, rules: 0, blobTarget: 3, blobMax: 6, blobFraction: 3_338_477n }],
  horizon: 2n ** 64n - 1n,
};

/** What a call to the stepper said. */
export type Answer = { next: bigint } | { reverted: string };

export interface Call {
  current: bigint;
  /** Hex. */
  proof: string;
  gas?: number;
}

/** A node of B with the stepper on it. */
export interface TestStepper {
  addresses: Record<StepperContract, string>;
  step(proof: StepProof, gas?: number): Promise<Answer>;
  /** Many calls at once, answered in order. */
  steps(calls: readonly Call[]): Promise<Answer[]>;
  /** Gas of whole transactions with these proofs. */
  gasOf(proofs: readonly StepProof[]): Promise<bigint[]>;
  bounds(parent: string, header: string): Promise<{ first: bigint; last: bigint } | { reverted: string }>;
  /** Puts pages on B, by the node's own power, and answers with their addresses. */
  deployPages(contents: readonly Uint8Array[]): Promise<string[]>;
  deploy(name: string, initCode: string): Promise<string>;
  /** Calls another contract. */
  call(to: string, data: string): Promise<string>;
  close(): Promise<void>;
}

interface Receipt {
  contractAddress: string;
  gasUsed: string;
  status: string;
}

interface Response {
  id: number;
  result?: unknown;
  error?: { message: string; data?: string };
}

export function proofCall(proof: StepProof, gas?: number): Call {
  const call = {
    current: hashMachine(proof.machine),
    proof: `0x${Buffer.from(encodeProof(proof)).toString("hex")}`,
  };
  return gas === undefined ? call : { ...call, gas };
}

/** Starts anvil under Osaka's rules, so that all of A's precompiles are there, and deploys the stepper from forge's output. */
export async function startStepper(plan: StepperPlan): Promise<TestStepper> {
  const node = await startAnvil();
  let id = 0;
  const post = async (requests: { method: string; params: unknown[] }[]): Promise<Response[]> => {
    const body = requests.map((request) => ({ jsonrpc: "2.0", id: (id += 1), ...request }));
    const response = await fetch(node.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answers = (await response.json()) as Response[];
    return answers.sort((left, right) => left.id - right.id);
  };
  const request = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const [answer] = await post([{ method, params }]);
    if (answer?.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer?.result;
  };
  /** Sends transactions and has them mined in one block. */
  const send = async (transactions: readonly Record<string, string>[]): Promise<Receipt[]> => {
    const hashes: unknown[] = [];
    for (const transaction of transactions)
      hashes.push(
        await request("eth_sendTransaction", { from: DEPLOYER, gas: hex(MAX_TX_GAS), ...transaction }),
      );
    await request("evm_mine");
    const receipts: Receipt[] = [];
    for (const hash of hashes) receipts.push((await request("eth_getTransactionReceipt", hash)) as Receipt);
    return receipts;
  };
  const deployAll = async (name: string, initCodes: readonly string[]): Promise<string[]> =>
    (await send(initCodes.map((data) => ({ data })))).map(({ status, contractAddress }) => {
      if (status !== "0x1") throw new Error(`${name} was not deployed`);
      return contractAddress;
    });
  const deploy = async (name: string, initCode: string): Promise<string> =>
    (await deployAll(name, [initCode]))[0] as string;
  /** Addresses of pages by their content: the steps of one large transaction share them. */
  const pages = new Map<string, string>();
  try {
    const addresses = await deployStepper(plan, { creationCode: creationCodeOf, deploy });
    const call = ({ current, proof, gas = BLOCK_GAS }: Call): { method: string; params: unknown[] } => ({
      method: "eth_call",
      params: [{ to: addresses.Stepper, data: stepData(current, proof), gas: hex(gas) }, "latest"],
    });
    const steps = async (calls: readonly Call[]): Promise<Answer[]> => {
      const answers: Answer[] = [];
      for (let at = 0; at < calls.length; at += BATCH)
        answers.push(...(await post(calls.slice(at, at + BATCH).map(call))).map(toAnswer));
      return answers;
    };
    return {
      addresses,
      steps,
      step: async (proof, gas) => (await steps([proofCall(proof, gas)]))[0] as Answer,
      async gasOf(proofs) {
        const receipts = await send(
          proofs.map((proof) => {
            const { current, proof: bytes } = proofCall(proof);
            return { to: addresses.Stepper, data: stepData(current, bytes) };
          }),
        );
        return receipts.map(({ status, gasUsed }) => {
          if (status !== "0x1") throw new Error("a step was not proven");
          return BigInt(gasUsed);
        });
      },
      async bounds(parent, header) {
        const data = stepperInterface.encodeFunctionData("bounds", [parent, header]);
        const [answer] = await post([
          { method: "eth_call", params: [{ to: addresses.Stepper, data, gas: hex(BLOCK_GAS) }, "latest"] },
        ]);
        if (answer?.error !== undefined) return { reverted: answer.error.data ?? answer.error.message };
        const [first, last] = stepperInterface.decodeFunctionResult("bounds", answer?.result as string);
        return { first: BigInt(first as string), last: BigInt(last as string) };
      },
      async deployPages(contents) {
        const addresses: string[] = [];
        for (const content of contents) {
          const code = `0x00${Buffer.from(content).toString("hex")}`;
          const address = pages.get(code) ?? hex(FIRST_PAGE + BigInt(pages.size));
          if (!pages.has(code)) await request("anvil_setCode", address, code);
          pages.set(code, address);
          addresses.push(address);
        }
        return addresses;
      },
      deploy,
      call: async (to, data) =>
        (await request("eth_call", { to, data, gas: hex(BLOCK_GAS) }, "latest")) as string,
      close: () => node.close(),
    };
  } catch (error) {
    await node.close();
    throw error;
  }
}

function stepData(current: bigint, proof: string): string {
  const word = `0x${current.toString(16).padStart(64, "0")}`;
  return stepperInterface.encodeFunctionData("step", [word, proof]);
}

function toAnswer(response: Response): Answer {
  if (response.error !== undefined) return { reverted: response.error.data ?? response.error.message };
  return { next: BigInt(response.result as string) };
}

/** The programs that run as precompiles, from forge's output. */
export function testPrograms(): Programs {
  return (builtPrograms ??= readMachineArtifacts(OUT).programs);
}

/** One object each: they are compiled once. */
let builtPrograms: Programs | undefined;

/** The creation code of a contract, from forge's output. */
export function creationCodeOf(name: string): string {
  const artifact = JSON.parse(readFileSync(`${OUT}/${name}.sol/${name}.json`, "utf8")) as {
    bytecode: { object: string };
  };
  return artifact.bytecode.object;
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

async function startAnvil(): Promise<{ url: string; close(): Promise<void> }> {
  const child = spawn(
    ANVIL,
    [
      "--port",
      "0",
      "--hardfork",
      "osaka",
      "--gas-limit",
      String(BLOCK_GAS),
      "--no-request-size-limit",
      "--no-mining",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const port = await listeningPort(child);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill();
      }),
  };
}

function listeningPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.once("exit", (code) => reject(new Error(`anvil exited with ${code}: ${output}`)));
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(port);
    });
  });
}
