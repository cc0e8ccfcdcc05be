import {
  createAttestation,
  encodeCommitteeEvidence,
  type AnchorIdentity,
} from "../shared/protocol/attestation.js";
import type { Committee, MemberSignature } from "../shared/protocol/committee.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import { redactUrl } from "../shared/runtime/redaction.js";
import { askMember, type MemberAnswer } from "./askMember.js";

export interface EvidenceRequest {
  readonly identity: AnchorIdentity;
  readonly sourceChainId: bigint;
  /** Epoch of the committee. */
  readonly epoch: bigint;
  readonly committee: Committee;
  readonly number: bigint;
  /** The hash that the evidence should show. */
  readonly blockHash: string;
  /** Last second, by B's block timestamps, at which the evidence should count. */
  readonly validUntil: bigint;
}

export interface CollectionOptions {
  /** Where members serve; several for one member do no harm. */
  readonly urls: readonly string[];
  /** For each member. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Which member answered what, credentials in the URL removed. */
export type AnswerByUrl = { readonly url: string } & MemberAnswer;

/** Too few members signed the block in time. Says nothing about the block: ask again, or look at the answers. */
export class EvidenceIncomplete extends OptisyncError<"EvidenceIncomplete"> {
  readonly answers: readonly AnswerByUrl[];

  constructor(number: bigint, got: number, wanted: number, answers: readonly AnswerByUrl[]) {
    const summary = answers.map((answer) => `${answer.url}: ${describeAnswer(answer)}`).join("; ");
    super("EvidenceIncomplete", `${got} of ${wanted} signatures for block ${number}. ${summary}`, {
      action: "retry",
      details: { number, got, wanted, answers },
    });
    this.answers = answers;
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Asks all members at once and returns the anchor's evidence as soon as enough have signed.
 * @throws EvidenceIncomplete if all have answered and too few signed; the reason of an aborted `signal`.
 */
export async function collectEvidence(request: EvidenceRequest, options: CollectionOptions): Promise<string> {
  const attestation = createAttestation({
    sourceChainId: request.sourceChainId,
    number: request.number,
    blockHash: request.blockHash,
    validUntil: request.validUntil,
  });
  const { committee } = request;
  const enough = new AbortController();
  const signal =
    options.signal === undefined ? enough.signal : AbortSignal.any([options.signal, enough.signal]);
  const signatures = new Map<string, MemberSignature>();
  const answers: AnswerByUrl[] = [];

  await Promise.all(
    options.urls.map(async (url) => {
      try {
        const answer = await askMember(
          url,
          { identity: request.identity, committee, attestation },
          { timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS, signal },
        );
        answers.push({ url: redactUrl(url), ...answer });
        if (answer.kind === "signed") signatures.set(answer.signer, answer);
        if (signatures.size >= committee.threshold) enough.abort();
      } catch (error) {
        // The rest were called off because there is enough; any other end is the caller's.
        if (!enough.signal.aborted) throw error;
      }
    }),
  );
  if (signatures.size < committee.threshold) {
    throw new EvidenceIncomplete(request.number, signatures.size, committee.threshold, answers);
  }
  return encodeCommitteeEvidence({
    epoch: request.epoch,
    validUntil: request.validUntil,
    committee,
    signatures: [...signatures.values()],
  });
}

function describeAnswer(answer: MemberAnswer): string {
  switch (answer.kind) {
    case "signedOther":
      return `signed another hash, ${answer.blockHash}`;
    case "notMember":
      return `signed as ${answer.recovered}, who is not in the committee`;
    case "offTopic":
      return `answered with another ${answer.field}`;
    case "refused":
      return `refused with ${answer.status} ${answer.code}`.trimEnd();
    case "unreachable":
      return `unreachable (${answer.reason})`;
    default:
      return answer.kind;
  }
}
