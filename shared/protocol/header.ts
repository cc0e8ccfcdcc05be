import { dataSlice, getBytes, keccak256 } from "ethers";
import { fieldsAt, type ForkSchedule } from "./forkSchedule.js";

/** What the protocol reads from a block header of A. */
export interface Header {
  /** keccak256 of the header's RLP: the block hash. */
  readonly hash: string;
  /** Zero for block 0 only. */
  readonly parentHash: string;
  readonly stateRoot: string;
  readonly number: bigint;
  /** Seconds. */
  readonly timestamp: bigint;
}

/** Why the contract would refuse a header: the names of its errors (`contracts/libraries/Headers.sol`). */
export type HeaderFault =
  | "HeaderTooLarge"
  | "HeaderNotList"
  | "HeaderFieldMalformed"
  | "HeaderFieldCount"
  | "HeaderDifficultyNotZero"
  | "HeaderRootZero"
  | "BeyondSunset"
  | "BeforeFirstFork";

/** A header that the contract refuses, with the error and the arguments it would revert with. */
export class HeaderError extends Error {
  readonly code: HeaderFault;
  readonly args: readonly bigint[];

  constructor(code: HeaderFault, ...args: bigint[]) {
    super(`${code}(${args.join(", ")})`);
    this.name = code;
    this.code = code;
    this.args = args;
  }
}

/** Size limit of a header in bytes. */
export const MAX_HEADER_SIZE = 2048;

/** Offsets and prefixes of the seven fields whose width never varies; the drawing is in the contract. */
const FIXED_PREFIXES: readonly (readonly [offset: number, prefix: readonly number[]])[] = [
  [3, [0xa0]],
  [36, [0xa0]],
  [69, [0x94]],
  [90, [0xa0]],
  [123, [0xa0]],
  [156, [0xa0]],
  [189, [0xb9, 0x01, 0x00]],
];
const DIFFICULTY_OFFSET = 448;

/**
 * Decodes a header exactly as `Headers.decode` does on chain: the same bytes are accepted, the same are refused.
 * @param rlp RLP of the header, hex.
 * @throws HeaderError with the name and arguments of the contract's error.
 */
export function decodeHeader(rlp: string, schedule: ForkSchedule): Header {
  const bytes = getBytes(rlp);
  if (bytes.length > MAX_HEADER_SIZE) {
    throw new HeaderError("HeaderTooLarge", BigInt(bytes.length), BigInt(MAX_HEADER_SIZE));
  }
  requireFixedPart(bytes);

  const walk = new Walk(bytes, DIFFICULTY_OFFSET);
  if (walk.peek() !== 0x80) throw new HeaderError("HeaderDifficultyNotZero");
  walk.cursor += 1;
  const number = walk.uint64(8);
  walk.uint64(9);
  walk.uint64(10);
  const timestamp = walk.uint64(11);
  walk.string(12);
  walk.prefixed(13, 0xa0, 32);
  walk.prefixed(14, 0x88, 8);

  if (timestamp >= schedule.sunset) throw new HeaderError("BeyondSunset", timestamp, schedule.sunset);
  const wanted = fieldsAt(schedule, timestamp);
  if (wanted === undefined) {
    throw new HeaderError("BeforeFirstFork", timestamp, schedule.forks[0]?.fromTimestamp ?? 0n);
  }
  requireFieldCount(walk, wanted);

  const parentHash = dataSlice(bytes, 4, 36);
  const stateRoot = dataSlice(bytes, 91, 123);
  if (BigInt(parentHash) === 0n && number !== 0n) throw new HeaderError("HeaderRootZero", 0n);
  if (BigInt(stateRoot) === 0n) throw new HeaderError("HeaderRootZero", 3n);
  return { hash: keccak256(bytes), parentHash, stateRoot, number, timestamp };
}

function requireFixedPart(bytes: Uint8Array): void {
  const size = bytes.length;
  const isList =
    size > DIFFICULTY_OFFSET && bytes[0] === 0xf9 && (bytes[1] ?? 0) * 256 + (bytes[2] ?? 0) === size - 3;
  if (!isList) throw new HeaderError("HeaderNotList", BigInt(size));
  FIXED_PREFIXES.forEach(([offset, prefix], field) => {
    if (prefix.some((byte, i) => bytes[offset + i] !== byte)) throw malformed(field);
  });
}

function requireFieldCount(walk: Walk, wanted: number): void {
  let count = 15;
  while (walk.cursor < walk.bytes.length) walk.string(count++);
  if (walk.cursor !== walk.bytes.length) throw malformed(count - 1);
  if (count !== wanted) throw new HeaderError("HeaderFieldCount", BigInt(count), BigInt(wanted));
}

/** A position in a header that only moves forward. Past the end it reads zeros, and the walk ends in an error. */
class Walk {
  constructor(
    readonly bytes: Uint8Array,
    public cursor: number,
  ) {}

  peek(ahead = 0): number {
    return this.bytes[this.cursor + ahead] ?? 0;
  }

  /** A canonical integer of at most eight bytes. */
  uint64(field: number): bigint {
    const prefix = this.peek();
    if (prefix < 0x80) {
      if (prefix === 0) throw malformed(field);
      this.cursor += 1;
      return BigInt(prefix);
    }
    const length = prefix - 0x80;
    const lead = this.peek(1);
    if (length > 8 || (length > 0 && lead === 0) || (length === 1 && lead < 0x80)) throw malformed(field);
    let value = 0n;
    for (let i = 1; i <= length; i++) value = (value << 8n) | BigInt(this.peek(i));
    this.cursor += 1 + length;
    return value;
  }

  /** Skips one canonical string. */
  string(field: number): void {
    const prefix = this.peek();
    const lead = this.peek(1);
    if (prefix < 0x80) this.cursor += 1;
    else if (prefix <= 0xb7) {
      if (prefix === 0x81 && lead < 0x80) throw malformed(field);
      this.cursor += 1 + prefix - 0x80;
    } else if (prefix === 0xb8) {
      if (lead <= 55) throw malformed(field);
      this.cursor += 2 + lead;
    } else {
      const length = lead * 256 + this.peek(2);
      if (prefix !== 0xb9 || length <= 255) throw malformed(field);
      this.cursor += 3 + length;
    }
  }

  /** Skips a string of exactly this prefix and width. */
  prefixed(field: number, prefix: number, width: number): void {
    if (this.peek() !== prefix) throw malformed(field);
    this.cursor += 1 + width;
  }
}

function malformed(field: number): HeaderError {
  return new HeaderError("HeaderFieldMalformed", BigInt(field));
}
