import { keccak256 } from "../execution/crypto.js";

/**
 * The state of the execution machine as it is committed to: the twin of contracts/machine/State.sol, with the same
 * structs and the same order of fields. All values are unsigned integers, but `int64 refund`, which is signed; hashes and
 * addresses are integers, too.
 *
 * The interpreter does not work on these structs but on the live objects of `Machine.ts`, which are turned into them when
 * somebody asks for a commitment.
 */
export enum Phase {
  BEFORE,
  BEGIN,
  CHECK,
  WARM,
  AUTHORISE,
  ENTER,
  RUN,
  END,
  WITHDRAW,
  AFTER,
  FLUSH,
  DONE,
  INVALID,
}

export enum FrameKind {
  CALL,
  CREATE,
  PRECOMPILE,
  PROGRAM,
}

export enum JobKind {
  NONE,
  LOAD_ACCOUNT,
  LOAD_SLOT,
  LOAD_CODE,
  LOAD_ANCESTOR,
  HASH,
  COPY,
  DATA,
  SHA256,
  BLAKE2F,
  MSM,
  PAIRING,
}

/** `Block.rules`. */
export enum Rules {
  CANCUN,
  PRAGUE,
  OSAKA,
}

/** `Tx.kind` of a system call. */
export const SYSTEM_CALL = 255;

const viewFields = [
  ["root", "bytes32"],
  ["offset", "uint64"],
  ["size", "uint64"],
] as const;

const blockFields = [
  ["number", "uint64"],
  ["timestamp", "uint64"],
  ["gasLimit", "uint64"],
  ["coinbase", "address"],
  ["baseFee", "uint256"],
  ["blobBaseFee", "uint256"],
  ["maxBlobs", "uint64"],
  ["prevRandao", "bytes32"],
  ["parentHash", "bytes32"],
  ["beaconRoot", "bytes32"],
  ["transactionsRoot", "bytes32"],
  ["withdrawalsRoot", "bytes32"],
  ["rules", "uint8"],
] as const;

const txFields = [
  ["hash", "bytes32"],
  ["kind", "uint8"],
  ["sender", "address"],
  ["to", "address"],
  ["initHash", "bytes32"],
  ["value", "uint256"],
  ["nonce", "uint64"],
  ["gasLimit", "uint64"],
  ["gasPrice", "uint256"],
  ["tip", "uint256"],
  ["maxCost", "uint256"],
  ["intrinsic", "uint64"],
  ["tokens", "uint64"],
  ["refund", "uint64"],
  ["dataAt", "uint32"],
  ["dataSize", "uint32"],
  ["listAt", "uint32"],
  ["listEnd", "uint32"],
  ["slotsEnd", "uint32"],
  ["listAccount", "address"],
  ["authAt", "uint32"],
  ["authEnd", "uint32"],
  ["blobsAt", "uint32"],
  ["blobCount", "uint32"],
  ["input", "bytes32"],
] as const;

const frameFields = [
  ["kind", "uint8"],
  ["parent", "bytes32"],
  ["world", "bytes32"],
  ["depth", "uint16"],
  ["isStatic", "bool"],
  ["self", "address"],
  ["caller", "address"],
  ["value", "uint256"],
  ["code", viewFields],
  ["jumps", "bytes32"],
  ["precompile", "uint16"],
  ["input", viewFields],
  ["returned", viewFields],
  ["pc", "uint64"],
  ["gas", "uint64"],
  ["kept", "uint64"],
  ["refund", "int64"],
  ["stack", "bytes32"],
  ["height", "uint16"],
  ["memoryRoot", "bytes32"],
  ["words", "uint64"],
  ["outOffset", "uint64"],
  ["outSize", "uint64"],
] as const;

const jobFields = [
  ["kind", "uint8"],
  ["source", viewFields],
  ["hash", "bytes32"],
  ["account", "address"],
  ["key", "uint256"],
  ["position", "uint64"],
  ["to", "uint64"],
  ["left", "uint64"],
  ["memo", "bytes32"],
] as const;

const machineFields = [
  ["phase", "uint8"],
  ["cursor", "uint64"],
  ["stamp", "uint64"],
  ["world", "bytes32"],
  ["stateRoot", "bytes32"],
  ["gasUsed", "uint64"],
  ["blobs", "uint64"],
  ["op", "uint8"],
  ["hashed", "bytes32"],
  ["ancestors", "bytes32"],
  ["oldest", "uint64"],
  ["walk", "bytes32"],
  ["head", blockFields],
  ["txn", txFields],
  ["frame", frameFields],
  ["job", jobFields],
] as const;

type FieldList = readonly (readonly [string, string | FieldList])[];

/** A struct of these fields. Every elementary value is a bigint. */
type Struct<F extends FieldList> = {
  [E in F[number] as E[0]]: E[1] extends FieldList ? Struct<E[1]> : bigint;
};

export type ViewState = Struct<typeof viewFields>;
export type BlockState = Struct<typeof blockFields>;
export type TxState = Struct<typeof txFields>;
export type FrameState = Struct<typeof frameFields>;
export type JobState = Struct<typeof jobFields>;
export type MachineState = Struct<typeof machineFields>;

/** The ABI type of the machine, as `encode` of a library for ABIs wants it. */
export const MACHINE_TYPE = tupleType(machineFields);
export const FRAME_TYPE = tupleType(frameFields);

/** Words of an encoded machine. */
export const MACHINE_WORDS = countWords(machineFields);

function countWords(fields: FieldList): number {
  return fields.reduce((sum, [, type]) => sum + (typeof type === "string" ? 1 : countWords(type)), 0);
}

function tupleType(fields: FieldList): string {
  const parts = fields.map(([name, type]) => `${typeof type === "string" ? type : tupleType(type)} ${name}`);
  return `tuple(${parts.join(", ")})`;
}

/** The words of `abi.encode(struct)`: all structs here are static. */
function wordsOf(value: Record<string, unknown>, fields: FieldList, words: bigint[]): bigint[] {
  for (const [name, type] of fields) {
    const field = value[name];
    if (typeof type === "string") words.push(field as bigint);
    else wordsOf(field as Record<string, unknown>, type, words);
  }
  return words;
}

/** The words of `abi.encode(frame)`, in the order in which a step shows its parent frame. */
export function frameWords(frame: FrameState): bigint[] {
  return wordsOf(frame, frameFields, []);
}

/** The words of `abi.encode(machine)`. */
export function machineWords(machine: MachineState): bigint[] {
  return wordsOf(machine, machineFields, []);
}

/** The machine whose encoding has these words; signed fields are in two's complement there. */
export function machineFromWords(words: readonly bigint[]): MachineState {
  let at = 0;
  const read = (fields: FieldList): Record<string, unknown> =>
    Object.fromEntries<unknown>(
      fields.map(([name, type]) => {
        if (typeof type !== "string") return [name, read(type)];
        const word = words[at++] ?? 0n;
        return [name, type === "int64" ? BigInt.asIntN(256, word) : word];
      }),
    );
  return read(machineFields) as MachineState;
}

/** `H(abi.encode(machine))`: the hash by which the game knows a state. */
export function hashMachine(machine: MachineState): bigint {
  return hashWords(machineWords(machine));
}

/** `H(abi.encode(frame))` */
export function hashFrame(frame: FrameState): bigint {
  return hashWords(frameWords(frame));
}

// --- Words -------------------------------------------------------------------------------------------------------

const U64 = 0xffff_ffff_ffff_ffffn;
export const MAX_WORD = (1n << 256n) - 1n;

/** Writes a word, big-endian; a negative one in two's complement. */
export function writeWord(bytes: Uint8Array, offset: number, word: bigint): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 32);
  if (word >= 0n && word <= U64) {
    view.setBigUint64(0, 0n);
    view.setBigUint64(8, 0n);
    view.setBigUint64(16, 0n);
    view.setBigUint64(24, word);
    return;
  }
  view.setBigUint64(0, (word >> 192n) & U64);
  view.setBigUint64(8, (word >> 128n) & U64);
  view.setBigUint64(16, (word >> 64n) & U64);
  view.setBigUint64(24, word & U64);
}

/** Reads the word at `offset`; all 32 bytes must be there. */
export function readWord(bytes: Uint8Array, offset: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 32);
  const low = view.getBigUint64(24);
  const third = view.getBigUint64(16);
  const second = view.getBigUint64(8);
  const high = view.getBigUint64(0);
  if (high === 0n && second === 0n) return third === 0n ? low : (third << 64n) | low;
  return (high << 192n) | (second << 128n) | (third << 64n) | low;
}

/** A word as 32 bytes. */
export function toBytes32(word: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  writeWord(bytes, 0, word);
  return bytes;
}

/** Big-endian bytes, at most 32, as a word. */
export function toWord(bytes: Uint8Array): bigint {
  if (bytes.length === 32) return readWord(bytes, 0);
  let word = 0n;
  for (const byte of bytes) word = (word << 8n) | BigInt(byte);
  return word;
}

/** An address as 20 bytes. */
export function toBytes20(address: bigint): Uint8Array {
  return toBytes32(address).subarray(12);
}

export function encodeWords(words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(32 * words.length);
  words.forEach((word, index) => writeWord(bytes, 32 * index, word));
  return bytes;
}

/** `H(abi.encode(words…))` */
export function hashWords(words: readonly bigint[]): bigint {
  return readWord(keccak256(encodeWords(words)), 0);
}

/** `H(bytes)` */
export function hashBytes(bytes: Uint8Array): bigint {
  return readWord(keccak256(bytes), 0);
}

/** H("") */
export const EMPTY_CODE_HASH = hashBytes(new Uint8Array());
/** H(rlp("")): the root of a trie without entries. */
export const EMPTY_TRIE_ROOT = hashBytes(Uint8Array.of(0x80));

// --- Constants ---------------------------------------------------------------------------------------------------

export const MAX_STACK = 1024;
export const MAX_DEPTH = 1024;
export const MAX_CODE_SIZE = 24_576;
export const MAX_INIT_CODE_SIZE = 49_152;
export const GAS_PER_BLOB = 131_072n;
export const MAX_NONCE = (1n << 64n) - 1n;
/** Caller and origin of a system call. */
export const SYSTEM_ADDRESS = 0xfffffffffffffffffffffffffffffffffffffffen;
export const SYSTEM_CALL_GAS = 30_000_000;
/**
 * Gas of a frame that runs a precompile's program. More than any input can use up, and below 2^53, so that it counts
 * exactly in a JavaScript number.
 */
export const PROGRAM_GAS = 2 ** 50;
export const BEACON_ROOTS_ADDRESS = 0x000f3df6d732807ef1319fb7b8bb8522d0beac02n;
export const HISTORY_ADDRESS = 0x0000f90827f1c53a10cb7a02335b175320002935n;
export const WITHDRAWAL_REQUESTS_ADDRESS = 0x00000961ef480eb55e80d19ad83579a64c007002n;
export const CONSOLIDATION_REQUESTS_ADDRESS = 0x0000bbddc7ce488642fb579f8b00f3a590007251n;

/** Is this the address of a precompile under these rules? 01–0a, from Prague 0b–11 (EIP-2537), from Osaka 100 (EIP-7951). */
export function isPrecompile(address: bigint, rules: Rules): boolean {
  if (address > 0x100n || address === 0n) return false;
  if (address <= 0x0an) return true;
  if (address <= 0x11n) return rules >= Rules.PRAGUE;
  return address === 0x100n && rules >= Rules.OSAKA;
}
