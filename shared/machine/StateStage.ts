import { startCopy, toAddress } from "./CodeStage.js";
import { halt } from "./Frames.js";
import {
  BASE,
  COLD_ACCOUNT,
  COLD_SLOT,
  expansion,
  grow,
  POPS,
  SSTORE_CLEARED,
  SSTORE_COLD,
  SSTORE_NOTHING,
  SSTORE_RESET,
  SSTORE_RESTORED,
  SSTORE_SET,
  SSTORE_STIPEND,
  SSTORE_UNSET,
  TOO_MANY,
  toWords,
  WORD_COPY,
  WORD_HASH,
} from "./Gas.js";
import { memoryView, NO_JOB, operand, showTop, type Machine } from "./Machine.js";
import { isWarm, knownAccount, needAccount, needCode, needHash, needSlot, warm } from "./Needs.js";
import { JobKind } from "./State.js";
import { isEmpty, type Slot } from "./World.js";

/**
 * Latched opcodes that read or write the world or need a hash. One try: the operands are shown; gas that is known; warm or
 * cold and its gas; needs; effects. A try that ends in a need leaves the machine as it was, but for the job.
 */
export function tryStateOpcode(m: Machine): void {
  if (m.frame.gas < (BASE[m.op] as number)) return halt(m);
  showTop(m, POPS[m.op] as number);
  switch (m.op) {
    case 0x20: // KECCAK256
      return keccak256(m);
    case 0x31: // BALANCE
    case 0x3b: // EXTCODESIZE
    case 0x3f: // EXTCODEHASH
      return readAccount(m);
    case 0x3c: // EXTCODECOPY
      return copyCode(m);
    case 0x40: // BLOCKHASH
      return blockHash(m);
    case 0x47: // SELFBALANCE
      return selfBalance(m);
    case 0x49: // BLOBHASH
      return blobHash(m);
    case 0x54: // SLOAD
      return loadSlot(m);
    case 0x55: // SSTORE
      return storeSlot(m);
    case 0x5c: // TLOAD
      return loadTransient(m);
    default:
      return storeTransient(m);
  }
}

/** The latched opcode takes effect. */
function complete(m: Machine, gas: number, result?: bigint): void {
  const { frame } = m;
  frame.stack.length -= POPS[m.op] as number;
  if (result !== undefined) frame.stack.push(result);
  frame.gas = gas;
  frame.pc += 1;
  m.op = 0;
  m.hashed = 0n;
}

function keccak256(m: Machine): void {
  const { frame } = m;
  const [offset, size] = [operand(m, 0), operand(m, 1)];
  const words = grow(frame.words, offset, size);
  if (words === TOO_MANY) return halt(m);
  const gas =
    frame.gas - (BASE[m.op] as number) - WORD_HASH * toWords(Number(size)) - expansion(frame.words, words);
  if (gas < 0) return halt(m);
  const hash = needHash(m, memoryView(m, offset, size));
  if (hash === undefined) return;
  frame.words = words;
  complete(m, gas, hash);
}

/** BALANCE, EXTCODESIZE, EXTCODEHASH */
function readAccount(m: Machine): void {
  const address = toAddress(operand(m, 0));
  let gas = m.frame.gas - (BASE[m.op] as number);
  const isCold = !isWarm(m, address);
  if (isCold) gas -= COLD_ACCOUNT;
  if (gas < 0) return halt(m);
  const account = needAccount(m, address);
  if (account === undefined) return;
  let result = account.balance;
  if (m.op === 0x3b) {
    const code = needCode(m, account.codeHash);
    if (code === undefined) return;
    result = BigInt(code.size);
  } else if (m.op === 0x3f) result = isEmpty(account) ? 0n : account.codeHash;
  if (isCold) warm(m, address);
  complete(m, gas, result);
}

/** EXTCODECOPY */
function copyCode(m: Machine): void {
  const { frame } = m;
  const address = toAddress(operand(m, 0));
  const [to, from, size] = [operand(m, 1), operand(m, 2), operand(m, 3)];
  const words = grow(frame.words, to, size);
  if (words === TOO_MANY) return halt(m);
  let gas =
    frame.gas - (BASE[m.op] as number) - WORD_COPY * toWords(Number(size)) - expansion(frame.words, words);
  if (gas < 0) return halt(m);
  const isCold = !isWarm(m, address);
  if (isCold) gas -= COLD_ACCOUNT;
  if (gas < 0) return halt(m);
  const account = needAccount(m, address);
  if (account === undefined) return;
  const code = needCode(m, account.codeHash);
  if (code === undefined) return;
  if (isCold) warm(m, address);
  frame.words = words;
  complete(m, gas);
  startCopy(m, code.view, from, to, size);
}

function blockHash(m: Machine): void {
  const number = operand(m, 0);
  const gas = m.frame.gas - (BASE[m.op] as number);
  const isAncestor = number < BigInt(m.head.number) && number + 256n >= BigInt(m.head.number);
  if (!isAncestor) return complete(m, gas, 0n);
  if (number < BigInt(m.oldest)) {
    m.job = { ...NO_JOB, kind: JobKind.LOAD_ANCESTOR };
    return;
  }
  complete(m, gas, m.ancestors.read(Number(number) % 256, m.tape));
}

function selfBalance(m: Machine): void {
  const gas = m.frame.gas - (BASE[m.op] as number);
  complete(m, gas, knownAccount(m, m.frame.self).balance);
}

function blobHash(m: Machine): void {
  const index = operand(m, 0);
  const gas = m.frame.gas - (BASE[m.op] as number);
  if (index >= BigInt(m.txn.blobCount)) return complete(m, gas, 0n);
  const raw = m.store.raw(m.txn.hash);
  m.tape?.blob(raw);
  // Each item of the list is a prefix and 32 bytes.
  const at = m.txn.blobsAt + 33 * Number(index) + 1;
  complete(m, gas, BigInt(`0x${Buffer.from(raw.subarray(at, at + 32)).toString("hex")}`));
}

function loadSlot(m: Machine): void {
  const { self } = m.frame;
  const key = operand(m, 0);
  let gas = m.frame.gas - (BASE[m.op] as number);
  const isCold = !m.world.isWarmSlot(self, key, m.stamp);
  if (isCold) gas -= COLD_SLOT;
  if (gas < 0) return halt(m);
  const slot = needSlot(m, self, knownAccount(m, self).incarnation, key);
  if (slot === undefined) return;
  if (isCold) m.world.warmSlot(self, key, m.stamp);
  complete(m, gas, slot.value);
}

/** EIP-2200 with EIP-2929 and EIP-3529. */
function storeSlot(m: Machine): void {
  const { frame } = m;
  const { self } = frame;
  const [key, value] = [operand(m, 0), operand(m, 1)];
  if (frame.gas <= SSTORE_STIPEND) return halt(m);
  let gas = frame.gas;
  const isCold = !m.world.isWarmSlot(self, key, m.stamp);
  if (isCold) gas -= SSTORE_COLD;
  if (gas < 0) return halt(m);
  const { incarnation } = knownAccount(m, self);
  const slot = needSlot(m, self, incarnation, key);
  if (slot === undefined) return;
  const original = slot.originalAt === m.stamp ? slot.original : slot.value;
  gas -= storePrice(slot, original, value);
  if (gas < 0) return halt(m);
  if (isCold) m.world.warmSlot(self, key, m.stamp);
  m.world.putSlot(self, incarnation, key, { value, original, originalAt: m.stamp });
  frame.refund += storeRefund(slot, original, value);
  complete(m, gas);
}

function storePrice({ value: current }: Slot, original: bigint, value: bigint): number {
  if (value === current || current !== original) return SSTORE_NOTHING;
  return original === 0n ? SSTORE_SET : SSTORE_RESET;
}

function storeRefund({ value: current }: Slot, original: bigint, value: bigint): number {
  if (value === current) return 0;
  if (current === original) return original !== 0n && value === 0n ? SSTORE_CLEARED : 0;
  let refund = 0;
  if (original !== 0n) {
    if (current === 0n) refund -= SSTORE_CLEARED;
    else if (value === 0n) refund += SSTORE_CLEARED;
  }
  if (value === original) refund += original === 0n ? SSTORE_UNSET : SSTORE_RESTORED;
  return refund;
}

function loadTransient(m: Machine): void {
  const gas = m.frame.gas - (BASE[m.op] as number);
  complete(m, gas, m.world.transient(m.frame.self, operand(m, 0), m.stamp));
}

function storeTransient(m: Machine): void {
  const gas = m.frame.gas - (BASE[m.op] as number);
  m.world.putTransient(m.frame.self, operand(m, 0), m.stamp, operand(m, 1));
  complete(m, gas);
}
