import { RLP } from "@ethereumjs/rlp";
import { fromHex, keccak256, toHex } from "./crypto.js";
import { encodeAccount, type AccountState, type FlatState } from "./flatState.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "./partialTrie.js";
import type { Witness } from "./witness.js";

/** What a block changed in one account. */
export interface AccountChange {
  before: AccountState | null;
  after: AccountState | null;
  /** Slot preimage (64 hex digits) -> values without leading zeros. Only slots whose value differs. */
  slots: Map<string, { before: Uint8Array; after: Uint8Array }>;
  /** The account had storage that the block wiped as a whole: slots not listed are zero now as well. */
  isWiped: boolean;
}

/** Address (40 hex digits) -> net change over the block. */
export type StateChanges = Map<string, AccountChange>;

/**
 * Writes the block's net changes to the tries, once: updates first, deletions last, which needs the fewest
 * siblings (the order of go-ethereum, whose witnesses hold just these).
 */
export async function postState(
  state: FlatState,
  witness: Witness,
  onNode?: (hash: string, rlp: Uint8Array) => void,
): Promise<{ stateRoot: string; changes: StateChanges }> {
  const changes: StateChanges = new Map();
  const touched = new Set([...state.accounts.keys(), ...state.storages.keys()]);
  for (const address of [...touched].sort()) {
    const change = await accountChange(state, witness, address, onNode);
    if (change !== undefined) changes.set(address, change);
  }
  const leaves = [...changes].filter(([, { before, after }]) => !isSameAccount(before, after));
  const ordered = [
    ...leaves.filter(([, { after }]) => after !== null),
    ...leaves.filter(([, { after }]) => after === null),
  ];
  for (const [address, { after }] of ordered) {
    const key = toHex(keccak256(fromHex(address)));
    await witness.withNodes({ address }, () =>
      after === null ? state.accountTrie.delete(key) : state.accountTrie.put(key, encodeAccount(after)),
    );
  }
  return { stateRoot: state.accountTrie.root(onNode), changes };
}

async function accountChange(
  state: FlatState,
  witness: Witness,
  address: string,
  onNode?: (hash: string, rlp: Uint8Array) => void,
): Promise<AccountChange | undefined> {
  const before = await state.accountBefore(address);
  const after = await state.account(address);
  const storage = state.storages.get(address);
  const isWiped = storage?.wiped === true && before !== null && before.storageRoot !== EMPTY_TRIE_ROOT;
  const slots = netSlots(state, address, isWiped);
  if (after === null) return before === null ? undefined : { before, after, slots, isWiped };

  let storageRoot = before?.storageRoot ?? EMPTY_TRIE_ROOT;
  if (isWiped || slots.size > 0) {
    const trie = isWiped ? new PartialTrie(EMPTY_TRIE_ROOT, witness) : await state.storageTrie(address);
    await writeSlots(trie, witness, address, slots);
    storageRoot = trie.root(onNode);
  }
  const account = { ...after, storageRoot };
  if (isSameAccount(before, account)) return undefined;
  return { before, after: account, slots, isWiped };
}

/** Slots whose value after the block differs from the one before. */
function netSlots(state: FlatState, address: string, isWiped: boolean): AccountChange["slots"] {
  const none = new Uint8Array();
  const written = state.storages.get(address)?.slots ?? new Map<string, Uint8Array>();
  const known = state.slotsBefore.get(address) ?? new Map<string, Uint8Array>();
  const slots: AccountChange["slots"] = new Map();
  for (const slot of isWiped ? new Set([...known.keys(), ...written.keys()]) : written.keys()) {
    const before = known.get(slot) ?? none;
    const after = written.get(slot) ?? none;
    if (toHex(before) !== toHex(after)) slots.set(slot, { before, after });
  }
  return slots;
}

async function writeSlots(
  trie: PartialTrie,
  witness: Witness,
  address: string,
  slots: AccountChange["slots"],
): Promise<void> {
  const entries = [...slots].map(([slot, { after }]) => ({
    slot,
    key: toHex(keccak256(fromHex(slot))),
    after,
  }));
  for (const { slot, key, after } of entries.filter((entry) => entry.after.length > 0)) {
    await witness.withNodes({ address, slot }, () => trie.put(key, RLP.encode(after)));
  }
  for (const { slot, key } of entries.filter((entry) => entry.after.length === 0)) {
    await witness.withNodes({ address, slot }, () => trie.delete(key));
  }
}

function isSameAccount(a: AccountState | null, b: AccountState | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.nonce === b.nonce &&
    a.balance === b.balance &&
    a.storageRoot === b.storageRoot &&
    a.codeHash === b.codeHash
  );
}
