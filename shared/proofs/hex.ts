import { getBytes } from "ethers";
import { ProofError } from "./errors.js";

/** Bytes of a 0x hex string that came from outside. Throws ProofError `ProofNotHex`. */
export function bytesOf(hex: string, what: string): Uint8Array {
  try {
    return getBytes(hex);
  } catch {
    throw new ProofError("ProofNotHex", `${what} is not a 0x hex string of whole bytes`, { what });
  }
}
