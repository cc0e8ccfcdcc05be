import { RLP } from "@ethereumjs/rlp";
import { z } from "zod";
import { fromHex, keccak256, toHex } from "./crypto.js";
import { encodeAccount } from "./flatState.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "./partialTrie.js";
import type { StateChanges } from "./postState.js";
import type { Witness } from "./witness.js";

const hexNumber = z.string().regex(/^0x[0-9a-f]{0,64}$/i);
const hexBytes = z.string().regex(/^0x([0-9a-f]{2})*$/i);

/** A whole state, or some accounts of one, by 0x address: the form of `pre` and `postState` in Ethereum's tests. */
export const worldSchema = z.record(
  z.string().regex(/^0x[0-9a-f]{40}$/i),
  z.object({
    balance: hexNumber,
    nonce: hexNumber,
    code: hexBytes,
    storage: z.record(hexNumber, hexNumber),
  }),
);
export type WorldJson = z.infer<typeof worldSchema>;

export interface WorldAccount {
  nonce: bigint;
  balance: bigint;
  /** Hex without prefix. */
  codeHash: string;
  /** Slot preimage (64 hex digits) -> value; no zeros. */
  storage: Map<string, bigint>;
}

/** Address (40 hex digits) -> account. */
export type World = Map<string, WorldAccount>;

export function readWorld(json: WorldJson): World {
  const accounts = Object.entries(json).map(([address, { nonce, balance, code, storage }]) => {
    const slots = Object.entries(storage).map(([slot, value]) => [toSlot(slot), toBigInt(value)] as const);
    const account: WorldAccount = {
      nonce: toBigInt(nonce),
      balance: toBigInt(balance),
      codeHash: toHex(keccak256(fromHex(code))),
      storage: new Map(slots.filter(([, value]) => value !== 0n)),
    };
    return [address.slice(2).toLowerCase(), account] as const;
  });
  return new Map(accounts);
}

/** Puts all nodes and codes of a world into a witness and returns the state root (hex without prefix). */
export function witnessWorld(json: WorldJson, witness: Witness): string {
  const none = { node: () => undefined, isBranch: () => false };
  const keep = (_: string, rlp: Uint8Array): void => void witness.addNode(rlp);
  const accounts = new PartialTrie(EMPTY_TRIE_ROOT, none);
  for (const { code } of Object.values(json)) witness.addCode(fromHex(code));
  for (const [address, { nonce, balance, codeHash, storage }] of readWorld(json)) {
    const slots = new PartialTrie(EMPTY_TRIE_ROOT, none);
    for (const [slot, value] of storage) slots.put(toHex(keccak256(fromHex(slot))), RLP.encode(value));
    const leaf = encodeAccount({ nonce, balance, codeHash, storageRoot: slots.root(keep) });
    accounts.put(toHex(keccak256(fromHex(address))), leaf);
  }
  return accounts.root(keep);
}

/** Applies the changes of a block. */
export function applyChanges(world: World, changes: StateChanges): void {
  for (const [address, { after, slots, isWiped }] of changes) {
    if (after === null) {
      world.delete(address);
      continue;
    }
    const storage = isWiped
      ? new Map<string, bigint>()
      : (world.get(address)?.storage ?? new Map<string, bigint>());
    for (const [slot, { after: value }] of slots) {
      if (value.length === 0) storage.delete(slot);
      else storage.set(slot, toBigInt(toHex(value)));
    }
    world.set(address, { nonce: after.nonce, balance: after.balance, codeHash: after.codeHash, storage });
  }
}

/** The first account, by address, that is not as wanted, with both values; undefined if the worlds are the same. */
export function firstDifferingAccount(world: World, wanted: World): string | undefined {
  for (const address of [...new Set([...world.keys(), ...wanted.keys()])].sort()) {
    const difference = accountDifference(world.get(address), wanted.get(address));
    if (difference !== undefined) return `account 0x${address}: ${difference}`;
  }
  return undefined;
}

/** The same for what a block changed: accounts and slots that it left alone are not looked at. */
export function firstDifferingChange(changes: StateChanges, wanted: World): string | undefined {
  for (const [address, { after, slots }] of changes) {
    const account = wanted.get(address);
    const storage = new Map([...slots].map(([slot, value]) => [slot, toBigInt(toHex(value.after))]));
    const known = new Map([...storage.keys()].map((slot) => [slot, account?.storage.get(slot) ?? 0n]));
    const difference = accountDifference(
      after === null ? undefined : { ...after, storage },
      account === undefined ? undefined : { ...account, storage: known },
    );
    if (difference !== undefined) return `account 0x${address}: ${difference}`;
  }
  return undefined;
}

function accountDifference(
  computed: WorldAccount | undefined,
  wanted: WorldAccount | undefined,
): string | undefined {
  if (computed === undefined || wanted === undefined) {
    if (computed === wanted) return undefined;
    return computed === undefined ? "computed none, expected one" : "computed one, expected none";
  }
  for (const field of ["nonce", "balance", "codeHash"] as const) {
    if (computed[field] !== wanted[field])
      return `${field} computed ${computed[field]}, expected ${wanted[field]}`;
  }
  for (const slot of [...new Set([...computed.storage.keys(), ...wanted.storage.keys()])].sort()) {
    const [is, should] = [computed.storage.get(slot) ?? 0n, wanted.storage.get(slot) ?? 0n];
    if (is !== should) return `slot 0x${slot} computed ${is}, expected ${should}`;
  }
  return undefined;
}

function toSlot(hex: string): string {
  return toBigInt(hex).toString(16).padStart(64, "0");
}

function toBigInt(hex: string): bigint {
  const digits = hex.startsWith("0x") ? hex.slice(2) : hex;
  return digits === "" ? 0n : BigInt(`0x${digits}`);
}
