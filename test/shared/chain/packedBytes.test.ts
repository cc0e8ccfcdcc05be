import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { packBytes, unpackBytes } from "../../../shared/chain/packedBytes.js";

describe("packed byte strings", () => {
  it("come out as they went in, the empty ones too", () => {
    const strings = [Uint8Array.of(1, 2, 3), new Uint8Array(), Uint8Array.of(4), new Uint8Array()];
    assert.deepEqual(unpackBytes(packBytes(strings)), strings);
  });

  it("may be none", () => assert.deepEqual(unpackBytes(packBytes([])), []));

  it("do not keep each other in memory", () => {
    const packed = packBytes([Uint8Array.of(1, 2), new Uint8Array(1000)]);
    assert.equal(unpackBytes(packed)[0]?.buffer.byteLength, 2);
  });
});
