import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const execute = promisify(execFile);

interface Manifest {
  version: string;
  exports: Record<string, string | { types: string; default: string }>;
}

describe("the npm package, installed into an empty project", () => {
  let project: string;
  let installed: string;
  let manifest: Manifest;
  const run = (command: string, ...args: string[]) => execute(command, args, { cwd: project });
  const write = (name: string, lines: string[]) => writeFile(join(project, name), `${lines.join("\n")}\n`);

  before(async () => {
    project = await mkdtemp(join(tmpdir(), "optisync-package-"));
    const { stdout } = await execute("npm", ["pack", "--json", "--pack-destination", project], { cwd: ROOT });
    // What the build prints comes first.
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as { filename: string }[];
    installed = join(project, "node_modules", "optisync");
    await mkdir(installed, { recursive: true });
    await run("tar", "-xzf", packed?.filename ?? "", "-C", installed, "--strip-components=1");
    await linkDependencies(join(project, "node_modules"));
    manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as Manifest;
    await write("package.json", [
      '{ "name": "dapp", "version": "1.0.0", "type": "module", "private": true }',
    ]);
  });
  after(() => rm(project, { recursive: true, force: true }));

  /** As npm would install them, but without a registry. */
  async function linkDependencies(folder: string): Promise<void> {
    const existing = join(ROOT, "node_modules");
    for (const name of await readdir(existing)) {
      if (name !== "optisync") await symlink(join(existing, name), join(folder, name));
    }
  }

  /** What an importer can write for every entry of the map. */
  async function specifiers(): Promise<string[]> {
    const found: string[] = [];
    for (const [key, target] of Object.entries(manifest.exports)) {
      const path = typeof target === "string" ? target : target.default;
      const name = `optisync${key.slice(1)}`;
      if (!key.includes("*")) {
        found.push(name);
        continue;
      }
      if (key.endsWith(".sol")) continue;
      const suffix = path.slice(path.indexOf("*") + 1);
      const files = await readdir(join(installed, dirname(path)));
      found.push(
        ...files
          .filter((file) => file.endsWith(suffix))
          .map((file) => name.replace("*", file.slice(0, -suffix.length))),
      );
    }
    return found;
  }

  it("can be imported by Node, every entry of it", async () => {
    const modules = (await specifiers()).filter((name) => !name.endsWith(".json"));
    assert.ok(modules.length > 5, modules.join());
    await write("check.mjs", [
      ...modules.map((name, i) => `import * as module${i} from ${JSON.stringify(name)};`),
      `for (const part of [${modules.map((_, i) => `module${i}`).join(", ")}])`,
      `  if (Object.keys(part).length === 0) throw new Error("an entry exports nothing");`,
      `import version from "optisync/package.json" with { type: "json" };`,
      `import { createReader, finality } from "optisync";`,
      `const failed = await createReader({ deployment: "/nowhere.json", destinationRpc: "http://127.0.0.1:9" }).catch((error) => error);`,
      `console.log(version.version, failed.code, finality.aged(3).seconds);`,
    ]);
    const { stdout } = await run(process.execPath, "check.mjs");
    assert.equal(stdout.trim(), `${manifest.version} ManifestUnreadable 3n`);
  });

  it("exports nothing else", async () => {
    await write("secret.mjs", [`import "optisync/dist/cli.js";`]);
    await assert.rejects(run(process.execPath, "secret.mjs"), /ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  it("has types that say which readings are final", async () => {
    const modules = (await specifiers()).filter((name) => !name.endsWith(".json"));
    await write("dapp.ts", [
      ...modules.map((name, i) => `import * as module${i} from ${JSON.stringify(name)};`),
      `export const all = [${modules.map((_, i) => `module${i}`).join(", ")}];`,
      `import { createReader, finality, type Final, type Reading } from "optisync";`,
      `function lend({ value }: Reading<bigint, Final>): bigint { return value / 2n; }`,
      `const reader = await createReader({ deployment: "deployment.json", destinationRpc: "http://b", sourceRpc: "http://a" });`,
      `const question = { account: "0x00", slot: 0n, maxAgeSeconds: 60 };`,
      `lend(await reader.slot({ ...question, finality: finality.final }));`,
      `// @ts-expect-error A reading that may still turn out to be false cannot be lent against.`,
      `lend(await reader.slot({ ...question, finality: finality.attested }));`,
      `// @ts-expect-error There is no default for how old is too old.`,
      `await reader.slot({ account: "0x00", slot: 0n, finality: finality.final });`,
      `const risk: string = (await reader.slot({ ...question, finality: finality.aged(60n) })).risk;`,
      `export default risk;`,
    ]);
    const options = {
      target: "es2023",
      module: "nodenext",
      strict: true,
      noEmit: true,
      types: ["node"],
      skipLibCheck: true,
    };
    await write("tsconfig.json", [JSON.stringify({ compilerOptions: options, files: ["dapp.ts"] })]);
    const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    await run(process.execPath, compiler, "-p", ".").catch(({ stdout }: { stdout: string }) =>
      assert.fail(stdout),
    );
  });

  it("has a command that runs", async () => {
    const { stdout } = await run(process.execPath, join(installed, "bin", "optisync.js"), "--version");
    assert.equal(stdout.trim(), manifest.version);
    const help = await run(process.execPath, join(installed, "bin", "optisync.js"), "read", "--help");
    assert.match(help.stdout, /proven against the root that is final on B/);
  });

  it("has contracts that Foundry compiles with the remapping of the guide", async () => {
    const guide = await readFile(join(installed, "docs", "guides", "dapp.md"), "utf8");
    const [line] = /^optisync\/=.*$/m.exec(guide) ?? [];
    assert.ok(line, "the guide names the remapping");
    const openZeppelin = "@openzeppelin/contracts/=node_modules/@openzeppelin/contracts/";
    await write("foundry.toml", [
      "[profile.default]",
      'src = "src"',
      'libs = ["node_modules"]',
      `solc = ${JSON.stringify(join(ROOT, "tools", "solc.cjs"))}`,
      "auto_detect_remappings = false",
      "optimizer = false",
      `remappings = [${JSON.stringify(line)}, ${JSON.stringify(openZeppelin)}]`,
    ]);
    await mkdir(join(project, "src"));
    await write("src/Dapp.sol", [
      "// SPDX-License-Identifier: MIT",
      "pragma solidity 0.8.37;",
      'import {FeedState} from "optisync/contracts/dapp/FeedState.sol";',
      'import {SourceSlots} from "optisync/contracts/dapp/SourceSlot.sol";',
      'import {SourceState} from "optisync/contracts/dapp/SourceState.sol";',
      'import {IFeeds} from "optisync/contracts/interfaces/IFeeds.sol";',
      'import {IStateSync} from "optisync/contracts/interfaces/IStateSync.sol";',
      'import {Claim} from "optisync/contracts/types/Claim.sol";',
      "contract Dapp {",
      "    using SourceState for IStateSync;",
      "    using FeedState for IFeeds;",
      "    IStateSync internal sync;",
      "    IFeeds internal feeds;",
      "    function proven(Claim calldata claim, bytes[] calldata a, bytes[] calldata s) external view returns (uint256) {",
      "        return sync.slot(claim, 1 days, address(1), 0, a, s);",
      "    }",
      "    function shown(address holder) external view returns (uint256) {",
      "        return feeds.readUint(1, SourceSlots.variable(0).entry(holder), 1 days);",
      "    }",
      "}",
    ]);
    const forge = join(ROOT, "node_modules", ".bin", "forge");
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("FOUNDRY_")),
    );
    await execute(forge, ["build"], { cwd: project, env: environment }).catch(
      ({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(`${stdout}${stderr}`),
    );
    const artifact = JSON.parse(await readFile(join(project, "out/Dapp.sol/Dapp.json"), "utf8")) as {
      abi: unknown[];
    };
    assert.equal(artifact.abi.filter((entry) => (entry as { type: string }).type === "function").length, 2);
  });
});
