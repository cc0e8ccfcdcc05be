import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runOptions } from "../../proposer/options.js";

describe("which updates a proposer proves", () => {
  const { schema } = runOptions.prove;

  it("is none, all, or those of so many slots", () => {
    assert.equal(schema.parse(undefined), undefined);
    assert.equal(schema.parse("never"), undefined);
    assert.equal(schema.parse("always"), Infinity);
    assert.equal(schema.parse("0"), 0);
    assert.equal(schema.parse("12"), 12);
    assert.equal(schema.parse(12), 12);
  });

  it("is nothing else", () => {
    for (const value of ["", "sometimes", "-1", "1.5", "2 slots", 1.5, "9999999999"])
      assert.throws(() => schema.parse(value), /never, always, or a number|expected/i, String(value));
  });
});
