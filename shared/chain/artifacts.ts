import { readFileSync } from "node:fs";
import { concat, type Interface } from "ethers";
import { OptisyncError } from "../runtime/errors.js";

/** The contracts that forge builds and this program deploys. */
export type ArtifactName =
  | "Stake"
  | "StateSync"
  | "AnchorCourt"
  | "Feeds"
  | "DeltaCourt"
  | "Prover"
  | "Replicas"
  | "SlotFeeds"
  | "ExecutionCourt"
  | "CommitteeAnchor"
  | "BlockHashAnchor"
  | "L1BlockOracle"
  | "Outbox"
  | "Inbox";

/**
 * The creation code of a contract, from forge's output.
 * @throws OptisyncError `ArtifactMissing` (halt) if the contracts were not built.
 */
export function creationCode(name: ArtifactName): string {
  const file = new URL(`../../out/${name}.sol/${name}.json`, import.meta.url);
  try {
    const artifact = JSON.parse(readFileSync(file, "utf8")) as { bytecode: { object: string } };
    return artifact.bytecode.object;
  } catch (cause) {
    throw new OptisyncError("ArtifactMissing", `${name} is not built: run \`npm run build\` first`, {
      action: "halt",
      details: { name },
      cause,
    });
  }
}

/** Creation code with its constructor's arguments. @throws as `creationCode` */
export function creation(name: ArtifactName, contract: Interface, values: readonly unknown[]): string {
  return concat([creationCode(name), contract.encodeDeploy([...values])]);
}
