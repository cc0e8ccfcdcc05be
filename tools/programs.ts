/**
 * Writes the code of the machine's programs, as forge builds it with the project's settings, to
 * shared/machine/precompiles/Programs.ts, and its records to contracts/machine/precompiles/Programs.sol. The code is part
 * of what the machine is: both sides pin it. With --check it writes nothing and fails if a file is not current.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fromHex } from "../shared/execution/crypto.js";
import { CodeBytes, codeWords } from "../shared/machine/Codes.js";
import { wordHex } from "../shared/machine/proofFile.js";

const OUT = process.env["FOUNDRY_OUT"] ?? new URL("../out", import.meta.url).pathname;
const isCheck = process.argv.includes("--check");

function codeOf(name: string): string {
  const artifact = JSON.parse(readFileSync(`${OUT}/${name}.sol/${name}.json`, "utf8")) as {
    deployedBytecode: { object: string };
  };
  return artifact.deployedBytecode.object;
}

/** The record of a code as an expression. */
function recordOf(code: string): string {
  const [size, , root, jumps] = codeWords(new CodeBytes(fromHex(code))) as [bigint, bigint, bigint, bigint];
  return `Code({
                size: ${size},
                delegate: address(0),
                root: ${wordHex(root)},
                jumps: ${wordHex(jumps)}
            })`;
}

const [ripemd160, modExp] = [codeOf("Ripemd160"), codeOf("ModExp")];

const files = {
  "contracts/machine/precompiles/Programs.sol": `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Code} from "../State.sol";

/// @title The programs that the machine runs as precompiles
/// @notice Records of the runtime code of contracts/machine/programs. Written by \`tools/programs.ts\`.
library Programs {
    function ripemd160Code() internal pure returns (Code memory) {
        return
            ${recordOf(ripemd160)};
    }

    function modExpCode() internal pure returns (Code memory) {
        return
            ${recordOf(modExp)};
    }
}
`,
  "shared/machine/precompiles/Programs.ts": `import { fromHex } from "../../execution/crypto.js";
import { CodeBytes } from "../Codes.js";
import type { Programs } from "../Machine.js";

/** The programs that the machine runs as precompiles: runtime code of contracts/machine/programs. Written by \`tools/programs.ts\`. */
export const programs: Programs = {
  ripemd160: new CodeBytes(
    fromHex(
      "${ripemd160.slice(2)}",
    ),
  ),
  modExp: new CodeBytes(
    fromHex(
      "${modExp.slice(2)}",
    ),
  ),
};
`,
};

const stale: string[] = [];
for (const [path, text] of Object.entries(files)) {
  const file = new URL(`../${path}`, import.meta.url);
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  if (isCheck) stale.push(path);
  else writeFileSync(file, text);
}

if (stale.length > 0) {
  process.stderr.write(
    `stale programs, run \`npm run build && npx tsx tools/programs.ts\`: ${stale.join(", ")}\n`,
  );
  process.exitCode = 1;
}
