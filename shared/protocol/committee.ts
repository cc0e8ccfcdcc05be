import { concat, dataLength, dataSlice, getAddress, getBytes, keccak256, Signature, toBeHex } from "ethers";

/** More members than `signers` has bits for cannot be encoded (`contracts/types/Quorum.sol`). */
export const MAX_MEMBERS = 64;

/** The validators of A that vouch for its blocks, as the anchor knows them. Made by `createCommittee` only. */
export interface Committee {
  /** Checksummed addresses, strictly ascending by value. */
  readonly members: readonly string[];
  /** How many of them must sign. */
  readonly threshold: number;
}

/** A member's signature over an EIP-712 digest. */
export interface MemberSignature {
  readonly signer: string;
  /** In any form that ethers reads: 65 bytes, or 64 after EIP-2098. */
  readonly signature: string;
}

/** The fewest signatures that a committee of `size` may ask for: more than two thirds. */
export function minThreshold(size: number): number {
  return Math.floor((2 * size) / 3) + 1;
}

/**
 * Checks a committee and brings its members into order.
 * @throws RangeError for an empty or too large committee, a zero or repeated member or a threshold out of range.
 */
export function createCommittee(
  members: readonly string[],
  threshold: number = minThreshold(members.length),
): Committee {
  const size = members.length;
  if (size === 0 || size > MAX_MEMBERS) {
    throw new RangeError(`A committee has 1 to ${MAX_MEMBERS} members, got ${size}.`);
  }
  if (!Number.isInteger(threshold) || threshold < minThreshold(size) || threshold > size) {
    throw new RangeError(
      `The threshold of ${size} members is ${minThreshold(size)} to ${size}, got ${threshold}.`,
    );
  }
  const sorted = members.map((member) => getAddress(member)).sort(compareAddresses);
  sorted.forEach((member, index) => {
    if (BigInt(member) === 0n) throw new RangeError("The zero address cannot be a member.");
    if (member === sorted[index - 1]) throw new RangeError(`${member} is a member twice.`);
  });
  return { members: sorted, threshold };
}

/** `threshold (1) | size (1) | members (20 each)`. */
export function encodeCommittee(committee: Committee): string {
  return concat([
    toBeHex(committee.threshold, 1),
    toBeHex(committee.members.length, 1),
    ...committee.members,
  ]);
}

/** What the anchor stores of a committee. */
export function hashCommittee(committee: Committee): string {
  return keccak256(encodeCommittee(committee));
}

/**
 * `committee | signers (8) | signatures (64 each, EIP-2098, in the members' order)`. Takes as many signatures as the
 * threshold asks for and leaves the rest out: every further one would cost gas and prove nothing.
 * Does not verify the signatures.
 * @throws RangeError for a signer who is no member or signs twice, or for too few signatures.
 */
export function encodeQuorum(committee: Committee, signatures: readonly MemberSignature[]): string {
  const compactByMember = new Map<number, string>();
  for (const { signer, signature } of signatures) {
    const index = committee.members.indexOf(getAddress(signer));
    if (index < 0) throw new RangeError(`${signer} is not a member of the committee.`);
    if (compactByMember.has(index)) throw new RangeError(`${signer} signed twice.`);
    compactByMember.set(index, Signature.from(signature).compactSerialized);
  }
  if (compactByMember.size < committee.threshold) {
    throw new RangeError(`${committee.threshold} signatures are needed, got ${compactByMember.size}.`);
  }
  const used = [...compactByMember].sort(([a], [b]) => a - b).slice(0, committee.threshold);
  const signers = used.reduce((bits, [index]) => bits | (1n << BigInt(index)), 0n);
  return concat([encodeCommittee(committee), toBeHex(signers, 8), ...used.map(([, signature]) => signature)]);
}

/**
 * Reads the committee at the front of `data`.
 * @throws RangeError if `data` is not exactly one valid committee.
 */
export function decodeCommittee(data: string): Committee {
  const bytes = getBytes(data);
  const [threshold, size] = bytes;
  if (threshold === undefined || size === undefined || bytes.length !== 2 + 20 * size) {
    throw new RangeError(`${dataLength(data)} bytes are not a committee.`);
  }
  const members = Array.from({ length: size }, (_, i) => dataSlice(data, 2 + 20 * i, 22 + 20 * i));
  const committee = createCommittee(members, threshold);
  if (encodeCommittee(committee) !== data.toLowerCase())
    throw new RangeError("The members are not ascending.");
  return committee;
}

function compareAddresses(a: string, b: string): number {
  const [x, y] = [BigInt(a), BigInt(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
