import { z } from "zod";
import { parseScalar } from "./parseType.js";
import { LayoutError, type Place, type StorageType } from "./storageType.js";

const typeJson = z.looseObject({
  encoding: z.enum(["inplace", "mapping", "dynamic_array", "bytes"]),
  label: z.string(),
  numberOfBytes: z.string().regex(/^\d{1,78}$/),
  key: z.string().optional(),
  value: z.string().optional(),
  base: z.string().optional(),
  members: z.array(z.lazy(() => variableJson)).optional(),
});
const variableJson = z.looseObject({
  label: z.string(),
  slot: z.string().regex(/^\d{1,78}$/),
  offset: z.int().min(0).max(31),
  type: z.string(),
});
const layoutJson = z.looseObject({
  storage: z.array(variableJson),
  types: z.record(z.string(), typeJson).nullable(),
});
type TypeJson = z.output<typeof typeJson>;

/** A contract's variables, as its compiler laid them out. */
export interface StorageLayout {
  readonly variables: ReadonlyMap<string, Place>;
}

/**
 * Reads the `storageLayout` that solc prints (`--storage-layout`, `forge inspect CONTRACT storageLayout --json`).
 * @throws LayoutError `LayoutMalformed`
 */
export function parseLayout(json: unknown): StorageLayout {
  const parsed = layoutJson.safeParse(json);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new LayoutError("LayoutMalformed", `the storage layout's field "${field}" is malformed`, { field });
  }
  const { storage, types } = parsed.data;
  const reader = new TypeReader(types ?? {});
  const variables = new Map<string, Place>();
  // A variable that shadows an inherited private one has its name; the last one is the contract's own.
  for (const { label, slot, offset, type } of storage) {
    variables.set(label, { slot: BigInt(slot), offset, type: reader.read(type, 0) });
  }
  return { variables };
}

/** @throws LayoutError `LayoutMalformed` if the contract has no such variable in storage */
export function variableOf({ variables }: StorageLayout, name: string): Place {
  const place = variables.get(name);
  if (place !== undefined) return place;
  throw new LayoutError("LayoutMalformed", `the contract has no variable ${name} in storage`, {
    name,
    variables: [...variables.keys()],
  });
}

/** Structs may hold mappings to themselves, which have no end. */
const MAX_DEPTH = 16;

class TypeReader {
  readonly #types: Readonly<Record<string, TypeJson>>;

  constructor(types: Readonly<Record<string, TypeJson>>) {
    this.#types = types;
  }

  read(id: string | undefined, depth: number): StorageType {
    const json = this.#types[id ?? ""];
    if (id === undefined || json === undefined || depth > MAX_DEPTH) {
      throw new LayoutError("LayoutMalformed", `the storage layout does not say what ${id ?? "a type"} is`, {
        id,
      });
    }
    switch (json.encoding) {
      case "bytes":
        return { kind: "bytes", isText: json.label === "string" };
      case "dynamic_array":
        return { kind: "array", element: this.read(json.base, depth + 1), length: undefined };
      case "mapping": {
        const key = this.read(json.key, depth + 1);
        if (key.kind !== "scalar" && key.kind !== "bytes")
          throw new LayoutError("LayoutMalformed", `${id} has a key that is no value`, { id });
        return { kind: "mapping", key, value: this.read(json.value, depth + 1) };
      }
      case "inplace":
        return this.#inplace(id, json, depth);
    }
  }

  #inplace(id: string, { members, base, label, numberOfBytes }: TypeJson, depth: number): StorageType {
    const size = BigInt(numberOfBytes);
    if (members !== undefined) {
      return {
        kind: "struct",
        slots: size / 32n,
        members: members.map(({ label: name, slot, offset, type }) => ({
          name,
          slot: BigInt(slot),
          offset,
          type: this.read(type, depth + 1),
        })),
      };
    }
    if (base !== undefined) {
      const length = /\[(\d+)\]$/.exec(label)?.[1];
      if (length === undefined)
        throw new LayoutError("LayoutMalformed", `${id} is an array without a length`, { id });
      return { kind: "array", element: this.read(base, depth + 1), length: BigInt(length) };
    }
    if (size < 1n || size > 32n)
      throw new LayoutError("LayoutMalformed", `${id} takes ${size} bytes`, { id, size });
    const bytes = Number(size);
    if (id.startsWith("t_contract(") || id === "t_address_payable")
      return { kind: "scalar", scalar: "address", bytes };
    if (id.startsWith("t_enum(")) return { kind: "scalar", scalar: "uint", bytes };
    return parseScalar(label) ?? { kind: "scalar", scalar: "raw", bytes };
  }
}
