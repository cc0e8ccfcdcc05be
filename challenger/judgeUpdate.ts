import { ZeroHash } from "ethers";
import type { SlotChange } from "../shared/chain/history.js";
import type { Source } from "../shared/chain/source.js";
import type { AccountProof } from "../shared/chain/sourceProof.js";
import { isWholeStorage } from "../shared/execution/storageRoot.js";
import {
  chunkOfKey,
  commitmentOf,
  decodeChunk,
  digestsOf,
  keyOf,
  previousKeys,
} from "../shared/protocol/deltas.js";
import type { UpdateEntry } from "../shared/protocol/ledger.js";
import { EMPTY_ROOT } from "../shared/protocol/update.js";
import { isAbort, OptisyncError } from "../shared/runtime/errors.js";
import type { Evidence } from "./judgeClaim.js";
import { findOmission } from "./omission.js";

/** What `DeltaCourt.disproveKey` takes besides the update. Hex strings. */
export interface KeyProof {
  /** Hash of the slot. */
  readonly key: string;
  readonly oldProof: readonly string[];
  readonly newProof: readonly string[];
  readonly said: { digests: readonly string[]; index: number; previous: string; chunk: string };
}

/** How a lie about one key looks to a person; to the court all three are one. */
export type KeyLie = "wrong value" | "omitted slot" | "unchanged slot";

/**
 * What an update turned out to be.
 *
 * - `accountLie`, `keyLie`: provable in one transaction; the proof is here.
 * - `parentFalse`: its old storage root is not that of A, so its parent is a lie and it dies with the parent.
 * - `rootContradicted`: the final root it speaks of is not that of the own node's chain. A final claim is false, or
 *   the own node is: nothing a delta proof could settle.
 */
export type UpdateVerdict =
  | { kind: "true" }
  | { kind: "accountLie"; proof: readonly string[]; storageRoot: string; codeHash: string }
  | { kind: "keyLie"; lie: KeyLie; proof: KeyProof }
  | { kind: "parentFalse" }
  | { kind: "rootContradicted"; stateRoot: string };

/** Judges an update on own evidence only: `judgeByProofs`, then `judgeByHistory`. */
export async function judgeUpdate(
  entry: UpdateEntry,
  account: string,
  parent: UpdateEntry,
  evidence: Evidence,
): Promise<UpdateVerdict> {
  return (
    (await judgeByProofs(entry, account, parent, evidence)) ??
    judgeByHistory(entry, account, parent, evidence)
  );
}

/**
 * What verified proofs alone tell: the account; for a first update the root of the trie that its deltas make, and
 * each listed slot. An update of an old contract is mostly decided here, without executing the blocks since its birth.
 *
 * @param account The mirrored account on A. @param parent The update it builds on.
 * @returns undefined if nothing is wrong so far.
 * @throws OptisyncError `DeltasUnknown` (retry) if the chunks read from B are not those the update commits to;
 * everything that Source throws.
 */
export async function judgeByProofs(
  entry: UpdateEntry,
  account: string,
  parent: UpdateEntry,
  { source }: Evidence,
): Promise<UpdateVerdict | undefined> {
  const { update } = entry;
  const { stateRoot } = await source.headerByNumber(update.number);
  if (stateRoot !== update.stateRoot) return { kind: "rootContradicted", stateRoot };

  const truth = await source.accountProof(update.number, account, []);
  const { storageRoot, codeHash } = fieldsOf(truth);
  if (storageRoot !== update.storageRoot || codeHash !== update.codeHash) {
    return { kind: "accountLie", proof: truth.accountProof, storageRoot, codeHash };
  }
  if ((await storageRootAt(source, parent, account)) !== update.oldStorageRoot)
    return { kind: "parentFalse" };

  const said = saidBy(entry);
  // A first update lists the whole storage, and its trie says by itself whether it does.
  if (parent.update.number !== 0n) return undefined;
  if (await isWhole(said, storageRoot)) return { kind: "true" };
  return findListedLie(entry, account, parent, said, source);
}

/** The first listed slot whose value is not the proven one, or which a first update has no reason to list. */
async function findListedLie(
  entry: UpdateEntry,
  account: string,
  parent: UpdateEntry,
  said: ReadonlyMap<string, bigint>,
  source: Source,
): Promise<UpdateVerdict | undefined> {
  const slots = [...said.keys()];
  for (let from = 0; from < slots.length; from += SLOTS_A_PROOF) {
    const proven = await source.accountProof(
      entry.update.number,
      account,
      slots.slice(from, from + SLOTS_A_PROOF),
    );
    const wrong = proven.slots.find(({ slot, value }) => value === 0n || said.get(slot) !== value);
    if (wrong === undefined) continue;
    const lie = wrong.value === 0n ? "unchanged slot" : "wrong value";
    return { kind: "keyLie", lie, proof: await proveKey(entry, account, parent, wrong.slot, source) };
  }
  return undefined;
}

/**
 * What the blocks between the parent's root and this one tell about an update that proofs found no fault with. What a
 * first update omits is looked for first: executing all blocks since an old contract's creation can take longer than
 * the window.
 *
 * @throws everything that Source and History throw.
 */
export async function judgeByHistory(
  entry: UpdateEntry,
  account: string,
  parent: UpdateEntry,
  { source, history }: Evidence,
  signal?: AbortSignal,
): Promise<UpdateVerdict> {
  const { update } = entry;
  const said = saidBy(entry);
  const isFirst = parent.update.number === 0n;
  if (isFirst) {
    const proof = await proveOmission(entry, account, said, source, signal);
    if (proof !== undefined) return { kind: "keyLie", lie: "omitted slot", proof };
  }
  const since = isFirst ? await history.blockBeforeStorage(account, update.number) : parent.update.number;
  const expected = await history.storageChanges(account, since, update.number);
  const lie = findLie(expected, said);
  if (lie === undefined) return { kind: "true" };
  return { kind: "keyLie", lie: lie.lie, proof: await proveKey(entry, account, parent, lie.slot, source) };
}

/** Shows a key that a first update lacks: one that the node's own list leads to, or one found in the trie itself. */
async function proveOmission(
  entry: UpdateEntry,
  account: string,
  said: ReadonlyMap<string, bigint>,
  source: Source,
  signal: AbortSignal | undefined,
): Promise<KeyProof | undefined> {
  const prove = async (slot: string): Promise<readonly string[]> =>
    slotProof(await source.accountProof(entry.update.number, account, [slot]));
  const slot = await findListedOmission(entry, account, said, source);
  const omission =
    slot === undefined
      ? await findOmission(said, prove, signal)
      : { key: keyOf(slot), proof: await prove(slot) };
  return omission && keyProof(entry, omission.key, [], omission.proof);
}

/**
 * A slot that the node lists, the update does not, and a proof shows to hold something. Undefined if the list leads to
 * none: that says nothing, since a node's list is only where to look.
 */
async function findListedOmission(
  { update }: UpdateEntry,
  account: string,
  said: ReadonlyMap<string, bigint>,
  source: Source,
): Promise<string | undefined> {
  let listed = 0;
  try {
    for await (const page of source.listedStorage(update.number, account)) {
      const unsaid = [...page.keys()].filter((slot) => !said.has(slot)).slice(0, SLOTS_A_PROOF);
      // A list that names what is said again and again would never come to an end.
      if ((listed += page.size) > said.size && unsaid.length === 0) return undefined;
      if (unsaid.length === 0) continue;
      const { slots } = await source.accountProof(update.number, account, unsaid);
      // A list with slots that hold nothing is none to go on with.
      return slots.find(({ value }) => value !== 0n)?.slot;
    }
  } catch (error) {
    if (isAbort(error)) throw error;
  }
  return undefined;
}

/** Most slots asked for in one proof. */
const SLOTS_A_PROOF = 128;

/** What the update lists, slot by slot. */
function saidBy({ id, update, chunks }: UpdateEntry): Map<string, bigint> {
  const commitment = commitmentOf(digestsOf(chunks));
  if (commitment !== update.deltas) {
    throw new OptisyncError("DeltasUnknown", "the chunks read from B are not those the update commits to", {
      action: "retry",
      details: { update: id, got: commitment, wanted: update.deltas },
    });
  }
  const previous = previousKeys(chunks);
  const deltas = chunks.flatMap((chunk, index) => decodeChunk(chunk, previous[index] ?? ZeroHash));
  return new Map(deltas.map(({ slot, value }) => [slot, value]));
}

/** Whether the update lists just what the storage root holds; a zero is nothing that it could list. */
async function isWhole(said: ReadonlyMap<string, bigint>, storageRoot: string): Promise<boolean> {
  return [...said.values()].every((value) => value !== 0n) && (await isWholeStorage(said, storageRoot));
}

function findLie(
  expected: ReadonlyMap<string, SlotChange>,
  said: ReadonlyMap<string, bigint>,
): { slot: string; lie: KeyLie } | undefined {
  for (const [slot, { after }] of expected) {
    const value = said.get(slot);
    if (value === undefined) return { slot, lie: "omitted slot" };
    if (value !== after) return { slot, lie: "wrong value" };
  }
  for (const slot of said.keys()) if (!expected.has(slot)) return { slot, lie: "unchanged slot" };
  return undefined;
}

async function proveKey(
  entry: UpdateEntry,
  account: string,
  parent: UpdateEntry,
  slot: string,
  source: Source,
): Promise<KeyProof> {
  const newProof = slotProof(await source.accountProof(entry.update.number, account, [slot]));
  const oldProof =
    parent.update.number === 0n
      ? []
      : slotProof(await source.accountProof(parent.update.number, account, [slot]));
  return keyProof(entry, keyOf(slot), oldProof, newProof);
}

function keyProof(
  { chunks }: UpdateEntry,
  key: string,
  oldProof: readonly string[],
  newProof: readonly string[],
): KeyProof {
  const index = chunkOfKey(chunks, key);
  const said =
    index === undefined
      ? { digests: [], index: 0, previous: ZeroHash, chunk: "0x" }
      : {
          digests: digestsOf(chunks),
          index,
          previous: previousKeys(chunks)[index] ?? ZeroHash,
          chunk: chunks[index] ?? "0x",
        };
  return { key, oldProof, newProof, said };
}

async function storageRootAt(source: Source, { update }: UpdateEntry, account: string): Promise<string> {
  if (update.number === 0n) return EMPTY_ROOT;
  return fieldsOf(await source.accountProof(update.number, account, [])).storageRoot;
}

/** An absent account reads as one with empty storage and no code hash: what an update about it has to say. */
function fieldsOf({ account }: AccountProof): { storageRoot: string; codeHash: string } {
  return account ?? { storageRoot: EMPTY_ROOT, codeHash: ZeroHash };
}

function slotProof({ slots }: AccountProof): readonly string[] {
  return slots[0]?.proof ?? [];
}
