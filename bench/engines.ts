import { createBlockFromBytesArray } from "@ethereumjs/block";
import type { Common } from "@ethereumjs/common";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { createMPT } from "@ethereumjs/trie";
import { MapDB } from "@ethereumjs/util";
import { createVM, runBlock } from "@ethereumjs/vm";
import { executionCrypto, fromHex, keccak256, toHex } from "../shared/execution/crypto.js";
import type { Workers } from "../shared/chain/workers.js";
import {
  ancestorsFrom,
  executeBlock,
  type BlockExecutionInput,
  type StateRootVerdict,
} from "../shared/execution/executeBlock.js";
import { forkAt, rulesOf } from "../shared/execution/forks.js";
import { blockItems, readHeaderFields } from "../shared/execution/rawBlock.js";
import { Witness } from "../shared/execution/witness.js";
import type { Workload } from "./workloads.js";

/** This program's engine: from the witness as bytes, every node hashed, to the verdict. */
export async function runOptisync(workload: Workload): Promise<void> {
  requireMatch(workload, await executeBlock(inputOf(workload)));
}

/** The same on another thread. */
export async function runInWorkers(workload: Workload, workers: Workers): Promise<void> {
  requireMatch(workload, await workers.execute(inputOf(workload)));
}

function inputOf({ nodes, codes, ancestors, ...workload }: Workload): BlockExecutionInput {
  const witness = new Witness();
  for (const node of nodes) witness.addNode(node);
  for (const code of codes) witness.addCode(code);
  const hashes = Object.entries(ancestors).map(([at, hash]) => [BigInt(at), hash] as const);
  return {
    block: workload.raw,
    parentStateRoot: workload.parentStateRoot,
    ...(workload.parentHeaderRlp === undefined ? {} : { parentHeaderRlp: workload.parentHeaderRlp }),
    witness,
    forks: workload.forks,
    ancestorHash: ancestorsFrom(new Map(hashes)),
  };
}

function requireMatch({ name }: Workload, { verdict }: { verdict: StateRootVerdict }): void {
  if (verdict.kind !== "match") throw new Error(`${name}: ${verdict.kind}`);
}

/** What a run of the bare library needs; made anew for each, since a run changes it. Making it is not measured. */
export interface BareRun {
  run(): Promise<void>;
}

/**
 * The library as it comes: its own state manager over a trie in memory, no caches, its own cryptography (only KZG is
 * given, without which it does not decode blob transactions). The trie holds the witness's nodes, unchecked.
 */
export async function prepareBare(workload: Workload): Promise<BareRun> {
  const { name, raw, forks, ancestors } = workload;
  const { timestamp, gasUsed } = readHeaderFields(raw.headerRlp);
  const common = rulesOf(forks, forkAt(forks, timestamp), defaultCrypto());
  const db = new MapDB<string, Uint8Array>();
  for (const node of workload.nodes) await db.put(toHex(keccak256(node)), node);
  for (const code of workload.codes) await db.put(`63${toHex(keccak256(code))}`, code);
  const trie = await createMPT({
    db: db,
    root: fromHex(workload.parentStateRoot),
    useKeyHashing: true,
    common,
  });
  const stateManager = new MerkleStateManager({ trie, common });
  const getBlock = async (number: number): Promise<{ hash(): Uint8Array }> => ({
    hash: () => fromHex(ancestors[String(number)] ?? ""),
  });
  const blockchain = { getBlock, putBlock: async () => {}, shallowCopy: () => blockchain };
  return {
    async run() {
      const block = createBlockFromBytesArray(blockItems(raw) as never, { common });
      const vm = await createVM({ common, stateManager, blockchain });
      const result = await runBlock(vm, { block, generate: true, skipHeaderValidation: true });
      if (result.gasUsed !== gasUsed)
        throw new Error(`${name}: the library used ${result.gasUsed} gas, not ${gasUsed}`);
    },
  };
}

function defaultCrypto(): Common["customCrypto"] {
  const { kzg } = executionCrypto(() => false);
  return kzg === undefined ? {} : { kzg };
}
