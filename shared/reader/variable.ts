import { variableOf, type StorageLayout } from "./storage/compilerLayout.js";
import { locate, type PathStep } from "./storage/locate.js";
import { parseType } from "./storage/parseType.js";
import { LayoutError, SLOTS, type Place } from "./storage/storageType.js";

/**
 * Names a value in a contract's storage: a variable of the compiler's layout, or a Solidity type at a slot; and the
 * way into it.
 *
 *     { layout, variable: "balances", path: [holder] }
 *     { type: "mapping(address => uint256)", slot: 0n, path: [holder] }
 */
export type Variable = (
  | { readonly layout: StorageLayout; readonly variable: string }
  | {
      /** As Solidity writes it, see `parseType`. */
      readonly type: string;
      readonly slot: bigint | number;
      /** Bytes from the low end of the slot, for a small value that shares it. */
      readonly offset?: number;
    }
) & {
  /** Keys, indices and names of members, outermost first. */
  readonly path?: readonly PathStep[];
};

/** @throws LayoutError */
export function placeOf(variable: Variable): Place {
  const start = "layout" in variable ? variableOf(variable.layout, variable.variable) : startOf(variable);
  return locate(start, variable.path ?? []);
}

function startOf(variable: Extract<Variable, { type: string }>): Place {
  const type = parseType(variable.type);
  const slot = BigInt(variable.slot);
  const { offset = 0 } = variable;
  const size = type.kind === "scalar" ? type.bytes : 32;
  if (slot < 0n || slot >= SLOTS || !Number.isInteger(offset) || offset < 0 || offset + size > 32) {
    throw new LayoutError("PathInvalid", `${variable.type} cannot start at slot ${slot}, byte ${offset}`, {
      slot,
      offset,
    });
  }
  return { type, slot, offset };
}
