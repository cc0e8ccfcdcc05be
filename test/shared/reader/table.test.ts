import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatTable } from "../../../shared/reader/table.js";

describe("formatTable", () => {
  it("makes every column as wide as its widest cell, without blanks at the end", () => {
    const rows = [
      ["1", "pending"],
      ["1000", "final"],
    ];
    assert.equal(formatTable(["no", "status"], rows), "no    status\n1     pending\n1000  final");
  });
});
