#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { challengerCommands } from "./challenger/cli.js";
import { committeeCommands } from "./committee/cli.js";
import { devnetCommands } from "./devnet/cli.js";
import { proposerCommands } from "./proposer/cli.js";
import { relayerCommands } from "./relayer/cli.js";
import { chainCommands } from "./shared/chain/cli.js";
import { messageCommands } from "./shared/messages/cli.js";
import { mirrorCommand } from "./shared/mirror/cli.js";
import { healCommand } from "./shared/mirror/healCli.js";
import { proveCommand, replicaCommands } from "./shared/mirror/replicaCli.js";
import { gameCommands } from "./shared/game/cli.js";
import { machineCommands } from "./shared/machine/cli.js";
import { readerCommands } from "./shared/reader/cli.js";
import { slotCommands } from "./shared/reader/slotsCli.js";
import { runCli, type AnyCommand, type CommandGroup } from "./shared/runtime/command.js";

/** The one binary. Each part of the system brings its commands; nothing else is done here. */
const commands: (AnyCommand | CommandGroup)[] = [
  challengerCommands,
  committeeCommands,
  proposerCommands,
  relayerCommands,
  messageCommands,
  gameCommands,
  ...chainCommands,
  ...readerCommands.map((group) =>
    "commands" in group && group.command === "feed"
      ? { ...group, commands: [...group.commands, proveCommand, healCommand] }
      : group,
  ),
  slotCommands,
  replicaCommands,
  mirrorCommand,
  machineCommands,
  ...devnetCommands,
];

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as {
  version: string;
};

process.exitCode = await runCli({
  args: process.argv.slice(2),
  environment: process.env,
  version,
  commands,
  epilogue:
    "Results go to standard output, logs to standard error. Exit codes: 0 clean, 1 a check failed or change something first, 2 input was unreadable and left out, 75 try again.",
  stdout: process.stdout,
  stderr: process.stderr,
  isInputTerminal: process.stdin.isTTY === true,
});
