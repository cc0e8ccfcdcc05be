import { signTransaction, type Field } from "../shared/machine/support/buildBlock.js";
import { toBytes20, toBytes32 } from "../../shared/machine/State.js";

/** What makes a transaction large. */
export interface TransactionParts {
  data?: Uint8Array;
  /** Access list: so many addresses with so many slots each. */
  addresses?: number;
  slots?: number;
  authorisations?: number;
  gasLimit?: bigint;
}

const KEY = new Uint8Array(32).fill(0x11);
const RECEIVER = new Uint8Array(20).fill(0x22);

/** A signed transaction of chain 1 that pays enough: of type 4 if it has authorisations, of type 2 otherwise. */
export function largeTransaction({
  data = new Uint8Array(),
  addresses = 0,
  slots = 0,
  authorisations = 0,
  gasLimit = 2n ** 24n,
}: TransactionParts): Uint8Array {
  const keys = Array.from({ length: slots }, (_, slot) => toBytes32(BigInt(slot)));
  const list = Array.from({ length: addresses }, (_, at): Field[] => [toBytes20(BigInt(at)), keys]);
  const common: Field[] = [1n, 0n, 0n, 10n ** 12n, gasLimit, RECEIVER, 0n, data, list];
  if (authorisations === 0) return signTransaction(2, common, KEY);
  const tuples = Array.from({ length: authorisations }, (_, at): Field[] => [
    1n,
    RECEIVER,
    BigInt(at) + 2n ** 60n,
    0n,
    BigInt(`0x${"7".repeat(64)}`),
    BigInt(`0x${"3".repeat(64)}`),
  ]);
  return signTransaction(4, [...common, tuples], KEY);
}
