import { z } from "zod";
import { fromHex } from "./crypto.js";
import { ExecutionError } from "./errors.js";
import { ancestorsFrom, executeBlock, type BlockExecution } from "./executeBlock.js";
import { executableForks, singleFork } from "./forks.js";
import { readHeaderFields, splitBlock, type HeaderFields } from "./rawBlock.js";
import { readJsonFile } from "./jsonFiles.js";
import { Witness } from "./witness.js";
import { worldSchema } from "./worldState.js";

const hex = z.string().regex(/^0x([0-9a-f]{2})*$/i);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/i);

/** One block with all that its execution needs. `expect` marks a fixture that must be refused, and why. */
const fixtureSchema = z.strictObject({
  name: z.string().min(1),
  source: z.string(),
  description: z.string().optional(),
  network: z.string(),
  chainId: z.string().regex(/^0x[0-9a-f]+$/i),
  hardfork: z.enum(executableForks),
  depositContractAddress: z
    .string()
    .regex(/^0x[0-9a-f]{40}$/i)
    .optional(),
  block: hex,
  /** If given, the block must be the one with this hash. */
  blockHash: hash.optional(),
  parentStateRoot: hash,
  parentHash: hash,
  parentHeader: hex.optional(),
  ancestorHashes: z.record(z.string().regex(/^\d+$/), hash),
  witness: z.strictObject({ state: z.array(hex), codes: z.array(hex) }),
  /** Accounts after the block, at least those that it changes: to name the first that differs. */
  postState: worldSchema.optional(),
  expect: z.enum(["missing-node", "missing-sibling", "missing-code", "invalid-block"]).optional(),
});
export type Fixture = z.infer<typeof fixtureSchema>;

/** Reads a fixture, gzipped or not. @throws ExecutionError UnreadableFile, MalformedFixture naming the field */
export async function readFixture(path: string): Promise<Fixture> {
  const json = await readJsonFile(path);
  const parsed = fixtureSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") ?? "";
    throw new ExecutionError("MalformedFixture", `${path}: ${field}: ${issue?.message}`, { path, field });
  }
  return parsed.data;
}

/** Executes a fixture's block from its witness. */
export async function executeFixture(fixture: Fixture): Promise<BlockExecution> {
  const block = splitBlock(fromHex(fixture.block));
  const header = readHeaderFields(block.headerRlp);
  requireHash(fixture, header);
  requireParent(fixture, header);
  const witness = new Witness();
  for (const node of fixture.witness.state) witness.addNode(fromHex(node));
  for (const code of fixture.witness.codes) witness.addCode(fromHex(code));
  const ancestors = Object.entries(fixture.ancestorHashes).map(([at, value]) => [BigInt(at), value] as const);
  return executeBlock({
    block,
    parentStateRoot: fixture.parentStateRoot.slice(2).toLowerCase(),
    ...(fixture.parentHeader === undefined ? {} : { parentHeaderRlp: fromHex(fixture.parentHeader) }),
    witness,
    forks: singleFork(BigInt(fixture.chainId), fixture.hardfork, fixture.depositContractAddress),
    ancestorHash: ancestorsFrom(new Map(ancestors)),
  });
}

function requireHash({ name, blockHash }: Fixture, { hash: computed }: HeaderFields): void {
  if (blockHash === undefined || blockHash.slice(2).toLowerCase() === computed) return;
  throw new ExecutionError(
    "BlockDataMismatch",
    `${name}: the header has hash 0x${computed}, claimed is ${blockHash}`,
    { part: "header", computed: `0x${computed}`, claimed: blockHash },
  );
}

function requireParent(fixture: Fixture, { number, parentHash }: HeaderFields): void {
  const parent =
    fixture.parentHeader === undefined ? undefined : readHeaderFields(fromHex(fixture.parentHeader));
  const isParent = fixture.parentHash.slice(2).toLowerCase() === parentHash;
  const isHeader =
    parent === undefined ||
    (parent.hash === parentHash && `0x${parent.stateRoot}` === fixture.parentStateRoot.toLowerCase());
  const ancestor = fixture.ancestorHashes[(number - 1n).toString()];
  const isAncestor = ancestor === undefined || ancestor.slice(2).toLowerCase() === parentHash;
  if (isParent && isHeader && isAncestor) return;
  throw new ExecutionError(
    "MalformedFixture",
    `${fixture.name}: the parent is not the one that the header names`,
    {
      name: fixture.name,
      parentHash: `0x${parentHash}`,
    },
  );
}
