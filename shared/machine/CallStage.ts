import { CodeBytes } from "./Codes.js";
import { toAddress } from "./CodeStage.js";
import { halt, finish, Outcome } from "./Frames.js";
import {
  allButOne64th,
  BASE,
  CALL_STIPEND,
  CALL_VALUE,
  CODE_BYTE,
  COLD_ACCOUNT,
  expansion,
  grow,
  NEW_ACCOUNT,
  POPS,
  TOO_MANY,
  toWords,
  WORD_HASH,
  WORD_INIT,
} from "./Gas.js";
import { Frame, memoryView, operand, showTop, type Machine } from "./Machine.js";
import { credit, isWarm, knownAccount, moveValue, needAccount, needCode, needHash, warm } from "./Needs.js";
import { encodeInteger, encodeList, encodeString } from "./Rlp.js";
import {
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  FrameKind,
  hashBytes,
  isPrecompile,
  MAX_CODE_SIZE,
  MAX_DEPTH,
  MAX_INIT_CODE_SIZE,
  MAX_NONCE,
  Rules,
  toBytes20,
  toBytes32,
} from "./State.js";
import { EMPTY_VIEW, readView, type View } from "./Views.js";
import { EMPTY_ACCOUNT, isEmpty, type Account } from "./World.js";

const CREATE2 = 0xf5;
const CALL = 0xf1;
const CALLCODE = 0xf2;
const DELEGATECALL = 0xf4;
const STATICCALL = 0xfa;
const RETURN = 0xf3;

/** Latched opcodes that begin or end frames. For the order within a try see `StateStage.ts`. */
export function tryCallOpcode(m: Machine): void {
  if (m.frame.gas < (BASE[m.op] as number)) return halt(m);
  showTop(m, POPS[m.op] as number);
  switch (m.op) {
    case 0xf0: // CREATE
    case CREATE2:
      return create(m);
    case RETURN:
    case 0xfd: // REVERT
      return end(m);
    case 0xff: // SELFDESTRUCT
      return selfDestruct(m);
    default:
      return call(m);
  }
}

/** The operands are taken and paid for: what follows goes on behind the opcode. */
function complete(m: Machine, gas: number, words: number): void {
  const { frame } = m;
  frame.stack.length -= POPS[m.op] as number;
  frame.gas = gas;
  frame.words = words;
  frame.returned = EMPTY_VIEW;
  frame.pc += 1;
  m.op = 0;
  m.hashed = 0n;
}

interface CallOperands {
  requested: bigint;
  to: bigint;
  value: bigint;
  input: readonly [bigint, bigint];
  output: readonly [bigint, bigint];
}

function callOperands(m: Machine): CallOperands {
  const hasValue = m.op === CALL || m.op === CALLCODE;
  const ranges = hasValue ? 3 : 2;
  return {
    requested: operand(m, 0),
    to: toAddress(operand(m, 1)),
    value: hasValue ? operand(m, 2) : 0n,
    input: [operand(m, ranges), operand(m, ranges + 1)],
    output: [operand(m, ranges + 2), operand(m, ranges + 3)],
  };
}

function call(m: Machine): void {
  const { frame, op } = m;
  const operands = callOperands(m);
  const { to, value } = operands;
  const movesValue = op === CALL && value !== 0n;
  if (movesValue && frame.isStatic) return halt(m);
  const words = grow(grow(frame.words, ...operands.input), ...operands.output);
  if (words === TOO_MANY) return halt(m);
  let gas = frame.gas - (BASE[op] as number) - expansion(frame.words, words);
  if (value !== 0n) gas -= CALL_VALUE;
  if (gas < 0) return halt(m);
  const isNative = isPrecompile(to, m.head.rules);
  const isCold = !isWarm(m, to);
  if (isCold) gas -= COLD_ACCOUNT;
  if (gas < 0) return halt(m);

  let codeHash = EMPTY_CODE_HASH;
  if (!isNative || movesValue) {
    const account = needAccount(m, to);
    if (account === undefined) return;
    if (movesValue && isEmpty(account)) gas -= NEW_ACCOUNT;
    if (gas < 0) return halt(m);
    if (!isNative) codeHash = account.codeHash;
  }
  let code = needCode(m, codeHash);
  if (code === undefined) return;
  let coldDelegate: bigint | undefined;
  if (code.delegate !== 0n && m.head.rules >= Rules.PRAGUE) {
    // The account that was called counts as warm by now.
    if (code.delegate !== to && !isWarm(m, code.delegate)) coldDelegate = code.delegate;
    gas -= (BASE[op] as number) + (coldDelegate === undefined ? 0 : COLD_ACCOUNT);
    if (gas < 0) return halt(m);
    code = delegateCode(m, code.delegate);
    if (code === undefined) return;
  }

  complete(m, gas, words);
  if (isCold) warm(m, to);
  if (coldDelegate !== undefined) warm(m, coldDelegate);
  enterCall(m, op, operands, code);
}

/** The code that a delegation runs: none if it points at a precompile (EIP-7702). Undefined if something has to be loaded. */
export function delegateCode(m: Machine, delegate: bigint): CodeBytes | undefined {
  if (isPrecompile(delegate, m.head.rules)) return CodeBytes.empty;
  const account = needAccount(m, delegate);
  return account === undefined ? undefined : needCode(m, account.codeHash);
}

function enterCall(m: Machine, op: number, operands: CallOperands, code: CodeBytes): void {
  const { frame, world } = m;
  const { to, value } = operands;
  const limit = allButOne64th(frame.gas);
  let gas = operands.requested < BigInt(limit) ? Number(operands.requested) : limit;
  frame.gas -= gas;
  if (value !== 0n) gas += CALL_STIPEND;
  if (frame.depth === MAX_DEPTH || (value !== 0n && knownAccount(m, frame.self).balance < value)) {
    frame.gas += gas;
    frame.stack.push(0n);
    return;
  }
  const before = world.capture();
  if (op === CALL) moveValue(m, frame.self, to, value);
  const isNative = isPrecompile(to, m.head.rules);
  if (!isNative && code.size === 0) {
    frame.gas += gas;
    frame.stack.push(1n);
    return;
  }
  const child = new Frame();
  child.kind = isNative ? FrameKind.PRECOMPILE : FrameKind.CALL;
  child.parent = frame;
  child.world = before;
  child.depth = frame.depth + 1;
  child.isStatic = frame.isStatic || op === STATICCALL;
  child.self = op === CALL || op === STATICCALL ? to : frame.self;
  child.caller = op === DELEGATECALL ? frame.caller : frame.self;
  child.value = op === DELEGATECALL ? frame.value : value;
  child.code = code;
  child.precompile = isNative ? Number(to) : 0;
  child.input = memoryView(m, ...operands.input);
  child.gas = gas;
  // Where nothing is wanted, the place does not matter.
  child.outSize = Number(operands.output[1]);
  child.outOffset = child.outSize === 0 ? 0 : Number(operands.output[0]);
  m.frame = child;
}

function create(m: Machine): void {
  const { frame, op } = m;
  const [value, offset, size] = [operand(m, 0), operand(m, 1), operand(m, 2)];
  if (size > MAX_INIT_CODE_SIZE) return halt(m);
  const words = grow(frame.words, offset, size);
  if (words === TOO_MANY) return halt(m);
  const perWord = op === CREATE2 ? WORD_INIT + WORD_HASH : WORD_INIT;
  const price = (BASE[op] as number) + perWord * toWords(Number(size)) + expansion(frame.words, words);
  const gas = frame.gas - price;
  if (gas < 0) return halt(m);

  const creator = knownAccount(m, frame.self);
  if (frame.depth === MAX_DEPTH || creator.balance < value || creator.nonce === MAX_NONCE) {
    complete(m, gas, words);
    frame.stack.push(0n);
    return;
  }
  const init = memoryView(m, offset, size);
  const initHash = needHash(m, init);
  if (initHash === undefined) return;
  const address =
    op === CREATE2
      ? create2Address(frame.self, operand(m, 3), initHash)
      : createAddress(frame.self, creator.nonce);
  const account = needAccount(m, address);
  if (account === undefined) return;
  if (!m.store.hasCode(initHash)) m.store.addCode(readView(init, 0, init.size, undefined), initHash);
  const code = needCode(m, initHash);
  if (code === undefined) return;

  complete(m, gas, words);
  const childGas = allButOne64th(gas);
  frame.gas -= childGas;
  m.world.putAccount(frame.self, { ...creator, nonce: creator.nonce + 1n });
  warm(m, address);
  if (isTaken(account)) {
    frame.stack.push(0n);
    return;
  }
  const before = m.world.capture();
  becomeContract(m, address, account);
  moveValue(m, frame.self, address, value);
  if (code.size === 0) {
    frame.gas += childGas;
    frame.stack.push(address);
    return;
  }
  const child = new Frame();
  child.kind = FrameKind.CREATE;
  child.parent = frame;
  child.world = before;
  child.depth = frame.depth + 1;
  child.self = address;
  child.caller = frame.self;
  child.value = value;
  child.code = code;
  child.gas = childGas;
  m.frame = child;
}

/** H(rlp[creator, nonce])[12:] */
export function createAddress(creator: bigint, nonce: bigint): bigint {
  const list = encodeList([encodeString(toBytes20(creator)), encodeInteger(nonce)]);
  return toAddress(hashBytes(list));
}

/** EIP-1014 */
function create2Address(creator: bigint, salt: bigint, initHash: bigint): bigint {
  const bytes = new Uint8Array(85);
  bytes[0] = 0xff;
  bytes.set(toBytes20(creator), 1);
  bytes.set(toBytes32(salt), 21);
  bytes.set(toBytes32(initHash), 53);
  return toAddress(hashBytes(bytes));
}

/** EIP-684, EIP-7610: an account that a contract may not be created at. */
export function isTaken({ nonce, codeHash, storageRoot }: Account): boolean {
  return nonce !== 0n || codeHash !== EMPTY_CODE_HASH || storageRoot !== EMPTY_TRIE_ROOT;
}

/** A contract begins to exist: with nonce 1 (EIP-161) and the balance that the address has. */
export function becomeContract(m: Machine, address: bigint, account: Account): void {
  m.world.putAccount(address, {
    ...EMPTY_ACCOUNT,
    nonce: 1n,
    balance: account.balance,
    incarnation: account.incarnation,
    createdAt: m.stamp,
  });
}

/** RETURN, REVERT */
function end(m: Machine): void {
  const { frame, op } = m;
  const [offset, size] = [operand(m, 0), operand(m, 1)];
  const words = grow(frame.words, offset, size);
  if (words === TOO_MANY) return halt(m);
  const gas = frame.gas - expansion(frame.words, words);
  if (gas < 0) return halt(m);
  const view = memoryView(m, offset, size);
  if (op === RETURN && frame.kind === FrameKind.CREATE && view.size > 0) return deploy(m, view, gas);
  frame.gas = gas;
  finish(m, op === RETURN ? Outcome.SUCCESS : Outcome.REVERT, view);
}

/** A creation returns the code of its contract (EIP-170, EIP-3541). Whoever needs it loads it like any other. */
function deploy(m: Machine, view: View, gas: number): void {
  const { frame } = m;
  if (view.size > MAX_CODE_SIZE) return halt(m);
  const left = gas - CODE_BYTE * view.size;
  if (left < 0) return halt(m);
  if (readView(view, 0, 1, m.tape)[0] === 0xef) return halt(m);
  const codeHash = needHash(m, view);
  if (codeHash === undefined) return;
  m.store.addCode(readView(view, 0, view.size, undefined), codeHash);
  m.world.putAccount(frame.self, { ...knownAccount(m, frame.self), codeHash });
  frame.gas = left;
  finish(m, Outcome.SUCCESS, EMPTY_VIEW);
}

/** EIP-6780 */
function selfDestruct(m: Machine): void {
  const { frame } = m;
  const beneficiary = toAddress(operand(m, 0));
  let gas = frame.gas - (BASE[m.op] as number);
  const isCold = !isWarm(m, beneficiary);
  if (isCold) gas -= COLD_ACCOUNT + (BASE[CALL] as number);
  if (gas < 0) return halt(m);
  const heir = needAccount(m, beneficiary);
  if (heir === undefined) return;
  const self = knownAccount(m, frame.self);
  if (isEmpty(heir) && self.balance !== 0n) gas -= NEW_ACCOUNT;
  if (gas < 0) return halt(m);

  if (isCold) warm(m, beneficiary);
  const isNew = self.createdAt === m.stamp;
  const isOwn = beneficiary === frame.self;
  if (isNew || !isOwn)
    m.world.putAccount(frame.self, {
      ...self,
      balance: 0n,
      destroyedAt: isNew ? m.stamp : self.destroyedAt,
    });
  if (!isOwn) credit(m, beneficiary, self.balance);
  frame.gas = gas;
  finish(m, Outcome.SUCCESS, EMPTY_VIEW);
}
