/**
 * Re-execution of one block of the source chain, from a witness and nothing else.
 *
 *   RawBlock (header RLP, raw transactions, withdrawals)      Witness (trie nodes, codes; may fetch more)
 *                  \                                          /
 *                   executeBlock({ block, parentStateRoot, witness, forks, ancestorHash })
 *                                        |
 *        { header, verdict, alerts, stateRoot, gasUsed, receiptsRoot, logsBloom, requestsHash, changes }
 *
 * Three things that must not be mixed up:
 *  - `verdict` is a value. `match`: the header's state root is the result of executing the block. `mismatch`: it
 *    is not. `invalid`: a transaction of the block may not be executed at all, or the header does not follow from
 *    its parent's, so no root would be right.
 *  - `alerts` are other header fields (gas, receipts, bloom, requests) that differ from what was computed. They say
 *    nothing about the state root and are for the operator.
 *  - Exceptions mean "could not check" and carry the action to take:
 *      IncompleteWitness (retry)        a node or code is missing: `details.missing` is node, sibling or code
 *      InconclusiveExecution (retry)    the roots differ, but the computed one rests on an assumed node
 *      BlockDataMismatch (retry)        transactions or withdrawals are not those of the header
 *      MalformedNode (retry)            a node is not one that Ethereum's rules can produce
 *      MalformedBlock, MalformedRlp (retry)  the bytes of the block make no sense, whatever the rules
 *      UndecodableBlock (halt)          the library does not know a transaction's type or a header field of the block
 *      UnknownFork (halt)               own configuration does not cover the block's time
 *      CurvesFailed (halt)              the library that computes precompiles of curves failed: start anew
 *
 * Blocks of a span are independent of each other given their headers. `changes` holds the net change per account:
 *   Map<address, { before, after, slots: Map<slot preimage, { before, after }>, isWiped }>
 * with addresses and slots in hex without prefix, values as bytes without leading zeros.
 *
 * A caller with an RPC node uses `executeSourceBlock(source, number)`, which builds all inputs from it.
 */
import { createBlockFromBytesArray, type Block } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import { EVM, type EVMOpts } from "@ethereumjs/evm";
import { createVM, runBlock, type RunBlockResult } from "@ethereumjs/vm";
import { chainProfiles } from "./chainProfile.js";
import { executionCrypto, fromHex, toHex } from "./crypto.js";
import { watchedCurves } from "./curvePrecompiles.js";
import { ExecutionError } from "./errors.js";
import { FlatState } from "./flatState.js";
import { forkAt, headerFieldCounts, isFrom, rulesOf, type ExecutionForks, type ForkRules } from "./forks.js";
import { brokenHeaderRule, isPayableExcess } from "./headerRules.js";
import { postState, type StateChanges } from "./postState.js";
import {
  blockItems,
  blockSize,
  bodyDifference,
  readHeaderFields,
  type HeaderFields,
  type RawBlock,
} from "./rawBlock.js";
import { callSystemContracts, missingRequestContract, watchRequestCalls } from "./systemCalls.js";
import type { Witness } from "./witness.js";

export interface BlockExecutionInput {
  block: RawBlock;
  /** Hex without prefix. */
  parentStateRoot: string;
  /** The parent's header. With it, the rules from header to header are checked as well. */
  parentHeaderRlp?: Uint8Array;
  witness: Witness;
  forks: ExecutionForks;
  /** Hash of one of the 256 blocks before this one (BLOCKHASH). */
  ancestorHash(number: bigint): Promise<Uint8Array>;
  /** Receives the trie nodes of the post state, for a cache. */
  onNode?: (hash: string, rlp: Uint8Array) => void;
}

export type StateRootVerdict =
  | { kind: "match" }
  | { kind: "mismatch"; computed: string; claimed: string }
  | { kind: "invalid"; reason: string };

export interface HeaderAlert {
  field: "gasUsed" | "receiptsRoot" | "logsBloom" | "requestsHash";
  computed: string;
  claimed: string;
}

export interface BlockExecution {
  header: HeaderFields;
  verdict: StateRootVerdict;
  alerts: HeaderAlert[];
  /** Zero or empty where the verdict is `invalid`. */
  stateRoot: string;
  gasUsed: bigint;
  receiptsRoot: string;
  logsBloom: string;
  requestsHash: string | undefined;
  changes: StateChanges;
}

/** Executes a block and compares the result with its header. See the top of this file. */
export async function executeBlock(input: BlockExecutionInput): Promise<BlockExecution> {
  const { block, witness } = input;
  const header = readHeaderFields(block.headerRlp);
  const fork = forkAt(input.forks, header.timestamp);
  requireKnownFields(header, fork);
  const difference = bodyDifference(block);
  if (difference !== undefined) {
    throw new ExecutionError(
      "BlockDataMismatch",
      `the ${difference.part} are not those that the header of block ${header.number} commits to`,
      { ...difference, number: header.number.toString() },
    );
  }
  const broken = brokenRule(input, header, fork);
  if (broken !== undefined) return invalid(header, broken);
  const state = new FlatState(input.parentStateRoot, witness);
  const watched = watchedCurves((cause) => {
    state.failure ??= new ExecutionError(
      "CurvesFailed",
      `a precompile of block ${header.number} was not computed`,
      { number: header.number.toString(), reason: cause instanceof Error ? cause.message : String(cause) },
      cause,
    );
  });
  const common = rulesOf(input.forks, fork, executionCrypto(watched.verifyPointEvaluation));
  const outcome = await run(input, common, state, watched.curves);
  if ("invalid" in outcome) return invalid(header, outcome.invalid);

  const { stateRoot, changes } = await postState(state, witness, input.onNode);
  if (stateRoot !== header.stateRoot && witness.hasAssumptions) {
    throw new ExecutionError(
      "InconclusiveExecution",
      `the state root of block ${header.number} differs, but rests on a node that is not in the witness`,
      { number: header.number.toString(), computed: `0x${stateRoot}`, claimed: `0x${header.stateRoot}` },
    );
  }
  const result = {
    stateRoot,
    gasUsed: outcome.gasUsed,
    receiptsRoot: toHex(outcome.receiptsRoot),
    logsBloom: toHex(outcome.logsBloom),
    requestsHash: outcome.requestsHash === undefined ? undefined : toHex(outcome.requestsHash),
    changes,
  };
  const verdict: StateRootVerdict =
    stateRoot === header.stateRoot
      ? { kind: "match" }
      : { kind: "mismatch", computed: stateRoot, claimed: header.stateRoot };
  return { header, verdict, alerts: alertsOf(header, result), ...result };
}

/** A header may have more fields than its fork's rules know: then these rules are too old. */
function requireKnownFields(header: HeaderFields, fork: ForkRules): void {
  const known = headerFieldCounts[fork.name];
  if (header.fieldCount <= known) return;
  throw new ExecutionError(
    "UnknownFork",
    `the header of block ${header.number} has ${header.fieldCount} fields, the rules of ${fork.name} know ${known}`,
    { number: header.number.toString(), fields: header.fieldCount, known, fork: fork.name },
  );
}

/** Size of a block's RLP in bytes at most (EIP-7934). */
const MAX_BLOCK_BYTES = 8_388_608;

/** What makes the block invalid before its first transaction. */
function brokenRule(
  { block, parentHeaderRlp, parentStateRoot, forks }: BlockExecutionInput,
  header: HeaderFields,
  fork: ForkRules,
): string | undefined {
  const bytes = blockSize(block);
  if (isFrom("osaka", fork) && bytes > MAX_BLOCK_BYTES)
    return `a block of ${bytes} bytes, at most ${MAX_BLOCK_BYTES} are allowed (EIP-7934)`;
  if (parentHeaderRlp !== undefined) {
    const parent = readHeaderFields(parentHeaderRlp);
    if (parent.hash !== header.parentHash || parent.stateRoot !== parentStateRoot) {
      throw new ExecutionError(
        "BlockDataMismatch",
        `the header given is not that of the parent of block ${header.number}`,
        { part: "parent", committed: header.parentHash, computed: parent.hash },
      );
    }
    const isChecked = chainProfiles[forks.profile ?? "ethereum"].hasHeaderRules;
    const broken = isChecked ? brokenHeaderRule(header, parent, fork) : undefined;
    if (broken !== undefined) return broken;
  }
  const { excessBlobGas } = header;
  if (fork.blobs === undefined || excessBlobGas === undefined || isPayableExcess(excessBlobGas, fork.blobs))
    return undefined;
  return `excess blob gas ${excessBlobGas} gives a fee that no account can pay (EIP-4844)`;
}

async function run(
  input: BlockExecutionInput,
  common: Common,
  state: FlatState,
  curves: Pick<EVMOpts, "bls" | "bn254">,
): Promise<RunBlockResult | { invalid: string }> {
  // A lookup that fails inside a call must not end as an exception of the contract's.
  const getBlock = async (number: number): Promise<{ hash(): Uint8Array }> => {
    try {
      const hash = await input.ancestorHash(BigInt(number));
      return { hash: () => hash };
    } catch (error) {
      state.failure ??= error;
      throw error;
    }
  };
  const block = parse(input.block, common);
  const blockchain = { getBlock, putBlock: async () => {}, shallowCopy: () => blockchain };
  try {
    // Not by `createEVM`, which would take the library's BN254 whatever it is given.
    const evm = new EVM({ common, stateManager: state, blockchain, ...curves });
    const vm = await createVM({ common, stateManager: state, blockchain, evm });
    const { makesSystemCalls } = chainProfiles[input.forks.profile ?? "ethereum"];
    await callSystemContracts(vm, state, block, !makesSystemCalls);
    if (makesSystemCalls) watchRequestCalls(vm);
    // `generate` keeps the library from comparing the header, which would hide all but the first difference.
    const result = await runBlock(vm, { block, generate: true, skipHeaderValidation: true });
    if (state.failure !== undefined) throw state.failure;
    const missing = makesSystemCalls ? await missingRequestContract(vm, state) : undefined;
    return missing === undefined ? result : { invalid: `the contract of EIP-${missing} has no code` };
  } catch (error) {
    if (state.failure !== undefined) throw state.failure;
    return { invalid: error instanceof Error ? error.message : String(error) };
  }
}

/** The header commits to these bytes: if they make no sense here, this program may simply be older than they are. */
function parse(block: RawBlock, common: Common): Block {
  try {
    return createBlockFromBytesArray(blockItems(block) as never, {
      common,
      skipConsensusFormatValidation: true,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ExecutionError(
      "UndecodableBlock",
      `the block could not be decoded: ${reason}`,
      { reason },
      cause,
    );
  }
}

function alertsOf(
  header: HeaderFields,
  computed: Pick<BlockExecution, "gasUsed" | "receiptsRoot" | "logsBloom" | "requestsHash">,
): HeaderAlert[] {
  const fields = ["gasUsed", "receiptsRoot", "logsBloom", "requestsHash"] as const;
  return fields.flatMap((field) =>
    header[field] === computed[field]
      ? []
      : [{ field, computed: String(computed[field]), claimed: String(header[field]) }],
  );
}

function invalid(header: HeaderFields, reason: string): BlockExecution {
  return {
    header,
    verdict: { kind: "invalid", reason },
    alerts: [],
    stateRoot: "",
    gasUsed: 0n,
    receiptsRoot: "",
    logsBloom: "",
    requestsHash: undefined,
    changes: new Map(),
  };
}

/** Hash of an ancestor from a list, for callers that hold them all. */
export function ancestorsFrom(hashes: ReadonlyMap<bigint, string>): (number: bigint) => Promise<Uint8Array> {
  return async (number) => {
    const hash = hashes.get(number);
    if (hash === undefined) {
      throw new ExecutionError("IncompleteWitness", `the hash of ancestor ${number} is not in the witness`, {
        missing: "ancestor",
        number: number.toString(),
      });
    }
    return fromHex(hash);
  };
}
