import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Contract, parseEther } from "ethers";
import { ballotOf, playVoting, type VotingReport } from "../../examples/voting/voting.js";
import { artifactOf } from "../../examples/stage.js";
import { compileFromPackages } from "../support/contracts.js";
import { parseLayout, variableOf } from "../../shared/reader/index.js";
import { revertOf, startTestStage, type TestStage } from "./stage.js";

describe("the voting example", () => {
  let stage: TestStage;
  let report: VotingReport;
  const vote = async (person: number): Promise<Contract> =>
    new Contract(
      report.vote,
      artifactOf("SourceVote").abi as string[],
      await stage.b.getSigner(stage.people[person]),
    );
  const ballot = (person: number) =>
    ballotOf(stage.reader, report.token, report.claim, stage.people[person] as string);
  before(async () => {
    stage = await startTestStage();
    report = await playVoting(stage);
  });
  after(() => stage.close());

  it("weighs votes by what was delegated at the poll's block, whatever happened since", () => {
    assert.deepEqual([report.result.yes, report.result.no], [parseEther("70"), parseEther("30")]);
  });

  it("takes the checkpoints' place from where the compiler put them", () => {
    const { storageLayout } = compileFromPackages("examples/voting/VotesToken.sol", "VotesToken");
    assert.equal(variableOf(parseLayout(storageLayout), "_delegateCheckpoints").slot, 9n);
  });

  it("gives no vote to who had none then, and none twice", async () => {
    const late = await ballot(2);
    const asLate = await vote(2);
    assert.equal(await revertOf(asLate, "vote", [1n, true, late.proofs, late.lastProofs]), "NoVotingPower");
    const founder = await ballot(0);
    const asFounder = await vote(0);
    assert.equal(
      await revertOf(asFounder, "vote", [1n, true, founder.proofs, founder.lastProofs]),
      "AlreadyVoted",
    );
    assert.equal(await revertOf(asLate, "vote", [2n, true, late.proofs, late.lastProofs]), "PollUnknown");
  });

  it("refuses somebody else's proofs and proofs of an older checkpoint", async () => {
    const founder = await ballot(0);
    const asLate = await vote(2);
    assert.equal(
      await revertOf(asLate, "vote", [1n, true, founder.proofs, founder.lastProofs]),
      "InvalidProof",
    );
  });

  it("tells the result when the poll is over, for the claim it was opened with", async () => {
    const asAnybody = await vote(2);
    assert.equal(await revertOf(asAnybody, "resultOf", [1n, report.claim]), "PollOpen");
    await stage.pass(3 * 86_400 + 1);
    const other = { ...report.claim, blockHash: `0x${"11".repeat(32)}` };
    assert.equal(await revertOf(asAnybody, "resultOf", [1n, other]), "ClaimMismatch");
    const [yes, no] = (await asAnybody.getFunction("resultOf")(1n, report.claim)) as bigint[];
    assert.deepEqual([yes, no], [parseEther("70"), parseEther("30")]);
    const late = await ballot(2);
    assert.equal(await revertOf(asAnybody, "vote", [1n, true, late.proofs, late.lastProofs]), "PollClosed");
  });
});
