/**
 * Installs geth, the reference source chain of `npm run test:geth`, with the Go toolchain into .cache/bin. Takes
 * minutes the first time and nothing later. Where it cannot be had, that is said loudly and is no failure.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gethProgram, isGethInstalled } from "../devnet/gethNode.js";

/** The last version whose dependencies all can be had everywhere; it has debug_executionWitness and Osaka's rules. */
const VERSION = "v1.16.9";
const BUILD_LIMIT_MS = 15 * 60_000;

const folder = dirname(gethProgram);
const stamp = `${gethProgram}.version`;

function installedVersion(): string | undefined {
  try {
    return isGethInstalled() ? readFileSync(stamp, "utf8").trim() : undefined;
  } catch {
    return undefined;
  }
}

function install(): string | undefined {
  if (spawnSync("go", ["version"]).status !== 0) return "there is no Go toolchain";
  mkdirSync(folder, { recursive: true });
  console.log(`building geth ${VERSION}: takes some minutes, once`);
  const target = `github.com/ethereum/go-ethereum/cmd/geth@${VERSION}`;
  const { status } = spawnSync("go", ["install", target], {
    env: { ...process.env, GOBIN: folder },
    stdio: ["ignore", "inherit", "inherit"],
    timeout: BUILD_LIMIT_MS,
  });
  if (status !== 0) return "the Go toolchain could not build it (no network, or no room?)";
  writeFileSync(stamp, `${VERSION}\n`);
  return undefined;
}

if (installedVersion() !== VERSION) {
  const reason = install();
  if (reason !== undefined) console.log(`SKIPPED: tests against a real geth (${reason})`);
}
