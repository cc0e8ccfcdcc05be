import type { CodeBytes } from "./Codes.js";
import type { Machine } from "./Machine.js";
import { NO_JOB } from "./Machine.js";
import { EMPTY_CODE_HASH, isPrecompile, JobKind } from "./State.js";
import type { View } from "./Views.js";
import type { Account, Slot } from "./World.js";

/**
 * Needs: what a step cannot do without. Where it is not there, `job` is set to the one that brings it, `undefined` is returned, and
 * the step must end without having changed anything else; it is tried again when the job is finished.
 */
export function needAccount(m: Machine, address: bigint): Account | undefined {
  const account = m.world.account(address, m.stamp);
  if (account === undefined) m.job = { ...NO_JOB, kind: JobKind.LOAD_ACCOUNT, account: address };
  return account;
}

export function needSlot(m: Machine, address: bigint, incarnation: bigint, key: bigint): Slot | undefined {
  const slot = m.world.slot(address, incarnation, key);
  if (slot === undefined) m.job = { ...NO_JOB, kind: JobKind.LOAD_SLOT, account: address, key };
  return slot;
}

export function needCode(m: Machine, codeHash: bigint): CodeBytes | undefined {
  const code = m.world.code(codeHash);
  if (code === undefined) m.job = { ...NO_JOB, kind: JobKind.LOAD_CODE, hash: codeHash };
  return code;
}

/** The hash of a view; that of no bytes is known. */
export function needHash(m: Machine, source: View): bigint | undefined {
  if (source.size === 0) return EMPTY_CODE_HASH;
  if (m.hashed !== 0n) return m.hashed;
  m.job = { ...NO_JOB, kind: JobKind.HASH, source };
  return undefined;
}

/** An account that an earlier step of this frame or of its callers needed: it is there. */
export function knownAccount(m: Machine, address: bigint): Account {
  const account = m.world.account(address, m.stamp);
  if (account === undefined) throw new Error(`account ${address.toString(16)} should be loaded`);
  return account;
}

/** Adds to the balance of an account that is there. */
export function credit(m: Machine, address: bigint, amount: bigint): void {
  const account = knownAccount(m, address);
  m.world.putAccount(address, { ...account, balance: account.balance + amount });
}

/** Moves value between two accounts that are there; nothing is read or written for zero. */
export function moveValue(m: Machine, from: bigint, to: bigint, value: bigint): void {
  if (value === 0n) return;
  const account = knownAccount(m, from);
  m.world.putAccount(from, { ...account, balance: account.balance - value });
  credit(m, to, value);
}

/** Precompiles are warm by rule. */
export function isWarm(m: Machine, address: bigint): boolean {
  return isPrecompile(address, m.head.rules) || m.world.isWarmAccount(address, m.stamp);
}

export function warm(m: Machine, address: bigint): void {
  if (!isPrecompile(address, m.head.rules)) m.world.warmAccount(address, m.stamp);
}
