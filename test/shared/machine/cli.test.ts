import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { RLP } from "@ethereumjs/rlp";
import { toHex } from "../../../shared/execution/crypto.js";
import { machineCommands } from "../../../shared/machine/cli.js";
import { runCli } from "../../../shared/runtime/command.js";

const vectors = join(import.meta.dirname, "../../vectors/execution");
const simple = join(vectors, "valid/transient-delete.json");

async function cli(...args: string[]): Promise<{ exitCode: number; lines: string[]; err: string }> {
  const written = { out: "", err: "" };
  const exitCode = await runCli({
    args: ["machine", ...args],
    environment: {},
    version: "0.0.0",
    commands: [machineCommands],
    epilogue: "",
    stdout: { write: (text: string) => void (written.out += text) },
    stderr: { write: (text: string) => void (written.err += text) },
    isInputTerminal: false,
  });
  return { exitCode, lines: written.out.trimEnd().split("\n"), err: written.err };
}

interface ProofJson {
  current: string;
  next: string;
  proof: string;
}

describe("the machine's commands", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-machine-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("run ends with 0 if all is right, with steps, milliseconds and root of each block", async () => {
    const { exitCode, lines } = await cli("run", simple);
    assert.equal(exitCode, 0);
    assert.match(lines[0] ?? "", /^pass {2}\S+ {2}\d+ steps {2}\d+ ms {2}root 0x[0-9a-f]{64} {2}ok$/);
    assert.equal(lines.at(-1), "1 passed, 0 failed");
  });

  it("run refuses what a fixture expects to be refused", async () => {
    const { exitCode, lines } = await cli("run", join(vectors, "refused"));
    assert.equal(exitCode, 0, lines.join("\n"));
    assert.match(lines.at(-1) ?? "", /^[1-9]\d* passed, 0 failed$/);
  });

  it("run ends with 1 after a failed block, with both roots, and with 2 after an unreadable file", async () => {
    const fixture = JSON.parse(await readFile(simple, "utf8")) as { block: string };
    const items = RLP.decode(fixture.block) as Uint8Array[][];
    (items[0] as Uint8Array[])[3] = new Uint8Array(32).fill(1);
    const wrong = join(folder, "wrong.json");
    await writeFile(wrong, JSON.stringify({ ...fixture, block: `0x${toHex(RLP.encode(items))}` }));
    const failed = await cli("run", wrong, simple, "/does/not/exist");
    assert.equal(failed.exitCode, 1);
    assert.equal(failed.lines.at(-1), "1 passed, 1 failed");
    assert.ok(failed.lines.some((line) => /state root computed \w{64}, claimed (01){32}/.test(line)));
    assert.match(failed.err, /MachineFailed/);
    const unreadable = await cli("run", "/does/not/exist", simple);
    assert.equal(unreadable.exitCode, 2);
    assert.match(unreadable.err, /InputUnreadable/);
  });

  it("trace shows the steps of one transaction, from its decoding to its payment", async () => {
    const { exitCode, lines } = await cli("trace", simple, "--tx", "0");
    assert.equal(exitCode, 0);
    assert.match(lines[0] ?? "", /step +phase +dep +pc +opcode +gas +job/);
    assert.match(lines[1] ?? "", /^ *\d+ {2}BEGIN/);
    assert.match(lines.at(-1) ?? "", /^ *\d+ {2}END/);
    assert.ok(lines.some((line) => /RUN .* SSTORE \(latched\)/.test(line)));
    assert.ok(lines.some((line) => /LOAD_SLOT 0x\w{40}/.test(line)));
    const absent = await cli("trace", simple, "--tx", "1");
    assert.equal(absent.exitCode, 1);
    assert.match(absent.err, /TransactionAbsent/);
  });

  it("prove writes a proof that verify takes through the stepper, to the state that follows", async () => {
    for (const step of [0, 20, 60]) {
      const file = join(folder, `proof-${step}.json`);
      const proven = await cli("prove", simple, "--step", String(step), "--out", file);
      assert.equal(proven.exitCode, 0, proven.err);
      const { next } = JSON.parse(await readFile(file, "utf8")) as ProofJson;
      const verified = await cli("verify", file);
      assert.equal(verified.exitCode, 0, verified.err);
      assert.equal(verified.lines[0], `next   ${next}`);
      assert.match(verified.lines[1] ?? "", /^gas {4}\d+$/);
      assert.match(verified.lines[2] ?? "", /^bytes {2}\d+$/);
    }
  });

  it("verify ends with 1 if the stepper refuses, or goes on elsewhere", async () => {
    const { lines } = await cli("prove", simple, "--step", "20");
    const proof = JSON.parse(lines.join("")) as ProofJson;
    const file = join(folder, "damaged.json");
    await writeFile(file, JSON.stringify({ ...proof, current: proof.next }));
    const refused = await cli("verify", file);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.err, /ProofRefused/);
    await writeFile(file, JSON.stringify({ ...proof, next: proof.current }));
    const differs = await cli("verify", file);
    assert.equal(differs.exitCode, 1);
    assert.match(differs.err, /StepDiffers/);
    await writeFile(file, JSON.stringify({ ...proof, proof: proof.proof.slice(0, -64) }));
    const unreadable = await cli("verify", file);
    assert.equal(unreadable.exitCode, 1);
    assert.match(unreadable.err, /ProofUnreadable/);
  });

  it("prove says how many steps there are if the one asked for is none", async () => {
    const { exitCode, err } = await cli("prove", simple, "--step", "100000");
    assert.equal(exitCode, 1);
    assert.match(err, /StepBeyondEnd.*after \d+ steps/);
  });
});
