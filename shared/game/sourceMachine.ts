/** The machine of `shared/machine` over blocks of A: what the execution games of a real deployment are played with. */
import type { Source } from "../chain/source.js";
import type { SourceHeader } from "../chain/sourceHeader.js";
import { chainProfiles } from "../execution/chainProfile.js";
import { fromHex, toHex } from "../execution/crypto.js";
import { ExecutionError } from "../execution/errors.js";
import { executeBlock } from "../execution/executeBlock.js";
import { PartialTrie } from "../execution/partialTrie.js";
import { readHeaderFields, type HeaderFields, type RawBlock } from "../execution/rawBlock.js";
import type { Witness } from "../execution/witness.js";
import { bounds } from "../machine/Bounds.js";
import type { Machine, Programs } from "../machine/Machine.js";
import { finalDifference, openBlock } from "../machine/openBlock.js";
import { hexOf, type Ancestors } from "../machine/PreState.js";
import { encodeProof, pagesOf } from "../machine/Proof.js";
import { requireProvable } from "../machine/provable.js";
import { EMPTY_TRIE_ROOT, JobKind, toBytes20, toBytes32 } from "../machine/State.js";
import { advance } from "../machine/Stepper.js";
import { secureKey } from "../machine/Trie.js";
import { Trace as MachineTrace } from "../machine/Trace.js";
import { OptisyncError } from "../runtime/errors.js";
import type { BlockPair, StepProof, Trace, TraceProvider } from "./trace.js";

/** Steps run in search of what the witness lacks, before others get a turn. */
const SLICE_STEPS = 1_000_000;

/**
 * The machine over a source chain. The witness of a block comes from A's node when its trace is opened; nodes that were
 * verified once are kept with everything else that `Source` keeps.
 *
 * Throws as `Source` and `executeBlock` do where A cannot be read, and OptisyncError `BlockBodyUnknown` (retry) for a
 * header whose transactions A's node does not have. No block is defensible that has a transaction which B cannot be shown
 * (`StepTooDear`).
 */
export function createSourceMachine(source: Source, programs: Programs): TraceProvider {
  return {
    async requireDefensible(block, signal) {
      requireBounds(block, source, programs);
      const { trace, header, transactions } = await openRun(block, source, programs, signal);
      requireProvable(transactions);
      const difference = finalDifference(trace.end, header);
      if (difference === undefined) return;
      throw new OptisyncError("MachineDisagrees", `the machine has another result: ${difference}`, {
        action: "halt",
        details: { number: header.number, difference },
      });
    },
    async open(block, signal) {
      const { trace } = await openRun(block, source, programs, signal);
      return asGameTrace(trace);
    },
  };
}

/** What the contract requires of two headers before a block can be entered. */
function requireBounds({ parentHeader, header }: BlockPair, { forks }: Source, programs: Programs): void {
  const { makesSystemCalls } = chainProfiles[forks.profile ?? "ethereum"];
  const chain = { chainId: forks.chainId, makesSystemCalls, programs };
  const found = bounds(fromHex(parentHeader), fromHex(header), forks, chain);
  if (!("broken" in found)) return;
  throw new OptisyncError("HeaderRuleBroken", `the contract refuses the header: ${found.broken}`, {
    action: "halt",
    details: { broken: found.broken },
  });
}

/** The true execution of a block, run to its end. @throws as `createSourceMachine` */
export async function openRun(
  block: BlockPair,
  source: Source,
  programs: Programs,
  signal: AbortSignal,
): Promise<{ trace: MachineTrace; header: HeaderFields; transactions: readonly Uint8Array[] }> {
  const parent = await source.headerByHash(hashOf(block.parentHeader));
  const { raw, own, witness } = await bodyOf(block, parent, source);
  const ancestors = await readAhead(raw, parent, witness, source);
  const { machine, header } = openBlock({
    block: raw,
    parentStateRoot: parent.stateRoot.slice(2),
    parentHeaderRlp: fromHex(parent.rlp),
    witness,
    codes: (hash) => witness.knownCode(hash),
    ancestors,
    forks: source.forks,
    programs,
  });
  const trace = new MachineTrace(machine);
  let lacked = "";
  for (;;) {
    signal.throwIfAborted();
    try {
      await trace.run(signal);
      // A game about the block may last longer than A's node keeps this state.
      await source.keepWitness(own, witness);
      return { trace, header, transactions: raw.transactions };
    } catch (error) {
      // What was fetched and is lacking still will not come by asking once more.
      if (!isIncomplete(error) || error.message === lacked) throw error;
      lacked = error.message;
      // Whatever the machine reads beyond what EthereumJS read is fetched here, and the run goes on.
      await fetchMissing(machine, witness, error, signal);
    }
  }
}

function hashOf(header: string): string {
  return `0x${readHeaderFields(fromHex(header)).hash}`;
}

/**
 * The transactions and withdrawals that a header commits to. A header that A's validators signed beside A's own block may
 * say something false about its result and still have the block's own transactions.
 */
async function bodyOf(
  { header }: BlockPair,
  parent: SourceHeader,
  source: Source,
): Promise<{ raw: RawBlock; own: SourceHeader; witness: Witness }> {
  const headerRlp = fromHex(header);
  const fields = readHeaderFields(headerRlp);
  const block = await source.verifiedBlock(fields.number);
  const own = readHeaderFields(block.raw.headerRlp);
  const isBody =
    own.transactionsRoot === fields.transactionsRoot && own.withdrawalsRoot === fields.withdrawalsRoot;
  const known = isBody ? block : await source.verifiedBlock(`0x${fields.hash}`).catch(() => undefined);
  if (known === undefined || fields.parentHash !== parent.hash.slice(2)) {
    throw new OptisyncError(
      "BlockBodyUnknown",
      `A's node does not have the transactions of block ${fields.number}`,
      { action: "retry", details: { number: fields.number, hash: fields.hash } },
    );
  }
  const witness = await source.witnessFor(known, parent);
  return { raw: { ...known.raw, headerRlp }, own: known.header, witness };
}

/** Executes the block as the challenger does, which fetches its witness and tells how far back it asks for hashes. */
async function readAhead(
  block: RawBlock,
  parent: SourceHeader,
  witness: Witness,
  source: Source,
): Promise<Ancestors> {
  let oldest = parent.number;
  const ancestorHash = async (number: bigint): Promise<Uint8Array> => {
    if (number < oldest) oldest = number;
    return fromHex(await source.ancestorHash(parent, number));
  };
  await executeBlock({
    block,
    parentStateRoot: parent.stateRoot.slice(2),
    parentHeaderRlp: fromHex(parent.rlp),
    witness,
    forks: source.forks,
    ancestorHash,
  });
  const hashes = new Map<bigint, string>();
  const headers = new Map<bigint, Uint8Array>();
  for (let header = parent; ; header = await source.headerByHash(header.parentHash)) {
    hashes.set(header.number, header.hash);
    headers.set(header.number, fromHex(header.rlp));
    if (header.number <= oldest) return { hashes, headers };
  }
}

function isIncomplete(error: unknown): error is ExecutionError {
  return error instanceof ExecutionError && error.code === "IncompleteWitness";
}

/** Runs a copy of the machine to where it lacks something, and fetches that. */
async function fetchMissing(
  machine: Machine,
  witness: Witness,
  cause: ExecutionError,
  signal: AbortSignal,
): Promise<void> {
  const m = machine.snapshot();
  try {
    while (!m.isFinal) {
      signal.throwIfAborted();
      advance(m, m.steps + SLICE_STEPS);
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    if (!isIncomplete(error)) throw error;
  }
  const { kind, account, key, hash } = m.job;
  const address = toHex(toBytes20(account));
  const walk = (root: bigint, path: Uint8Array, at: { address: string; slot?: string }): Promise<unknown> => {
    const hashed = toHex(path);
    return witness.withNodes(at, () => new PartialTrie(hexOf(root), witness).get(hashed));
  };
  if (kind === JobKind.LOAD_ACCOUNT) {
    await walk(m.stateRoot, secureKey(toBytes20(account)), { address });
    return;
  }
  const storageRoot = m.world.account(account, m.stamp)?.storageRoot ?? EMPTY_TRIE_ROOT;
  if (kind === JobKind.LOAD_SLOT && storageRoot !== EMPTY_TRIE_ROOT) {
    await walk(storageRoot, secureKey(toBytes32(key)), { address, slot: toHex(toBytes32(key)) });
    return;
  }
  const owner = kind === JobKind.LOAD_CODE ? m.world.ownerOf(hash) : undefined;
  if (owner === undefined) throw cause;
  await witness.code(toHex(toBytes20(owner)), hexOf(hash));
}

/** A run as the game sees it. */
export function asGameTrace(trace: MachineTrace): Trace {
  return {
    states: async (positions, signal) => statesAt(trace, positions.map(Number), signal),
    async prove(position): Promise<StepProof> {
      const { proof, pages } = pagesOf(trace.prove(Number(position)));
      return {
        pages: pages.map((page) => `0x00${toHex(page)}`),
        encode: (addresses) => `0x${toHex(encodeProof({ ...proof, pages: addresses.map(BigInt) }))}`,
      };
    },
  };
}

/** Hashes at positions that ascend, one after the other, so that other work gets its turns between them. */
async function statesAt(
  trace: MachineTrace,
  positions: readonly number[],
  signal: AbortSignal,
): Promise<string[]> {
  const hashes: string[] = [];
  for (let index = 0; index < positions.length;) {
    signal.throwIfAborted();
    const count = evenlySpaced(positions, index);
    const from = positions[index] ?? 0;
    const stride = count > 1 ? (positions[index + 1] ?? from) - from : 1;
    hashes.push(...trace.states(from, stride, count).map((hash) => `0x${hexOf(hash)}`));
    index += count;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return hashes;
}

/** Positions computed in one go. */
const MAX_RUN = 16;

/** How many positions from `index` on have the same distance from each other. */
function evenlySpaced(positions: readonly number[], index: number): number {
  const at = (offset: number): number => positions[index + offset] ?? Number.NaN;
  let count = 1;
  while (count < MAX_RUN && at(count) - at(count - 1) === at(1) - at(0)) count += 1;
  return count;
}
