import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createForkSchedule, packForkSchedule } from "../../../shared/protocol/forkSchedule.js";
import { decodeHeader, HeaderError } from "../../../shared/protocol/header.js";

interface Vectors {
  schedule: { fromTimestamps: string[]; fieldCounts: number[]; sunset: string; packed: string };
  accepted: {
    name: string;
    rlp: string;
    hash: string;
    parentHash: string;
    stateRoot: string;
    number: string;
    timestamp: string;
  }[];
  rejected: { name: string; rlp: string; error: string; args: string[] }[];
}

const vectors = JSON.parse(readFileSync("test/vectors/headers.json", "utf8")) as Vectors;
const schedule = createForkSchedule(
  vectors.schedule.fromTimestamps.map((from, i) => ({
    fromTimestamp: BigInt(from),
    fieldCount: vectors.schedule.fieldCounts[i] as number,
  })),
  BigInt(vectors.schedule.sunset),
);

test("the schedule packs to the word of the vector", () => {
  assert.equal(packForkSchedule(schedule), BigInt(vectors.schedule.packed));
});

for (const { name, rlp, hash, parentHash, stateRoot, number, timestamp } of vectors.accepted) {
  test(`a header is accepted: ${name}`, () => {
    assert.deepEqual(decodeHeader(rlp, schedule), {
      hash,
      parentHash,
      stateRoot,
      number: BigInt(number),
      timestamp: BigInt(timestamp),
    });
  });
}

for (const { name, rlp, error, args } of vectors.rejected) {
  test(`a header is refused: ${name}`, () => {
    assert.throws(
      () => decodeHeader(rlp, schedule),
      (thrown) =>
        thrown instanceof HeaderError &&
        thrown.code === error &&
        thrown.args.map(String).join() === args.join(),
    );
  });
}
