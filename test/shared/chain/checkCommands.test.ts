import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import { checkCommands } from "../../../shared/chain/checkCommands.js";
import { toHex } from "../../../shared/execution/crypto.js";
import { runCli } from "../../../shared/runtime/command.js";
import { rehashed } from "../../support/headerJson.js";
import { startTestSource, type TestSource } from "../../support/hardhatNode.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

const vectors = join(import.meta.dirname, "../../vectors/execution");
const simple = join(vectors, "valid/transient-delete.json");
const cases = join(
  import.meta.dirname,
  "../../conformance/BlockchainTests/ValidBlocks/bcValidBlockTest/SimpleTx.json",
);

async function cli(...args: string[]): Promise<{ exitCode: number; lines: string[]; err: string }> {
  const written = { out: "", err: "" };
  const exitCode = await runCli({
    args,
    environment: {},
    version: "0.0.0",
    commands: checkCommands,
    epilogue: "",
    stdout: { write: (text: string) => void (written.out += text) },
    stderr: { write: (text: string) => void (written.err += text) },
    isInputTerminal: false,
  });
  return { exitCode, lines: written.out.trimEnd().split("\n"), err: written.err };
}

describe("the commands that check blocks in files", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-check-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function wrongRoot(): Promise<string> {
    const fixture = JSON.parse(await readFile(simple, "utf8")) as { block: string };
    const items = RLP.decode(fixture.block) as Uint8Array[][];
    (items[0] as Uint8Array[])[3] = new Uint8Array(32).fill(1);
    const path = join(folder, "wrong.json");
    await writeFile(path, JSON.stringify({ ...fixture, block: `0x${toHex(RLP.encode(items))}` }));
    return path;
  }

  it("replay ends with 0 if all is right", async () => {
    const { exitCode, lines } = await cli("replay", simple);
    assert.equal(exitCode, 0);
    assert.equal(lines.at(-1), "1 passed, 0 failed");
  });

  it("replay ends with 1 after a failed block, with both roots on its line", async () => {
    const { exitCode, lines, err } = await cli("replay", await wrongRoot(), simple, "/does/not/exist");
    assert.equal(exitCode, 1);
    assert.equal(lines.at(-1), "1 passed, 1 failed");
    assert.ok(lines.some((line) => /stateRoot: computed 0x\w{64}, expected 0x(01){32}/.test(line)));
    assert.match(err, /ReplayFailed/);
  });

  it("replay ends with 2 after an unreadable file, with its name, and runs the rest", async () => {
    const { exitCode, lines, err } = await cli("replay", "/does/not/exist", simple);
    assert.equal(exitCode, 2);
    assert.match(lines[0] ?? "", /^\/does\/not\/exist {2}unreadable/);
    assert.equal(lines.at(-1), "1 passed, 0 failed");
    assert.match(err, /InputUnreadable/);
  });

  it("conformance ends with 0, 1 and 2 likewise", async () => {
    const right = await cli("conformance", cases);
    assert.equal(right.exitCode, 0);
    assert.match(right.lines.at(-1) ?? "", /^\d+ passed, 0 failed, \d+ skipped$/);

    const json = JSON.parse(await readFile(cases, "utf8")) as Record<string, Record<string, unknown>>;
    const entries = Object.entries(json).map(([name, test]) => [
      name,
      { ...test, lastblockhash: `0x${"11".repeat(32)}` },
    ]);
    const path = join(folder, "case.json");
    await writeFile(path, JSON.stringify(Object.fromEntries(entries)));
    const wrong = await cli("conformance", path, cases, "/does/not/exist");
    assert.equal(wrong.exitCode, 1);
    assert.match(wrong.lines[1] ?? "", /case\.json: \S+ \(Cancun\) failed: the last block/);

    const unreadable = await cli("conformance", cases, "/does/not/exist", "--verbose");
    assert.equal(unreadable.exitCode, 2);
    assert.ok(unreadable.lines.some((line) => line.startsWith(`${cases}: `)));
    assert.deepEqual(unreadable.lines.at(-2), "1 unreadable");
  });

  it("both tell the same with --json", async () => {
    const replay = JSON.parse((await cli("replay", simple, "--json")).lines.join("")) as object;
    assert.deepEqual(Object.keys(replay), ["passed", "failed", "unreadable", "lines"]);
    const conformance = JSON.parse((await cli("conformance", cases, "--json")).lines.join("")) as object;
    assert.deepEqual(Object.keys(conformance), ["passed", "failed", "skipped", "unreadable", "lines"]);
  });
});

describe("replay of a block of the source chain", () => {
  let chain: TestSource;
  let proxy: LyingProxy;
  before(async () => {
    chain = await startTestSource();
    proxy = await startLyingProxy(chain.node.url);
    await chain.send({ to: `0x${"12".repeat(20)}`, value: "0x5" });
  });
  after(async () => {
    await proxy.close();
    await chain.close();
  });

  const replay = (number: string): ReturnType<typeof cli> =>
    cli("replay", number, "--source-rpc", proxy.url, "--source-fork", "prague");

  it("recognises the node and passes", async () => {
    const { exitCode, lines } = await replay("1");
    assert.equal(exitCode, 0);
    assert.match(lines[0] ?? "", /^block 1 {2}gas=21000 .* ok$/);
  });

  it("fails with both roots, and says what it knows of accounts, for a root made up by the node", async () => {
    proxy.lie("eth_getBlockByNumber", (result) =>
      rehashed({ ...(result as object), stateRoot: `0x${"07".repeat(32)}` }),
    );
    const { exitCode, lines } = await replay("1");
    proxy.repent();
    assert.equal(exitCode, 1);
    assert.match(lines[0] ?? "", /stateRoot: computed 0x\w{64}, expected 0x(07){32}; .*account/);
  });

  it("wants a node for a number", async () => {
    const { exitCode, err } = await cli("replay", "1");
    assert.equal(exitCode, 1);
    assert.match(err, /needs --source-rpc/);
  });

  it("wants to know the rules of a chain that is not built in", async () => {
    const { exitCode, err } = await cli("replay", "1", "--source-rpc", proxy.url);
    assert.equal(exitCode, 1);
    assert.match(err, /ForkUnknown.*mainnet, sepolia, hoodi/);
  });
});
