import type { AccountFields, StateManagerInterface } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import { Account, type Address } from "@ethereumjs/util";
import { fromHex, keccak256, toHex } from "./crypto.js";
import { ExecutionError } from "./errors.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "./partialTrie.js";
import { decodeRlp, decodeRlpList } from "./rlp.js";
import type { Witness } from "./witness.js";

/** keccak of no bytes. */
export const EMPTY_CODE_HASH = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

/** An account as its leaf holds it. Hashes are hex without prefix. */
export interface AccountState {
  nonce: bigint;
  balance: bigint;
  storageRoot: string;
  codeHash: string;
}

/** The storage of one incarnation of an account. `wiped`: what the trie holds does not count any more. */
export interface StorageState {
  wiped: boolean;
  /** Slot preimage (64 hex digits) -> value without leading zeros, empty for zero. */
  slots: Map<string, Uint8Array>;
}

const NO_BYTES = new Uint8Array();

/**
 * The state of one block's execution: plain maps over the parent state, with an undo log.
 *
 * The library's own manager writes the trie at each SSTORE and takes a missing node for an empty value. Here the
 * trie is read through a verified witness and written once per block (`postState`), and whatever is missing stops
 * the block. EthereumJS may swallow an exception thrown inside a call, so the first one is remembered and every
 * later access repeats it: an incomplete witness cannot end as a result.
 */
export class FlatState implements StateManagerInterface {
  readonly accounts = new Map<string, AccountState | null>();
  readonly storages = new Map<string, StorageState>();
  /** The parent state, as far as it was read. */
  readonly accountsBefore = new Map<string, AccountState | null>();
  readonly slotsBefore = new Map<string, Map<string, Uint8Array>>();
  readonly accountTrie: PartialTrie;
  readonly storageTries = new Map<string, PartialTrie>();
  failure: unknown;

  readonly #witness: Witness;
  readonly #newCodes = new Map<string, Uint8Array>();
  readonly #hiddenCodes = new Set<string>();
  readonly #undo: (() => void)[] = [];
  readonly #marks: number[] = [];
  readonly #originals = new Map<string, Uint8Array>();

  constructor(parentStateRoot: string, witness: Witness) {
    this.#witness = witness;
    this.accountTrie = new PartialTrie(parentStateRoot, witness);
  }

  readonly originalStorageCache = {
    get: async (address: Address, key: Uint8Array): Promise<Uint8Array> => {
      const at = toHex(address.bytes) + toHex(key);
      const known = this.#originals.get(at);
      if (known !== undefined) return known;
      const value = await this.getStorage(address, key);
      this.#originals.set(at, value);
      return value;
    },
    clear: (): void => this.#originals.clear(),
  };

  async getAccount(address: Address): Promise<Account | undefined> {
    const state = await this.account(toHex(address.bytes));
    if (state === null) return undefined;
    // EthereumJS changes the object that it is given and writes it back later: it never gets ours.
    return new Account(state.nonce, state.balance, fromHex(state.storageRoot), fromHex(state.codeHash));
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    if (account === undefined) return this.deleteAccount(address);
    const key = toHex(address.bytes);
    await this.accountBefore(key);
    this.#setAccount(key, {
      nonce: account.nonce,
      balance: account.balance,
      storageRoot: toHex(account.storageRoot),
      codeHash: toHex(account.codeHash),
    });
  }

  async deleteAccount(address: Address): Promise<void> {
    const key = toHex(address.bytes);
    await this.accountBefore(key);
    this.#setAccount(key, null);
    this.#wipe(key);
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account();
    await this.putAccount(
      address,
      new Account(
        fields.nonce ?? account.nonce,
        fields.balance ?? account.balance,
        fields.storageRoot ?? account.storageRoot,
        fields.codeHash ?? account.codeHash,
      ),
    );
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    const codeHash = keccak256(code);
    this.#newCodes.set(toHex(codeHash), code);
    // For the blocks after this one, which may share the witness's codes.
    this.#witness.addCode(code);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const key = toHex(address.bytes);
    if (this.#hiddenCodes.delete(key)) return NO_BYTES;
    const state = await this.account(key);
    if (state === null || state.codeHash === EMPTY_CODE_HASH) return NO_BYTES;
    return this.#newCodes.get(state.codeHash) ?? this.#guard(() => this.#witness.code(key, state.codeHash));
  }

  /** The next look at this address's code sees none. See `callSystemContracts`. */
  hideCodeOnce(address: string): void {
    this.#hiddenCodes.add(address);
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const account = toHex(address.bytes);
    const slot = toHex(key);
    const storage = this.storages.get(account);
    const written = storage?.slots.get(slot);
    if (written !== undefined) return written;
    return storage?.wiped === true ? NO_BYTES : this.slotBefore(account, slot);
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const account = toHex(address.bytes);
    const slot = toHex(key);
    // The value before is needed for the block's net change, and for the trie path on which it is written.
    if (this.storages.get(account)?.wiped !== true) await this.slotBefore(account, slot);
    const { slots } = this.#storage(account);
    const previous = slots.get(slot);
    this.#undo.push(() => (previous === undefined ? slots.delete(slot) : slots.set(slot, previous)));
    slots.set(slot, withoutLeadingZeros(value));
  }

  async clearStorage(address: Address): Promise<void> {
    this.#wipe(toHex(address.bytes));
  }

  async checkpoint(): Promise<void> {
    this.#marks.push(this.#undo.length);
  }

  async commit(): Promise<void> {
    this.#marks.pop();
  }

  async revert(): Promise<void> {
    const mark = this.#marks.pop() ?? 0;
    while (this.#undo.length > mark) this.#undo.pop()?.();
  }

  // The trie is written after the block, by `postState`: during the block there is no root to tell.
  async getStateRoot(): Promise<Uint8Array> {
    return new Uint8Array(32);
  }
  async setStateRoot(): Promise<void> {
    throw new Error("the state root of a block's execution cannot be set");
  }
  async hasStateRoot(): Promise<boolean> {
    return false;
  }
  clearCaches(): void {}
  shallowCopy(): StateManagerInterface {
    throw new Error("the state of a block's execution cannot be copied");
  }

  /** The account now; null if there is none. */
  async account(address: string): Promise<AccountState | null> {
    const now = this.accounts.get(address);
    return now === undefined ? this.accountBefore(address) : now;
  }

  /** The account in the parent state. */
  async accountBefore(address: string): Promise<AccountState | null> {
    const known = this.accountsBefore.get(address);
    if (known !== undefined) return known;
    const key = toHex(keccak256(fromHex(address)));
    const leaf = await this.#guard(() =>
      this.#witness.withNodes({ address }, () => this.accountTrie.get(key)),
    );
    const state = leaf === null ? null : decodeAccount(leaf);
    this.accountsBefore.set(address, state);
    return state;
  }

  /** The value of a slot in the parent state, without leading zeros. */
  async slotBefore(address: string, slot: string): Promise<Uint8Array> {
    let slots = this.slotsBefore.get(address);
    if (slots === undefined) this.slotsBefore.set(address, (slots = new Map<string, Uint8Array>()));
    const known = slots.get(slot);
    if (known !== undefined) return known;
    const trie = await this.storageTrie(address);
    const key = toHex(keccak256(fromHex(slot)));
    const leaf = await this.#guard(() => this.#witness.withNodes({ address, slot }, () => trie.get(key)));
    const value = leaf === null ? NO_BYTES : decodeValue(leaf);
    slots.set(slot, value);
    return value;
  }

  /** The account's storage trie, starting from the parent state. */
  async storageTrie(address: string): Promise<PartialTrie> {
    const known = this.storageTries.get(address);
    if (known !== undefined) return known;
    const root = (await this.accountBefore(address))?.storageRoot ?? EMPTY_TRIE_ROOT;
    const trie = new PartialTrie(root, this.#witness);
    this.storageTries.set(address, trie);
    return trie;
  }

  async #guard<T>(access: () => Promise<T>): Promise<T> {
    if (this.failure !== undefined) throw this.failure;
    try {
      return await access();
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  #setAccount(address: string, state: AccountState | null): void {
    const previous = this.accounts.get(address);
    this.#undo.push(() => {
      if (previous === undefined) this.accounts.delete(address);
      else this.accounts.set(address, previous);
    });
    this.accounts.set(address, state);
  }

  #storage(address: string): StorageState {
    let storage = this.storages.get(address);
    if (storage === undefined) this.storages.set(address, (storage = { wiped: false, slots: new Map() }));
    return storage;
  }

  #wipe(address: string): void {
    const previous = this.#storage(address);
    this.#undo.push(() => this.storages.set(address, previous));
    this.storages.set(address, { wiped: true, slots: new Map() });
  }
}

/** Decodes an account leaf: nonce, balance, storage root, code hash (Yellow Paper, section 4.1). */
export function decodeAccount(leaf: Uint8Array): AccountState {
  const items = decodeRlpList(leaf, "an account leaf");
  const [nonce, balance, storageRoot, codeHash] = items;
  const isNumber = (item: unknown, bytes: number): item is Uint8Array =>
    item instanceof Uint8Array && item.length <= bytes && item[0] !== 0;
  const isHash = (item: unknown): item is Uint8Array => item instanceof Uint8Array && item.length === 32;
  if (
    items.length !== 4 ||
    !isNumber(nonce, 8) ||
    !isNumber(balance, 32) ||
    !isHash(storageRoot) ||
    !isHash(codeHash)
  ) {
    throw new ExecutionError("MalformedNode", "an account leaf does not hold two numbers and two hashes", {
      leaf: `0x${toHex(leaf)}`,
    });
  }
  return {
    nonce: toBigInt(nonce),
    balance: toBigInt(balance),
    storageRoot: toHex(storageRoot),
    codeHash: toHex(codeHash),
  };
}

export function encodeAccount(state: AccountState): Uint8Array {
  return RLP.encode([state.nonce, state.balance, fromHex(state.storageRoot), fromHex(state.codeHash)]);
}

/**
 * Decodes a storage leaf.
 * @throws ExecutionError NonCanonicalState for a zero: by Ethereum's rules it has no leaf, and a node that keeps
 *   some (anvil does) has other roots and other proofs of absence.
 */
export function decodeValue(leaf: Uint8Array): Uint8Array {
  const value = decodeRlp(leaf, "a storage leaf");
  if (value instanceof Uint8Array && value.length === 0) {
    throw new ExecutionError("NonCanonicalState", "the source chain keeps leaves for slots of value zero");
  }
  if (!(value instanceof Uint8Array) || value.length === 0 || value.length > 32 || value[0] === 0) {
    throw new ExecutionError("MalformedNode", "a storage leaf does not hold a number from 1 to 2^256 - 1", {
      leaf: `0x${toHex(leaf)}`,
    });
  }
  return value;
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

function withoutLeadingZeros(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length && value[start] === 0) start += 1;
  return value.slice(start);
}
