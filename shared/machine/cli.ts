import { writeFile } from "node:fs/promises";
import { z } from "zod";
import { readFixture, type Fixture } from "../execution/fixture.js";
import { findJsonFiles } from "../execution/jsonFiles.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../runtime/command.js";
import { describeError, EXIT, OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { path } from "../runtime/quantities.js";
import { readMachineArtifacts } from "./artifacts.js";
import { describeStep, STEP_HEAD, stepLine, type StepDescription } from "./describeStep.js";
import { openFixture } from "./openBlock.js";
import { pagesOf, proveStep } from "./Proof.js";
import { proofFile, readProofFile, wordHex } from "./proofFile.js";
import { runFixture, runLine } from "./runFixture.js";
import { Phase, SYSTEM_CALL } from "./State.js";
import { advance } from "./Stepper.js";
import { StepVerifier } from "./Verifier.js";

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const index = z
  .union([z.string().regex(/^\d{1,12}$/, "must be a whole number"), z.int().nonnegative()])
  .transform(Number);

const runOptions = {
  what: { describe: "fixture files or folders of them", schema: list, isList: true },
} as const;

async function run(context: CommandContext, { what }: OptionValues<typeof runOptions>): Promise<void> {
  const lines: string[] = [];
  const print = (line: string): void => {
    lines.push(line);
    if (!context.isJson) context.output(undefined, line);
  };
  const report = { passed: 0, failed: 0, unreadable: [] as { path: string; reason: string }[] };
  const leaveOut = (file: string, reason: string): void => {
    report.unreadable.push({ path: file, reason });
    print(`${file}  unreadable: ${reason}`);
  };
  const { programs } = readMachineArtifacts();
  const { files, missing } = await findJsonFiles(what);
  for (const { path: file, reason } of missing) leaveOut(file, reason);
  for (const file of files) {
    context.signal.throwIfAborted();
    let fixture: Fixture;
    try {
      fixture = await readFixture(file);
    } catch (error) {
      leaveOut(file, describeError(error).message);
      continue;
    }
    const outcome = runFixture(fixture, programs);
    if (outcome.isPassed) report.passed += 1;
    else report.failed += 1;
    print(runLine(outcome));
  }
  if (report.unreadable.length > 0) print(`${report.unreadable.length} unreadable`);
  print(`${report.passed} passed, ${report.failed} failed`);
  if (context.isJson) context.output({ ...report, lines }, "");
  requireNoFailure(report);
}

/** A failure outweighs what could not be read. */
function requireNoFailure({
  failed,
  unreadable,
}: {
  failed: number;
  unreadable: readonly { path: string }[];
}): void {
  if (failed > 0)
    throw new OptisyncError("MachineFailed", `${failed} did not end as their headers say`, {
      action: "halt",
      details: { failed },
    });
  const [first] = unreadable;
  if (first === undefined) return;
  throw new OptisyncError("InputUnreadable", `${unreadable.length} unreadable, ${first.path} first`, {
    action: "halt",
    exitCode: EXIT.unreadable,
    details: { unreadable },
  });
}

const traceOptions = {
  fixture: { describe: "a fixture file", schema: path },
  tx: { describe: "index of the transaction, from 0", schema: index, example: "I" },
} as const;

async function trace(
  context: CommandContext,
  { fixture, tx }: OptionValues<typeof traceOptions>,
): Promise<void> {
  const { machine: m } = openFixture(await readFixture(fixture), readMachineArtifacts().programs);
  const steps: StepDescription[] = [];
  if (!context.isJson) context.output(undefined, STEP_HEAD);
  let count = 0;
  for (; m.phase < Phase.WITHDRAW; advance(m, m.steps + 1)) {
    if (m.phase === Phase.BEGIN && m.cursor > tx) break;
    const isBefore = m.phase === Phase.BEFORE || m.txn.kind === SYSTEM_CALL;
    if (isBefore || m.cursor !== tx) continue;
    context.signal.throwIfAborted();
    const step = describeStep(m);
    count += 1;
    if (context.isJson) steps.push(step);
    else context.output(undefined, stepLine(step));
  }
  // The step that finds out that there is no such transaction was shown as well.
  if (count < 2)
    throw new OptisyncError("TransactionAbsent", `the block has no transaction ${tx}`, {
      action: "halt",
      details: { tx },
    });
  if (context.isJson) context.output({ steps }, "");
}

const proveOptions = {
  fixture: { describe: "a fixture file", schema: path },
  step: { describe: "number of the step, from 0", schema: index, example: "N" },
  out: { describe: "file to write; standard output unless given", schema: path.optional(), example: "FILE" },
} as const;

async function prove(
  context: CommandContext,
  { fixture: file, step, out }: OptionValues<typeof proveOptions>,
): Promise<void> {
  const fixture = await readFixture(file);
  const { machine: m } = openFixture(fixture, readMachineArtifacts().programs);
  advance(m, step);
  if (m.isFinal)
    throw new OptisyncError(
      "StepBeyondEnd",
      `the block ends after ${m.steps} steps, there is no step ${step}`,
      {
        action: "halt",
        details: { steps: m.steps, step },
      },
    );
  const { chainId, makesSystemCalls } = m.chain;
  const current = m.hash();
  const { proof, pages } = pagesOf(proveStep(m));
  const json = proofFile({
    name: fixture.name,
    chainId,
    makesSystemCalls,
    step,
    current,
    next: m.hash(),
    proof,
    pages,
  });
  const text = `${JSON.stringify(json, undefined, 2)}`;
  if (out === undefined) return context.output(json, text);
  await writeFile(out, `${text}\n`);
  context.output({ written: out }, `wrote ${out}`);
}

const verifyOptions = {
  proof: { describe: "a file that `machine prove` wrote", schema: path },
} as const;

/** A schedule for a stepper that is asked about single steps only: those do not depend on it. */
const ANY_SCHEDULE = {
  forks: [{ from: 0n, rules: 0, blobTarget: 3, blobMax: 6, blobFraction: 3_338_477n }],
  horizon: 2n ** 64n - 1n,
};

async function verify(
  context: CommandContext,
  { proof: file }: OptionValues<typeof verifyOptions>,
): Promise<void> {
  const { chainId, makesSystemCalls, current, next, proof, pages } = await readProofFile(file);
  const verifier = await StepVerifier.create(
    { chainId, makesSystemCalls, ...ANY_SCHEDULE },
    readMachineArtifacts(),
  );
  const addresses: bigint[] = [];
  for (const page of pages) addresses.push(await verifier.deployPage(page));
  const verdict = await verifier.verify({ ...proof, pages: addresses }, current);
  const { gas, bytes } = verdict;
  if ("reverted" in verdict) {
    throw new OptisyncError("ProofRefused", `the stepper refused the proof: ${verdict.reverted}`, {
      action: "halt",
      details: { reverted: verdict.reverted, gas, bytes },
    });
  }
  const isExpected = verdict.next === next;
  const lines = [`next   ${wordHex(verdict.next)}`, `gas    ${gas}`, `bytes  ${bytes}`];
  context.output({ next: wordHex(verdict.next), gas, bytes, isExpected }, lines.join("\n"));
  if (isExpected) return;
  throw new OptisyncError("StepDiffers", `the stepper goes on to another state than ${wordHex(next)}`, {
    action: "halt",
    details: { next: wordHex(verdict.next), expected: wordHex(next) },
  });
}

export const machineCommands: CommandGroup = {
  command: "machine",
  describe: "execute blocks in the machine whose every step can be proven",
  commands: [
    defineCommand({
      command: "run <what..>",
      describe: "execute the blocks of fixtures and compare state root, gas and blobs with their headers",
      options: runOptions,
      examples: [["optisync machine run test/vectors/execution/valid", "all fixtures in a folder"]],
      epilogue: "Exit codes as of replay. Receipts are no part of the machine's result.",
      handler: run,
    }),
    defineCommand({
      command: "trace <fixture>",
      describe: "show the steps of one transaction",
      options: traceOptions,
      examples: [["optisync machine trace block.json --tx 0", "from its first step to its last"]],
      handler: trace,
    }),
    defineCommand({
      command: "prove <fixture>",
      describe: "write the proof of one step",
      options: proveOptions,
      examples: [["optisync machine prove block.json --step 1000 --out proof.json", "as a file"]],
      handler: prove,
    }),
    defineCommand({
      command: "verify <proof>",
      describe: "run a proof through the Solidity stepper, in this process",
      options: verifyOptions,
      examples: [["optisync machine verify proof.json", "prints the next state's hash, gas and size"]],
      epilogue: "Exit code 1: the stepper refuses the proof or goes on to another state.",
      handler: verify,
    }),
  ],
};
