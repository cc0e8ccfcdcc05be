import { NO_JOB, type Job, type Machine, type Progress } from "./Machine.js";
import { absorb, digestOf, RATE, stateBytes } from "./Keccak.js";
import { Milestones } from "./Milestones.js";
import { unavailable } from "./PreState.js";
import { runPrecompileJob } from "./PrecompileStage.js";
import { readInteger, readItem, readList, type Item } from "./Rlp.js";
import { EMPTY_TRIE_ROOT, hashBytes, JobKind, toBytes20, toBytes32, toWord } from "./State.js";
import { secureKey, trieGet, type Nodes } from "./Trie.js";
import { readView, writeMemory, type View } from "./Views.js";
import { EMPTY_ACCOUNT, type Account } from "./World.js";

/** Runs up to `max` units of the pending job, each of which is a step. Answers how many. */
export function runJob(m: Machine, max: number): number {
  switch (m.job.kind) {
    case JobKind.LOAD_ACCOUNT:
      return one(loadAccount(m));
    case JobKind.LOAD_SLOT:
      return one(loadSlot(m));
    case JobKind.LOAD_CODE:
      return one(loadCode(m));
    case JobKind.LOAD_ANCESTOR:
      return one(loadAncestor(m));
    case JobKind.HASH:
      return runHash(m, max);
    case JobKind.COPY:
      return runCopy(m, max);
    case JobKind.DATA:
      return runData(m, max);
    case JobKind.NONE:
      throw new Error("there is no job to run");
    case JobKind.SHA256:
    case JobKind.BLAKE2F:
    case JobKind.MSM:
    case JobKind.PAIRING:
      return runPrecompileJob(m, max);
  }
}

function one(_: void): number {
  return 1;
}

/** Trie nodes as a step sees them: each that is asked for is shown. */
export function shownNodes(m: Machine): Nodes {
  return {
    get(hash) {
      const node = m.store.node(hash);
      m.tape?.blob(node);
      return node;
    },
    add: (node) => m.store.addNode(node),
  };
}

function loadAccount(m: Machine): void {
  const { account } = m.job;
  const value = trieGet(m.stateRoot, secureKey(toBytes20(account)), shownNodes(m));
  m.world.putAccount(account, value === undefined ? EMPTY_ACCOUNT : decodeAccount(value));
  m.job = NO_JOB;
}

/** rlp[nonce, balance, storageRoot, codeHash] */
function decodeAccount(rlp: Uint8Array): Account {
  const [nonce, balance, storageRoot, codeHash] = readList(rlp) ?? [];
  const [n, b] = [readInteger(rlp, nonce, 8), readInteger(rlp, balance, 32)];
  if (n === undefined || b === undefined) throw new Error("an account in the state trie is malformed");
  return {
    ...EMPTY_ACCOUNT,
    nonce: n,
    balance: b,
    storageRoot: wordItem(rlp, storageRoot),
    codeHash: wordItem(rlp, codeHash),
  };
}

function wordItem(rlp: Uint8Array, item: Item | undefined): bigint {
  if (item === undefined || item.to - item.from !== 32)
    throw new Error("an account in the state trie is malformed");
  return toWord(rlp.subarray(item.from, item.to));
}

function loadSlot(m: Machine): void {
  const { account: address, key } = m.job;
  const account = m.world.account(address, m.stamp);
  if (account === undefined) throw new Error("a slot is loaded before its account");
  let value = 0n;
  if (account.storageRoot !== EMPTY_TRIE_ROOT) {
    const rlp = trieGet(account.storageRoot, secureKey(toBytes32(key)), shownNodes(m));
    if (rlp !== undefined) {
      const integer = readInteger(rlp, readItem(rlp, 0, rlp.length), 32);
      if (integer === undefined) throw new Error("a slot in a storage trie is malformed");
      value = integer;
    }
  }
  m.world.putSlot(address, account.incarnation, key, { value, original: 0n, originalAt: 0 });
  m.job = NO_JOB;
}

function loadCode(m: Machine): void {
  const { hash } = m.job;
  const code = m.store.code(hash);
  m.tape?.blob(code.bytes);
  m.world.putCode(hash, code);
  m.job = NO_JOB;
}

/** One block further back. The header of the oldest block known is shown; what it says about its parent becomes known. */
function loadAncestor(m: Machine): void {
  const hash = m.ancestors.read(m.oldest % 256, m.tape);
  const header = m.store.pre.ancestorHeader(m.oldest, hash);
  if (header === undefined && m.tape !== undefined)
    throw unavailable("header", `the header of block ${m.oldest}`, { number: m.oldest });
  const parent =
    header === undefined ? m.store.pre.ancestorHash(m.oldest - 1) : wordItem(header, readList(header)?.[0]);
  if (header !== undefined) m.tape?.blob(header);
  m.oldest -= 1;
  m.ancestors = m.ancestors.with(m.oldest % 256, parent, m.tape);
  m.job = NO_JOB;
}

/** The state of a sponge that has absorbed the first bytes of a view. Computed when somebody asks. */
class Sponge implements Progress {
  readonly #source: View;
  /** Bytes absorbed. */
  readonly #position: number;
  readonly #known: Milestones<BigUint64Array>;

  constructor({ source, position }: Pick<Job, "source" | "position">, known?: Milestones<BigUint64Array>) {
    this.#source = source;
    this.#position = position;
    this.#known = known ?? new Milestones(0, new BigUint64Array(25));
  }

  /** The same hash further on. */
  at(position: number): Sponge {
    return new Sponge({ source: this.#source, position }, this.#known);
  }

  lanes(): BigUint64Array {
    return this.#known.at(this.#position, (from, before) => {
      const lanes = before.slice();
      absorb(lanes, readView(this.#source, from, this.#position - from, undefined));
      return lanes;
    });
  }

  memo(): bigint {
    return hashBytes(stateBytes(this.lanes()));
  }
}

/** Keccak-256 of a view, 136 bytes a step; the padding's block is the last. Nobody but a prover looks inside. */
function runHash(m: Machine, max: number): number {
  const { job } = m;
  const left = Math.floor((job.source.size - job.position) / RATE) + 1;
  const units = Math.min(left, max);
  const sponge = job.progress instanceof Sponge ? job.progress : undefined;
  if (m.tape !== undefined) {
    if (sponge !== undefined) m.tape.blob(stateBytes(sponge.lanes()));
    readView(job.source, job.position, Math.min(RATE, job.source.size - job.position), m.tape);
  }
  if (units < left) {
    const position = job.position + RATE * units;
    m.job = { ...job, position, progress: (sponge ?? new Sponge(job)).at(position) };
    return units;
  }
  m.hashed = digestOf(readView(job.source, 0, job.source.size, undefined));
  m.job = NO_JOB;
  return units;
}

/** To memory, up to the end of a word a step. */
function runCopy(m: Machine, max: number): number {
  const { tape } = m;
  let { position, to, left } = m.job;
  const { source } = m.job;
  let units = 1;
  if (tape === undefined) {
    // All at once: the words that are touched are the steps.
    const last = Math.floor(to / 32) + max;
    const size = Math.min(left, 32 * last - to);
    units = Math.floor((to + size - 1) / 32) - Math.floor(to / 32) + 1;
    m.frame.memory.write(to, readView(source, position, size, tape));
    [position, to, left] = [position + size, to + size, left - size];
  } else {
    const size = Math.min(left, 32 - (to % 32));
    writeMemory(m.frame.memory, to, readView(source, position, size, tape), tape);
    [position, to, left] = [position + size, to + size, left - size];
  }
  m.job = left === 0 ? NO_JOB : { ...m.job, position, to, left };
  return units;
}

/** The transaction's data into its byte tree, a word a step; counts the tokens of EIP-7623. */
function runData(m: Machine, max: number): number {
  const { txn } = m;
  const raw = m.store.raw(txn.hash);
  m.tape?.blob(raw);
  let { position } = m.job;
  let { tokens } = txn;
  const input = txn.input.toMemory();
  let units = 0;
  for (; units < max && position < txn.dataSize; units += 1) {
    const word = raw.subarray(txn.dataAt + position, txn.dataAt + Math.min(position + 32, txn.dataSize));
    for (const byte of word) tokens += byte === 0 ? 1 : 4;
    if (m.tape !== undefined) input.show(m.tape, position / 32);
    input.write(position, word);
    position += 32;
  }
  m.txn = { ...txn, tokens, input: input.snapshot() };
  m.job = position >= txn.dataSize ? NO_JOB : { ...m.job, position };
  return units;
}
