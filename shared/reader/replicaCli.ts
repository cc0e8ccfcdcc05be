import { Interface } from "ethers";
import { z } from "zod";
import { interfaces } from "../chain/contracts.js";
import { createRpc } from "../chain/rpc.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../runtime/command.js";
import { OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { durationSeconds } from "../runtime/quantities.js";
import * as shared from "../runtime/sharedOptions.js";
import { openReader, sendAs } from "./cli.js";
import { createFeedOptions, destinationOptions, feedArgument, fundFeedOptions } from "./options.js";
import { proveUpdate } from "./proveUpdate.js";

const GWEI = 1_000_000_000n;

/** Opcodes that a replica's creator can let have B's value, by the bit that says so. */
const ENVIRONMENT: Readonly<Record<string, number>> = {
  address: 0x00,
  origin: 0x02,
  gasprice: 0x0a,
  blockhash: 0x10,
  coinbase: 0x11,
  timestamp: 0x12,
  number: 0x13,
  prevrandao: 0x14,
  gaslimit: 0x15,
  chainid: 0x16,
  basefee: 0x18,
  blobhash: 0x19,
  blobbasefee: 0x1a,
};

const environment = z
  .string()
  .transform((text) => text.split(",").map((name) => name.trim().toLowerCase()))
  .refine(
    (names) => names.every((name) => name in ENVIRONMENT),
    `must be a list of ${Object.keys(ENVIRONMENT).join(", ")}`,
  )
  .transform((names) => names.reduce((mask, name) => mask | (1 << (ENVIRONMENT[name] ?? 0)), 0));

const { feed: _feed, amount: _amount, ...sendOptions } = fundFeedOptions;

const createOptions = {
  ...createFeedOptions,
  maxAge: {
    describe: "the oldest state that plain calls to the replica are answered with; fixed for ever",
    schema: durationSeconds,
    example: "6h",
  },
  accept: {
    describe: "opcodes of its code that may have B's value; fixed for ever",
    schema: environment.optional(),
    example: "timestamp,chainid",
  },
} as const;

const showOptions = { ...destinationOptions, feed: feedArgument, maxAge: shared.maxAge } as const;

const callOptions = {
  ...showOptions,
  function: {
    describe: "the view function, as Solidity declares it",
    schema: z.string(),
    example: "'balanceOf(address) returns (uint256)'",
  },
  args: { describe: "its arguments, a JSON array", schema: z.string().default("[]"), defaultText: "[]" },
} as const;

const proveOptions = { ...sendOptions, feed: feedArgument, sourceRpc: shared.sourceRpc } as const;

async function create(context: CommandContext, values: OptionValues<typeof createOptions>): Promise<void> {
  const { account, perSecond, perValue, funds, maxAge, accept } = values;
  const args = [account, perSecond / GWEI, perValue / GWEI, maxAge, accept ?? 0];
  const receipt = await sendAs(context, values, {
    contract: "feeds",
    name: "createReplica",
    args,
    valueWei: funds,
  });
  if (receipt === undefined)
    return context.output({ isDryRun: true, account }, `a replica of ${account} would be created`);
  const created = receipt.logs
    .map((log) => interfaces.feeds.parseLog(log))
    .find((event) => event?.name === "FeedCreated")?.args;
  const feed = created?.["feed"] as bigint;
  const replica = String(created?.["replica"]);
  context.output({ feed, account, replica }, `feed ${feed} mirrors ${account} at ${replica}`);
}

async function show(context: CommandContext, values: OptionValues<typeof showOptions>): Promise<void> {
  const { protocol } = await openReader(context, values);
  const [said] = await protocol.call("feeds", "feedOf", [values.feed]);
  const [isViewable] = await protocol.call("replicas", "isViewable", [values.feed, values.maxAge]);
  const feed = said as {
    account: string;
    replica: string;
    logic: string;
    implementation: string;
    codeHash: string;
    environment: bigint;
    maxAge: bigint;
    number: bigint;
  };
  const accepted = Object.keys(ENVIRONMENT).filter(
    (name) => (Number(feed.environment) >> (ENVIRONMENT[name] ?? 0)) & 1,
  );
  const hasLogic = BigInt(feed.logic) !== 0n;
  const report = {
    feed: values.feed,
    account: feed.account,
    replica: feed.replica,
    block: feed.number,
    logic: hasLogic ? feed.logic : undefined,
    implementation: BigInt(feed.implementation) === 0n ? undefined : feed.implementation,
    accepted,
    maxAgeSeconds: feed.maxAge,
    isViewable: isViewable === true,
  };
  context.output(
    report,
    [
      `replica  ${feed.replica} of ${feed.account} on A, block ${feed.number}`,
      `logic    ${hasLogic ? feed.logic : "none registered"}`,
      `accepts  ${accepted.length === 0 ? "nothing that depends on the chain" : accepted.join(", ")}`,
      `plain    calls are answered with states up to ${feed.maxAge} s old`,
      `now      ${report.isViewable ? "view calls are answered" : "view calls are refused"} at ${values.maxAge} s`,
    ].join("\n"),
  );
}

async function call(context: CommandContext, values: OptionValues<typeof callOptions>): Promise<void> {
  const { protocol } = await openReader(context, values);
  const { contract, name, args } = parseCall(values.function, values.args);
  const data = contract.encodeFunctionData(name, args);
  const [answer] = await protocol.call("replicas", "viewCall", [values.feed, values.maxAge, data]);
  const results = [...contract.decodeFunctionResult(name, answer as string)] as unknown[];
  const [number] = await protocol.call("feeds", "asOf", [values.feed]);
  context.output(
    { results, block: number },
    `${results.map(String).join("\n")}\nof block ${String(number)} of A`,
  );
}

/** @throws OptisyncError `CallMalformed` (halt) */
function parseCall(
  declaration: string,
  json: string,
): { contract: Interface; name: string; args: unknown[] } {
  try {
    const contract = new Interface([`function ${declaration.replace(/^function /, "")}`]);
    const [fragment] = contract.fragments;
    const args: unknown = JSON.parse(json);
    if (fragment === undefined || !Array.isArray(args)) throw new TypeError("not a function and an array");
    const name = declaration.replace(/^function /, "").split("(")[0] ?? "";
    contract.encodeFunctionData(name, args);
    return { contract, name, args: args as unknown[] };
  } catch (cause) {
    throw new OptisyncError("CallMalformed", `${declaration} cannot be called with ${json}`, {
      action: "halt",
      details: { function: declaration, args: json },
      cause,
    });
  }
}

async function prove(context: CommandContext, values: OptionValues<typeof proveOptions>): Promise<void> {
  const { protocol } = await openReader(context, values);
  const { ledger } = await protocol.sync();
  const sourceRpc = createRpc({ urls: [values.sourceRpc], signal: context.signal });
  const { entry, accountProof, pieces } = await proveUpdate(ledger, sourceRpc, values.feed);
  for (const piece of pieces) {
    await sendAs(context, values, {
      contract: "prover",
      name: "prove",
      args: [entry.update, accountProof, piece],
    });
  }
  const said = values.dryRun ? "would be proven" : "was proven";
  context.output(
    { update: entry.id, number: entry.update.number, pieces: pieces.length, isDryRun: values.dryRun },
    `the update of feed ${values.feed} to block ${entry.update.number} ${said} in ${pieces.length} pieces`,
  );
}

/** `optisync feed prove`, beside the other commands of feeds. */
export const proveCommand = defineCommand({
  command: "prove <feed>",
  describe: "prove the update that waits next instead of waiting for its window",
  options: proveOptions,
  epilogue: "What the feed holds is taken from B's events; the node of A gives the account's proof.",
  handler: prove,
});

/** `optisync replica …`, for whoever calls contracts of A on B. */
export const replicaCommands: CommandGroup = {
  command: "replica",
  describe: "contracts of A that answer view calls on B",
  commands: [
    defineCommand({
      command: "create <account>",
      describe: "start a mirror that answers plain view calls",
      options: createOptions,
      handler: create,
    }),
    defineCommand({
      command: "show <feed>",
      describe: "what a replica shows and what it answers",
      options: showOptions,
      handler: show,
    }),
    defineCommand({
      command: "call <feed> <function>",
      describe: "call a view function of a mirrored contract",
      options: callOptions,
      examples: [
        [
          "optisync replica call 1 'balanceOf(address) view returns (uint256)' --args '[\"0x…\"]' --max-age 2h …",
          "a balance of A, not older than two hours",
        ],
      ],
      handler: call,
    }),
  ],
};
