import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DEFAULT_FEE_POLICY as policy, feeCapWei, firstBid, raisedBid } from "../../../shared/chain/fees.js";

const { maxFeePerGasCapWei: low, urgentCapWei: high, urgentSeconds } = policy;

describe("feeCapWei", () => {
  it("is the normal cap without a deadline and far from it", () => {
    assert.equal(feeCapWei(policy, undefined), low);
    assert.equal(feeCapWei(policy, urgentSeconds), low);
  });

  it("is the urgent cap for the last quarter of the urgent time", () => {
    assert.equal(feeCapWei(policy, urgentSeconds / 4n), high);
    assert.equal(feeCapWei(policy, 0n), high);
  });

  it("only ever rises as time runs out", () => {
    const seconds = fc.bigInt({ min: 0n, max: 2n * urgentSeconds });
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        const [sooner, later] = a < b ? [a, b] : [b, a];
        assert.ok(feeCapWei(policy, sooner) >= feeCapWei(policy, later));
      }),
    );
  });

  it("never falls below the normal cap, whatever the urgent one is", () => {
    assert.equal(feeCapWei({ ...policy, urgentCapWei: 1n }, 0n), low);
  });
});

describe("bids", () => {
  it("start at twice the base fee and the tip, within the cap", () => {
    const bid = firstBid(policy, { baseFeePerGas: 10n }, low);
    assert.deepEqual(bid, {
      maxFeePerGas: 20n + policy.priorityFeeWei,
      maxPriorityFeePerGas: policy.priorityFeeWei,
      isLegacy: false,
    });
    assert.equal(firstBid(policy, { baseFeePerGas: low - 1n }, low)?.maxFeePerGas, low);
    assert.equal(firstBid(policy, { baseFeePerGas: low + 1n }, low), undefined);
  });

  it("are the gas price where there is no base fee", () => {
    assert.deepEqual(firstBid(policy, { gasPrice: 7n }, low), {
      maxFeePerGas: 7n,
      maxPriorityFeePerGas: 7n,
      isLegacy: true,
    });
  });

  it("rise enough for nodes to accept the replacement, or stay away, and never pass the cap", () => {
    const amount = fc.bigInt({ min: 0n, max: 2n * low });
    fc.assert(
      fc.property(amount, amount, amount, (maxFeePerGas, tip, baseFeePerGas) => {
        const previous = {
          maxFeePerGas,
          maxPriorityFeePerGas: tip < maxFeePerGas ? tip : maxFeePerGas,
          isLegacy: false,
        };
        const bid = raisedBid(policy, { baseFeePerGas }, low, previous);
        if (bid === undefined) return;
        assert.ok(bid.maxFeePerGas <= low);
        assert.ok(bid.maxPriorityFeePerGas <= bid.maxFeePerGas);
        assert.ok(bid.maxFeePerGas * 10n >= previous.maxFeePerGas * 11n);
        assert.ok(bid.maxPriorityFeePerGas * 10n >= previous.maxPriorityFeePerGas * 11n);
      }),
    );
  });
});
