/**
 * Writes docs/machine-coverage.md: how many steps of each class the blocks of the machine's tests take.
 */
import { writeFileSync } from "node:fs";
import { opcodeName } from "../shared/machine/opcodeNames.js";
import { programs } from "../shared/machine/precompiles/Programs.js";
import { classesOf, classifiedBlocks } from "../test/support/coverage.js";
import { coverageTables, reachableClasses, type CoverageTable } from "../test/support/reachableSteps.js";
import { nameOf } from "../test/support/stepClasses.js";

const DOCUMENT = new URL("../docs/machine-coverage.md", import.meta.url);

const counts = new Map<string, number>();
let [blocks, steps] = [0, 0];
for await (const block of classifiedBlocks(programs)) {
  blocks += 1;
  for (const { classes } of classesOf(block)) {
    steps += 1;
    for (const name of classes) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}

const reachable = reachableClasses();
const missing = reachable.filter((name) => !counts.has(name));
const unexpected = [...counts.keys()].filter((name) => !reachable.includes(name));

/** `fetched 01` as `ADD 01`; other kinds without the word that the table's title says. */
function titleOf(kind: string): string {
  const opcode = /^(?:fetched|latched) ([0-9a-f]{2})$/.exec(kind)?.[1];
  if (opcode !== undefined) return `${opcodeName(Number.parseInt(opcode, 16))} \`${opcode}\``;
  return kind.replace(/^(fetched|phase|job|frame|precompile) /, "");
}

function rowsOf({ title, columns, rows, reasons }: CoverageTable): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const cell = (kind: string, outcome: string, outcomes: readonly string[]): string =>
    outcomes.includes(outcome) ? String(counts.get(nameOf({ kind, outcome })) ?? "**0**") : "·";
  return [
    `## ${title}`,
    "",
    line(["", ...columns.map((name) => name.replace("needs LOAD_", "needs "))]),
    line(["---", ...columns.map(() => "--:")]),
    ...rows.map(([kind, outcomes]) =>
      line([titleOf(kind), ...columns.map((outcome) => cell(kind, outcome, outcomes))]),
    ),
    "",
    ...reasons.map((reason) => `- ${reason}`),
    "",
  ];
}

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

const text = [
  "# Which steps the machine's tests take",
  "",
  "Written by `npm run coverage:machine`. A class of steps is what a step does, and what comes of it. Sections (§) are those of",
  "[machine.md](machine.md).",
  "",
  "- A number: steps of this class in the blocks that `test/shared/machine/twins.test.ts` runs: Ethereum's tests in",
  "  `test/conformance`, the fixtures, blocks with one thing right or wrong, random blocks of each fork, and blocks made by hand",
  "  for what those do not reach (`test/shared/machine/support/coverageBlocks.ts`). Of each class the first three go through the",
  "  Solidity stepper in `npm test`, which fails if there is none, or if a class turns up that has no cell here.",
  "  The first four are damaged by `test/shared/machine/mutation.test.ts`. Where a class has fewer steps, all of them are taken.",
  "- A dot: the rules do not make it reachable, for the reasons below each table.",
  "- **0**: reachable, but no block reaches it.",
  "",
  `${blocks} blocks, ${steps} steps, ${reachable.length} classes that the rules make reachable. ${
    missing.length === 0 ? "None of them is without a step." : `Without a step: ${list(missing)}.`
  }${unexpected.length === 0 ? "" : ` Met though not listed: ${list(unexpected)}.`}`,
  "",
  "What the table does not tell apart: the forks' rules, the ways in which one outcome can come about (a halt for want of gas or",
  "of operands, a trie that is split or merged), the sizes of operands, and combinations of classes.",
  "`test/shared/machine/precompileProofs.test.ts` proves further inputs of each precompile, `invalid.test.ts` has what makes a",
  "block invalid, and `random.test.ts` and `equality.test.ts` hold the TypeScript machine alone to EthereumJS.",
  "",
  ...coverageTables.flatMap(rowsOf),
];
writeFileSync(DOCUMENT, text.join("\n"));

if (missing.length + unexpected.length > 0) {
  process.stderr.write(`not reached: ${missing.join("; ")}\nnot listed: ${unexpected.join("; ")}\n`);
  process.exitCode = 1;
}
