/**
 * Builds what the npm package ships into dist/: the compiled program with its types, and beside it what the program
 * looks up relative to its own files, the contracts' creation code and the version.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const dist = new URL("dist/", root);

rmSync(dist, { recursive: true, force: true });
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
  cwd: fileURLToPath(root),
  stdio: "inherit",
});

function write(path: string, content: unknown): void {
  const file = fileURLToPath(new URL(path, dist));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content)}\n`);
}

const { name, version, type } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as Record<
  string,
  string
>;
write("package.json", { name, version, type });

let contracts = 0;
for (const path of readdirSync(new URL("contracts/", root), { recursive: true, encoding: "utf8" })) {
  if (!path.endsWith(".sol")) continue;
  const contract = basename(path, ".sol");
  const artifact = new URL(`out/${contract}.sol/${contract}.json`, root);
  if (!existsSync(artifact)) continue;
  const { bytecode } = JSON.parse(readFileSync(artifact, "utf8")) as { bytecode: { object: string } };
  if (bytecode.object === "0x") continue;
  write(`out/${contract}.sol/${contract}.json`, { bytecode: { object: bytecode.object } });
  contracts += 1;
}
if (contracts === 0) throw new Error("no contract is built: run `npm run build` first");
