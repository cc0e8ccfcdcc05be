/** The toy machine of test/contracts/support/ToyStepper.sol, off chain: a counter with an absorbing end. */
import { readFileSync } from "node:fs";
import { AbiCoder, Interface, concat, decodeRlp, keccak256, toBigInt } from "ethers";
import type { Sender } from "../../shared/chain/sender.js";
import type { Source } from "../../shared/chain/source.js";
import type { BlockPair, Trace, TraceProvider } from "../../shared/game/trace.js";
import { packForkSchedule, type ForkSchedule } from "../../shared/protocol/forkSchedule.js";
import { OptisyncError } from "../../shared/runtime/errors.js";

const coder = AbiCoder.defaultAbiCoder();
const artifact = () =>
  JSON.parse(readFileSync(new URL("../../out/ToyStepper.sol/ToyStepper.json", import.meta.url), "utf8")) as {
    abi: ConstructorParameters<typeof Interface>[0];
    bytecode: { object: string };
  };

export async function deployToyStepper(sender: Sender, length: bigint, forks: ForkSchedule): Promise<string> {
  const { abi, bytecode } = artifact();
  const args = new Interface(abi).encodeDeploy([length, packForkSchedule(forks)]);
  const outcome = await sender.send({
    data: concat([bytecode.object, args]),
    label: "deploy toy machine",
    key: "deploy toy machine",
  });
  if (outcome.kind !== "confirmed") throw new Error(`toy machine: ${outcome.kind}`);
  return outcome.receipt.contractAddress ?? "";
}

/** Tells the machine on B which state root each block of A from `low` on has, so that it counts towards it. */
export async function teachToyStepper(
  sender: Sender,
  stepper: string,
  source: Source,
  low: bigint,
  high: bigint,
): Promise<void> {
  const toy = new Interface(artifact().abi);
  for (let number = low; number <= high; number++) {
    const { parentHash, stateRoot } = await source.headerByNumber(number);
    const data = toy.encodeFunctionData("teach", [parentHash, stateRoot]);
    await sender.send({ to: stepper, data, label: "teach", key: `teach:${parentHash}` });
  }
}

export interface ToyOptions {
  length: bigint;
  /** The state root that A's rules give the block after this parent. */
  trueRoot: (block: { parentHash: string; number: bigint }) => Promise<string>;
  /** Blocks, by number, whose witness this machine does not have. */
  lacking?: ReadonlySet<bigint>;
  onOpen?: (number: bigint) => void;
}

/** What a source chain that the node follows gives: its own state roots are the true ones. */
export function rootsOf(source: Source): ToyOptions["trueRoot"] {
  return async ({ parentHash, number }) => {
    const header = await source.headerByNumber(number);
    if (header.parentHash !== parentHash) throw new Error(`block ${number} has another parent`);
    return header.stateRoot;
  };
}

export function createToyMachine(options: ToyOptions): TraceProvider {
  const read = ({ parentHeader }: BlockPair) => {
    const fields = decodeRlp(parentHeader) as string[];
    const number = toBigInt(fields[8] === "0x" ? 0 : (fields[8] ?? 0)) + 1n;
    return { parentHash: keccak256(parentHeader), parentRoot: fields[3] ?? "", number };
  };
  const requireData = (number: bigint): void => {
    if (options.lacking?.has(number) !== true) return;
    throw new OptisyncError("WitnessMissing", `the toy machine lacks the witness of block ${number}`, {
      action: "retry",
      details: { number },
    });
  };
  return {
    async requireDefensible(block) {
      requireData(read(block).number);
    },
    async open(block): Promise<Trace> {
      const { parentHash, parentRoot, number } = read(block);
      requireData(number);
      options.onOpen?.(number);
      const end = coder.encode(["bytes32"], [await options.trueRoot({ parentHash, number })]);
      const stateAt = (counter: bigint): string =>
        counter >= options.length
          ? end
          : coder.encode(
              ["bytes32", "bytes32", "uint64", "uint64"],
              [parentHash, parentRoot, number, counter],
            );
      return {
        states: async (positions) => positions.map((at) => keccak256(stateAt(at))),
        prove: async (at) => ({ pages: [], encode: () => stateAt(at) }),
      };
    },
  };
}
