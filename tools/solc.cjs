#!/usr/bin/env node
// The npm build of solc behind the command line that forge expects: `--version`, and standard JSON on stdin.
// Flags such as --allow-paths are ignored: every source arrives inline in the JSON.
"use strict";
const solc = require("solc");

if (process.argv.includes("--version")) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else {
  const input = require("node:fs").readFileSync(0, "utf8");
  process.stdout.write(solc.compile(input));
}
