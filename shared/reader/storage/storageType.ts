/**
 * How Solidity lays a variable out in storage: the types, their sizes, and where members and elements lie.
 * Rules: https://docs.soliditylang.org/en/latest/internals/layout_in_storage.html
 */
import { OptisyncError } from "../../runtime/errors.js";

/** What one value of at most 32 bytes is. `raw` is what the compiler does not tell: shown as hex. */
export type Scalar = "uint" | "int" | "bool" | "address" | "bytes" | "raw";

export interface ScalarType {
  readonly kind: "scalar";
  readonly scalar: Scalar;
  /** 1 to 32. */
  readonly bytes: number;
}

/** `bytes` or `string`, long or short. */
export interface BytesType {
  readonly kind: "bytes";
  readonly isText: boolean;
}

export interface MappingType {
  readonly kind: "mapping";
  readonly key: ScalarType | BytesType;
  readonly value: StorageType;
}

export interface ArrayType {
  readonly kind: "array";
  readonly element: StorageType;
  /** Undefined for an array that grows: its own slot holds the length. */
  readonly length: bigint | undefined;
}

export interface Member {
  readonly name: string;
  readonly type: StorageType;
  /** Slots from the start of the struct. */
  readonly slot: bigint;
  /** Bytes from the low end of the slot. */
  readonly offset: number;
}

export interface StructType {
  readonly kind: "struct";
  readonly members: readonly Member[];
  readonly slots: bigint;
}

export type StorageType = ScalarType | BytesType | MappingType | ArrayType | StructType;

/** Where a value of a type lies. */
export interface Place {
  readonly type: StorageType;
  readonly slot: bigint;
  /** Bytes from the low end of the slot; zero for everything that is not a scalar. */
  readonly offset: number;
}

export type LayoutErrorCode =
  /** The text is no type that storage can hold. */
  | "TypeMalformed"
  /** The path leads nowhere in this type: no such member, index past the end, a key of another type. */
  | "PathInvalid"
  /** The compiler's layout has no such variable, or is none. */
  | "LayoutMalformed"
  /** A mapping cannot be read as a whole: nothing in storage lists its keys. */
  | "MappingUnbounded"
  /** The value takes more slots than the caller accepts. */
  | "ValueTooLarge"
  /** Storage holds what Solidity never writes for this type: another type, or another contract. */
  | "StorageMalformed";

/** The question does not fit the layout, or the layout not the storage. All are the caller's to mend. */
export class LayoutError extends OptisyncError<LayoutErrorCode> {
  constructor(code: LayoutErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(code, message, { action: "halt", details });
  }
}

const WORD = 32;
/** Solidity numbers slots modulo this. */
export const SLOTS = 1n << 256n;

/** Bytes that a value takes within a slot, if it can share one; undefined if it has slots of its own. */
export function packedSize(type: StorageType): number | undefined {
  return type.kind === "scalar" ? type.bytes : undefined;
}

/** Whole slots that a variable of this type takes where it stands. */
export function slotsOf(type: StorageType): bigint {
  if (type.kind === "struct") return type.slots;
  if (type.kind !== "array" || type.length === undefined) return 1n;
  const packed = packedSize(type.element);
  if (packed === undefined) return type.length * slotsOf(type.element);
  return ceilDivide(type.length, BigInt(Math.floor(WORD / packed)));
}

/** Where element `index` lies, from the first slot of an array's elements. */
export function elementAt(element: StorageType, index: bigint): { slot: bigint; offset: number } {
  const packed = packedSize(element);
  if (packed === undefined) return { slot: index * slotsOf(element), offset: 0 };
  const perSlot = BigInt(Math.floor(WORD / packed));
  return { slot: index / perSlot, offset: Number(index % perSlot) * packed };
}

/** A struct of these members in order, each packed behind the last one as far as the slot goes. */
export function structOf(fields: readonly { name: string; type: StorageType }[]): StructType {
  const members: Member[] = [];
  let slot = 0n;
  let offset = 0;
  for (const { name, type } of fields) {
    const packed = packedSize(type);
    if (offset > 0 && (packed === undefined || offset + packed > WORD)) {
      slot += 1n;
      offset = 0;
    }
    members.push({ name, type, slot, offset });
    if (packed === undefined) slot += slotsOf(type);
    else offset += packed;
  }
  return { kind: "struct", members, slots: offset > 0 ? slot + 1n : slot };
}

function ceilDivide(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by;
}
