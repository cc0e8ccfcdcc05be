import { fromHex } from "../execution/crypto.js";
import {
  executeBlock,
  type BlockExecutionInput,
  type HeaderAlert,
  type StateRootVerdict,
} from "../execution/executeBlock.js";
import { describeDifference } from "../execution/difference.js";
import type { StateChanges } from "../execution/postState.js";
import type { ReplayOutcome } from "../execution/replay.js";
import { firstDifferingChange, type World } from "../execution/worldState.js";
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

/** A block of the source chain with all that its execution needs. */
export interface ExecutableBlock {
  header: SourceHeader;
  parentHeader: SourceHeader;
  input: BlockExecutionInput;
}

/**
 * Fetches a block of the source chain, by number or 0x hash, and what its execution needs.
 * @throws SourceError, RpcError: see `Source`.
 */
export async function executableBlock(source: Source, at: bigint | string): Promise<ExecutableBlock> {
  const block = await source.verifiedBlock(at);
  const { header } = block;
  if (header.number === 0n) {
    throw new SourceError("SourceMalformed", "the genesis block is not the result of an execution", {
      number: "0",
    });
  }
  const parentHeader = await source.headerByHash(header.parentHash);
  const input: BlockExecutionInput = {
    block: block.raw,
    parentStateRoot: parentHeader.stateRoot.slice(2),
    parentHeaderRlp: fromHex(parentHeader.rlp),
    witness: await source.witnessFor(block, parentHeader),
    forks: source.forks,
    ancestorHash: async (number) => fromHex(await source.ancestorHash(parentHeader, number)),
    onNode: (hash, rlp) => source.rememberNode(hash, rlp),
  };
  return { header, parentHeader, input };
}

/**
 * Executes a block of the source chain by number or 0x hash.
 * @throws SourceError, RpcError, ExecutionError: not checked. See `executeBlock` and `Source`.
 */
export async function executeSourceBlock(source: Source, at: bigint | string): Promise<ExecutedBlock> {
  const { header, parentHeader, input } = await executableBlock(source, at);
  const { verdict, alerts, changes, gasUsed } = await executeBlock(input);
  return { header, parentHeader, verdict, alerts, changes, gasUsed };
}

/** `optisync replay <number>`: one block of the configured source chain. */
export async function replayBlock(source: Source, number: bigint): Promise<ReplayOutcome> {
  const started = performance.now();
  const executed = await executeSourceBlock(source, number);
  const milliseconds = performance.now() - started;
  const difference = describeDifference(executed);
  const account = executed.verdict.kind === "mismatch" ? await differingAccount(source, executed) : undefined;
  return {
    name: `block ${number}`,
    isPassed: difference === undefined,
    gasUsed: executed.gasUsed,
    milliseconds,
    summary: [difference ?? "ok", ...(account === undefined ? [] : [account])].join("; "),
  };
}

/** Slots asked for in one proof. */
const SLOTS_AT_ONCE = 100;

/** The first account that the node proves to be another one under the header's state root than was computed. */
async function differingAccount(
  source: Source,
  { header, changes }: ExecutedBlock,
): Promise<string | undefined> {
  try {
    for (const [address, change] of changes) {
      const slots = [...change.slots.keys()].map((slot) => `0x${slot}`);
      const wanted = await provenAccount(source, header.number, `0x${address}`, slots);
      const found = firstDifferingChange(new Map([[address, change]]), wanted);
      if (found !== undefined) return found;
    }
    return "every changed account is as the node proves it: it changed another one";
  } catch (error) {
    // The difference stands without it: a node need not have this state any more, or prove a made-up one.
    return `the differing account is not known: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function provenAccount(
  source: Source,
  number: bigint,
  address: string,
  slots: readonly string[],
): Promise<World> {
  const storage = new Map<string, bigint>();
  let account = (await source.accountProof(number, address, slots.slice(0, SLOTS_AT_ONCE))).account;
  for (let from = 0; from < slots.length; from += SLOTS_AT_ONCE) {
    const proof = await source.accountProof(number, address, slots.slice(from, from + SLOTS_AT_ONCE));
    account = proof.account;
    for (const { slot, value } of proof.slots) storage.set(slot.slice(2), value);
  }
  if (account === null) return new Map();
  const { nonce, balance, codeHash } = account;
  return new Map([[address.slice(2), { nonce, balance, codeHash: codeHash.slice(2), storage }]]);
}
