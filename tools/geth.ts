/**
 * Installs geth, the reference source chain of `npm run test:geth`, with the Go toolchain into .cache. Takes minutes
 * the first time and nothing later. Where it cannot be had, that is said loudly and is no failure.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { GETH_VERSION, gethProgram, isGethInstalled } from "../devnet/gethNode.js";

const BUILD_LIMIT_MS = 15 * 60_000;

/** @returns why it could not be installed */
function install(): string | undefined {
  if (spawnSync("go", ["version"]).status !== 0) return "there is no Go toolchain";
  const folder = dirname(gethProgram);
  mkdirSync(folder, { recursive: true });
  console.log(`building geth ${GETH_VERSION}: takes some minutes, once`);
  const { status } = spawnSync(
    "go",
    ["install", `github.com/ethereum/go-ethereum/cmd/geth@${GETH_VERSION}`],
    {
      env: { ...process.env, GOBIN: folder },
      stdio: ["ignore", "inherit", "inherit"],
      timeout: BUILD_LIMIT_MS,
    },
  );
  return status === 0 ? undefined : "the Go toolchain could not build it";
}

const reason = isGethInstalled() ? undefined : install();
if (reason !== undefined) console.log(`SKIPPED: tests against a real geth (${reason})`);
