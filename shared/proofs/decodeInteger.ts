import { hexlify } from "ethers";

/** A canonical RLP integer and the bytes it takes. */
export interface DecodedInteger {
  readonly value: bigint;
  readonly size: number;
}

/**
 * Reads the canonical RLP integer at the start of `rlp`: no leading zero, at most 32 bytes, a single byte below 0x80
 * standing for itself. Undefined if there is none. The twin of `decodeInteger` in `contracts/types/Account.sol`.
 */
export function decodeInteger(rlp: Uint8Array): DecodedInteger | undefined {
  const prefix = rlp[0];
  if (prefix === undefined || prefix === 0 || prefix > 0xa0) return undefined;
  if (prefix < 0x80) return { value: BigInt(prefix), size: 1 };
  const size = prefix - 0x7f;
  if (prefix === 0x80) return { value: 0n, size };
  const lead = rlp[1];
  if (rlp.length < size || lead === undefined || lead === 0) return undefined;
  if (size === 2 && lead < 0x80) return undefined;
  return { value: BigInt(hexlify(rlp.subarray(1, size))), size };
}
