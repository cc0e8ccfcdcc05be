import { decodeRlpList, type RlpItem } from "../execution/rlp.js";
import { blobBaseFee, brokenHeaderRule } from "../execution/headerRules.js";
import {
  forkAt,
  headerFieldCounts,
  isFrom,
  type ExecutionForks,
  type ForkRules,
} from "../execution/forks.js";
import { readHeaderFields } from "../execution/rawBlock.js";
import { WordTree } from "./ByteTree.js";
import { Machine, type Block, type Chain } from "./Machine.js";
import { GAS_PER_BLOB, Phase, Rules, toWord } from "./State.js";
import { Store } from "./Store.js";

/** The machine's rules of a fork. */
export function rulesOfFork(fork: ForkRules): Rules {
  if (isFrom("osaka", fork)) return Rules.OSAKA;
  return isFrom("prague", fork) ? Rules.PRAGUE : Rules.CANCUN;
}

/** What the machine reads from a header. */
export function headOf(headerRlp: Uint8Array, fork: ForkRules): Block {
  const fields = decodeRlpList(headerRlp, "a header");
  const word = (at: number): bigint => toWord(fieldOf(fields, at));
  if (fork.blobs === undefined) throw new Error(`the machine has no rules for ${fork.name}`);
  return {
    number: Number(word(8)),
    timestamp: Number(word(11)),
    gasLimit: word(9),
    coinbase: word(2),
    baseFee: word(15),
    blobBaseFee: blobBaseFee(word(18), fork.blobs),
    maxBlobs: fork.blobs.max,
    prevRandao: word(13),
    parentHash: word(0),
    beaconRoot: word(19),
    transactionsRoot: word(4),
    withdrawalsRoot: word(16),
    rules: rulesOfFork(fork),
  };
}

function fieldOf(fields: readonly RlpItem[], at: number): Uint8Array {
  const field = fields[at];
  if (!(field instanceof Uint8Array)) throw new Error(`a header has no field ${at}`);
  return field;
}

/** The machine in the first state of a block. */
export function firstMachine(head: Block, parentStateRoot: bigint, store: Store, chain: Chain): Machine {
  const m = new Machine(head, store, chain);
  if (!chain.makesSystemCalls) m.phase = Phase.BEGIN;
  m.stateRoot = parentStateRoot;
  m.oldest = head.number - 1;
  m.ancestors = new WordTree(8).with(m.oldest % 256, head.parentHash, undefined);
  return m;
}

/** A block's first and last state, or the rule that its header breaks. */
export type BlockBounds = { first: bigint; last: bigint } | { broken: string };

/** What the machine's memory and step bounds are made for. */
const MAX_GAS_LIMIT = 2n ** 27n;
const MAX_GAS_LIMIT_OSAKA = 2n ** 30n;

/**
 * The hashes of a block's first state and of its last, if it is executed as its header says: the twin of `Stepper.bounds`.
 * @throws ExecutionError UnknownFork for a time that the schedule does not cover; MalformedRlp, MalformedBlock
 */
export function bounds(
  parentRlp: Uint8Array,
  headerRlp: Uint8Array,
  forks: ExecutionForks,
  chain: Chain,
): BlockBounds {
  const [parent, header] = [readHeaderFields(parentRlp), readHeaderFields(headerRlp)];
  const [before, fork] = [forkAt(forks, parent.timestamp), forkAt(forks, header.timestamp)];
  for (const [fields, rules] of [
    [parent, before],
    [header, fork],
  ] as const) {
    const wanted = headerFieldCounts[rules.name];
    if (rules.blobs === undefined || fields.fieldCount !== wanted)
      return { broken: `a header of ${rules.name} has ${fields.fieldCount} fields, not ${wanted}` };
    if (fields.difficulty !== 0n) return { broken: `difficulty ${fields.difficulty} is not zero (EIP-3675)` };
  }
  const broken = brokenHeaderRule(header, parent, fork);
  if (broken !== undefined) return { broken };
  const max = rulesOfFork(fork) >= Rules.OSAKA ? MAX_GAS_LIMIT_OSAKA : MAX_GAS_LIMIT;
  if (header.gasLimit > max) return { broken: `gas limit ${header.gasLimit} is above ${max}` };
  const m = firstMachine(headOf(headerRlp, fork), BigInt(`0x${parent.stateRoot}`), NO_STORE, chain);
  const first = m.hash();
  m.stateRoot = BigInt(`0x${header.stateRoot}`);
  m.gasUsed = Number(header.gasUsed);
  m.blobs = Number((header.blobGasUsed ?? 0n) / GAS_PER_BLOB);
  m.finishBlock(Phase.DONE);
  return { first, last: m.hash() };
}

const nothing = (): never => {
  throw new Error("the bounds of a block need nothing of its state");
};

/** Nothing is executed here, so nothing is looked up. */
const NO_STORE = new Store({
  node: nothing,
  code: nothing,
  ancestorHash: nothing,
  ancestorHeader: nothing,
});
