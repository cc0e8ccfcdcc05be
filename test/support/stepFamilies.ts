import { CodeBytes } from "../../shared/machine/Codes.js";
import { NO_JOB, type Machine } from "../../shared/machine/Machine.js";
import { isDefined, POPS } from "../../shared/machine/Gas.js";
import { encodeString } from "../../shared/machine/Rlp.js";
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
import { advance } from "../../shared/machine/Stepper.js";
import { secureKey, triePut } from "../../shared/machine/Trie.js";
import { viewOf, viewOfBytes } from "../../shared/machine/Views.js";
import { designator, EMPTY_ACCOUNT, Tag } from "../../shared/machine/World.js";
import {
  blake2fInputs,
  modExpInputs,
  msmInputs,
  nativeInputs,
  pairingInputs,
} from "../shared/machine/precompiles/inputs.js";
import { largeTransaction } from "./largeTransactions.js";
import { accountRlp, beginning, fillMemory, inFrame, underCaller } from "./worstSteps.js";

/**
 * Steps of one kind that differ in numbers: what a search for the dearest varies. Each parameter is in [0, 1).
 */
export interface StepFamily {
  name: string;
  parameters: number;
  /** The machine before the step; undefined where these parameters make none. */
  build(fresh: () => Machine, parameters: readonly number[]): Machine | undefined;
}

const SELF = 0x5e1fn;
const OTHER = 0x07e4n;
const DELEGATE = 0xde1en;
const CODE_HASH = 2n ** 250n;
/** What a slot, an account or a balance is put at. */
const KEY = 9n;
const MAX_CODE = 24_576;
const MEMORY = 65_536;
/** Entries of the world besides those that a step touches. */
const ENTRIES = 4096;
/** Nibbles that keys of a trie share: so much can be searched for. */
const SHARED_NIBBLES = 12;
const OPCODES = Array.from({ length: 256 }, (_, op) => op).filter((op) => isDefined(op, Rules.OSAKA));
const LATCHED = [0x20, 0x31, 0x3b, 0x3c, 0x3f, 0x40, 0x47, 0x49, 0x54, 0x55, 0x5c, 0x5d];
const CALLS = [0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xfa, 0xfd, 0xff];

/** A whole number from 0 to `most`. */
const upTo = (parameter: number | undefined, most: number): number =>
  Math.floor((parameter ?? 0) * (most + 1));
const pick = <T>(parameter: number | undefined, items: readonly T[]): T =>
  items[upTo(parameter, items.length - 1)] as T;

/** An opcode anywhere in a code of any size and texture, with any operands. */
const fetched: StepFamily = {
  name: "fetch",
  parameters: 8,
  build(fresh, [which, size, place, texture, first, second, isCreation, depth]) {
    const kind = (isCreation ?? 0) < 0.5 ? FrameKind.CALL : FrameKind.CREATE;
    const length = 2 + upTo(size, (kind === FrameKind.CALL ? MAX_CODE : 2 * MAX_CODE) - 2);
    const code = new Uint8Array(length).fill(pick(texture, [0x5b, 0x00, 0x60, 0x7f, 0xff, 0x01]));
    // Jumps, which read the code up to their target, get their share.
    const op = pick(which, [
      ...OPCODES,
      ...new Array<number>(40).fill(0x56),
      ...new Array<number>(20).fill(0x57),
    ]);
    const pc = upTo(place, length - 1);
    const target = upTo(first, length - 1);
    const isJump = op === 0x56 || op === 0x57;
    if (isJump) code[target] = 0x5b;
    code[pc] = op;
    const operands = [upTo(first, MEMORY), upTo(second, MEMORY), upTo(place, MEMORY)].map(BigInt);
    const filler = 2n ** 256n - 1n;
    const stack = Array.from({ length: 17 }, (_, at) => operands[at] ?? filler).reverse();
    if (isJump) stack[stack.length - 1] = BigInt(target);
    const m = inFrame(fresh, code, stack, kind);
    m.head = { ...m.head, rules: Rules.OSAKA };
    m.frame.pc = pc;
    m.frame.input = viewOfBytes(new Uint8Array(MEMORY).fill(0xee));
    m.frame.returned = m.frame.input;
    fillMemory(m, MEMORY);
    return (depth ?? 0) < 0.5 ? underCaller(m) : m;
  },
};

const crowded = new WeakMap<() => Machine, Machine>();

/** A machine in whose world are many entries. They are put there once. */
function inCrowd(fresh: () => Machine): Machine {
  const known = crowded.get(fresh);
  if (known !== undefined) return known.snapshot();
  const m = inFrame(fresh, Uint8Array.of(0));
  for (let at = 0; at < ENTRIES; at += 1) m.world.warmAccount(BigInt(at), m.stamp + 1);
  crowded.set(fresh, m);
  return m.snapshot();
}

/** A latched opcode with any operands in a world of many entries. */
const latched: StepFamily = {
  name: "latched",
  parameters: 8,
  build(fresh, [which, ...rest]) {
    const op = pick(which, [...LATCHED, ...CALLS]);
    const m = inCrowd(fresh);
    m.head = { ...m.head, rules: Rules.OSAKA };
    for (const address of [SELF, OTHER, DELEGATE, m.head.coinbase])
      m.world.putAccount(address, { ...EMPTY_ACCOUNT, nonce: 1n, balance: CODE_HASH, codeHash: CODE_HASH });
    m.world.putCode(CODE_HASH, new CodeBytes(designator(DELEGATE)));
    m.world.putSlot(SELF, 0n, KEY, { value: 1n, original: 1n, originalAt: 0 });
    fillMemory(m, MEMORY);
    underCaller(m);
    m.frame.outOffset = upTo(rest[0], MEMORY);
    const operands = Array.from({ length: POPS[op] as number }, (_, at) => {
      const parameter = rest[at % rest.length] as number;
      return pick((parameter * 7) % 1, [
        BigInt(upTo(parameter, 200)),
        BigInt(upTo(parameter, MEMORY)),
        OTHER,
        m.head.coinbase,
        KEY,
        0n,
        1n,
        2n ** 256n - 1n,
      ]);
    });
    m.op = op;
    m.frame.stack = [9n, 9n, ...operands];
    const hashed = new Uint8Array(64).fill(upTo(rest[6], 255));
    if ((rest[5] ?? 0) < 0.5) m.hashed = hashBytes(hashed);
    // A creation finds its code as often as not.
    if ((rest[5] ?? 0) < 0.25) m.world.putCode(m.hashed, new CodeBytes(hashed));
    if (op === 0xf3 && (rest[4] ?? 0) < 0.5) m.frame.kind = FrameKind.CREATE;
    m.frame.gas = 10_000_000;
    return m;
  },
};

/** A trie of real nodes around one key: at each level other keys leave the way to it, or none. */
function trieAround(m: Machine, key: Uint8Array, value: Uint8Array, shape: readonly number[]): bigint {
  const nodes = {
    get: (hash: bigint) => m.store.node(hash),
    add: (node: Uint8Array) => m.store.addNode(node),
  };
  let root = triePut(EMPTY_TRIE_ROOT, key, value, nodes);
  for (let level = 0; level < SHARED_NIBBLES; level += 1) {
    for (let other = 1; other <= upTo(shape[level % shape.length], 15); other += 1) {
      const sibling = key.slice();
      const at = level >> 1;
      sibling[at] = (sibling[at] as number) ^ (level % 2 === 0 ? other << 4 : other);
      root = triePut(root, sibling, value, nodes);
    }
  }
  return root;
}

/** An account or a slot that is loaded, put or removed, in tries of any shape. */
const tries: StepFamily = {
  name: "trie",
  parameters: 2 + SHARED_NIBBLES,
  build(fresh, [which, size, ...shape]) {
    const m = inCrowd(fresh);
    const action = upTo(which, 5);
    const isSlot = action % 2 === 0;
    const word = toBytes32(2n ** BigInt(8 * upTo(size, 31) + 7));
    const value = isSlot ? encodeString(word.subarray(word.findIndex((byte) => byte !== 0))) : accountRlp();
    const root = trieAround(m, secureKey(isSlot ? toBytes32(KEY) : toBytes20(OTHER)), value, shape);
    if (isSlot) m.world.putAccount(OTHER, { ...EMPTY_ACCOUNT, nonce: 1n, storageRoot: root });
    else m.stateRoot = root;
    if (action < 2) {
      const kind = isSlot ? JobKind.LOAD_SLOT : JobKind.LOAD_ACCOUNT;
      m.job = { ...NO_JOB, kind, account: OTHER, key: KEY };
      return m;
    }
    const removes = action >= 4;
    m.phase = Phase.FLUSH;
    m.cursor = (isSlot ? 0 : 2) + (removes ? 1 : 0);
    if (isSlot)
      m.world.putSlot(OTHER, 0n, KEY, {
        value: removes ? 0n : 2n ** 256n - 1n,
        original: 1n,
        originalAt: 1,
      });
    else m.world.putAccount(OTHER, { ...EMPTY_ACCOUNT, nonce: removes ? 0n : 2n ** 63n });
    const { keys } = m.world;
    const key = isSlot ? keys.key(Tag.SLOT, OTHER, 0n, KEY) : keys.key(Tag.ACCOUNT, OTHER, 0n, 0n);
    m.walk = [m.world.capture(), m.world.leaf(key)];
    return m;
  },
};

/** A code of any size and texture that is loaded: one opcode again and again, or two in turn. */
const loaded: StepFamily = {
  name: "load a code",
  parameters: 4,
  build(fresh, [size, texture, other, period]) {
    const m = inCrowd(fresh);
    const ops = [0x5b, 0x00, 0x60, 0x61, 0x6f, 0x7e, 0x7f, 0xff];
    const code = new Uint8Array(1 + upTo(size, 2 * MAX_CODE - 1)).fill(pick(texture, ops));
    const step = 1 + upTo(period, 40);
    for (let at = 0; at < code.length; at += step) code[at] = pick(other, ops);
    const hash = hashBytes(code);
    m.store.addCode(code, hash);
    m.job = { ...NO_JOB, kind: JobKind.LOAD_CODE, hash };
    return m;
  },
};

/** A unit of a copy or of a hash, anywhere. */
const bytes: StepFamily = {
  name: "copy or hash",
  parameters: 6,
  build(fresh, [which, offset, size, position, to, left]) {
    const m = inFrame(fresh, Uint8Array.of(0));
    fillMemory(m, MEMORY);
    const start = upTo(offset, MEMORY);
    const source = viewOf(
      viewOfBytes(new Uint8Array(2 * MEMORY).fill(0xee)).tree,
      start,
      1 + upTo(size, MEMORY - 1),
    );
    const action = upTo(which, 1);
    if (action === 1) {
      m.job = { ...NO_JOB, kind: JobKind.HASH, source };
      for (let unit = upTo(position, 3); unit > 0 && m.job.kind === JobKind.HASH; unit -= 1)
        advance(m, m.steps + 1);
      return m.job.kind === JobKind.HASH ? m : undefined;
    }
    m.job = {
      ...NO_JOB,
      kind: JobKind.COPY,
      source,
      position: upTo(position, source.size),
      to: upTo(to, MEMORY),
      left: 1 + upTo(left, 64),
    };
    return m;
  },
};

/** A step that shows a transaction which costs no more than Osaka allows: data, an access list, authorisations. */
const bodies: StepFamily = {
  name: "transaction",
  parameters: 6,
  build(fresh, [which, data, entries, slots, authorisations, zeros]) {
    const perEntry = 2400 + 1900 * upTo((slots ?? 0) ** 4, 8000);
    const budget = 2 ** 24 - 30_000;
    // EIP-7623: the floor, ten a token, counts the data alone; the lists get what the data's own price, four, leaves.
    const perByte = (zeros ?? 0) < 0.5 ? 10 : 40;
    const size = Math.floor(((data ?? 0) * budget) / perByte);
    const left = budget - 0.4 * perByte * size;
    const shares = Math.max(1, (entries ?? 0) + (authorisations ?? 0));
    const raw = largeTransaction({
      data: new Uint8Array(size).fill(perByte === 10 ? 0 : 0xff),
      addresses: Math.floor((left * (entries ?? 0)) / shares / perEntry),
      slots: (perEntry - 2400) / 1900,
      authorisations: Math.floor((left * (authorisations ?? 0)) / shares / 25_000),
    });
    const m = beginning(fresh, raw);
    const action = upTo(which, 3);
    if (action === 0) return m;
    advance(m, m.steps + 1);
    if (action === 1) return m.job.kind === JobKind.DATA ? m : undefined;
    m.job = NO_JOB;
    m.phase = action === 2 ? Phase.WARM : Phase.AUTHORISE;
    return m;
  },
};

const inputs = [...nativeInputs(), ...msmInputs(), ...pairingInputs(), ...blake2fInputs(), ...modExpInputs()];

/** The start of a precompile with one of the inputs of its tests, or a unit of its job. */
const precompiles: StepFamily = {
  name: "precompile",
  parameters: 2,
  build(fresh, [which, unit]) {
    const { precompile, input } = pick(which, inputs);
    const m = inFrame(fresh, new Uint8Array(), [], FrameKind.PRECOMPILE);
    m.head = { ...m.head, rules: Rules.OSAKA };
    underCaller(m);
    m.frame.precompile = precompile;
    m.frame.self = BigInt(precompile);
    m.frame.input = viewOfBytes(input);
    m.frame.gas = 2 ** 30;
    for (let left = upTo((unit ?? 0) ** 2, 300); left > 0; left -= 1) {
      advance(m, m.steps + 1);
      if (m.job.kind === JobKind.NONE || m.job.kind === JobKind.COPY) return undefined;
    }
    return m;
  },
};

export const stepFamilies: readonly StepFamily[] = [
  fetched,
  loaded,
  latched,
  tries,
  bytes,
  bodies,
  precompiles,
];
