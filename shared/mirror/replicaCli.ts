import { Interface } from "ethers";
import { z } from "zod";
import { interfaces } from "../chain/contracts.js";
import { createRpc } from "../chain/rpc.js";
import { readHead } from "../chain/transactions.js";
import type { FeedEntry, Ledger } from "../protocol/ledger.js";
import { openReader, openSending, sendAs } from "../reader/cli.js";
import { createFeedOptions, destinationOptions, feedArgument, fundFeedOptions } from "../reader/options.js";
import { proveUpdate } from "../reader/proveUpdate.js";
import { sendCall, sendOnce } from "../reader/sendOnce.js";
import { piecesLeft } from "../reader/updatePieces.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../runtime/command.js";
import { OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { durationSeconds } from "../runtime/quantities.js";
import * as shared from "../runtime/sharedOptions.js";
import { environmentMask, environmentNames } from "./environment.js";
import { halt } from "./errors.js";
import { createProgress } from "./progress.js";
import { registrationOf } from "./registration.js";

const GWEI = 1_000_000_000n;

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
    schema: environmentMask.default(0),
    defaultText: "none",
    example: "TIMESTAMP,CHAINID",
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

const sourcedOptions = { ...sendOptions, feed: feedArgument, sourceRpc: shared.sourceRpc } as const;

async function create(context: CommandContext, values: OptionValues<typeof createOptions>): Promise<void> {
  const { account, perSecond, perValue, funds, maxAge, accept } = values;
  const args = [account, perSecond / GWEI, perValue / GWEI, maxAge, accept];
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
  const accepted = environmentNames(feed.environment);
  const hasLogic = BigInt(feed.logic) !== 0n;
  const report = {
    feed: values.feed,
    account: feed.account,
    replica: feed.replica,
    block: feed.number,
    logic: hasLogic ? feed.logic : undefined,
    // That of a logic which an upgrade on A has outdated is still recorded.
    implementation: hasLogic && BigInt(feed.implementation) !== 0n ? feed.implementation : undefined,
    accepted,
    maxAgeSeconds: feed.maxAge,
    isViewable: isViewable === true,
  };
  context.output(
    report,
    [
      `replica  ${feed.replica} of ${feed.account} on A, block ${feed.number}`,
      `logic    ${hasLogic ? feed.logic : `none registered for what is shown: \`optisync replica register ${values.feed}\``}`,
      `accepts  ${accepted.length === 0 ? "nothing that depends on the chain" : accepted.join(", ")}`,
      `plain    calls are answered with states up to ${feed.maxAge} s old`,
      `now      ${report.isViewable ? "view calls are answered" : "view calls are refused"} at ${values.maxAge} s`,
    ].join("\n"),
  );
}

async function call(context: CommandContext, values: OptionValues<typeof callOptions>): Promise<void> {
  const { protocol, rpc } = await openReader(context, values);
  const { contract, name, args } = parseCall(values.function, values.args);
  // The answer and the block that it is of, from one state of B.
  const { number: at } = await readHead(rpc);
  const data = contract.encodeFunctionData(name, args);
  const [answer] = await protocol.call("replicas", "viewCall", [values.feed, values.maxAge, data], at);
  const [number] = await protocol.call("feeds", "asOf", [values.feed], at);
  const results = resultsOf(contract, name, answer as string);
  context.output(
    { results, block: number },
    `${results.map(String).join("\n")}\nof block ${String(number)} of A`,
  );
}

/** @throws OptisyncError `AnswerMalformed` (halt) if the function was declared to return something else. */
function resultsOf(contract: Interface, name: string, answer: string): unknown[] {
  try {
    // What cannot be decoded throws when it is looked at.
    return [...contract.decodeFunctionResult(name, answer)] as unknown[];
  } catch (cause) {
    throw new OptisyncError("AnswerMalformed", `the answer is not what ${name} was declared to return`, {
      action: "halt",
      details: { function: name, answer },
      cause,
    });
  }
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

async function prove(context: CommandContext, values: OptionValues<typeof sourcedOptions>): Promise<void> {
  const { protocol, manifest, sender } = await openSending(context, values);
  const { ledger } = await protocol.sync();
  const sourceRpc = createRpc({ urls: [values.sourceRpc], signal: context.signal });
  const { entry, accountProof, pieces } = await proveUpdate(ledger, sourceRpc, values.feed);
  const [, proven] = await protocol.call("prover", "progressOf", [entry.id, sender.address]);
  const left = piecesLeft(pieces, Number(proven));
  // Each piece begins where the one before has led to, so that a dry run can only try the next one.
  const progress = createProgress(process.stderr, process.stderr.isTTY === true && !context.isJson);
  context.onClose("progress", () => progress.stop());
  for (const piece of values.dryRun ? left.slice(0, 1) : left) {
    progress.show("proving pieces", pieces.indexOf(piece), pieces.length);
    const args = [entry.update, accountProof, piece];
    await sendOnce({ contract: "prover", name: "prove", args }, { manifest, sender });
  }
  progress.stop();
  const said = values.dryRun ? "would be proven" : "was proven";
  const { number } = entry.update;
  context.output(
    { update: entry.id, number, pieces: pieces.length, sent: left.length, isDryRun: values.dryRun },
    `the update of feed ${values.feed} to block ${number} ${said} in ${left.length} pieces`,
  );
}

async function register(context: CommandContext, values: OptionValues<typeof sourcedOptions>): Promise<void> {
  const { protocol, manifest, sender } = await openSending(context, values);
  const view = await protocol.sync();
  const rpc = createRpc({ urls: [values.sourceRpc], signal: context.signal });
  const feed = feedIn(view.ledger, values.feed);
  const { codeHash, implementation, calls } = await registrationOf(view, feed, { manifest, rpc });
  const [stored] = await protocol.call("replicas", "logicOf", [codeHash]);
  const isStored = BigInt((stored as { code: string }).code) !== 0n;
  const needed = isStored ? calls.slice(1) : calls;
  // Code that is not there yet cannot be registered, so that a dry run can only try the next call.
  for (const call of values.dryRun ? needed.slice(0, 1) : needed) await sendCall(call, sender);
  const said = values.dryRun ? "would be registered" : "is registered";
  const whose =
    implementation === undefined ? "its own code" : `the code of its implementation ${implementation}`;
  context.output(
    { feed: values.feed, codeHash, implementation, isStored, isDryRun: values.dryRun },
    `${whose}, ${codeHash}, ${said} for feed ${values.feed}`,
  );
}

/** @throws OptisyncError `FeedUnknown` (halt) */
function feedIn(ledger: Ledger, id: bigint): FeedEntry {
  const feed = ledger.feeds.get(id);
  if (feed === undefined) throw halt("FeedUnknown", `there is no feed ${id}`, { feed: id });
  return feed;
}

/** `optisync feed prove`, beside the other commands of feeds. */
export const proveCommand = defineCommand({
  command: "prove <feed>",
  describe: "prove the update that waits next instead of waiting for its window",
  options: sourcedOptions,
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
      command: "register <feed>",
      describe: "give a replica the code of A that answers its view calls",
      options: sourcedOptions,
      epilogue:
        "The code is that of the account at the block that the feed shows, or of its EIP-1967 implementation. The " +
        "node of A supplies it; its hash is checked here and by the contract.",
      handler: register,
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
