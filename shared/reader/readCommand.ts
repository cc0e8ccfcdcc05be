import { toBeHex } from "ethers";
import { openDestination } from "../chain/openChains.js";
import { createRpc } from "../chain/rpc.js";
import { defineCommand, type CommandContext } from "../runtime/command.js";
import { OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { readSlotOptions } from "./options.js";
import { proveState } from "./proveState.js";
import { findRoot, readSlot, type Root } from "./readSlot.js";
import { readStored, type StoredValue } from "./storage/readStored.js";
import { placeOf } from "./variable.js";

type Values = OptionValues<typeof readSlotOptions>;

async function read(context: CommandContext, values: Values): Promise<void> {
  const { destinationRpc, deployment, destinationConfirmations: confirmations } = values;
  const { protocol } = await openDestination({ destinationRpc, deployment, confirmations }, context);
  const sourceRpc = createRpc({ urls: [values.sourceRpc], signal: context.signal });
  const request = {
    finality: values.finality,
    maxAgeSeconds: values.maxAge,
    isAttestedOnly: values.attestedOnly,
  };
  if (values.type === undefined) {
    if (values.path !== undefined)
      throw new OptisyncError("UsageWrong", "--path leads into a value of --type, which is missing", {
        action: "halt",
      });
    const reading = await readSlot(
      { protocol, sourceRpc },
      { ...request, account: values.account, slot: values.slot },
    );
    return context.output(reading, `${toBeHex(reading.value, 32)}  (${reading.value})\n${describe(reading)}`);
  }
  const place = placeOf({ type: values.type, slot: BigInt(values.slot), path: values.path ?? [] });
  const root = await findRoot(protocol, request);
  const words = async (slots: readonly bigint[]): Promise<bigint[]> =>
    (await proveState(sourceRpc, root.claim, values.account, slots, context.signal)).slots.map(
      ({ value }) => value,
    );
  const value = await readStored(place, { words });
  context.output({ ...root, account: values.account, value }, `${toText(value)}\n${describe(root)}`);
}

function describe({ claim, ageSeconds, isFinal, isAttested, risk }: Root): string {
  const support = isFinal ? "final" : "NOT FINAL";
  const attested = isAttested ? (isFinal ? " and attested" : ", attested") : "";
  const warning = isFinal || risk === undefined ? "" : `\n${risk}`;
  return `of block ${claim.number} of A, ${ageSeconds} s ago, ${support}${attested}${warning}`;
}

function toText(value: StoredValue): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);
}

/** `optisync read`, for whoever wants a value of A. */
export const readCommand = defineCommand({
  command: "read <account> <slot>",
  describe: "read storage of A, proven against the root that is final on B",
  options: readSlotOptions,
  examples: [
    [
      "optisync read 0xdAC17F958D2ee523a2206206994597C13D831ec7 0 --max-age 2h …",
      "the contract's first slot, not older than two hours",
    ],
    [
      'optisync read 0xdAC1… 2 --type "mapping(address => uint256)" --path 0xd8dA… …',
      "an entry of the mapping that stands at slot 2",
    ],
  ],
  epilogue:
    "The node of A only supplies Merkle proofs; they are checked here. With --json the claim and the proofs are " +
    "printed too, as SourceState.slot takes them.",
  handler: read,
});
