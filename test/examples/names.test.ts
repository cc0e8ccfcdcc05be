import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Contract, id } from "ethers";
import { playNames, type NamesReport } from "../../examples/names/names.js";
import { artifactOf } from "../../examples/stage.js";
import { revertOf, startTestStage, type TestStage } from "./stage.js";

describe("the names example", () => {
  let stage: TestStage;
  let report: NamesReport;
  const resolver = async (person: number): Promise<Contract> =>
    new Contract(
      report.resolver,
      artifactOf("NameResolver").abi as string[],
      await stage.b.getSigner(stage.people[person]),
    );
  const { abi } = artifactOf("NameRegistry");
  const view = (name: string, args: unknown[] = []) =>
    stage.reader
      .feed(report.feed)
      .view({ abi: abi as string[], function: name, args, maxAgeSeconds: 86_400 });
  before(async () => {
    stage = await startTestStage();
    report = await playNames(stage);
  });
  after(() => stage.close());

  it("resolves on B what was registered on A", async () => {
    assert.equal(report.target, stage.people[1]);
    assert.equal(await (await resolver(2)).getFunction("profileOf")("alice"), "hello from A");
    assert.equal(await (await resolver(2)).getFunction("ownerOf")("alice"), stage.people[0]);
  });

  it("pays whom the name stands for", async () => {
    const target = stage.people[1] as string;
    const before = await stage.b.getBalance(target);
    await (await (await resolver(2)).getFunction("pay").send("alice", { value: 5n })).wait();
    assert.equal((await stage.b.getBalance(target)) - before, 5n);
    assert.equal(await revertOf(await resolver(2), "pay", ["nobody"], { value: 5n }), "NameUnresolved");
  });

  it("lets nobody but the owner on A speak for a name", async () => {
    assert.equal(await revertOf(await resolver(1), "setProfile", ["alice", "mine"]), "NotNameOwnerOnA");
  });

  it("gives the registry's own reasons", async () => {
    await assert.rejects(view("ownerOf", [id("nobody")]), (error: { code: string; message: string }) => {
      assert.equal(error.code, "ViewReverted");
      assert.match(error.message, /ERC721NonexistentToken/);
      return true;
    });
    assert.equal((await view("supportsInterface", ["0x80ac58cd"])).value, true);
    assert.equal((await view("balanceOf", [stage.people[0]])).value, 1n);
  });

  it("answers nothing that would write", async () => {
    await assert.rejects(view("register", ["bob"]), { code: "NotView" });
    await assert.rejects(view("nothing"), { code: "NotView" });
    // A caller on B that tries it anyway.
    const { replica } = (await stage.reader.protocol.sync()).ledger.feeds.get(report.feed) ?? { replica: "" };
    const signer = await stage.b.getSigner(stage.people[0]);
    const direct = new Contract(replica, abi as string[], signer);
    await assert.rejects(direct.getFunction("register").staticCall("bob"));
    assert.equal(await direct.getFunction("resolve").staticCall("alice"), report.target);
  });

  it("does not resolve by a registry that is too old", async () => {
    await stage.pass(86_401);
    assert.equal(await revertOf(await resolver(2), "resolve", ["alice"]), "FeedTooOld");
    const short = { abi: abi as string[], function: "name", maxAgeSeconds: 5 };
    await assert.rejects(stage.reader.feed(report.feed).view(short), { code: "CallReverted" });
  });
});
