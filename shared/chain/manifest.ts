import { readFileSync } from "node:fs";
import { getAddress, isAddress } from "ethers";
import { z } from "zod";
import { profileNames } from "../execution/chainProfile.js";
import type { ExecutionForks } from "../execution/forks.js";
import { depositContractSchema, scheduledForksSchema } from "../execution/schedules.js";
import { OptisyncError } from "../runtime/errors.js";

const address = z
  .string()
  .refine((text) => isAddress(text), "not an address")
  .transform((text) => getAddress(text));
const integer = z.string().regex(/^\d+$/, "not a decimal integer").transform(BigInt);

/** What a deployment's file says: where its contracts are and which chains they connect. */
const manifestSchema = z.strictObject({
  name: z.string().min(1),
  sourceChainId: integer,
  destinationChainId: integer,
  /** Block of B from which on its contracts have events. */
  deployedInBlock: integer,
  contracts: z.strictObject({
    stake: address,
    stateSync: address,
    anchorCourt: address,
    feeds: address,
    deltaCourt: address,
    prover: address,
    replicas: address,
    slotFeeds: address,
    anchor: address,
  }),
  /** The execution court and the machine it runs; a deployment may do without. */
  execution: z.strictObject({ court: address, stepper: address }).optional(),
  anchorKind: z.enum(["committee", "blockHash"]),
  /** The mailbox of messages from A to B, if the deployment has one; the Outbox is on A. */
  messages: z.strictObject({ outbox: address, outboxInBlock: integer, inbox: address }).optional(),
  /**
   * Execution rules of A: EthereumJS fork names with the block time (seconds) from which on each holds, and blob
   * parameters where they are not mainnet's.
   */
  sourceForks: scheduledForksSchema,
  /** A's deposit contract (EIP-6110), where it is not mainnet's. */
  sourceDepositContract: depositContractSchema.optional(),
  /** What A does differently from Ethereum: see `shared/execution/chainProfile.ts`. */
  sourceProfile: z.enum(profileNames).default("ethereum"),
});

export type Manifest = z.output<typeof manifestSchema>;
/** A contract on B that bots read; the last two a deployment may do without. */
export type ManifestContract = keyof Manifest["contracts"] | "executionCourt" | "inbox";
/** Where messages are sent and delivered. `outboxInBlock`: block of A from which on the Outbox has events. */
export type MessageContracts = NonNullable<Manifest["messages"]>;

/** @throws OptisyncError `ExecutionCourtMissing`, `MessagesNotDeployed` (halt) if the deployment has no such contract. */
export function addressOf(manifest: Manifest, contract: ManifestContract): string {
  if (contract === "inbox") return messageContractsOf(manifest).inbox;
  if (contract !== "executionCourt") return manifest.contracts[contract];
  if (manifest.execution !== undefined) return manifest.execution.court;
  throw new OptisyncError("ExecutionCourtMissing", `the deployment ${manifest.name} has no execution court`, {
    action: "halt",
    details: { deployment: manifest.name },
  });
}

/**
 * Reads and checks a deployment file.
 * @throws OptisyncError `ManifestUnreadable` or `ManifestMalformed` (halt), which lists every problem.
 */
export function readManifest(path: string): Manifest {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new OptisyncError("ManifestUnreadable", `the deployment file ${path} cannot be read`, {
      action: "halt",
      details: { path },
      cause,
    });
  }
  return parseManifest(text, path);
}

export function parseManifest(text: string, origin: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw malformed(origin, ["not JSON"], cause);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    throw malformed(
      origin,
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "(root)"}: ${issue.message}`),
    );
  }
  return parsed.data;
}

/** @throws OptisyncError `MessagesNotDeployed` (halt) if the deployment has no Outbox and Inbox. */
export function messageContractsOf(manifest: Manifest): MessageContracts {
  if (manifest.messages !== undefined) return manifest.messages;
  throw new OptisyncError(
    "MessagesNotDeployed",
    `the deployment ${manifest.name} has no Outbox and Inbox: see \`optisync message deploy\``,
    { action: "halt", details: { deployment: manifest.name } },
  );
}

/** A's execution rules as the deployment gives them, up to `sunset` (seconds), which the contracts know. */
export function executionForksOf(manifest: Manifest, sunset: bigint): ExecutionForks {
  return {
    chainId: manifest.sourceChainId,
    forks: manifest.sourceForks,
    sunset,
    depositContract: manifest.sourceDepositContract,
    profile: manifest.sourceProfile,
  };
}

export function writeManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2)}\n`;
}

function malformed(origin: string, problems: string[], cause?: unknown): OptisyncError {
  return new OptisyncError(
    "ManifestMalformed",
    `the deployment file ${origin} is malformed: ${problems.join("; ")}`,
    {
      action: "halt",
      details: { origin, problems },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
