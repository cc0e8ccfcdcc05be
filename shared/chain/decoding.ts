import type { ParamType, Result } from "ethers";

/** Decoded values by name: integers as bigint, structs as records, lists as arrays; unnamed ones by position. */
export function resultToRecord(inputs: readonly ParamType[], result: Result): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  inputs.forEach((input, index) => {
    record[input.name === "" ? String(index) : input.name] = toValue(input, result[index]);
  });
  return record;
}

function toValue(type: ParamType, value: unknown): unknown {
  if (type.isTuple()) return resultToRecord(type.components, value as Result);
  if (type.isArray()) return [...(value as Result)].map((item) => toValue(type.arrayChildren, item));
  // The decoder builds long hex strings piece by piece, and the engine keeps the pieces: 27 times the memory.
  if (typeof value === "string" && value.length > LONG_TEXT)
    return Buffer.from(value, "latin1").toString("latin1");
  return value;
}

const LONG_TEXT = 1_024;
