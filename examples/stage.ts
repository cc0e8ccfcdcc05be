import { readFileSync } from "node:fs";
import {
  Contract,
  ContractFactory,
  type BaseContract,
  type ContractTransactionReceipt,
  type JsonRpcProvider,
  type JsonRpcSigner,
} from "ethers";
import type { Claim } from "../shared/protocol/claim.js";
import type { Manifest } from "../shared/chain/manifest.js";
import type { Reader } from "../shared/reader/index.js";

/**
 * What an example plays on: two chains with the protocol between them, and people who have the same address and some
 * ether on both. `devnetStage.ts` lets real time pass; the tests let the chains' clocks jump.
 */
export interface Stage {
  readonly a: JsonRpcProvider;
  readonly b: JsonRpcProvider;
  readonly deployment: Manifest;
  readonly reader: Reader;
  /** At least three. */
  readonly people: readonly string[];
  /** Waits until everything that has happened on A is final on B. */
  untilFinal(): Promise<Claim>;
  /** Shows A's evidence for a claim, where nobody demanded it. */
  attest(claim: Claim): Promise<void>;
  /** Mirrors a contract of A to B, with its view functions if `isCallable`. @returns the feed, once it can be read. */
  mirror(account: string, isCallable?: boolean): Promise<bigint>;
  /** Waits until a feed shows everything that has happened on A. */
  untilShown(feed: bigint): Promise<void>;
  say(line: string): void;
}

interface Artifact {
  abi: unknown[];
  bytecode: { object: string };
}

/** A contract of the examples, as forge built it: `npm run build:examples`. */
export function artifactOf(name: string): Artifact {
  const file = new URL(`../out/${name}.sol/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Artifact;
}

/** Deploys one of the examples' contracts. */
export async function deploy(
  name: string,
  signer: JsonRpcSigner,
  args: readonly unknown[] = [],
): Promise<{ address: string; as(person: JsonRpcSigner): Contract }> {
  const { abi, bytecode } = artifactOf(name);
  const contract: BaseContract = await new ContractFactory(abi as string[], bytecode.object, signer).deploy(
    ...args,
  );
  await contract.waitForDeployment();
  const address = await contract.getAddress();
  return { address, as: (person) => new Contract(address, abi as string[], person) };
}

/** Calls a function that writes, and waits until it is mined. */
export async function send(
  contract: Contract,
  name: string,
  args: readonly unknown[],
  overrides: { value?: bigint } = {},
): Promise<ContractTransactionReceipt> {
  const sent = await contract.getFunction(name).send(...args, overrides);
  const receipt = await sent.wait();
  if (receipt === null) throw new Error(`${name} was not mined`);
  return receipt;
}
