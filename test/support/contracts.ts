import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * Contracts with which tests exercise the state of a source chain: storage set, zeroed and nested, creation,
 * destruction, transient values.
 */
const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Exercise {
    mapping(uint256 => uint256) public values;
    mapping(address => uint256) public balanceOf;
    address public child;
    uint256 public total;
    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor() { balanceOf[msg.sender] = 1e24; total = 1e24; }
    function set(uint256 key, uint256 value) external { values[key] = value; }
    function setMany(uint256 from, uint256 count, uint256 value) external {
        for (uint256 i = from; i < from + count; i++) values[i] = value;
    }
    function flicker(uint256 key) external { values[key] = 1; values[key] = 0; values[key] = 2; values[key] = 0; }
    function transfer(address to, uint256 value) external {
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
    }
    function spawn() external payable { child = address(new Child{value: msg.value}()); Child(child).put(7, 9); }
    function kill() external { Child(child).destroy(); }
    function spawnAndKill() external payable {
        Child made = new Child{value: msg.value}();
        made.put(1, 2);
        made.destroy();
    }
    function fail() external { values[99] = 1; revert("no"); }
    function ancestor(uint256 back) external { values[1000] = uint256(blockhash(block.number - back)); }
}

contract Child {
    mapping(uint256 => uint256) public values;
    constructor() payable {}
    function put(uint256 key, uint256 value) external { values[key] = value; }
    function destroy() external { selfdestruct(payable(msg.sender)); }
}
`;

interface Compiler {
  compile(input: string, callbacks: { import(path: string): { contents: string } }): string;
}

export interface Compiled {
  bytecode: string;
  /** Where its variables lie, as the compiler prints it. */
  storageLayout: unknown;
  /** Call data of a function by its signature, from 32-byte words. */
  call(signature: string, ...words: (bigint | string)[]): string;
}

/** Compiles the contract above with the compiler of this project. */
export function compileExercise(): Compiled {
  return compileContract(SOURCE, "Exercise", "cancun");
}

/** Compiles one contract out of a file of this project, with what it imports from packages. */
export function compileFromPackages(path: string, name: string): { storageLayout: unknown } {
  const root = new URL("../../", import.meta.url);
  const read = (file: string): string => readFileSync(new URL(file, root), "utf8");
  const solc = require("solc") as Compiler;
  const input = {
    language: "Solidity",
    sources: { [path]: { content: read(path) } },
    settings: { evmVersion: "cancun", outputSelection: { "*": { [name]: ["storageLayout"] } } },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (file) => ({ contents: read(`node_modules/${file}`) }) }),
  ) as { contracts?: Record<string, Record<string, { storageLayout: unknown }>> };
  const contract = output.contracts?.[path]?.[name];
  if (contract === undefined) throw new Error(`${path} was not compiled: ${JSON.stringify(output)}`);
  return contract;
}

/**
 * Compiles one contract of a source text, which may import from packages and, by paths from its root, from this project.
 * @param evmVersion solc's name of the first fork it has to run on
 */
export function compileContract(source: string, name: string, evmVersion: string): Compiled {
  const solc = require("solc") as Compiler;
  const read = (file: string): { contents: string } => {
    const path = file.startsWith("@") ? `node_modules/${file}` : file;
    return { contents: readFileSync(new URL(`../../${path}`, import.meta.url), "utf8") };
  };
  const input = {
    language: "Solidity",
    sources: { "Source.sol": { content: source } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion,
      outputSelection: { "*": { "*": ["evm.bytecode.object", "evm.methodIdentifiers", "storageLayout"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as {
    errors?: { severity: string; formattedMessage: string }[];
    contracts: Record<
      string,
      Record<
        string,
        {
          evm: { bytecode: { object: string }; methodIdentifiers: Record<string, string> };
          storageLayout: unknown;
        }
      >
    >;
  };
  const fault = output.errors?.find(({ severity }) => severity === "error");
  const contract = Object.values(output.contracts ?? {}).find((file) => name in file)?.[name];
  if (fault !== undefined || contract === undefined)
    throw new Error(fault?.formattedMessage ?? "nothing compiled");
  return {
    bytecode: `0x${contract.evm.bytecode.object}`,
    storageLayout: contract.storageLayout,
    call(signature, ...words) {
      const selector = contract.evm.methodIdentifiers[signature];
      if (selector === undefined) throw new Error(`the contract has no ${signature}`);
      return `0x${selector}${words.map((word) => BigInt(word).toString(16).padStart(64, "0")).join("")}`;
    },
  };
}
