import { keccak256 } from "../../shared/execution/crypto.js";
import { CodeBytes } from "../../shared/machine/Codes.js";
import { Frame, NO_JOB, type Machine } from "../../shared/machine/Machine.js";
import { encodeList, encodeString } from "../../shared/machine/Rlp.js";
import {
  EMPTY_TRIE_ROOT,
  FrameKind,
  hashBytes,
  JobKind,
  Phase,
  Rules,
  toBytes20,
  toBytes32,
} from "../../shared/machine/State.js";
import { secureKey, triePut } from "../../shared/machine/Trie.js";
import { viewOfBytes, viewOf } from "../../shared/machine/Views.js";
import { designator, EMPTY_ACCOUNT, Tag } from "../../shared/machine/World.js";
import { advance } from "../../shared/machine/Stepper.js";
import { largeTransaction } from "./largeTransactions.js";

/** A state whose next step is among the dearest of its kind. */
export interface WorstStep {
  label: string;
  machine: Machine;
}

/** What the largest legal objects of A are. */
const MAX_CODE = 24_576;
const MAX_INIT_CODE = 49_152;
/** Zero bytes of data that a transaction's gas can pay (EIP-7825, EIP-7623), and what that leaves for lists. */
const MAX_DATA = Math.floor((2 ** 24 - 21_000) / 10);
const LIST_GAS = 2 ** 24 - 21_000 - 4 * MAX_DATA;
/** Levels of full branches above a leaf: 16 to the power of this many accounts. */
const TRIE_DEPTH = 12;
const SELF = 0x5e1fn;
const OTHER = 0x07e4n;
const DELEGATE = 0xde1en;
const BIG = 2n ** 250n;

/**
 * The dearest steps, made by hand. `fresh` makes a machine in the first state of some block; what it holds does not matter.
 *
 * The world of each holds `entries` marks besides what the step touches: the depth of the map is what all accesses of the world
 * pay for.
 */
export function* worstSteps(fresh: () => Machine, entries: number): Generator<WorstStep> {
  yield* fetches(fresh);
  yield* jobs(fresh);
  const world = inWorld(fresh, entries);
  yield* worldSteps(world, entries);
  yield* flushes(world, entries);
  yield* bodies(fresh);
}

export function inFrame(
  fresh: () => Machine,
  code: Uint8Array,
  stack: bigint[] = [],
  kind = FrameKind.CALL,
): Machine {
  const m = fresh();
  m.phase = Phase.RUN;
  m.frame = new Frame();
  m.frame.kind = kind;
  m.frame.self = SELF;
  m.frame.code = new CodeBytes(code);
  m.frame.gas = 10_000_000;
  m.frame.stack = stack;
  return m;
}

/** A code of one opcode and then nothing but JUMPDESTs. */
function codeOf(op: number, size: number): Uint8Array {
  const code = new Uint8Array(size).fill(0x5b);
  code[0] = op;
  return code;
}

/** Memory without a zero word. */
export function fillMemory(m: Machine, bytes: number): void {
  const data = Uint8Array.from({ length: bytes }, (_, at) => 1 + (at % 255));
  m.frame.memory.write(0, data);
  m.frame.words = bytes / 32;
}

/** The frame's caller, as large as it gets. */
export function underCaller(m: Machine): Machine {
  const caller = new Frame();
  caller.self = OTHER;
  caller.code = new CodeBytes(Uint8Array.of(1));
  caller.stack = [1n, 2n, 3n];
  caller.memory.write(0, new Uint8Array(4096).fill(7));
  m.frame.parent = caller;
  m.frame.depth = 1;
  m.frame.outSize = 100;
  return m;
}

function* fetches(fresh: () => Machine): Generator<WorstStep> {
  for (const [name, size, kind] of [
    ["code of 24.5 KB", MAX_CODE, FrameKind.CALL],
    ["init code of 49 KB", MAX_INIT_CODE, FrameKind.CREATE],
  ] as const) {
    yield { label: `fetch ADD, ${name}`, machine: inFrame(fresh, codeOf(0x01, size), [1n, 2n], kind) };
    const push = codeOf(0x01, size);
    push[31] = 0x7f;
    const pushing = inFrame(fresh, push, [], kind);
    pushing.frame.pc = 31;
    yield { label: `fetch PUSH32 of the next word, ${name}`, machine: pushing };
    yield {
      label: `fetch JUMP to the end, ${name}`,
      machine: inFrame(fresh, codeOf(0x56, size), [BigInt(size - 1)], kind),
    };
    const words = Array.from({ length: 17 }, (_, at) => 2n ** 255n + BigInt(at));
    yield { label: `fetch SWAP16, ${name}`, machine: inFrame(fresh, codeOf(0x9f, size), words, kind) };
    const store = inFrame(fresh, codeOf(0x52, size), [2n ** 256n - 1n, 70_001n], kind);
    fillMemory(store, 131_072);
    yield { label: `fetch MSTORE across words, ${name}`, machine: store };
    yield {
      label: `fetch of an unknown opcode under a caller, ${name}`,
      machine: underCaller(inFrame(fresh, codeOf(0xfe, size), [], kind)),
    };
  }
}

/** Codes that differ in what there is to find in them. */
const textures: [name: string, byteAt: (at: number) => number][] = [
  ["JUMPDESTs", () => 0x5b],
  ["PUSH1s", () => 0x60],
  ["PUSH1s of JUMPDEST", (at) => (at % 2 === 0 ? 0x60 : 0x5b)],
  ["JUMPDESTs and PUSH1s", (at) => (at % 3 === 0 ? 0x5b : 0x60)],
  ["PUSH32s", () => 0x7f],
  // A byte that depends on all bits of its place.
  ["noise", (at) => (Math.imul(at ^ (at >>> 7), 0x9e3779b1) >>> 13) & 0xff],
];

function* jobs(fresh: () => Machine): Generator<WorstStep> {
  const idle = (): Machine => {
    const m = inFrame(fresh, Uint8Array.of(0));
    fillMemory(m, 131_072);
    return m;
  };
  const source = viewOfBytes(new Uint8Array(131_072).fill(0xee));

  for (const [name, size] of [
    ["code of 24.5 KB", MAX_CODE],
    ["init code of 49 KB", MAX_INIT_CODE],
  ] as const) {
    for (const [texture, byteAt] of textures) {
      const code = Uint8Array.from({ length: size }, (_, at) => byteAt(at));
      const load = idle();
      const hash = hashBytes(code);
      load.store.addCode(code, hash);
      load.job = { ...NO_JOB, kind: JobKind.LOAD_CODE, hash };
      yield { label: `load ${name} of ${texture}`, machine: load };
    }
    const copyCode = idle();
    const { view } = new CodeBytes(new Uint8Array(size).fill(0xff));
    copyCode.job = { ...NO_JOB, kind: JobKind.COPY, source: view, position: 5, to: 70_001, left: 9999 };
    yield { label: `copy from ${name}, across words`, machine: copyCode };
  }

  const copy = idle();
  copy.job = { ...NO_JOB, kind: JobKind.COPY, source, position: 77_777, to: 70_016, left: 9999 };
  yield { label: "copy from a view, across words", machine: copy };

  const hash = idle();
  hash.job = { ...NO_JOB, kind: JobKind.HASH, source: viewOf(source.tree, 31, 131_000) };
  // The second block begins from a state that has to be shown.
  yield { label: "hash a block across words", machine: afterOneStep(hash) };

  for (const [kind, name] of [
    [JobKind.LOAD_ACCOUNT, "account"],
    [JobKind.LOAD_SLOT, "slot"],
  ] as const) {
    const m = idle();
    const preimage = kind === JobKind.LOAD_ACCOUNT ? toBytes20(OTHER) : toBytes32(7n);
    const value = kind === JobKind.LOAD_ACCOUNT ? accountRlp() : encodeString(toBytes32(2n ** 256n - 1n));
    const root = deepTrie(m, secureKey(preimage), value);
    if (kind === JobKind.LOAD_ACCOUNT) m.stateRoot = root;
    else m.world.putAccount(OTHER, { ...EMPTY_ACCOUNT, nonce: 1n, storageRoot: root });
    m.job = { ...NO_JOB, kind, account: OTHER, key: 7n };
    yield { label: `load: ${name} under ${TRIE_DEPTH} branches`, machine: m };
  }
}

export function accountRlp(): Uint8Array {
  return encodeList([
    encodeString(new Uint8Array(8).fill(1)),
    encodeString(new Uint8Array(32).fill(1)),
    encodeString(new Uint8Array(32).fill(2)),
    encodeString(new Uint8Array(32).fill(3)),
  ]);
}

export function afterOneStep(m: Machine): Machine {
  advance(m, m.steps + 1);
  return m;
}

/** A trie in which full branches lead to one leaf. What stands beside the way is not known, and need not be. */
function deepTrie(m: Machine, key: Uint8Array, value: Uint8Array, depth = TRIE_DEPTH): bigint {
  const nibbles = [...key].flatMap((byte) => [byte >> 4, byte & 15]);
  const rest = nibbles.slice(depth);
  const flagged = rest.length % 2 === 0 ? [2, 0, ...rest] : [3, ...rest];
  const path = Uint8Array.from(
    { length: flagged.length / 2 },
    (_, at) => 16 * (flagged[2 * at] as number) + (flagged[2 * at + 1] as number),
  );
  let node = encodeList([encodeString(path), encodeString(value)]);
  let hash = m.store.addNode(node);
  for (let level = depth - 1; level >= 0; level -= 1) {
    const children = Array.from({ length: 16 }, (_, at) =>
      encodeString(at === nibbles[level] ? toBytes32(hash) : keccak256(Uint8Array.of(level, at))),
    );
    node = encodeList([...children, Uint8Array.of(0x80)]);
    hash = m.store.addNode(node);
  }
  return hash;
}

/** A machine with a world of many entries, in which some accounts are loaded. */
function inWorld(fresh: () => Machine, entries: number): Machine {
  const m = inFrame(fresh, Uint8Array.of(0));
  m.head = { ...m.head, rules: Rules.OSAKA };
  for (const address of [SELF, OTHER, DELEGATE, m.head.coinbase])
    m.world.putAccount(address, { ...EMPTY_ACCOUNT, nonce: 1n, balance: BIG, codeHash: BIG });
  m.world.putCode(BIG, new CodeBytes(designator(DELEGATE)));
  m.world.putSlot(SELF, 0n, BIG, { value: 1n, original: 1n, originalAt: 0 });
  for (let at = 0; at < entries; at += 1) m.world.warmAccount(BigInt(at), m.stamp + 1);
  fillMemory(m, 4096);
  return underCaller(m);
}

function* worldSteps(world: Machine, entries: number): Generator<WorstStep> {
  const latched = (op: number, ...operands: bigint[]): Machine => {
    const m = world.snapshot();
    m.op = op;
    m.frame.stack = [9n, 9n, ...operands.reverse()];
    m.frame.gas = 9_000_000;
    return m;
  };
  const note = `, ${entries} entries`;
  yield { label: `SLOAD, cold${note}`, machine: latched(0x54, BIG) };
  yield { label: `SSTORE, cold${note}`, machine: latched(0x55, BIG, 5n) };
  yield { label: `TSTORE${note}`, machine: latched(0x5d, BIG, 5n) };
  yield { label: `EXTCODECOPY, cold${note}`, machine: latched(0x3c, OTHER, 0n, 0n, 64n) };
  yield {
    label: `CALL with value to a cold delegated account with a cold delegate${note}`,
    machine: latched(0xf1, 100_000n, OTHER, 1n, 0n, 64n, 0n, 64n),
  };
  const creates = (): Machine => {
    const m = latched(0xf5, 1n, 0n, 64n, 5n);
    m.hashed = hashBytes(new Uint8Array(64));
    return m;
  };
  yield { label: `CREATE2 that finds its account missing${note}`, machine: creates() };
  yield { label: `CREATE2 that finds its code missing${note}`, machine: withAccount(creates()) };
  const create = withAccount(creates());
  create.world.putCode(create.hashed, new CodeBytes(new Uint8Array(64)));
  yield { label: `CREATE2${note}`, machine: create };
  yield { label: `SELFDESTRUCT to a cold account${note}`, machine: latched(0xff, OTHER) };
  const returns = latched(0xf3, 0n, 64n);
  returns.frame.kind = FrameKind.CREATE;
  returns.hashed = hashBytes(new Uint8Array(64).fill(7));
  yield { label: `RETURN of a code${note}`, machine: returns };

  const end = world.snapshot();
  end.phase = Phase.END;
  end.txn = { ...end.txn, sender: OTHER, gasLimit: 100_000, gasPrice: 5n, tip: 1n };
  end.frame = new Frame();
  yield { label: `end of a transaction${note}`, machine: end };
}

/** The same machine with the account that its latched opcode lacks. */
function withAccount(m: Machine): Machine {
  const tried = afterOneStep(m.snapshot());
  m.world.putAccount(tried.job.account, EMPTY_ACCOUNT);
  return m;
}

function* flushes(world: Machine, entries: number): Generator<WorstStep> {
  for (const [cursor, name] of [
    "put a slot",
    "remove a slot",
    "put an account",
    "remove an account",
  ].entries()) {
    const m = world.snapshot();
    m.phase = Phase.FLUSH;
    m.cursor = cursor;
    const isSlot = cursor < 2;
    const value = isSlot ? encodeString(toBytes32(1n)) : accountRlp();
    const root = deepTrie(m, secureKey(isSlot ? toBytes32(9n) : toBytes20(0xaan)), value);
    const account = { ...EMPTY_ACCOUNT, nonce: cursor === 3 ? 0n : 1n, storageRoot: root };
    if (isSlot) {
      m.world.putAccount(0xaan, account);
      m.world.putSlot(0xaan, 0n, 9n, {
        value: cursor === 0 ? 2n ** 256n - 1n : 0n,
        original: 1n,
        originalAt: 1,
      });
    } else {
      m.stateRoot = root;
      m.world.putAccount(0xaan, { ...account, storageRoot: EMPTY_ACCOUNT.storageRoot });
    }
    const key = isSlot
      ? m.world.keys.key(Tag.SLOT, 0xaan, 0n, 9n)
      : m.world.keys.key(Tag.ACCOUNT, 0xaan, 0n, 0n);
    m.walk = [m.world.capture(), m.world.leaf(key)];
    yield { label: `flush: ${name} under ${TRIE_DEPTH} branches, ${entries} entries`, machine: m };
  }
}

/** Steps that show a transaction of the largest size. */
function* bodies(fresh: () => Machine): Generator<WorstStep> {
  const data = largeTransaction({ data: new Uint8Array(90_000) });
  yield { label: "begin a transaction with 90 KB of data", machine: beginning(fresh, data) };

  for (const [addresses, slots] of [
    [1, 8818],
    [6981, 0],
    [3896, 1],
  ] as const) {
    const listed = largeTransaction({ addresses, slots });
    const what = `${addresses} addresses with ${slots} slots each`;
    yield { label: `begin a transaction that lists ${what}`, machine: beginning(fresh, listed) };
    const entered = afterOneStep(beginning(fresh, listed));
    entered.phase = Phase.WARM;
    yield { label: `warm the first of ${what}`, machine: entered };
  }

  const authorising = largeTransaction({ authorisations: 670 });
  yield { label: "begin a transaction with 670 authorisations", machine: beginning(fresh, authorising) };
  const authorised = afterOneStep(beginning(fresh, authorising));
  authorised.phase = Phase.AUTHORISE;
  yield { label: "one of 670 authorisations", machine: authorised };

  const largest = largeTransaction({ data: new Uint8Array(MAX_DATA) });
  yield { label: "begin a transaction with 1.67 MB of data", machine: beginning(fresh, largest) };
  yield {
    label: "a word of 1.67 MB of data",
    machine: afterOneStep(beginning(fresh, largest)),
  };
  for (const [what, parts] of [
    ["and as many authorisations as go with it", { authorisations: Math.floor(LIST_GAS / 25_000) }],
    ["and as many addresses with a slot as go with it", { addresses: Math.floor(LIST_GAS / 4300), slots: 1 }],
  ] as const) {
    const both = largeTransaction({ data: new Uint8Array(MAX_DATA), ...parts });
    yield { label: `begin a transaction with 1.67 MB of data ${what}`, machine: beginning(fresh, both) };
  }
}

/** The block's only transaction comes next. Before Osaka it may take all the gas that a block can have. */
export function beginning(fresh: () => Machine, raw: Uint8Array, rules = Rules.OSAKA): Machine {
  const m = fresh();
  m.phase = Phase.BEGIN;
  const nodes = {
    get: (hash: bigint) => m.store.node(hash),
    add: (node: Uint8Array) => m.store.addNode(node),
  };
  const transactionsRoot = triePut(EMPTY_TRIE_ROOT, Uint8Array.of(0x80), raw, nodes);
  const gasLimit = rules === Rules.OSAKA ? m.head.gasLimit : 2n ** 27n;
  m.head = { ...m.head, rules, gasLimit, transactionsRoot, baseFee: 7n };
  return m;
}
