import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Contract, parseEther } from "ethers";
import { playLending, type LendingReport } from "../../examples/lending/lending.js";
import { artifactOf } from "../../examples/stage.js";
import { revertOf, startTestStage, type TestStage } from "./stage.js";

describe("the lending example", () => {
  let stage: TestStage;
  let report: LendingReport;
  const line = async (person = 0): Promise<Contract> =>
    new Contract(
      report.line,
      artifactOf("CreditLine").abi as string[],
      await stage.b.getSigner(stage.people[person]),
    );
  before(async () => {
    stage = await startTestStage();
    report = await playLending(stage);
  });
  after(() => stage.close());

  it("lends against a balance on A and calls in what is not covered any more", () => {
    assert.deepEqual([report.borrowed, report.isCalledIn], [parseEther("400"), true]);
  });

  it("lends nothing to who is called in, until everything is repaid", async () => {
    const asHolder = await line();
    assert.equal(await revertOf(asHolder, "borrow", [1n]), "CalledIn");
    await (await asHolder.getFunction("repay").send(parseEther("1000"))).wait();
    assert.equal(await asHolder.getFunction("debtOf")(stage.people[0]), 0n);
    await (await asHolder.getFunction("borrow").send(parseEther("250"))).wait();
    assert.equal(await revertOf(asHolder, "borrow", [1n]), "LimitExceeded");
    assert.equal(await revertOf(asHolder, "callIn", [stage.people[0]]), "DebtCovered");
  });

  it("lends nothing on a balance that is too old, or to who holds nothing", async () => {
    assert.equal(await revertOf(await line(2), "borrow", [1n]), "LimitExceeded");
    await stage.pass(601);
    assert.equal(await revertOf(await line(1), "borrow", [1n]), "FeedTooOld");
  });
});
