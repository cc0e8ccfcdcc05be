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
  return value;
}
