/**
 * A chain that A's validators might have chosen: A's own up to some block, which states a false root, and the blocks
 * after it built on that. What a node that follows such validators answers, and what re-execution finds out.
 */
import { decodeRlp, encodeRlp, id, keccak256 } from "ethers";
import type { BlockRecord, History } from "../../shared/chain/history.js";
import type { Source } from "../../shared/chain/source.js";
import type { SourceHeader } from "../../shared/chain/sourceHeader.js";
import type { ToyOptions } from "./toyMachine.js";

export interface ForgedChain {
  readonly falseBlock: bigint;
  /** From the block before `low` up to the tip. */
  readonly headers: ReadonlyMap<bigint, SourceHeader>;
  readonly source: Source;
  readonly history: History;
  /** What execution gives; the toy machine on B is to be taught the same. */
  readonly trueRoot: ToyOptions["trueRoot"];
}

/** @param falseBlock the block, of `low` to `high`, that lies; above `high` for an honest chain */
export async function forgeChain(
  source: Source,
  low: bigint,
  high: bigint,
  falseBlock: bigint,
): Promise<ForgedChain> {
  const headers = new Map<bigint, SourceHeader>();
  const trueRoots = new Map<string, string>();
  for (let number = low - 1n; number <= high; number++) {
    const own = await source.headerByNumber(number);
    const parent = headers.get(number - 1n);
    if (parent !== undefined) trueRoots.set(parent.hash, own.stateRoot);
    headers.set(number, number < falseBlock ? own : forge(own, parent, number === falseBlock));
  }
  const byHash = new Map([...headers.values()].map((header) => [header.hash, header]));
  const tip = headers.get(high) as SourceHeader;
  return {
    falseBlock,
    headers,
    source: {
      chainId: source.chainId,
      forks: source.forks,
      headerByNumber: async (number) => headers.get(number) ?? source.headerByNumber(number),
      headerByHash: async (hash) => byHash.get(hash.toLowerCase()) ?? source.headerByHash(hash),
      latestHead: async () => tip,
      finalizedHead: async () => tip,
      verifiedBlock: (at) => source.verifiedBlock(at),
      accountProof: (...args) => source.accountProof(...args),
      listedStorage: (...args) => source.listedStorage(...args),
      ancestorHash: (...args) => source.ancestorHash(...args),
      witnessFor: (...args) => source.witnessFor(...args),
      keepWitness: (...args) => source.keepWitness(...args),
      rememberNode: (...args) => source.rememberNode(...args),
    },
    history: historyOf(headers, falseBlock, trueRoots),
    trueRoot: async ({ parentHash }) => {
      const root = trueRoots.get(parentHash);
      if (root === undefined) throw new Error(`nothing is known of a block after ${parentHash}`);
      return root;
    },
  };
}

function forge(own: SourceHeader, parent: SourceHeader | undefined, isFalse: boolean): SourceHeader {
  const fields = decodeRlp(own.rlp) as string[];
  const parentHash = parent?.hash ?? own.parentHash;
  const stateRoot = isFalse ? id(`a state root nobody computed, of block ${own.number}`) : own.stateRoot;
  fields[0] = parentHash;
  fields[3] = stateRoot;
  const rlp = encodeRlp(fields);
  return { ...own, rlp, hash: keccak256(rlp), parentHash, stateRoot };
}

function historyOf(
  headers: ReadonlyMap<bigint, SourceHeader>,
  falseBlock: bigint,
  trueRoots: ReadonlyMap<string, string>,
): History {
  const block = async (number: bigint): Promise<BlockRecord> => {
    const header = headers.get(number);
    if (header === undefined) throw new Error(`block ${number} was not executed`);
    const { hash, parentHash, stateRoot } = header;
    const computed = trueRoots.get(parentHash) ?? "";
    return {
      hash,
      parentHash,
      storage: {},
      wiped: [],
      verdict: number === falseBlock ? { kind: "mismatch", claimed: stateRoot, computed } : { kind: "match" },
    };
  };
  return {
    headerAlerts: new Map(),
    block,
    async *blocks(numbers) {
      for (const number of numbers) yield await block(number);
    },
    storageChanges: async () => new Map(),
    blockBeforeStorage: async (_, through) => through,
  };
}
