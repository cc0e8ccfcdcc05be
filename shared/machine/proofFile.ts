import { readFile } from "node:fs/promises";
import { z } from "zod";
import { fromHex, toHex } from "../execution/crypto.js";
import { OptisyncError } from "../runtime/errors.js";
import { decodeProof, encodeProof, type StepProof } from "./Proof.js";

const hex = z.string().regex(/^0x([0-9a-f]{2})*$/i);
const word = z.string().regex(/^0x[0-9a-f]{64}$/i);

/** The proof of one step as a file. */
const proofFileSchema = z.strictObject({
  /** Of the block. */
  name: z.string(),
  chainId: z.string().regex(/^\d{1,20}$/),
  makesSystemCalls: z.boolean(),
  step: z.int().nonnegative(),
  /** Hash of the state before it. */
  current: word,
  /** Hash of the state after it, as the TypeScript machine has it. */
  next: word,
  /** `abi.encode(Machine machine, bytes32[] words, bytes[] blobs, address[] pages)`, with no pages. */
  proof: hex,
  /** Contents of the pages that have to be deployed and named in the proof; none if it fits a transaction. */
  pages: z.array(hex),
});

export type ProofFile = z.infer<typeof proofFileSchema>;

export interface ProvenStep {
  name: string;
  chainId: bigint;
  makesSystemCalls: boolean;
  step: number;
  current: bigint;
  next: bigint;
  proof: StepProof;
  pages: readonly Uint8Array[];
}

export function proofFile({ proof, pages, current, next, chainId, ...rest }: ProvenStep): ProofFile {
  return {
    ...rest,
    chainId: chainId.toString(),
    current: wordHex(current),
    next: wordHex(next),
    proof: `0x${toHex(encodeProof(proof))}`,
    pages: pages.map((page) => `0x${toHex(page)}`),
  };
}

/** @throws OptisyncError `ProofUnreadable` (halt) */
export async function readProofFile(path: string): Promise<ProvenStep> {
  const unreadable = (why: string, cause?: unknown): OptisyncError =>
    new OptisyncError("ProofUnreadable", `${path} ${why}`, { action: "halt", details: { path }, cause });
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw unreadable("cannot be read", cause);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw unreadable("is not JSON", cause);
  }
  const parsed = proofFileSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unreadable(`is not a proof: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { chainId, current, next, proof, pages, ...rest } = parsed.data;
  try {
    return {
      ...rest,
      chainId: BigInt(chainId),
      current: BigInt(current),
      next: BigInt(next),
      proof: decodeProof(fromHex(proof)),
      pages: pages.map(fromHex),
    };
  } catch (cause) {
    throw unreadable("holds a proof that is not ABI-encoded", cause);
  }
}

export function wordHex(value: bigint): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
