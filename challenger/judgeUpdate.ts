import { RLP } from "@ethereumjs/rlp";
import { ZeroHash } from "ethers";
import type { SlotChange } from "../shared/chain/history.js";
import type { Source } from "../shared/chain/source.js";
import type { AccountProof } from "../shared/chain/sourceProof.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "../shared/execution/partialTrie.js";
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
import { OptisyncError } from "../shared/runtime/errors.js";
import type { Evidence } from "./judgeClaim.js";

/** What `DeltaCourt.disproveKey` takes besides the update. Hex strings. */
export interface KeyProof {
  readonly slot: string;
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

/**
 * Judges an update on own evidence only: the account by a verified proof, the deltas by re-execution of the blocks
 * between the parent's root and this one, or, for a first update, by the root of the trie they make.
 *
 * @param account The mirrored account on A. @param parent The update it builds on.
 * @throws OptisyncError `DeltasUnknown` (retry) if the chunks read from B are not those the update commits to;
 * everything that Source and History throw.
 */
export async function judgeUpdate(
  entry: UpdateEntry,
  account: string,
  parent: UpdateEntry,
  { source, history }: Evidence,
): Promise<UpdateVerdict> {
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
  const isFirst = parent.update.number === 0n;
  if (isFirst && storageRootOf(said) === storageRoot) return { kind: "true" };

  const since = isFirst ? await history.blockBeforeStorage(account, update.number) : parent.update.number;
  const expected = await history.storageChanges(account, since, update.number);
  const lie = findLie(expected, said);
  if (lie === undefined) return { kind: "true" };
  return { kind: "keyLie", lie: lie.lie, proof: await proveKey(entry, account, parent, lie.slot, source) };
}

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

/** The root of a storage that holds just these slots; undefined if a listed slot is zero, as none of a first update is. */
function storageRootOf(said: ReadonlyMap<string, bigint>): string | undefined {
  const trie = new PartialTrie(EMPTY_TRIE_ROOT, { node: () => undefined, isBranch: () => false });
  for (const [slot, value] of said) {
    if (value === 0n) return undefined;
    trie.put(keyOf(slot).slice(2), RLP.encode(value));
  }
  return `0x${trie.root()}`;
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
  { update, chunks }: UpdateEntry,
  account: string,
  parent: UpdateEntry,
  slot: string,
  source: Source,
): Promise<KeyProof> {
  const key = keyOf(slot);
  const newProof = slotProof(await source.accountProof(update.number, account, [slot]));
  const oldProof =
    parent.update.number === 0n
      ? []
      : slotProof(await source.accountProof(parent.update.number, account, [slot]));
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
  return { slot, key, oldProof, newProof, said };
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
