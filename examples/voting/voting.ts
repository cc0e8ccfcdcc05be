import { id, parseEther } from "ethers";
import { locate, parseType, type Reader } from "../../shared/reader/index.js";
import type { Claim } from "../../shared/protocol/claim.js";
import { deploy, send, type Stage } from "../stage.js";

export interface VotingReport {
  readonly token: string;
  readonly vote: string;
  readonly poll: bigint;
  readonly claim: Claim;
  readonly result: { readonly yes: bigint; readonly no: bigint };
  readonly gasUsed: readonly bigint[];
}

/** ERC20Votes keeps its checkpoints here; see SourceVote. */
const CHECKPOINTS = {
  type: parseType("mapping(address => struct(uint256[] checkpoints))"),
  slot: 9n,
  offset: 0,
};
const MAX_AGE_SECONDS = 86_400;

/** Proofs that a voter shows: of the length of its list of checkpoints, and of the last one. */
export async function ballotOf(
  reader: Reader,
  token: string,
  claim: Claim,
  voter: string,
): Promise<{ proofs: readonly string[]; lastProofs: readonly string[] }> {
  const question = { account: token, block: claim.number, maxAgeSeconds: 100 * MAX_AGE_SECONDS };
  const list = locate(CHECKPOINTS, [voter, "checkpoints"]);
  const { values, storageProofs } = await reader.prove({ ...question, slots: [list.slot] });
  const length = values[0] ?? 0n;
  if (length === 0n) return { proofs: storageProofs[0] ?? [], lastProofs: [] };
  const last = locate(list, [length - 1n]);
  const both = await reader.prove({ ...question, slots: [list.slot, last.slot] });
  return { proofs: both.storageProofs[0] ?? [], lastProofs: both.storageProofs[1] ?? [] };
}

/** Holders of a governance token on A vote on B with the power that they had at one block of A. */
export async function playVoting(stage: Stage): Promise<VotingReport> {
  const { a, b, reader, deployment, people, say } = stage;
  const [founder, second, third] = people as [string, string, string];
  const token = await deploy("VotesToken", await a.getSigner(founder), [parseEther("100")]);
  const asFounder = token.as(await a.getSigner(founder));
  await send(asFounder, "delegate", [founder]);
  await send(asFounder, "transfer", [second, parseEther("30")]);
  await send(token.as(await a.getSigner(second)), "delegate", [second]);
  say(`a governance token lives on A at ${token.address}; two holders have delegated to themselves`);

  const claim = await stage.untilFinal();
  await stage.attest(claim);
  say(`block ${claim.number} of A is final and attested`);
  const vote = await deploy("SourceVote", await b.getSigner(third), [
    deployment.contracts.stateSync,
    token.address,
  ]);
  const { accountProof } = await reader.prove({
    account: token.address,
    block: claim.number,
    maxAgeSeconds: MAX_AGE_SECONDS,
  });
  const opened = await send(vote.as(await b.getSigner(third)), "open", [
    id("Shall we?"),
    claim,
    accountProof,
  ]);
  say(`a poll is open on B, weighed at that block, ${opened.gasUsed} gas`);

  // What moves on A from now on changes nothing.
  await send(asFounder, "transfer", [third, parseEther("60")]);
  await send(token.as(await a.getSigner(third)), "delegate", [third]);

  const gasUsed: bigint[] = [opened.gasUsed];
  for (const [voter, isYes] of [
    [founder, true],
    [second, false],
  ] as const) {
    const { proofs, lastProofs } = await ballotOf(reader, token.address, claim, voter);
    const voted = await send(vote.as(await b.getSigner(voter)), "vote", [1n, isYes, proofs, lastProofs]);
    gasUsed.push(voted.gasUsed);
    say(`${voter} votes ${isYes ? "yes" : "no"}, ${voted.gasUsed} gas`);
  }
  const { yes, no } = (await vote.as(await b.getSigner(third)).getFunction("pollOf")(
    1n,
  )) as VotingReport["result"];
  say(`${yes} votes yes, ${no} no`);
  return { token: token.address, vote: vote.address, poll: 1n, claim, result: { yes, no }, gasUsed };
}
