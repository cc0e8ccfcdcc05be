import { readFileSync } from "node:fs";
import { z } from "zod";
import { OptisyncError } from "../runtime/errors.js";
import { profileNames } from "./chainProfile.js";
import { executableForks, type ExecutionForks, type ForkName } from "./forks.js";

/**
 * The chains whose schedules are built in. Times are those of the networks' own announcements as go-ethereum has
 * them (params/config.go: MainnetChainConfig, SepoliaChainConfig, HoodiChainConfig; EIP-7607 for Osaka and the two
 * blob-parameter forks), the deposit contracts as well. Blob parameters are the same on all three.
 */
export const builtInSchedules: readonly (ExecutionForks & { name: string })[] = [
  {
    name: "mainnet",
    chainId: 1n,
    forks: schedule({
      shanghai: 1_681_338_455n,
      cancun: 1_710_338_135n,
      prague: 1_746_612_311n,
      osaka: 1_764_798_551n,
      bpo1: 1_765_290_071n,
      bpo2: 1_767_747_671n,
    }),
  },
  {
    name: "sepolia",
    chainId: 11_155_111n,
    depositContract: "0x7f02c3e3c98b133055b8b348b2ac625669ed295d",
    forks: schedule({
      shanghai: 1_677_557_088n,
      cancun: 1_706_655_072n,
      prague: 1_741_159_776n,
      osaka: 1_760_427_360n,
      bpo1: 1_761_017_184n,
      bpo2: 1_761_607_008n,
    }),
  },
  {
    name: "hoodi",
    chainId: 560_048n,
    depositContract: "0x00000000219ab540356cbb839cbe05303d7705fa",
    // Shanghai and Cancun both hold from the first block on.
    forks: schedule({
      cancun: 0n,
      prague: 1_742_999_832n,
      osaka: 1_761_677_592n,
      bpo1: 1_762_365_720n,
      bpo2: 1_762_955_544n,
    }),
  },
];

/** The built-in schedule of a chain. */
export function builtInSchedule(chainId: bigint): ExecutionForks | undefined {
  return builtInSchedules.find((entry) => entry.chainId === chainId);
}

function schedule(times: Partial<Record<ForkName, bigint>>): ExecutionForks["forks"] {
  return executableForks.flatMap((name) => {
    const timestamp = times[name];
    return timestamp === undefined ? [] : [{ name, timestamp }];
  });
}

const seconds = z
  .union([z.string().regex(/^\d{1,20}$/, "not a decimal integer"), z.int().nonnegative()])
  .transform(BigInt);
const positive = z.int().positive();

export const blobParametersSchema = z
  .strictObject({ target: z.int().nonnegative(), max: positive, updateFraction: positive })
  .refine(({ target, max }) => target <= max, "target is above max");

/** The forks of a schedule, also as a deployment's file carries them. */
export const scheduledForksSchema = z
  .array(
    z.strictObject({
      name: z.enum(executableForks),
      timestamp: seconds,
      blobs: blobParametersSchema.optional(),
    }),
  )
  .min(1)
  .refine(isAscending, "forks must be in their order, with ascending timestamps");

export const depositContractSchema = z.string().regex(/^0x[0-9a-f]{40}$/i, "not an address");

const scheduleSchema = z.strictObject({
  chainId: seconds,
  forks: scheduledForksSchema,
  sunset: seconds.optional(),
  depositContract: depositContractSchema.optional(),
  profile: z.enum(profileNames).optional(),
});

function isAscending(forks: readonly { name: ForkName; timestamp: bigint }[]): boolean {
  return forks.every((fork, index) => {
    const before = forks[index - 1];
    if (before === undefined) return true;
    const order = executableForks.indexOf(fork.name) - executableForks.indexOf(before.name);
    return fork.timestamp > before.timestamp && order >= 0;
  });
}

/**
 * Reads a fork schedule from a file.
 * @throws OptisyncError `ScheduleUnreadable` or `ScheduleMalformed` (halt) with every problem.
 */
export function readSchedule(path: string): ExecutionForks {
  try {
    return parseSchedule(readFileSync(path, "utf8"), path);
  } catch (cause) {
    if (cause instanceof OptisyncError) throw cause;
    throw new OptisyncError("ScheduleUnreadable", `the fork schedule ${path} cannot be read`, {
      action: "halt",
      details: { path },
      cause,
    });
  }
}

/** @throws OptisyncError `ScheduleMalformed` (halt) with every problem. */
export function parseSchedule(text: string, origin: string): ExecutionForks {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw malformed(origin, ["not JSON"], cause);
  }
  const parsed = scheduleSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw malformed(
    origin,
    parsed.error.issues.map((issue) => `${issue.path.join(".") || "(root)"}: ${issue.message}`),
  );
}

function malformed(origin: string, problems: string[], cause?: unknown): OptisyncError {
  return new OptisyncError(
    "ScheduleMalformed",
    `the fork schedule ${origin} is malformed: ${problems.join("; ")}`,
    { action: "halt", details: { origin, problems }, ...(cause === undefined ? {} : { cause }) },
  );
}
