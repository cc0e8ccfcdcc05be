import { OptisyncError } from "../runtime/errors.js";
import { MAX_PROOF_BYTES, PAGE_BYTES } from "./Proof.js";
import { readItem, readItems, type Item } from "./Rlp.js";

/**
 * Which transactions of A can be begun in one transaction on B.
 *
 * BEGIN looks at the whole transaction in one step. From Osaka on a transaction of A is small enough for that, whatever it is
 * (EIP-7825); before, only the block's gas limits it. All other steps have bounds of their own.
 */

/**
 * Gas that a proof may take: what a transaction on B has (EIP-7825), less a tenth for what else comes with a move. The dearest that
 * were found take 13.8M of it: the rest is what `Native` has to see before it recovers the signer, and does not use.
 */
export const PROVABLE_GAS = 15_000_000;

/** Gas of a transaction with a proof of a small step. */
const BASE_GAS = 500_000;
/** Of a page: a cold account. */
const PAGE_GAS = 2_700;
/** Of a word of the transaction: read from its page, hashed twice, and room. */
const WORD_GAS = 22;
/** Words of memory besides the transaction. */
const OTHER_WORDS = 3_000;
/** Bytes of a proof that is not in pages, EIP-2028 and EIP-7623. */
const BYTE_GAS = 16;
const FLOOR_BYTE_GAS = 40;
/** Of an entry of an access list, without slots and with some; of a slot; of an authorisation. */
const BARE_ENTRY_GAS = 380;
const ENTRY_GAS = 1_500;
const SLOT_GAS = 230;
const AUTHORISATION_GAS = 8_500;
/** Where access lists stand among the fields, by type. */
const LIST_FIELDS = [-1, 7, 8, 8, 8] as const;
const AUTHORISATIONS_FIELD = 9;

/**
 * An upper bound of the gas of a transaction on B that proves any step that shows this transaction of A. Transactions that are
 * malformed count by their size alone.
 */
export function gasToProve(raw: Uint8Array): number {
  const words = Math.ceil(raw.length / 32) + OTHER_WORDS;
  const memory = 3 * words + Math.ceil((words * words) / 512);
  const isPaged = raw.length > MAX_PROOF_BYTES;
  const shown = isPaged ? PAGE_GAS * Math.ceil(raw.length / PAGE_BYTES) : BYTE_GAS * raw.length;
  const execution = BASE_GAS + shown + memory + WORD_GAS * words + gasOfLists(raw);
  return isPaged ? execution : Math.max(execution, BASE_GAS + FLOOR_BYTE_GAS * raw.length);
}

/** @throws OptisyncError `StepTooDear` (halt) for the first transaction that B cannot be shown */
export function requireProvable(transactions: readonly Uint8Array[]): void {
  for (const [index, raw] of transactions.entries()) {
    const gas = gasToProve(raw);
    if (gas <= PROVABLE_GAS) continue;
    throw new OptisyncError("StepTooDear", `transaction ${index} is too large to be begun on B`, {
      action: "halt",
      details: { index, bytes: raw.length, gas, limit: PROVABLE_GAS },
    });
  }
}

function gasOfLists(raw: Uint8Array): number {
  const kind = raw[0] ?? 0;
  const field = LIST_FIELDS[kind] ?? -1;
  if (field < 0) return 0;
  const items = itemsOf(raw, readItem(raw, 1, raw.length));
  const entries = itemsOf(raw, items[field]).map((entry) => itemsOf(raw, entry)[1]);
  const slots = entries.map((list) => itemsOf(raw, list).length);
  const bare = slots.filter((count) => count === 0).length;
  const authorisations = kind === 4 ? itemsOf(raw, items[AUTHORISATIONS_FIELD]).length : 0;
  return (
    BARE_ENTRY_GAS * bare +
    ENTRY_GAS * (slots.length - bare) +
    SLOT_GAS * slots.reduce((sum, count) => sum + count, 0) +
    AUTHORISATION_GAS * authorisations
  );
}

function itemsOf(raw: Uint8Array, list: Item | undefined): Item[] {
  if (list?.isList !== true) return [];
  return readItems(raw, list.from, list.to) ?? [];
}
