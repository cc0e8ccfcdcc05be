import { z } from "zod";
import {
  recoverAttestationSigner,
  type AnchorIdentity,
  type Attestation,
} from "../shared/protocol/attestation.js";
import type { Committee } from "../shared/protocol/committee.js";
import { isAbort } from "../shared/runtime/errors.js";
import { redactText } from "../shared/runtime/redaction.js";

/** What one member answered, checked. */
export type MemberAnswer =
  | { kind: "signed"; signer: string; signature: string }
  /** A member signed another hash, and that signature is genuine: keep it, it may prove equivocation. */
  | { kind: "signedOther"; signer: string; blockHash: string; signature: string }
  /** The signature is nobody's in the committee. */
  | { kind: "notMember"; recovered: string }
  /** The answer is about something else than was asked. */
  | { kind: "offTopic"; field: "sourceChainId" | "number" | "validUntil" | "signer" }
  | { kind: "refused"; status: number; code: string }
  | { kind: "malformed" }
  | { kind: "timeout" }
  | { kind: "unreachable"; reason: string };

export interface Question {
  readonly identity: AnchorIdentity;
  readonly committee: Committee;
  /** What the member should sign. */
  readonly attestation: Attestation;
}

const MAX_ANSWER_BYTES = 4096;

const answerSchema = z.strictObject({
  sourceChainId: z.string().regex(/^[0-9]{1,78}$/),
  number: z.string().regex(/^[0-9]{1,20}$/),
  blockHash: z.string().regex(/^0x[0-9a-f]{64}$/i),
  validUntil: z.string().regex(/^[0-9]{1,20}$/),
  signer: z.string().regex(/^0x[0-9a-f]{40}$/i),
  signature: z.string().regex(/^0x[0-9a-f]{130}$/i),
});
const refusalSchema = z.object({ code: z.string().max(64) });

/** Asks one member and believes nothing of the answer. Never throws, except the reason of an aborted `signal`. */
export async function askMember(
  url: string,
  question: Question,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<MemberAnswer> {
  const { number, validUntil } = question.attestation;
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  try {
    const { target, authorization } = targetOf(url, number, validUntil);
    const response = await fetch(target, {
      headers: { accept: "application/json", ...authorization },
      redirect: "error",
      signal: AbortSignal.any([limits.signal, timeout]),
    });
    const body = await readJson(response);
    if (response.status === 200) return judge(body, question);
    const refusal = refusalSchema.safeParse(body);
    return { kind: "refused", status: response.status, code: refusal.success ? refusal.data.code : "" };
  } catch (error) {
    limits.signal.throwIfAborted();
    if (timeout.aborted || isAbort(error)) return { kind: "timeout" };
    return { kind: "unreachable", reason: reasonOf(error) };
  }
}

function judge(body: unknown, { identity, committee, attestation }: Question): MemberAnswer {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return { kind: "malformed" };
  const { signature, blockHash } = parsed.data;
  for (const field of ["sourceChainId", "number", "validUntil"] as const) {
    if (BigInt(parsed.data[field]) !== attestation[field]) return { kind: "offTopic", field };
  }
  let recovered: string;
  try {
    recovered = recoverAttestationSigner(identity, { ...attestation, blockHash }, signature);
  } catch {
    return { kind: "malformed" };
  }
  if (!committee.members.includes(recovered)) return { kind: "notMember", recovered };
  if (recovered.toLowerCase() !== parsed.data.signer.toLowerCase())
    return { kind: "offTopic", field: "signer" };
  const isWanted = blockHash.toLowerCase() === attestation.blockHash;
  return isWanted
    ? { kind: "signed", signer: recovered, signature }
    : { kind: "signedOther", signer: recovered, blockHash: blockHash.toLowerCase(), signature };
}

/** The body as JSON, undefined if it is none or too long. */
async function readJson(response: Response): Promise<unknown> {
  if (response.body === null) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** fetch refuses credentials in a URL; they go into a header instead. */
function targetOf(
  url: string,
  number: bigint,
  validUntil: bigint,
): { target: URL; authorization: Record<string, string> } {
  const base = url.endsWith("/") ? url : `${url}/`;
  const target = new URL(`attestation/${number}?validUntil=${validUntil}`, base);
  if (target.username === "" && target.password === "") return { target, authorization: {} };
  const credentials = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
  target.username = "";
  target.password = "";
  return { target, authorization: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

/** fetch hides what happened in `cause`. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  return code ?? redactText(error instanceof Error ? error.message : String(error));
}
