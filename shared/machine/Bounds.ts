import { decodeRlpList, type RlpItem } from "../execution/rlp.js";
import { blobBaseFee } from "../execution/headerRules.js";
import { isFrom, type ForkRules } from "../execution/forks.js";
import { WordTree } from "./ByteTree.js";
import { Machine, type Block, type Chain } from "./Machine.js";
import { Phase, Rules, toWord } from "./State.js";
import type { Store } from "./Store.js";

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
  for (const { code, codeHash } of Object.values(chain.programs)) store.addCode(code, codeHash);
  return m;
}
