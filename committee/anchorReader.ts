import { Interface, toBeHex, zeroPadValue, type Result } from "ethers";
import { z } from "zod";
import type { Rpc } from "../shared/chain/rpc.js";
import { committeeAnchorAbi } from "../shared/protocol/abi/CommitteeAnchor.js";
import type { AnchorIdentity } from "../shared/protocol/attestation.js";
import { createCommittee, hashCommittee, type Committee } from "../shared/protocol/committee.js";
import { OptisyncError } from "../shared/runtime/errors.js";

const anchorInterface = new Interface(committeeAnchorAbi);
const quantity = z.string().regex(/^0x[0-9a-f]{1,64}$/i);
const bytes = z.string().regex(/^0x([0-9a-f]{2})*$/i);
const blockSchema = z.object({ timestamp: quantity });
const logSchema = z.object({ topics: z.array(bytes), data: bytes });

/** What a `CommitteeAnchor` fixed at its deployment, and where it is. */
export interface AnchorTerms {
  readonly identity: AnchorIdentity;
  readonly sourceChainId: bigint;
  readonly evidenceLifetimeSeconds: bigint;
  readonly maxLifetimeSeconds: bigint;
}

/** The committee in office, as the chain has it now. */
export interface CommitteeInOffice {
  readonly epoch: bigint;
  readonly committee: Committee;
}

/** B does not have what a `CommitteeAnchor` would say. Its node lags, lies, or the address is wrong. */
function unreadable(message: string, details: Record<string, unknown>, cause?: unknown): OptisyncError {
  return new OptisyncError("AnchorUnreadable", message, {
    action: "retry",
    details,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Reads what never changes. @throws OptisyncError AnchorUnreadable, RpcError */
export async function readAnchorTerms(rpc: Rpc, anchor: string): Promise<AnchorTerms> {
  const destinationChainId = parse(quantity, await rpc.request("eth_chainId", []), anchor);
  const [sourceChainId] = await call(rpc, anchor, "sourceChainId");
  const [evidenceLifetimeSeconds] = await call(rpc, anchor, "evidenceLifetime");
  const [maxLifetimeSeconds] = await call(rpc, anchor, "maxLifetime");
  return {
    identity: { destinationChainId: BigInt(destinationChainId), anchor },
    sourceChainId: sourceChainId as bigint,
    evidenceLifetimeSeconds: evidenceLifetimeSeconds as bigint,
    maxLifetimeSeconds: maxLifetimeSeconds as bigint,
  };
}

/** Timestamp of B's newest block in seconds: the clock on which evidence expires. */
export async function readDestinationTime(rpc: Rpc): Promise<bigint> {
  const block = await rpc.request("eth_getBlockByNumber", ["latest", false]);
  return BigInt(parse(blockSchema, block, "latest").timestamp);
}

/**
 * Reads the committee in office: its members from the event of its installation, checked against the hash that the
 * anchor holds.
 * @param fromBlock The block of B in which the anchor was deployed, or an earlier one.
 * @throws OptisyncError AnchorUnreadable, RpcError
 */
export async function readCommittee(rpc: Rpc, anchor: string, fromBlock: bigint): Promise<CommitteeInOffice> {
  const [epoch] = (await call(rpc, anchor, "epoch")) as unknown as [bigint];
  const [hash] = (await call(rpc, anchor, "committees", [epoch])) as unknown as [string];
  for await (const log of installations(rpc, anchor, epoch, fromBlock)) {
    const args = anchorInterface.parseLog(log)?.args;
    if (args === undefined) continue;
    const committee = createCommittee(
      [...(args["members"] as Result)] as string[],
      Number(args["threshold"]),
    );
    if (hashCommittee(committee) === hash) return { epoch, committee };
  }
  throw unreadable(`no committee with the hash of epoch ${epoch} was installed since block ${fromBlock}`, {
    anchor,
    epoch,
    hash,
    fromBlock,
  });
}

/** Blocks of B asked for at once where a node refuses the whole range. */
const LOG_CHUNK = 2_000n;

/** The events of an epoch's installation: in one request where the node allows it, else piece by piece, newest first. */
async function* installations(
  rpc: Rpc,
  anchor: string,
  epoch: bigint,
  fromBlock: bigint,
): AsyncIterable<z.output<typeof logSchema>> {
  const topics = [
    anchorInterface.getEvent("CommitteeInstalled")?.topicHash,
    zeroPadValue(toBeHex(epoch), 32),
  ];
  const read = async (from: bigint, to: bigint | "latest"): Promise<z.output<typeof logSchema>[]> => {
    const toBlock = to === "latest" ? to : toQuantity(to);
    const filter = { address: anchor, fromBlock: toQuantity(from), toBlock, topics };
    return parse(z.array(logSchema), await rpc.request("eth_getLogs", [filter]), anchor);
  };
  const whole = await read(fromBlock, "latest").catch(() => undefined);
  if (whole !== undefined) return yield* whole;
  let to = BigInt(parse(z.string(), await rpc.request("eth_blockNumber", []), "eth_blockNumber"));
  for (; to >= fromBlock; to -= LOG_CHUNK) {
    const from = to - LOG_CHUNK + 1n;
    yield* await read(from > fromBlock ? from : fromBlock, to);
  }
}

async function call(rpc: Rpc, anchor: string, name: string, args: readonly unknown[] = []): Promise<Result> {
  const data = anchorInterface.encodeFunctionData(name, args);
  const answer = parse(bytes, await rpc.request("eth_call", [{ to: anchor, data }, "latest"]), anchor);
  try {
    return anchorInterface.decodeFunctionResult(name, answer);
  } catch (cause) {
    throw unreadable(`${anchor} does not answer ${name} as a committee anchor`, { anchor, name }, cause);
  }
}

function parse<Output>(schema: z.ZodType<Output>, value: unknown, what: string): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(`the node's answer about ${what} is malformed`, { what });
}

function toQuantity(value: bigint): string {
  return `0x${value.toString(16)}`;
}
