import { fromHex } from "../execution/crypto.js";
import {
  executeBlock,
  type BlockExecution,
  type HeaderAlert,
  type StateRootVerdict,
} from "../execution/executeBlock.js";
import { firstDifference, type ReplayOutcome } from "../execution/fixture.js";
import type { StateChanges } from "../execution/postState.js";
import type { Source } from "./source.js";
import { SourceError } from "./sourceErrors.js";
import type { SourceHeader } from "./sourceHeader.js";

/** A block of the source chain, re-executed here from nothing that the node could have made up. */
export interface ExecutedBlock {
  header: SourceHeader;
  parentHeader: SourceHeader;
  /** Is the header's state root the result of executing the block on its parent's? */
  verdict: StateRootVerdict;
  alerts: HeaderAlert[];
  changes: StateChanges;
  gasUsed: bigint;
}

/**
 * Executes a block of the source chain by number or 0x hash.
 * @throws SourceError, RpcError, ExecutionError: not checked. See `executeBlock` and `Source`.
 */
export async function executeSourceBlock(source: Source, at: bigint | string): Promise<ExecutedBlock> {
  const block = await source.verifiedBlock(at);
  const { header } = block;
  if (header.number === 0n) {
    throw new SourceError("SourceMalformed", "the genesis block is not the result of an execution", {
      number: "0",
    });
  }
  const parentHeader = await source.headerByHash(header.parentHash);
  const execution: BlockExecution = await executeBlock({
    block: block.raw,
    parentStateRoot: parentHeader.stateRoot.slice(2),
    parentHeaderRlp: fromHex(parentHeader.rlp),
    witness: await source.witnessFor(block, parentHeader),
    forks: source.forks,
    ancestorHash: async (number) => fromHex(await source.ancestorHash(parentHeader, number)),
    onNode: (hash, rlp) => source.rememberNode(hash, rlp),
  });
  const { verdict, alerts, changes, gasUsed } = execution;
  return { header, parentHeader, verdict, alerts, changes, gasUsed };
}

/** `optisync replay <number>`: one block of the configured source chain. */
export async function replayBlock(source: Source, number: bigint): Promise<ReplayOutcome> {
  const started = performance.now();
  const executed = await executeSourceBlock(source, number);
  const difference = firstDifference(executed);
  return {
    name: `block ${number}`,
    isPassed: difference === undefined,
    gasUsed: executed.gasUsed,
    milliseconds: performance.now() - started,
    summary: difference ?? "ok",
  };
}
