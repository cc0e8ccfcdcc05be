import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { syncCall, syncProof } from "../../../shared/proofs/syncProof.js";

const DELTAS = `0x${"ab".repeat(64)}`;
const TRANSITION = { before: "0x0107", nodes: "0xff00" };
const ON = ["head", "root", "terms"] as const;

describe("what a sync is told", () => {
  it("is the parts behind the sizes of all but the last", () => {
    assert.equal(
      syncProof(DELTAS, TRANSITION, "0x1234"),
      `0x000040000002000002${"ab".repeat(64)}0107ff001234`,
    );
    assert.equal(syncProof("0x", { before: "0x", nodes: "0x" }, "0x"), `0x${"00".repeat(9)}`);
  });

  it("shows an account by its path where there is one", () => {
    const { name, args } = syncCall(ON, DELTAS, TRANSITION, { accountPath: "0x1234", accountProof: [] });
    assert.equal(name, "sync");
    assert.deepEqual(args, [...ON, syncProof(DELTAS, TRANSITION, "0x1234")]);
  });

  it("shows by a proof that there is none", () => {
    const { name, args } = syncCall(ON, DELTAS, TRANSITION, { accountPath: "0x", accountProof: ["0xc0"] });
    assert.equal(name, "syncByProof");
    assert.deepEqual(args, [...ON, syncProof(DELTAS, TRANSITION, "0x"), ["0xc0"]]);
  });
});
