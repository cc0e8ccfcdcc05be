import { readFileSync } from "node:fs";
import { getAddress, isAddress } from "ethers";
import { z } from "zod";
import { executableForks, type ExecutionForks } from "../execution/forks.js";
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
    anchor: address,
  }),
  anchorKind: z.enum(["committee", "blockHash"]),
  /** Execution rules of A: EthereumJS fork names with the block time (seconds) from which on each holds. */
  sourceForks: z.array(z.strictObject({ name: z.enum(executableForks), timestamp: integer })).min(1),
  /** A makes no system calls before a block's transactions, as Hardhat's node. */
  sourceSkipsSystemCalls: z.boolean().default(false),
});

export type Manifest = z.output<typeof manifestSchema>;
export type ManifestContract = keyof Manifest["contracts"];

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

/** A's execution rules as the deployment gives them, up to `sunset` (seconds), which the contracts know. */
export function executionForksOf(manifest: Manifest, sunset: bigint): ExecutionForks {
  return {
    chainId: manifest.sourceChainId,
    forks: manifest.sourceForks,
    sunset,
    skipsSystemCalls: manifest.sourceSkipsSystemCalls,
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
