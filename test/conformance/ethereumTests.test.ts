import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import { z } from "zod";
import { fromHex, keccak256, toHex } from "../../shared/execution/crypto.js";
import { ancestorsFrom, executeBlock } from "../../shared/execution/executeBlock.js";
import { encodeAccount } from "../../shared/execution/flatState.js";
import { singleFork, type ForkName } from "../../shared/execution/forks.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "../../shared/execution/partialTrie.js";
import { readHeaderFields, splitBlock } from "../../shared/execution/rawBlock.js";
import { Witness } from "../../shared/execution/witness.js";
import { isOptisyncError } from "../../shared/runtime/errors.js";

/**
 * Runs the BlockchainTests of a checkout of ethereum/tests: set OPTISYNC_ETHEREUM_TESTS to its `BlockchainTests`
 * folder. Too large to ship, so without the variable there is nothing to run.
 */
const folder = process.env["OPTISYNC_ETHEREUM_TESTS"];
const networks: Record<string, ForkName> = {
  Shanghai: "shanghai",
  Cancun: "cancun",
  Prague: "prague",
  Osaka: "osaka",
};

/** Rules of headers towards their parents: consensus has them, execution does not look at them. */
const HEADER_RULES =
  /INCORRECT_EXCESS_BLOB_GAS|INVALID_BASEFEE|INVALID_GASLIMIT|INVALID_BLOCK_(NUMBER|TIMESTAMP)/;

const accountSchema = z.object({
  balance: z.string(),
  nonce: z.string(),
  code: z.string(),
  storage: z.record(z.string(), z.string()),
});
const caseSchema = z.looseObject({
  network: z.string(),
  pre: z.record(z.string(), accountSchema),
  genesisBlockHeader: z.looseObject({ hash: z.string(), stateRoot: z.string() }),
  blocks: z.array(z.looseObject({ rlp: z.string(), expectException: z.string().optional() })),
});
type Case = z.infer<typeof caseSchema>;

function genesisOf({ pre }: Case, witness: Witness): string {
  const noNodes = { node: () => undefined, isBranch: () => false };
  const keep = (_: string, rlp: Uint8Array): void => void witness.addNode(rlp);
  const accounts = new PartialTrie(EMPTY_TRIE_ROOT, noNodes);
  for (const [address, account] of Object.entries(pre)) {
    const slots = new PartialTrie(EMPTY_TRIE_ROOT, noNodes);
    for (const [slot, value] of Object.entries(account.storage)) {
      const key = fromHex(BigInt(slot).toString(16).padStart(64, "0"));
      if (BigInt(value) !== 0n) slots.put(toHex(keccak256(key)), RLP.encode(BigInt(value)));
    }
    const code = fromHex(account.code);
    witness.addCode(code);
    const state = {
      nonce: BigInt(account.nonce),
      balance: BigInt(account.balance),
      storageRoot: slots.root(keep),
      codeHash: toHex(keccak256(code)),
    };
    accounts.put(toHex(keccak256(fromHex(address))), encodeAccount(state));
  }
  return accounts.root(keep);
}

async function runCase(test: Case, fork: ForkName): Promise<void> {
  const witness = new Witness();
  const genesis = genesisOf(test, witness);
  assert.equal(`0x${genesis}`, test.genesisBlockHeader.stateRoot);
  const roots = new Map([[test.genesisBlockHeader.hash.slice(2), genesis]]);
  const hashes = new Map([[0n, test.genesisBlockHeader.hash]]);
  for (const { rlp, expectException } of test.blocks) {
    if (expectException !== undefined && HEADER_RULES.test(expectException)) continue;
    const outcome = await runBlock(rlp, fork, witness, roots, hashes);
    if (expectException === undefined) assert.equal(outcome, "ok");
    else assert.notEqual(outcome, "ok", expectException);
  }
}

async function runBlock(
  rlp: string,
  fork: ForkName,
  witness: Witness,
  roots: Map<string, string>,
  hashes: Map<bigint, string>,
): Promise<string> {
  try {
    const block = splitBlock(fromHex(rlp));
    const { parentHash } = readHeaderFields(block.headerRlp);
    const { header, verdict, alerts, stateRoot } = await executeBlock({
      block,
      parentStateRoot: roots.get(parentHash) ?? "",
      witness,
      forks: singleFork(1n, fork),
      ancestorHash: ancestorsFrom(hashes),
      onNode: (_, node) => void witness.addNode(node),
    });
    if (verdict.kind !== "match") return JSON.stringify(verdict);
    if (alerts.length > 0) return JSON.stringify(alerts);
    roots.set(header.hash, stateRoot);
    hashes.set(header.number, header.hash);
    return "ok";
  } catch (error) {
    if (isOptisyncError(error) || !(error instanceof assert.AssertionError)) return String(error);
    throw error;
  }
}

const files = folder === undefined ? [] : await readdir(folder, { recursive: true });
for (const file of files.filter((name) => name.endsWith(".json")).sort()) {
  const cases = JSON.parse(await readFile(join(folder ?? "", file), "utf8")) as Record<string, unknown>;
  for (const [name, json] of Object.entries(cases)) {
    const parsed = caseSchema.safeParse(json);
    const fork = parsed.success ? networks[parsed.data.network] : undefined;
    if (parsed.success && fork !== undefined) it(name, () => runCase(parsed.data, fork));
  }
}
if (folder === undefined)
  it("needs OPTISYNC_ETHEREUM_TESTS", { skip: "no checkout of ethereum/tests given" }, () => {});
