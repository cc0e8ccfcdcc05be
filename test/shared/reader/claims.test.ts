import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatClaim, formatClaims, readClaim } from "../../../shared/reader/claims.js";
import { readLedger, type ProtocolEvent } from "../../../shared/protocol/ledger.js";

const ID = `0x${"aa".repeat(32)}`;
const HASH = `0x${"bb".repeat(32)}`;
const PROPOSER = "0x1111111111111111111111111111111111111111";

const event = (name: string, args: Record<string, unknown>): ProtocolEvent => ({
  name,
  args,
  blockNumber: 7n,
  transactionHash: HASH,
});
const proposed = event("ClaimProposed", {
  id: ID,
  parent: HASH,
  proposer: PROPOSER,
  number: 100n,
  blockHash: HASH,
  stateRoot: HASH,
  timestamp: 5n,
  deadline: 1_000n,
});
const demanded = event("EvidenceDemanded", { claim: ID, challenger: PROPOSER, deadline: 990n });

describe("claims for people", () => {
  const claims = (...more: ProtocolEvent[]) => [...readLedger([proposed, ...more]).claims.values()];

  it("tells how long a claim can still be challenged", () => {
    assert.match(formatClaims(claims(), 1_000n), /^100 +pending +0 s left +0 +0x1{40} +0x(aa){32}$/m);
    assert.match(formatClaims(claims(), 1_001n), / over /);
  });
  it("tells of the grace period after a challenge", () => {
    const closed = event("ChallengeClosed", { id: ID, open: 0n, quietUntil: 1_010n });
    assert.match(formatClaims(claims(closed), 1_005n), /grace, 5 s left/);
  });
  it("tells of evidence that was shown", () => {
    const told = claims(event("ClaimAttested", { id: ID }), event("ClaimFinalized", { id: ID }));
    assert.match(formatClaims(told, 1_001n), /final, attested +-/);
  });
  it("says so if there are none", () => {
    assert.equal(formatClaims([], 0n), "no claims");
  });
  it("shows who demands what until when", () => {
    const report = readClaim(readLedger([proposed, demanded]), ID);
    assert.match(formatClaim(report, 980n), /by 0x1{40} {2}10 s to answer/);
    assert.match(formatClaim(report, 991n), /time is up/);
  });
  it("knows no claim that was never made", () => {
    assert.throws(() => readClaim(readLedger([]), ID), { code: "ClaimUnknown", action: "halt" });
  });
});
