import { concat, encodeRlp, keccak256, toBeHex, ZeroHash } from "ethers";
import { leaf, pseudoRandom, rlpList, rlpString } from "./trieCases.js";

/** What a leaf of a state trie decodes to. */
export interface AccountCase {
  readonly name: string;
  readonly stateRoot: string;
  readonly owner: string;
  readonly proof: readonly string[];
  readonly valid: boolean;
  /** The argument of AccountMalformed; 0 if the account is valid. */
  readonly field: number;
  readonly exists: boolean;
  readonly nonce: string;
  readonly balance: string;
  readonly storageRoot: string;
  readonly codeHash: string;
}

/** What a leaf of a storage trie decodes to. */
export interface SlotCase {
  readonly name: string;
  readonly storageRoot: string;
  readonly hashedSlot: string;
  readonly proof: readonly string[];
  readonly valid: boolean;
  readonly value: string;
}

const EMPTY_ROOT = keccak256("0x80");
const owner = pseudoRandom("owner").slice(0, 42);
const storageRoot = pseudoRandom("storage root");
const codeHash = pseudoRandom("code hash");
const hashes = [rlpString(storageRoot), rlpString(codeHash)];

function lone(hashedKey: string, value: string) {
  const node = leaf(hashedKey.slice(2), value);
  return { root: keccak256(node), proof: [node] };
}

function account(name: string, nonce: bigint, balance: bigint): AccountCase {
  const minimal = (n: bigint) => (n === 0n ? "0x" : toBeHex(n));
  const { root, proof } = lone(
    keccak256(owner),
    encodeRlp([minimal(nonce), minimal(balance), storageRoot, codeHash]),
  );
  const read = {
    exists: true,
    nonce: toBeHex(nonce, 32),
    balance: toBeHex(balance, 32),
    storageRoot,
    codeHash,
  };
  return { name, stateRoot: root, owner, proof, valid: true, field: 0, ...read };
}

function absentAccount(name: string, stateRoot: string, proof: readonly string[]): AccountCase {
  const read = {
    exists: false,
    nonce: ZeroHash,
    balance: ZeroHash,
    storageRoot: EMPTY_ROOT,
    codeHash: ZeroHash,
  };
  return { name, stateRoot, owner, proof, valid: true, field: 0, ...read };
}

function malformedAccount(name: string, field: number, rlp: string): AccountCase {
  const { root, proof } = lone(keccak256(owner), rlp);
  return { ...absentAccount(name, root, proof), valid: false, field };
}

export function accountCases(): AccountCase[] {
  const stranger = lone(pseudoRandom("stranger"), "0x05");
  const list = (...fields: string[]) => rlpList(...fields, ...hashes);
  const wellFormed = list("0x01", "0x02");
  return [
    account("zeros", 0n, 0n),
    account("ones", 1n, 1n),
    account("single bytes with a prefix", 0x80n, 0xffn),
    account("largest", 2n ** 64n - 1n, 2n ** 256n - 1n),
    account("ordinary", 4711n, 123456789012345678901234567890n),
    absentAccount("empty state", EMPTY_ROOT, []),
    absentAccount("another account", stranger.root, stranger.proof),
    malformedAccount("not a list", 4, "0x05"),
    malformedAccount("list cut off", 4, wellFormed.slice(0, -2)),
    malformedAccount("byte behind the list", 4, wellFormed + "00"),
    malformedAccount("three fields", 4, rlpList("0x01", ...hashes)),
    malformedAccount("five fields", 4, rlpList("0x01", "0x02", ...hashes, "0x80")),
    malformedAccount("two length bytes", 4, concat(["0xf90044", "0x01", "0x02", ...hashes])),
    malformedAccount("nonce with a leading zero", 0, list("0x820001", "0x02")),
    malformedAccount("nonce a zero byte", 0, list("0x00", "0x02")),
    malformedAccount("nonce with a needless prefix", 0, list("0x8101", "0x02")),
    malformedAccount("nonce of nine bytes", 0, list("0x89" + "01".repeat(9), "0x02")),
    malformedAccount("nonce a list", 0, list("0xc0", "0x02")),
    malformedAccount("balance with a leading zero", 1, list("0x01", "0x820001")),
    malformedAccount("balance of 33 bytes", 1, list("0x01", "0xa1" + "01".repeat(33))),
    malformedAccount("balance with a needless prefix", 1, list("0x01", "0x817f")),
    malformedAccount(
      "storage root with a list's prefix",
      2,
      rlpList("0x01", "0x02", "0xe0" + storageRoot.slice(2), hashes[1] ?? ""),
    ),
    malformedAccount(
      "code hash with a list's prefix",
      3,
      rlpList("0x01", "0x02", hashes[0] ?? "", "0xe0" + codeHash.slice(2)),
    ),
    malformedAccount("storage root zero", 2, rlpList("0x01", "0x02", rlpString(ZeroHash), hashes[1] ?? "")),
    malformedAccount("code hash zero", 3, rlpList("0x01", "0x02", hashes[0] ?? "", rlpString(ZeroHash))),
  ];
}

export function slotCases(): SlotCase[] {
  const hashedSlot = keccak256(toBeHex(7, 32));
  const slot = (name: string, rlp: string, value: bigint | null): SlotCase => {
    const { root, proof } = lone(hashedSlot, rlp);
    return {
      name,
      storageRoot: root,
      hashedSlot,
      proof,
      valid: value !== null,
      value: toBeHex(value ?? 0n, 32),
    };
  };
  const largest = 2n ** 256n - 1n;
  return [
    slot("one", "0x01", 1n),
    slot("largest single byte", "0x7f", 0x7fn),
    slot("smallest with a prefix", "0x8180", 0x80n),
    slot("two bytes", "0x820100", 256n),
    slot("largest", "0xa0" + "ff".repeat(32), largest),
    slot("zero in RLP", "0x80", 0n),
    { name: "empty storage", storageRoot: EMPTY_ROOT, hashedSlot, proof: [], valid: true, value: ZeroHash },
    slot("zero byte", "0x00", null),
    slot("leading zero", "0x820001", null),
    slot("needless prefix", "0x817f", null),
    slot("33 bytes", "0xa1" + "01".repeat(33), null),
    slot("a list", "0xc101", null),
    slot("cut off", "0x8301ff", null),
    slot("byte behind", "0x0101", null),
  ];
}
