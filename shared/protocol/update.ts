import { AbiCoder, ZeroAddress, ZeroHash, concat, keccak256 } from "ethers";

/** Root of a trie without entries: keccak256(0x80), Yellow Paper appendix D. */
export const EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

/** A statement about one account of A and how its storage changed. Mirrors contracts/types/Update.sol. */
export interface Update {
  readonly feed: bigint;
  /** Id of the update this one builds on. */
  readonly parent: string;
  /** Block of A whose final root this update speaks of, its timestamp in seconds and its state root. */
  readonly number: bigint;
  readonly timestamp: bigint;
  readonly stateRoot: string;
  /** Storage root of the parent update. */
  readonly oldStorageRoot: string;
  readonly storageRoot: string;
  /** Zero for an account that does not exist. */
  readonly codeHash: string;
  /** Commitment to the changed slots, see deltas.ts. */
  readonly deltas: string;
  readonly count: bigint;
  readonly proposer: string;
  readonly rootProposer: string;
  /** Wei set aside from the feed's funds. */
  readonly reserve: bigint;
}

/** The members of the Solidity enum, in its order. */
export const UPDATE_STATUSES = ["None", "Pending", "Applying", "Applied", "Rejected", "Released"] as const;
export type UpdateStatus = (typeof UPDATE_STATUSES)[number];

/** All fields but the storage root. */
const LINK_TYPE =
  "tuple(uint64 feed, bytes32 parent, uint64 number, uint64 timestamp, bytes32 stateRoot, bytes32 oldStorageRoot, " +
  "bytes32 codeHash, bytes32 deltas, uint32 count, address proposer, address rootProposer, uint96 reserve)";

/** An update as far as one that is proven on top of it has to know it: what `Prover.sync` takes. */
export interface Head {
  readonly feed: bigint;
  /** Hash of all other fields. */
  readonly link: string;
  readonly storageRoot: string;
}

export function headOf(update: Update): Head {
  const link = keccak256(AbiCoder.defaultAbiCoder().encode([LINK_TYPE], [update]));
  return { feed: update.feed, link, storageRoot: update.storageRoot };
}

/** Names the update and everything in it: contracts/types/Update.sol has the two steps in which it is made. */
export function updateId(update: Update): string {
  const { link, storageRoot } = headOf(update);
  return keccak256(concat([link, storageRoot]));
}

/** The update every feed starts from: empty storage. */
export function genesisUpdate(feed: bigint): Update {
  return {
    feed,
    parent: ZeroHash,
    number: 0n,
    timestamp: 0n,
    stateRoot: ZeroHash,
    oldStorageRoot: ZeroHash,
    storageRoot: EMPTY_ROOT,
    codeHash: ZeroHash,
    deltas: ZeroHash,
    count: 0n,
    proposer: ZeroAddress,
    rootProposer: ZeroAddress,
    reserve: 0n,
  };
}

/** The struct as the ABI decoder returns it: readable by name. */
export function toUpdate(decoded: unknown): Update {
  const source = decoded as Update;
  return {
    feed: source.feed,
    parent: source.parent,
    number: source.number,
    timestamp: source.timestamp,
    stateRoot: source.stateRoot,
    oldStorageRoot: source.oldStorageRoot,
    storageRoot: source.storageRoot,
    codeHash: source.codeHash,
    deltas: source.deltas,
    count: source.count,
    proposer: source.proposer,
    rootProposer: source.rootProposer,
    reserve: source.reserve,
  };
}
