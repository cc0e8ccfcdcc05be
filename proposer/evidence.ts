import { Interface, ZeroHash } from "ethers";
import { collectEvidence } from "../committee/client.js";
import { readAnchorTerms, readCommittee, readDestinationTime } from "../committee/anchorReader.js";
import { interfaces } from "../shared/chain/contracts.js";
import type { Manifest } from "../shared/chain/manifest.js";
import type { Rpc } from "../shared/chain/rpc.js";
import type { Source } from "../shared/chain/source.js";
import { encodeBlockHashEvidence } from "../shared/protocol/blockHashEvidence.js";
import { OptisyncError } from "../shared/runtime/errors.js";

/** Where the proof comes from that a block is A's. */
export interface EvidenceSource {
  /**
   * Evidence that the deployment's anchor accepts for this block of A.
   * @throws OptisyncError (retry) if it cannot be had now; an AbortError.
   */
  evidenceFor(number: bigint, blockHash: string, signal?: AbortSignal): Promise<string>;
}

/** Evidence signed by the members of a `CommitteeAnchor`, asked for one by one at `urls`. */
export function createCommitteeEvidence(
  manifest: Manifest,
  rpc: Rpc,
  urls: readonly string[],
): EvidenceSource {
  const { anchor } = manifest.contracts;
  return {
    async evidenceFor(number, blockHash, signal) {
      const terms = await readAnchorTerms(rpc, anchor);
      const { epoch, committee } = await readCommittee(rpc, anchor, manifest.deployedInBlock);
      const validUntil = (await readDestinationTime(rpc)) + terms.evidenceLifetimeSeconds;
      return collectEvidence(
        {
          identity: terms.identity,
          sourceChainId: terms.sourceChainId,
          epoch,
          committee,
          number,
          blockHash,
          validUntil,
        },
        { urls, ...(signal === undefined ? {} : { signal }) },
      );
    },
  };
}

/** Most headers that lead from a recorded block back to the one in question: the anchor's limit on evidence. */
const MAX_HEADERS = 140n;
const oracleInterface = new Interface(["function blockHash(uint64 number) view returns (bytes32)"]);

/** Evidence for a `BlockHashAnchor`: the nearest block its oracle knows, and the headers that lead back from it. */
export function createBlockHashEvidence(manifest: Manifest, rpc: Rpc, source: Source): EvidenceSource {
  return {
    async evidenceFor(number, blockHash, signal) {
      const oracle = await readOracle(rpc, manifest.contracts.anchor);
      for (let recorded = number; recorded <= number + MAX_HEADERS; recorded++) {
        signal?.throwIfAborted();
        const data = oracleInterface.encodeFunctionData("blockHash", [recorded]);
        const known = String(await rpc.request("eth_call", [{ to: oracle, data }, "latest"]));
        if (known === ZeroHash) continue;
        const { headers, reached } = await walkBack(source, known, recorded - number);
        if (reached.toLowerCase() === blockHash.toLowerCase())
          return encodeBlockHashEvidence(recorded, headers);
        throw new OptisyncError(
          "OracleContradicts",
          `the oracle's block ${recorded} leads back to ${reached}`,
          {
            action: "retry",
            details: { number, blockHash, recorded, reached, oracle },
          },
        );
      }
      throw new OptisyncError(
        "BlockNotRecorded",
        `the oracle knows no block from ${number} to ${number + MAX_HEADERS}`,
        {
          action: "retry",
          details: { number, blockHash, oracle },
        },
      );
    },
  };
}

async function readOracle(rpc: Rpc, anchor: string): Promise<string> {
  const contract = interfaces.blockHashAnchor;
  const answer = String(
    await rpc.request("eth_call", [{ to: anchor, data: contract.encodeFunctionData("oracle") }, "latest"]),
  );
  return contract.decodeFunctionResult("oracle", answer)[0] as string;
}

/** The headers of `count` blocks from the one with hash `from` backwards, and the parent hash of the last. */
async function walkBack(
  source: Source,
  from: string,
  count: bigint,
): Promise<{ headers: string[]; reached: string }> {
  const headers: string[] = [];
  let reached = from;
  for (let i = 0n; i < count; i++) {
    const header = await source.headerByHash(reached);
    headers.push(header.rlp);
    reached = header.parentHash;
  }
  return { headers, reached };
}
