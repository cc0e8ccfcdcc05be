import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromHex } from "../execution/crypto.js";
import { OptisyncError } from "../runtime/errors.js";
import { CodeBytes } from "./Codes.js";
import type { StepperContract } from "./deployStepper.js";
import type { Programs } from "./Machine.js";

/** What forge builds for the machine: the stepper with its stages, and the programs that it runs as precompiles. */
export interface MachineArtifacts {
  creationCode(name: StepperContract | "ModExp" | "Ripemd160"): string;
  readonly programs: Programs;
}

/** Where forge puts what it builds. */
const OUT = fileURLToPath(new URL("../../out", import.meta.url));

/**
 * Reads forge's output.
 * @throws OptisyncError `ArtifactMissing` (halt) if the contracts were not built.
 */
export function readMachineArtifacts(folder: string = OUT): MachineArtifacts {
  const program = (name: string): CodeBytes =>
    new CodeBytes(fromHex(readArtifact(folder, name).deployedBytecode.object));
  return {
    creationCode: (name) => readArtifact(folder, name).bytecode.object,
    programs: { ripemd160: program("Ripemd160"), modExp: program("ModExp") },
  };
}

interface Artifact {
  bytecode: { object: string };
  deployedBytecode: { object: string };
}

function readArtifact(folder: string, name: string): Artifact {
  try {
    return JSON.parse(readFileSync(`${folder}/${name}.sol/${name}.json`, "utf8")) as Artifact;
  } catch (cause) {
    throw new OptisyncError("ArtifactMissing", `${name} is not built: run \`npm run build\` first`, {
      action: "halt",
      details: { name },
      cause,
    });
  }
}
