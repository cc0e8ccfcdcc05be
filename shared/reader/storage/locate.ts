import { concat, getBytes, isHexString, keccak256, toBeHex, toUtf8Bytes, zeroPadValue } from "ethers";
import { elementAt, LayoutError, SLOTS, type BytesType, type Place, type ScalarType } from "./storageType.js";

/** One step into a value: the key of a mapping, the index of an array's element, or the name of a struct's member. */
export type PathStep = string | number | bigint | boolean;

/**
 * Where the part of a value lies that `path` leads to. An array that grows is followed without knowing its length:
 * past its end lies zero, or what was left there.
 *
 *     locate({ type: parseType("mapping(address => uint256)"), slot: 0n, offset: 0 }, ["0x…"])
 *
 * @throws LayoutError `PathInvalid`
 */
export function locate(start: Place, path: readonly PathStep[]): Place {
  return path.reduce<Place>((place, step) => enter(place, step), start);
}

function enter({ type, slot }: Place, step: PathStep): Place {
  switch (type.kind) {
    case "mapping": {
      const hashed = keccak256(concat([encodeKey(type.key, step), toBeHex(slot, 32)]));
      return { type: type.value, slot: BigInt(hashed), offset: 0 };
    }
    case "array": {
      const index = toInteger(step);
      if (index === undefined || index < 0n || index >= (type.length ?? SLOTS))
        throw invalid(step, `is no index into ${type.length ?? "any number of"} elements`);
      const at = elementAt(type.element, index);
      return {
        type: type.element,
        slot: (firstElement(type.length, slot) + at.slot) % SLOTS,
        offset: at.offset,
      };
    }
    case "struct": {
      const member = type.members.find(({ name }) => name === step);
      if (member === undefined)
        throw invalid(step, `is none of ${type.members.map(({ name }) => name).join(", ")}`);
      return { type: member.type, slot: (slot + member.slot) % SLOTS, offset: member.offset };
    }
    case "scalar":
    case "bytes":
      throw invalid(step, "leads into a value that has no parts");
  }
}

/** An array of fixed length lies where it stands; what can grow lies at the hash of its slot. */
export function firstElement(length: bigint | undefined, slot: bigint): bigint {
  return length === undefined ? dataSlot(slot) : slot;
}

/** Where what an array or a long string holds begins. */
export function dataSlot(slot: bigint): bigint {
  return BigInt(keccak256(toBeHex(slot, 32)));
}

/** A mapping's key as it is hashed: values as a word, strings and bytes as they are. */
function encodeKey(type: ScalarType | BytesType, key: PathStep): string | Uint8Array {
  if (type.kind === "bytes") {
    if (typeof key !== "string") throw invalid(key, `is no ${type.isText ? "string" : "bytes"}`);
    if (type.isText) return toUtf8Bytes(key);
    if (!isHexString(key) || key.length % 2 !== 0) throw invalid(key, "is not bytes in hex");
    return getBytes(key);
  }
  const { scalar, bytes } = type;
  switch (scalar) {
    case "bool":
      if (typeof key !== "boolean") throw invalid(key, "is no boolean");
      return toBeHex(key ? 1 : 0, 32);
    case "address":
      if (!isHexString(key, 20)) throw invalid(key, "is no address: 0x and 40 hex digits");
      return zeroPadValue(key, 32);
    case "bytes":
      if (!isHexString(key, bytes)) throw invalid(key, `is not bytes${bytes}`);
      return `${key}${"00".repeat(32 - bytes)}`;
    case "raw":
      // What it is made of decides where its padding goes, and the compiler does not tell.
      if (!isHexString(key, 32))
        throw invalid(key, "is a user-defined type: give the whole word as 0x and 64 digits");
      return key;
    case "uint":
    case "int": {
      const value = toInteger(key);
      const size = BigInt(8 * bytes);
      const [low, high] = scalar === "uint" ? [0n, 1n << size] : [-(1n << (size - 1n)), 1n << (size - 1n)];
      if (value === undefined || value < low || value >= high) throw invalid(key, `is no ${scalar}${size}`);
      return toBeHex(BigInt.asUintN(256, value), 32);
    }
  }
}

function toInteger(step: PathStep): bigint | undefined {
  if (typeof step === "bigint") return step;
  if (typeof step === "number") return Number.isSafeInteger(step) ? BigInt(step) : undefined;
  if (typeof step === "string" && /^(-?\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(step)) return BigInt(step);
  return undefined;
}

function invalid(step: PathStep, why: string): LayoutError {
  const shown = typeof step === "string" ? `"${step.slice(0, 80)}"` : String(step);
  return new LayoutError("PathInvalid", `${shown} ${why}`, { step });
}
