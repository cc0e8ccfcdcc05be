import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { id, Wallet } from "ethers";
import { openSignedBlocks } from "../../committee/signedBlocks.js";
import { createSigner, type Signer, type SourceView } from "../../committee/signer.js";
import { createCommittee } from "../../shared/protocol/committee.js";

const vector = JSON.parse(readFileSync("test/vectors/attestation.json", "utf8")) as {
  keys: string[];
  anchor: string;
};

/** A committee of four, of which three must sign. */
export const wallets = vector.keys.slice(0, 4).map((key) => new Wallet(key)) as [
  Wallet,
  Wallet,
  Wallet,
  Wallet,
];
export const committee = createCommittee(wallets.map(({ address }) => address));
export const identity = { destinationChainId: 8453n, anchor: vector.anchor };
export const sourceChainId = 100n;
/** B's time in seconds. */
export const now = 1_900_000_000n;
export const maxLifetimeSeconds = 1_000n;

/** The hash of a block of A in these tests. */
export function hashOf(number: bigint): string {
  return id(`block ${number}`);
}

/** A source chain whose blocks up to 100 are final, and a way to change what it says. */
export function createSourceStub(): SourceView & { hashes: Map<bigint, string>; finalized: bigint } {
  const hashes = new Map<bigint, string>();
  return {
    hashes,
    finalized: 100n,
    async finalizedHead() {
      return this.headerByNumber(this.finalized);
    },
    async headerByNumber(number) {
      return { number, hash: hashes.get(number) ?? hashOf(number) };
    },
  };
}

/** A folder that is gone after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "optisync-committee-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A signer on the record in `folder`; close the record before another one opens it. */
export async function openSigner(
  folder: string,
  wallet: Wallet,
  source: SourceView,
): Promise<{ signer: Signer; close: () => Promise<void> }> {
  const signedBlocks = await openSignedBlocks(folder);
  const signer = createSigner(
    { identity, sourceChainId, lifetimeSeconds: 500n, maxLifetimeSeconds },
    { wallet, source, signedBlocks, destinationTime: async () => now },
  );
  return { signer, close: () => signedBlocks.close() };
}
