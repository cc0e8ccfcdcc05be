import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { it } from "node:test";
import { readAhead } from "../../../shared/chain/readAhead.js";
import { createWorkers } from "../../../shared/chain/workers.js";
import { fromHex } from "../../../shared/execution/crypto.js";
import { ancestorsFrom, type BlockExecutionInput } from "../../../shared/execution/executeBlock.js";
import { readFixture, type Fixture } from "../../../shared/execution/fixture.js";
import { singleFork } from "../../../shared/execution/forks.js";
import { splitBlock } from "../../../shared/execution/rawBlock.js";
import { Witness } from "../../../shared/execution/witness.js";

const VECTOR = new URL("../../vectors/execution/valid/logRevert_Cancun-block1.json", import.meta.url)
  .pathname;
const BLOCKS = 1_000;
const MEASURED_EVERY = 250;
/** A block with 64 KiB of its own: a thousand that are kept would be 64 MiB. */
const BALLAST = 64 * 1024;
const MAX_GROWTH = 16 * 1024 * 1024;

function inputOf(fixture: Fixture): BlockExecutionInput {
  const witness = new Witness();
  for (const node of fixture.witness.state) witness.addNode(fromHex(node));
  for (const code of fixture.witness.codes) witness.addCode(fromHex(code));
  // Belongs to the block as nodes that a witness has too many do.
  witness.addCode(new Uint8Array(BALLAST).fill(1));
  return {
    block: splitBlock(fromHex(fixture.block)),
    parentStateRoot: fixture.parentStateRoot.slice(2),
    witness,
    forks: singleFork(BigInt(fixture.chainId), fixture.hardfork),
    ancestorHash: ancestorsFrom(new Map()),
    onNode: () => undefined,
  };
}

function* copies(fixture: Fixture): Generator<Fixture> {
  for (let index = 0; index < BLOCKS; index++) yield fixture;
}

it("a thousand blocks take no more memory than a few", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const fixture = await readFixture(VECTOR);
  const workers = createWorkers({ size: 2, heapMiB: 128 });
  const measured: number[] = [];
  let [done, open, mostOpen] = [0, 0, 0];
  const execute = async (each: Fixture) => {
    mostOpen = Math.max(mostOpen, ++open);
    const summary = await workers.execute(inputOf(each));
    open -= 1;
    return summary;
  };
  for await (const { verdict } of readAhead(copies(fixture), workers.size + 1, execute)) {
    assert.equal(verdict.kind, "match");
    if (++done % MEASURED_EVERY === 0) measured.push(used());
  }
  await workers.close();
  assert.equal(done, BLOCKS);
  assert.equal(mostOpen, 3);
  const [first = 0, ...later] = measured;
  for (const bytes of later) assert.ok(bytes - first < MAX_GROWTH, `grew from ${first} to ${bytes} bytes`);
});
