import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import {
  blockchainTestSchema,
  forksOfTest,
  runBlockchainTest,
  type BlockchainTest,
} from "../../../shared/execution/blockchainTest.js";
import { conformanceSummary, runConformance } from "../../../shared/execution/conformance.js";
import { fromHex, keccak256, toHex } from "../../../shared/execution/crypto.js";
import { findJsonFiles } from "../../../shared/execution/jsonFiles.js";
import { listRoot, splitBlock } from "../../../shared/execution/rawBlock.js";

const shipped = join(import.meta.dirname, "../../conformance");

async function casesOf(path: string): Promise<BlockchainTest[]> {
  const json = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  return Object.values(json).map((test) => blockchainTestSchema.parse(test));
}

async function problemOf(test: BlockchainTest): Promise<string | undefined> {
  const forks = forksOfTest(test);
  assert.ok(forks);
  return runBlockchainTest(test, forks);
}

describe("Ethereum's tests", () => {
  it("all pass, those that come with this project", async () => {
    const lines: string[] = [];
    const report = await runConformance([shipped], { print: (line) => lines.push(line) });
    assert.deepEqual(lines, []);
    assert.ok(report.passed >= 150, `${report.passed} passed`);
    assert.equal(report.failed, 0);
    assert.match(conformanceSummary(report).at(-1) ?? "", /^\d+ passed, 0 failed, \d+ skipped$/);
  });

  it("are refused for their transaction, not only because the header does not name it", async () => {
    const { files } = await findJsonFiles([join(shipped, "BlockchainTests/InvalidBlocks")]);
    let repaired = 0;
    for (const test of (await Promise.all(files.map(casesOf))).flat()) {
      if (forksOfTest(test) === undefined) continue;
      for (const [index, block] of test.blocks.entries()) {
        if (!block.expectException?.includes("TransactionException")) continue;
        const { blocks } = test;
        const named = { ...block, rlp: namingTransactions(block.rlp), expectException: null };
        const problem = await problemOf({ ...test, blocks: [...blocks.slice(0, index), named] });
        assert.match(problem ?? "", /invalid block: /, block.expectException);
        repaired += 1;
      }
    }
    assert.ok(repaired > 10);
  });
});

/** The block with the transactions root that its transactions have. */
function namingTransactions(rlp: string): string {
  const items = RLP.decode(rlp) as [Uint8Array[], ...Uint8Array[][]];
  items[0][4] = fromHex(listRoot(splitBlock(fromHex(rlp)).transactions));
  return `0x${toHex(RLP.encode(items))}`;
}

describe("a case with one thing changed", () => {
  let test: BlockchainTest;
  before(async () => {
    const path = "BlockchainTests/ValidBlocks/bcValidBlockTest/SimpleTx.json";
    const found = (await casesOf(join(shipped, path))).find(({ network }) => network === "Cancun");
    assert.ok(found);
    test = found;
    assert.equal(await problemOf(test), undefined);
  });

  const firstBlock = (): BlockchainTest["blocks"][number] =>
    test.blocks[0] as BlockchainTest["blocks"][number];

  it("fails if a valid block was to be refused", async () => {
    const blocks = [{ ...firstBlock(), expectException: "BlockException.ANY" }];
    assert.match((await problemOf({ ...test, blocks })) ?? "", /^invalid block 1 accepted/);
  });

  it("fails if the state before is another one", async () => {
    const [address, account] = Object.entries(test.pre)[0] ?? [];
    const pre = { ...test.pre, [address ?? ""]: { ...account, nonce: "0x99" } } as BlockchainTest["pre"];
    assert.match((await problemOf({ ...test, pre })) ?? "", /^the state before has root/);
  });

  it("fails with the account and the field if the state after is another one", async () => {
    const [address, account] = Object.entries(test.postState ?? {})[0] ?? [];
    const changed = { ...account, balance: "0x99" };
    const postState = { ...test.postState, [address ?? ""]: changed } as NonNullable<
      BlockchainTest["postState"]
    >;
    const problem = (await problemOf({ ...test, postState })) ?? "";
    assert.match(problem, new RegExp(`account ${address}: balance computed \\d+, expected 153`));
  });

  it("names both roots and the account for a block with a wrong state root", async () => {
    const items = RLP.decode(firstBlock().rlp) as [Uint8Array[], ...Uint8Array[][]];
    items[0][3] = new Uint8Array(32).fill(7);
    const rlp = `0x${toHex(RLP.encode(items))}`;
    const hash = `0x${toHex(keccak256(RLP.encode(items[0])))}`;
    const blocks = [{ rlp, blockHeader: { hash } }];
    const [address] = Object.entries(test.postState ?? {})[0] ?? [];
    const postState = { ...test.postState };
    delete postState[address ?? ""];
    const problem = await problemOf({ ...test, blocks, postState, lastblockhash: hash });
    assert.match(problem ?? "", /stateRoot: computed 0x\w+, expected 0x0707\w+; account 0x\w+: computed one/);
  });

  it("fails if the last block was never accepted", async () => {
    const lastblockhash = `0x${"11".repeat(32)}`;
    assert.match((await problemOf({ ...test, lastblockhash })) ?? "", /was not accepted/);
  });
});

describe("what cannot be run", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-conformance-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("is named and left out, and networks from before the Merge are counted", async () => {
    const path = join(shipped, "BlockchainTests/ValidBlocks/bcValidBlockTest/SimpleTx.json");
    const json = JSON.parse(await readFile(path, "utf8")) as Record<string, Record<string, unknown>>;
    const [name, test] = Object.entries(json)[0] ?? [];
    await writeFile(join(folder, "a.json"), JSON.stringify({ [name ?? ""]: { ...test, network: "Berlin" } }));
    await writeFile(join(folder, "b.json"), "[");
    await writeFile(join(folder, "c.json"), JSON.stringify({ x: { ...test, blocks: "none" } }));
    const lines: string[] = [];
    const report = await runConformance([folder], { print: (line) => lines.push(line) });
    assert.deepEqual([...report.skipped], [["Berlin", 1]]);
    assert.deepEqual(
      report.unreadable.map((entry) => entry.path),
      [join(folder, "b.json"), join(folder, "c.json")],
    );
    assert.match(lines[1] ?? "", /c\.json: unreadable: x: blocks/);
    assert.equal(conformanceSummary(report).at(-1), "0 passed, 0 failed, 1 skipped");
  });
});
