import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { RLP } from "@ethereumjs/rlp";
import { Interface, toBeArray, toBeHex } from "ethers";
import { fromHex, keccak256, toHex } from "../../../shared/execution/crypto.js";
import { isFrom, type ForkRules } from "../../../shared/execution/forks.js";
import { nextBaseFee, nextExcessBlobGas } from "../../../shared/execution/headerRules.js";
import { readHeaderFields } from "../../../shared/execution/rawBlock.js";
import { headOf, firstMachine } from "../../../shared/machine/Bounds.js";
import { Machine, type Chain } from "../../../shared/machine/Machine.js";
import { advance } from "../../../shared/machine/Stepper.js";
import { Store } from "../../../shared/machine/Store.js";
import { Phase } from "../../../shared/machine/State.js";
import { startStepper, TEST_PLAN, testPrograms, type TestStepper } from "../../support/stepper.js";
import { fixtureBlocks } from "./support/inputs.js";

const FIXTURES = fileURLToPath(new URL("../../vectors/execution/valid", import.meta.url));

/** Three forks and one of blob parameters only, a thousand seconds each. */
const FORKS: readonly (ForkRules & { from: bigint; rules: number })[] = [
  { name: "cancun", from: 1000n, rules: 0, blobs: { target: 3, max: 6, updateFraction: 3_338_477 } },
  { name: "prague", from: 2000n, rules: 1, blobs: { target: 6, max: 9, updateFraction: 5_007_716 } },
  { name: "osaka", from: 3000n, rules: 2, blobs: { target: 6, max: 9, updateFraction: 5_007_716 } },
  { name: "bpo1", from: 4000n, rules: 2, blobs: { target: 10, max: 15, updateFraction: 8_346_193 } },
];
const HORIZON = 5000n;
/** Before Osaka. */
const MAX_GAS_LIMIT = 2n ** 27n;

const errors = new Interface([
  "error HeaderFieldMalformed(uint256 field)",
  "error HeaderFieldCount(uint256 got, uint256 wanted)",
  "error HeaderDifficultyNotZero()",
  "error HeaderRootZero(uint256 field)",
  "error BeyondSunset(uint64 timestamp, uint64 sunset)",
  "error BeforeFirstFork(uint64 timestamp, uint64 first)",
  "error FieldMalformed(uint256 field)",
  "error ParentForeign(bytes32 got, bytes32 wanted)",
  "error NumberNotNext(uint64 number, uint64 parent)",
  "error TimestampNotLater(uint64 timestamp, uint64 parent)",
  "error OmmersNotEmpty(bytes32 ommersHash)",
  "error NonceNotZero(bytes8 nonce)",
  "error GasLimitOutOfRange(uint64 gasLimit, uint64 low, uint64 high)",
  "error GasUsedAboveLimit(uint64 gasUsed, uint64 gasLimit)",
  "error ExtraDataTooLarge(uint256 size, uint256 max)",
  "error BaseFeeWrong(uint256 got, uint256 wanted)",
  "error BlobGasUsedInvalid(uint64 blobGasUsed, uint256 max)",
  "error ExcessBlobGasWrong(uint64 got, uint256 wanted)",
]);

type Fields = Uint8Array[];

function word(text: string): Uint8Array {
  return keccak256(Buffer.from(text));
}

function integer(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array() : toBeArray(value);
}

const NO_OMMERS = fromHex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");

interface Numbers {
  number: bigint;
  timestamp: bigint;
  gasLimit: bigint;
  gasUsed: bigint;
  baseFee: bigint;
  blobGasUsed: bigint;
  excessBlobGas: bigint;
}

function fieldsOf(numbers: Numbers, parentHash: Uint8Array, fork: ForkRules): Fields {
  const fields = [
    parentHash,
    NO_OMMERS,
    word("coinbase").subarray(12),
    word(`state ${numbers.number}`),
    word("transactions"),
    word("receipts"),
    new Uint8Array(256),
    new Uint8Array(),
    integer(numbers.number),
    integer(numbers.gasLimit),
    integer(numbers.gasUsed),
    integer(numbers.timestamp),
    Buffer.from("extra"),
    word("randao"),
    new Uint8Array(8),
    integer(numbers.baseFee),
    word("withdrawals"),
    integer(numbers.blobGasUsed),
    integer(numbers.excessBlobGas),
    word("beacon"),
  ];
  return isFrom("prague", fork) ? [...fields, word("requests")] : fields;
}

function hexOf(fields: Fields): string {
  return `0x${toHex(RLP.encode(fields))}`;
}

interface Pair {
  parent: Fields;
  child: Fields;
  fork: (typeof FORKS)[number];
}

/** A parent with any numbers, and a child that follows from it. */
function makePair(seed: number, forkAt: number): Pair {
  const draw = (at: number, below: bigint): bigint =>
    BigInt(`0x${toHex(word(`${seed}:${at}`)).slice(0, 24)}`) % below;
  const fork = FORKS[forkAt] as (typeof FORKS)[number];
  // Every other pair is a fork's first block and its parent.
  const isFirst = forkAt > 0 && seed % 2 === 0;
  const before = FORKS[isFirst ? forkAt - 1 : forkAt] as (typeof FORKS)[number];
  const gasLimit = 5000n + draw(1, 100_000_000n);
  const numbers: Numbers = {
    number: draw(2, 1_000_000n),
    timestamp: isFirst ? fork.from - 1n - draw(3, 100n) : fork.from + draw(3, 400n),
    gasLimit,
    gasUsed: [draw(4, gasLimit + 1n), gasLimit / 2n, 0n, gasLimit][seed % 4] as bigint,
    baseFee: 7n + draw(5, 10n ** (1n + draw(6, 12n))),
    blobGasUsed: 131_072n * draw(7, BigInt((before.blobs?.max ?? 0) + 1)),
    excessBlobGas: draw(8, 10n ** (1n + draw(9, 8n))),
  };
  const parent = fieldsOf(numbers, word("grandparent"), before);
  const header = readHeaderFields(RLP.encode(parent));
  const child = fieldsOf(
    {
      number: numbers.number + 1n,
      timestamp: isFirst ? fork.from + draw(10, 100n) : fork.from + 400n + draw(10, 100n),
      gasLimit:
        gasLimit + (gasLimit / 1024n - 1n) * ([1n, 0n, gasLimit < 6000n ? 0n : -1n][seed % 3] as bigint),
      gasUsed: draw(11, 5000n),
      baseFee: nextBaseFee(header),
      blobGasUsed: 131_072n * draw(12, BigInt((fork.blobs?.max ?? 0) + 1)),
      excessBlobGas: fork.blobs === undefined ? 0n : nextExcessBlobGas(header, fork, fork.blobs),
    },
    keccak256(RLP.encode(parent)),
    fork,
  );
  return { parent, child, fork };
}

function finalHash(header: Uint8Array, chain: Chain, store: Store, fork: ForkRules): bigint {
  const fields = readHeaderFields(header);
  const m = new Machine(headOf(header, fork), store, chain);
  m.stateRoot = BigInt(`0x${fields.stateRoot}`);
  m.gasUsed = Number(fields.gasUsed);
  m.blobs = Number((fields.blobGasUsed ?? 0n) / 131_072n);
  m.finishBlock(Phase.DONE);
  return m.hash();
}

describe("first and last state", () => {
  let stepper: TestStepper;
  const chain: Chain = { chainId: 1n, makesSystemCalls: true, programs: testPrograms() };
  const store = new Store(undefined as never);

  before(async () => {
    const forks = FORKS.map(({ from, rules, blobs }) => ({
      from,
      rules,
      blobTarget: blobs?.target ?? 0,
      blobMax: blobs?.max ?? 0,
      blobFraction: BigInt(blobs?.updateFraction ?? 0),
    }));
    stepper = await startStepper({ ...TEST_PLAN, forks, horizon: HORIZON });
  });
  after(() => stepper.close());

  const refusal = async (parent: Fields, child: Fields): Promise<string> => {
    const answer = await stepper.bounds(hexOf(parent), hexOf(child));
    if (!("reverted" in answer)) return "accepted";
    return errors.parseError(answer.reverted)?.name ?? answer.reverted;
  };

  it("are those of the TypeScript machine for headers of every fork", async () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const { parent, child, fork } = makePair(seed, seed % FORKS.length);
      const answer = await stepper.bounds(hexOf(parent), hexOf(child));
      const rlp = RLP.encode(child);
      const stateRoot = BigInt(`0x${toHex(parent[3] as Uint8Array)}`);
      const first = firstMachine(headOf(rlp, fork), stateRoot, store, chain).hash();
      assert.deepEqual(answer, { first, last: finalHash(rlp, chain, store, fork) }, `pair ${seed}`);
    }
  });

  it("are refused where the parent's hash, and with it any field of the parent, is another", async () => {
    const { parent, child } = makePair(3, 2);
    for (const [at, field] of parent.entries()) {
      const other = parent.slice();
      other[at] = field.length === 0 ? integer(1n) : Uint8Array.from(field, (byte) => byte ^ 1);
      assert.notEqual(await refusal(other, child), "accepted", `field ${at}`);
    }
  });

  it("are refused for every field of the header that does not follow", async () => {
    const { parent, child, fork } = makePair(5, 2);
    const numberAt = (at: number): bigint => BigInt(toBeHex(`0x0${toHex(child[at] as Uint8Array)}`));
    const limit = numberAt(9);
    const wrong: [at: number, value: Uint8Array, error: string][] = [
      [0, word("another"), "ParentForeign"],
      [0, new Uint8Array(32), "HeaderRootZero"],
      [1, word("ommers"), "OmmersNotEmpty"],
      [2, new Uint8Array(19), "HeaderFieldMalformed"],
      [3, new Uint8Array(32), "HeaderRootZero"],
      [4, new Uint8Array(31), "HeaderFieldMalformed"],
      [7, integer(1n), "HeaderDifficultyNotZero"],
      [8, integer(numberAt(8) + 1n), "NumberNotNext"],
      [8, integer(numberAt(8) - 1n), "NumberNotNext"],
      [9, integer(limit * 2n), "GasLimitOutOfRange"],
      [9, integer(limit / 2n), "GasLimitOutOfRange"],
      [10, integer(limit + 1n), "GasUsedAboveLimit"],
      [11, parent[11] as Uint8Array, "TimestampNotLater"],
      [11, integer(HORIZON), "BeyondSunset"],
      [12, new Uint8Array(33), "ExtraDataTooLarge"],
      [13, new Uint8Array(31), "HeaderFieldMalformed"],
      [14, integer(2n ** 63n), "NonceNotZero"],
      [15, integer(numberAt(15) + 1n), "BaseFeeWrong"],
      [15, integer(numberAt(15) - 1n), "BaseFeeWrong"],
      [16, new Uint8Array(31), "FieldMalformed"],
      [17, integer(131_071n), "BlobGasUsedInvalid"],
      [17, integer(131_072n * BigInt((fork.blobs?.max ?? 0) + 1)), "BlobGasUsedInvalid"],
      [18, integer(numberAt(18) + 1n), "ExcessBlobGasWrong"],
      [19, new Uint8Array(33), "FieldMalformed"],
      [20, new Uint8Array(31), "FieldMalformed"],
    ];
    for (const [at, value, error] of wrong) {
      const other = child.slice();
      other[at] = value;
      assert.equal(await refusal(parent, other), error, `field ${at}`);
    }
  });

  it("are refused for a header with one field more or less, or of a time before the first fork", async () => {
    const { parent, child } = makePair(5, 2);
    assert.equal(await refusal(parent, [...child, word("more")]), "HeaderFieldCount");
    assert.equal(await refusal(parent, child.slice(0, -1)), "HeaderFieldCount");
    const early = parent.slice();
    early[11] = integer(999n);
    assert.equal(await refusal(early, child), "BeforeFirstFork");
  });
});

describe("first and last state of recorded blocks", () => {
  it("are those that the block begins and ends in", async () => {
    const stepper = await startStepper(TEST_PLAN);
    try {
      let count = 0;
      for await (const { name, input, machine, header } of fixtureBlocks([FIXTURES], testPrograms())) {
        if (input.parentHeaderRlp === undefined) continue;
        const first = machine.hash();
        advance(machine, Number.MAX_SAFE_INTEGER);
        const answer = await stepper.bounds(
          `0x${toHex(input.parentHeaderRlp)}`,
          `0x${toHex(input.block.headerRlp)}`,
        );
        // Ethereum's tests like gas limits that no chain has: the machine's bounds are not made for them.
        if (header.gasLimit > MAX_GAS_LIMIT)
          assert.equal(
            "reverted" in answer && errors.parseError(answer.reverted)?.name,
            "GasLimitOutOfRange",
          );
        else {
          assert.deepEqual(answer, { first, last: machine.hash() }, name);
          count += 1;
        }
      }
      assert.ok(count > 0, `${count} blocks`);
    } finally {
      await stepper.close();
    }
  });
});
