import { becomeContract, createAddress, delegateCode, isTaken } from "./CallStage.js";
import { settle } from "./Frames.js";
import { shownNodes } from "./JobStage.js";
import { Frame, NO_JOB, NO_TX, type Machine } from "./Machine.js";
import { credit, moveValue, needAccount, needCode, warm } from "./Needs.js";
import { encodeInteger, readInteger, readItem, readList, type Item } from "./Rlp.js";
import {
  BEACON_ROOTS_ADDRESS,
  CONSOLIDATION_REQUESTS_ADDRESS,
  EMPTY_CODE_HASH,
  FrameKind,
  GAS_PER_BLOB,
  hashBytes,
  HISTORY_ADDRESS,
  isPrecompile,
  JobKind,
  Phase,
  Rules,
  SYSTEM_ADDRESS,
  SYSTEM_CALL,
  SYSTEM_CALL_GAS,
  toBytes32,
  toWord,
  WITHDRAWAL_REQUESTS_ADDRESS,
} from "./State.js";
import { authorityOf, decodeTransaction, readAuthorisation } from "./Transactions.js";
import { trieGet } from "./Trie.js";
import { EMPTY_VIEW, viewOf, viewOfBytes } from "./Views.js";
import { designator, isEmpty } from "./World.js";

/** One step of a phase that is neither RUN nor FLUSH. */
export function runPhase(m: Machine): void {
  switch (m.phase) {
    case Phase.BEFORE:
      return before(m);
    case Phase.BEGIN:
      return begin(m);
    case Phase.CHECK:
      return check(m);
    case Phase.WARM:
      return warmItem(m);
    case Phase.AUTHORISE:
      return authorise(m);
    case Phase.ENTER:
      return m.txn.initHash === 0n ? enterCall(m) : enterCreation(m);
    case Phase.END:
      return endTransaction(m);
    case Phase.WITHDRAW:
      return withdraw(m);
    case Phase.AFTER:
      return after(m);
    case Phase.RUN:
    case Phase.FLUSH:
    case Phase.DONE:
    case Phase.INVALID:
      throw new Error(`phase ${m.phase} is another stage's`);
  }
}

function next(m: Machine, phase: Phase): void {
  m.phase = phase;
  m.cursor = 0;
}

/** The world is written into the state trie. If nothing was ever loaded, there is nothing to write. */
function startFlush(m: Machine): void {
  if (m.world.isEmpty) return m.finishBlock(Phase.DONE);
  next(m, Phase.FLUSH);
  m.walk = [m.world.capture()];
}

/** EIP-4788, EIP-2935: calls before the transactions, left out where there is no code. */
function before(m: Machine): void {
  const { head } = m;
  if (m.cursor >= (head.rules >= Rules.PRAGUE ? 2 : 1)) return next(m, Phase.BEGIN);
  const isFirst = m.cursor === 0;
  const address = isFirst ? BEACON_ROOTS_ADDRESS : HISTORY_ADDRESS;
  const account = needAccount(m, address);
  if (account === undefined) return;
  if (account.codeHash === EMPTY_CODE_HASH) m.cursor += 1;
  else systemCall(m, address, account.codeHash, toBytes32(isFirst ? head.beaconRoot : head.parentHash));
}

/** EIP-7002, EIP-7251: calls after the transactions. Without code the block is invalid. */
function after(m: Machine): void {
  if (m.cursor === 4) return startFlush(m);
  const address = m.cursor === 2 ? WITHDRAWAL_REQUESTS_ADDRESS : CONSOLIDATION_REQUESTS_ADDRESS;
  const account = needAccount(m, address);
  if (account === undefined) return;
  if (account.codeHash === EMPTY_CODE_HASH) m.finishBlock(Phase.INVALID);
  else systemCall(m, address, account.codeHash, new Uint8Array());
}

function systemCall(m: Machine, address: bigint, codeHash: bigint, data: Uint8Array): void {
  const code = needCode(m, codeHash);
  if (code === undefined) return;
  const input = viewOfBytes(data);
  m.txn = { ...NO_TX, kind: SYSTEM_CALL, sender: SYSTEM_ADDRESS };
  const frame = new Frame();
  frame.world = m.world.capture();
  frame.self = address;
  frame.caller = SYSTEM_ADDRESS;
  frame.code = code;
  frame.input = input;
  frame.gas = SYSTEM_CALL_GAS;
  m.frame = frame;
  m.phase = Phase.RUN;
}

function begin(m: Machine): void {
  const key = encodeInteger(BigInt(m.cursor));
  const raw = trieGet(m.head.transactionsRoot, key, shownNodes(m));
  if (raw === undefined) return next(m, Phase.WITHDRAW);
  const txn = decodeTransaction(m, raw);
  if (txn === undefined) return m.finishBlock(Phase.INVALID);
  m.txn = txn;
  if (txn.dataSize > 0) m.job = { ...NO_JOB, kind: JobKind.DATA };
  m.phase = Phase.CHECK;
}

/** What only the state can tell; gas is bought (EIP-1559, EIP-4844), the nonce counted, the first addresses warmed. */
function check(m: Machine): void {
  const { txn, head } = m;
  const sender = needAccount(m, txn.sender);
  if (sender === undefined) return;
  const code = needCode(m, sender.codeHash);
  if (code === undefined) return;
  const isPrague = head.rules >= Rules.PRAGUE;
  const hasCode = code.size !== 0 && !(isPrague && code.delegate !== 0n);
  const gas = Math.max(txn.intrinsic + 4 * txn.tokens, isPrague ? 21_000 + 10 * txn.tokens : 0);
  if (txn.gasLimit < gas || sender.balance < txn.maxCost || sender.nonce !== txn.nonce || hasCode)
    return m.finishBlock(Phase.INVALID);
  const price = BigInt(txn.gasLimit) * txn.gasPrice + BigInt(txn.blobCount) * GAS_PER_BLOB * head.blobBaseFee;
  m.world.putAccount(txn.sender, { ...sender, nonce: sender.nonce + 1n, balance: sender.balance - price });
  warm(m, txn.sender);
  if (txn.initHash === 0n) warm(m, txn.to);
  warm(m, head.coinbase);
  m.blobs += txn.blobCount;
  m.phase = Phase.WARM;
}

/** One item of the access list: an address, or a slot of the last one. */
function warmItem(m: Machine): void {
  const { txn } = m;
  if (txn.listAt === txn.listEnd) {
    m.txn = { ...txn, listAt: 0, listEnd: 0, slotsEnd: 0, listAccount: 0n };
    m.phase = Phase.AUTHORISE;
    return;
  }
  const raw = m.store.raw(txn.hash);
  m.tape?.blob(raw);
  if (txn.listAt < txn.slotsEnd) {
    m.world.warmSlot(txn.listAccount, toWord(raw.subarray(txn.listAt + 1, txn.listAt + 33)), m.stamp);
    m.txn = { ...txn, listAt: txn.listAt + 33 };
    return;
  }
  const entry = readItem(raw, txn.listAt, txn.listEnd) as Item;
  const address = readItem(raw, entry.from, entry.to) as Item;
  const slots = readItem(raw, address.to, entry.to) as Item;
  const listAccount = toWord(raw.subarray(address.from, address.to));
  warm(m, listAccount);
  m.txn = { ...txn, listAt: slots.from, slotsEnd: slots.to, listAccount };
}

/** One authorisation (EIP-7702). */
function authorise(m: Machine): void {
  const { txn } = m;
  if (txn.authAt === txn.authEnd) {
    m.txn = { ...txn, authAt: 0, authEnd: 0 };
    m.phase = Phase.ENTER;
    return;
  }
  const raw = m.store.raw(txn.hash);
  m.tape?.blob(raw);
  const tuple = readItem(raw, txn.authAt, txn.authEnd) as Item;
  const authorisation = readAuthorisation(raw, tuple);
  if (authorisation === undefined) throw new Error("an authorisation was not checked");
  const authority = authorityOf(authorisation, m.chain.chainId);
  if (authority !== undefined) {
    const account = needAccount(m, authority);
    if (account === undefined) return;
    const code = needCode(m, account.codeHash);
    if (code === undefined) return;
    warm(m, authority);
    const hasCode = code.size !== 0 && code.delegate === 0n;
    if (!hasCode && account.nonce === authorisation.nonce) {
      if (!isEmpty(account)) m.txn = { ...txn, refund: txn.refund + 12_500 };
      const { address } = authorisation;
      const codeHash = address === 0n ? EMPTY_CODE_HASH : hashBytes(designator(address));
      if (address !== 0n) m.store.addCode(designator(address), codeHash);
      m.world.putAccount(authority, { ...account, codeHash, nonce: account.nonce + 1n });
    }
  }
  m.txn = { ...m.txn, authAt: tuple.to };
}

/** Gas of the top frame. */
function gasToRun({ txn }: Machine): number {
  return txn.gasLimit - txn.intrinsic - 4 * txn.tokens;
}

function enterCall(m: Machine): void {
  const { txn, head } = m;
  const { to, value } = txn;
  const isNative = isPrecompile(to, head.rules);
  let codeHash = EMPTY_CODE_HASH;
  if (!isNative || value !== 0n) {
    const account = needAccount(m, to);
    if (account === undefined) return;
    if (!isNative) codeHash = account.codeHash;
  }
  let code = needCode(m, codeHash);
  if (code === undefined) return;
  const { delegate } = code;
  if (delegate !== 0n && head.rules >= Rules.PRAGUE) {
    code = delegateCode(m, delegate);
    if (code === undefined) return;
    warm(m, delegate);
  }
  const world = m.world.capture();
  moveValue(m, txn.sender, to, value);
  if (!isNative && code.size === 0) return settle(m, gasToRun(m), 0);
  const frame = new Frame();
  frame.kind = isNative ? FrameKind.PRECOMPILE : FrameKind.CALL;
  frame.world = world;
  frame.self = to;
  frame.caller = txn.sender;
  frame.value = value;
  frame.code = code;
  frame.precompile = isNative ? Number(to) : 0;
  frame.input = viewOf(txn.input, 0, txn.dataSize);
  frame.gas = gasToRun(m);
  m.frame = frame;
  m.phase = Phase.RUN;
}

function enterCreation(m: Machine): void {
  const { txn } = m;
  const address = createAddress(txn.sender, txn.nonce);
  const account = needAccount(m, address);
  if (account === undefined) return;
  const code = needCode(m, txn.initHash);
  if (code === undefined) return;
  warm(m, address);
  if (isTaken(account)) return settle(m, 0, 0);
  const world = m.world.capture();
  becomeContract(m, address, account);
  moveValue(m, txn.sender, address, txn.value);
  if (code.size === 0) return settle(m, gasToRun(m), 0);
  const frame = new Frame();
  frame.kind = FrameKind.CREATE;
  frame.world = world;
  frame.self = address;
  frame.caller = txn.sender;
  frame.value = txn.value;
  frame.code = code;
  frame.input = EMPTY_VIEW;
  frame.gas = gasToRun(m);
  m.frame = frame;
  m.phase = Phase.RUN;
}

/** Refund (EIP-3529), floor (EIP-7623), payments. */
function endTransaction(m: Machine): void {
  const { txn, frame, head } = m;
  const sender = needAccount(m, txn.sender);
  if (sender === undefined || needAccount(m, head.coinbase) === undefined) return;
  let used = txn.gasLimit - frame.gas;
  used -= Math.min(Math.floor(used / 5), frame.refund + txn.refund);
  if (head.rules >= Rules.PRAGUE) used = Math.max(used, 21_000 + 10 * txn.tokens);
  credit(m, txn.sender, BigInt(txn.gasLimit - used) * txn.gasPrice);
  credit(m, head.coinbase, BigInt(used) * txn.tip);
  m.gasUsed += used;
  m.cursor += 1;
  m.stamp += 1;
  m.txn = NO_TX;
  m.frame = new Frame();
  m.phase = Phase.BEGIN;
}

/** EIP-4895: [index, validator, address, amount in gwei] */
function withdraw(m: Machine): void {
  const rlp = trieGet(m.head.withdrawalsRoot, encodeInteger(BigInt(m.cursor)), shownNodes(m));
  if (rlp === undefined) {
    if (m.head.rules < Rules.PRAGUE || !m.chain.makesSystemCalls) return startFlush(m);
    m.phase = Phase.AFTER;
    m.cursor = 2;
    return;
  }
  const items = readList(rlp);
  const amount = readInteger(rlp, items?.[3], 8);
  const target = items?.[2];
  if (
    items?.length !== 4 ||
    readInteger(rlp, items[0], 8) === undefined ||
    readInteger(rlp, items[1], 8) === undefined ||
    target === undefined ||
    target.isList ||
    target.to - target.from !== 20 ||
    amount === undefined
  )
    return m.finishBlock(Phase.INVALID);
  const address = toWord(rlp.subarray(target.from, target.to));
  const account = needAccount(m, address);
  if (account === undefined) return;
  m.world.putAccount(address, { ...account, balance: account.balance + amount * 1_000_000_000n });
  m.cursor += 1;
}
