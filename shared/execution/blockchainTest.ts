import { z } from "zod";
import { isOptisyncError } from "../runtime/errors.js";
import { fromHex } from "./crypto.js";
import { ExecutionError } from "./errors.js";
import { executeBlock, type BlockExecution } from "./executeBlock.js";
import { describeDifference } from "./difference.js";
import type { ExecutionForks } from "./forks.js";
import type { StateChanges } from "./postState.js";
import { readHeaderFields, splitBlock, type HeaderFields } from "./rawBlock.js";
import { testNetwork } from "./testNetworks.js";
import { Witness } from "./witness.js";
import {
  applyChanges,
  firstDifferingAccount,
  firstDifferingChange,
  readWorld,
  witnessWorld,
  worldSchema,
} from "./worldState.js";

const hexBytes = z.string().regex(/^0x([0-9a-f]{2})*$/i);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/i);
const number = z.union([z.string().regex(/^0x[0-9a-f]{1,16}$/i), z.int()]).transform(Number);

/** One case of Ethereum's BlockchainTests, as far as it is used; the rest repeats what the RLP says. */
export const blockchainTestSchema = z.looseObject({
  network: z.string(),
  pre: worldSchema,
  postState: worldSchema.nullish(),
  postStateHash: hash.nullish(),
  lastblockhash: hash,
  genesisRLP: hexBytes,
  genesisBlockHeader: z.looseObject({ hash }),
  blocks: z.array(
    z.looseObject({
      rlp: hexBytes,
      expectException: z.string().nullish(),
      blockHeader: z.looseObject({ hash }).nullish(),
    }),
  ),
  config: z
    .looseObject({
      chainid: z
        .string()
        .regex(/^0x[0-9a-f]{1,16}$/i)
        .nullish(),
      blobSchedule: z
        .record(
          z.string(),
          z
            .looseObject({ target: number, max: number, baseFeeUpdateFraction: number })
            .transform(({ target, max, baseFeeUpdateFraction }) => ({
              target,
              max,
              updateFraction: baseFeeUpdateFraction,
            })),
        )
        .nullish(),
    })
    .nullish(),
});
export type BlockchainTest = z.infer<typeof blockchainTestSchema>;

/** The rules of a case; undefined if this program does not execute its network. */
export function forksOfTest({ network, config }: BlockchainTest): ExecutionForks | undefined {
  return testNetwork(network, BigInt(config?.chainid ?? 1), config?.blobSchedule ?? {});
}

/** An accepted block and what it changed. */
interface Accepted {
  header: HeaderFields;
  headerRlp: Uint8Array;
  stateRoot: string;
  changes: StateChanges;
}

/**
 * Runs a case: valid blocks must give their header's roots, invalid ones must be refused, and the state after
 * the last block must be the one given, account by account.
 * @returns what went wrong first; undefined if nothing did
 */
export async function runBlockchainTest(
  test: BlockchainTest,
  forks: ExecutionForks,
): Promise<string | undefined> {
  const chain = new TestChain(forks);
  const wrongGenesis = chain.begin(test);
  if (wrongGenesis !== undefined) return wrongGenesis;
  for (const [index, { rlp, expectException, blockHeader }] of test.blocks.entries()) {
    const isLast = blockHeader?.hash === test.lastblockhash;
    const outcome = await chain.offer(rlp, isLast ? test.postState : undefined);
    const isWanted = expectException === undefined || expectException === null;
    if (outcome.kind === "unchecked") return `block ${index + 1} could not be checked: ${outcome.reason}`;
    if (isWanted && outcome.kind === "refused") return `valid block ${index + 1} refused: ${outcome.reason}`;
    if (!isWanted && outcome.kind === "accepted")
      return `invalid block ${index + 1} accepted: ${expectException}`;
    if (isWanted && blockHeader && outcome.hash !== blockHeader.hash.slice(2).toLowerCase())
      return `block ${index + 1} has hash ${outcome.hash}, expected ${blockHeader.hash}`;
  }
  return chain.endDifference(test);
}

type Outcome =
  | { kind: "accepted"; hash: string }
  | { kind: "refused"; reason: string; hash?: undefined }
  | { kind: "unchecked"; reason: string; hash?: undefined };

/** Errors that say that a block is no block by the rules at hand: a refusal where nothing else can be missing. */
const REFUSALS = new Set([
  "BlockDataMismatch",
  "UndecodableBlock",
  "UnknownFork",
  "MalformedBlock",
  "MalformedRlp",
]);

class TestChain {
  readonly #forks: ExecutionForks;
  readonly #witness = new Witness();
  readonly #blocks = new Map<string, Accepted>();

  constructor(forks: ExecutionForks) {
    this.#forks = forks;
  }

  begin({ pre, genesisRLP, genesisBlockHeader }: BlockchainTest): string | undefined {
    const { headerRlp } = splitBlock(fromHex(genesisRLP));
    const header = readHeaderFields(headerRlp);
    const stateRoot = witnessWorld(pre, this.#witness);
    this.#blocks.set(header.hash, { header, headerRlp, stateRoot, changes: new Map() });
    if (`0x${header.hash}` !== genesisBlockHeader.hash) return `the genesis block has hash ${header.hash}`;
    if (stateRoot === header.stateRoot) return undefined;
    return `the state before has root ${stateRoot}, expected ${header.stateRoot}`;
  }

  async offer(rlp: string, postState: BlockchainTest["postState"]): Promise<Outcome> {
    try {
      const block = splitBlock(fromHex(rlp));
      const parent = this.#blocks.get(readHeaderFields(block.headerRlp).parentHash);
      if (parent === undefined) return { kind: "refused", reason: "its parent is unknown" };
      const execution = await executeBlock({
        block,
        parentStateRoot: parent.stateRoot,
        parentHeaderRlp: parent.headerRlp,
        witness: this.#witness,
        forks: this.#forks,
        ancestorHash: async (number) => this.#ancestor(parent, number),
        onNode: (_, node) => void this.#witness.addNode(node),
      });
      return this.#judge(execution, block.headerRlp, postState);
    } catch (error) {
      if (!isOptisyncError(error)) throw error;
      const reason = `${error.code}: ${error.message}`;
      return { kind: REFUSALS.has(error.code) ? "refused" : "unchecked", reason };
    }
  }

  #judge(execution: BlockExecution, headerRlp: Uint8Array, postState: BlockchainTest["postState"]): Outcome {
    const { header, stateRoot, changes } = execution;
    const difference = describeDifference(execution);
    if (difference === undefined) {
      this.#blocks.set(header.hash, { header, headerRlp, stateRoot, changes });
      return { kind: "accepted", hash: header.hash };
    }
    const account = postState && firstDifferingChange(changes, readWorld(postState));
    return { kind: "refused", reason: account ? `${difference}; ${account}` : difference };
  }

  #ancestor(from: Accepted, number: bigint): Uint8Array {
    let at: Accepted | undefined = from;
    while (at !== undefined && at.header.number > number) at = this.#blocks.get(at.header.parentHash);
    if (at !== undefined && at.header.number === number) return fromHex(at.header.hash);
    throw new ExecutionError("IncompleteWitness", `ancestor ${number} is not in the test`, {
      missing: "ancestor",
      number: number.toString(),
    });
  }

  /** Compares the state after the last block, as the changes of all blocks have made it, with the one given. */
  endDifference({ pre, postState, postStateHash, lastblockhash }: BlockchainTest): string | undefined {
    const last = this.#blocks.get(lastblockhash.slice(2).toLowerCase());
    if (last === undefined) return `the last block ${lastblockhash} was not accepted`;
    if (typeof postStateHash === "string" && postStateHash.slice(2).toLowerCase() !== last.stateRoot)
      return `the last state has root ${last.stateRoot}, expected ${postStateHash}`;
    if (postState === undefined || postState === null) return undefined;
    const blocks: Accepted[] = [];
    for (let at: Accepted | undefined = last; at !== undefined; at = this.#blocks.get(at.header.parentHash))
      blocks.unshift(at);
    const world = readWorld(pre);
    for (const { changes } of blocks) applyChanges(world, changes);
    return firstDifferingAccount(world, readWorld(postState));
  }
}
