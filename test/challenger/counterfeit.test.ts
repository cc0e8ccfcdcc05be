import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, decodeRlp, encodeRlp, keccak256, toBeHex } from "ethers";
import { findHeader, recogniseCounterfeit } from "../../challenger/counterfeit.js";
import type { Evidence } from "../../challenger/judgeClaim.js";
import type { StateRootVerdict } from "../../shared/execution/executeBlock.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { describeError } from "../../shared/runtime/errors.js";

const NUMBER = 103n;
const word = (value: bigint): string => toBeHex(value, 32);
/** Twenty-one fields as of Prague; which of them mean what does not matter but for their places. */
const FIELDS = Array.from({ length: 21 }, (_, place) =>
  place === 6 ? `0x${"00".repeat(256)}` : place === 8 ? toBeHex(NUMBER) : word(BigInt(place + 1)),
);
const OWN = encodeRlp(FIELDS);
const changed = (place: number, value = word(0xbadn)): string => encodeRlp(FIELDS.with(place, value));

interface World {
  claimed: string;
  /** What the node answers with; by default the transaction holds the header. */
  input?: string;
  trace?: unknown;
  verdict?: StateRootVerdict;
  finalized?: bigint;
}

function recognise({ claimed, input, trace, verdict = { kind: "match" }, finalized = 200n }: World) {
  const entry = {
    id: "a",
    transactionHash: "0xabc",
    claim: { number: NUMBER, blockHash: keccak256(claimed) },
  } as unknown as ClaimEntry;
  const own = { number: NUMBER, hash: keccak256(OWN), rlp: OWN, parentHash: FIELDS[0], stateRoot: FIELDS[3] };
  const evidence = {
    source: { finalizedHead: async () => ({ number: finalized }), headerByNumber: async () => own },
    history: { block: async () => ({ verdict }) },
  } as unknown as Evidence;
  const asked: string[] = [];
  const rpc = {
    async send(method: string) {
      asked.push(method);
      if (method === "debug_traceTransaction") return trace;
      return { input: input ?? concat(["0x12345678", word(7n), claimed, "0x0000"]) };
    },
  };
  return { asked, found: recogniseCounterfeit(entry, evidence, rpc) };
}

describe("recognising a block that is A's own but for what execution gives", () => {
  it("tells a false state root, with the header that the game needs", async () => {
    const claimed = changed(3);
    const found = await recognise({ claimed }).found;
    assert.deepEqual(found, {
      kind: "counterfeit",
      canonicalHash: keccak256(OWN),
      number: NUMBER,
      detail: `state root is ${word(0xbadn)}, execution gives ${FIELDS[3]}`,
      tip: { rlp: claimed, parentHash: FIELDS[0], blockHash: keccak256(claimed) },
    });
  });

  it("takes the computed root, not the node's, for the true one", async () => {
    const verdict = { kind: "mismatch", computed: word(0xbadn), claimed: FIELDS[3] ?? "" } as const;
    assert.equal(
      await recognise({ claimed: changed(3), verdict }).found,
      undefined,
      "the claim has the right one",
    );
    const other = await recognise({ claimed: changed(3, word(5n)), verdict }).found;
    assert.match(other?.detail ?? "", new RegExp(`execution gives ${word(0xbadn)}`));
  });

  for (let place = 0; place < FIELDS.length; place++) {
    const isResult = [5, 6, 10, 17, 20].includes(place);
    if (place === 3) continue;
    it(`leaves a block with another field ${place} ${isResult ? "and the right root" : ""} to the anchor court`, async () => {
      const value = place === 6 ? `0x${"11".repeat(256)}` : place === 8 ? toBeHex(NUMBER + 1n) : word(0xbadn);
      const fields = FIELDS.with(place, value);
      assert.equal(await recognise({ claimed: encodeRlp(fields) }).found, undefined);
      // With a false root besides, it is one exactly if the field is another result of the same execution.
      const both = await recognise({ claimed: encodeRlp(fields.with(3, word(0xbadn))) }).found;
      assert.equal(both !== undefined, isResult);
    });
  }

  it("leaves headers with more or fewer fields alone", async () => {
    for (const fields of [[...FIELDS, word(1n)], FIELDS.slice(0, -1)])
      assert.equal(await recognise({ claimed: encodeRlp(fields.with(3, word(0xbadn))) }).found, undefined);
  });

  it("leaves heights alone that A has not finalized, and blocks that A itself executed falsely beyond repair", async () => {
    assert.equal(await recognise({ claimed: changed(3), finalized: NUMBER - 1n }).found, undefined);
    const verdict = { kind: "invalid", reason: "nonce" } as const;
    assert.equal(await recognise({ claimed: changed(3), verdict }).found, undefined);
  });

  it("finds the header in the calls within the transaction if a contract put it together", async () => {
    const claimed = changed(3);
    const trace = { input: "0x", calls: [{ input: "0x01" }, { input: "0x", calls: [{ input: claimed }] }] };
    const { found, asked } = recognise({ claimed, input: "0x1234", trace });
    assert.equal((await found)?.tip.rlp, claimed);
    assert.deepEqual(asked, ["eth_getTransactionByHash", "debug_traceTransaction"]);
  });

  it("recognises nothing in a transaction that does not show the header, whatever the node answers", async () => {
    for (const trace of [null, undefined, {}, { input: 5 }, { input: "0x", calls: "none" }])
      assert.equal(await recognise({ claimed: changed(3), input: "0x1234", trace }).found, undefined);
  });

  it("could not check when a chain cannot be read", async () => {
    const evidence = {
      source: { finalizedHead: () => Promise.reject(new Error("connection lost")) },
    } as unknown as Evidence;
    const entry = { claim: { number: 1n, blockHash: "0x" } } as unknown as ClaimEntry;
    await assert.rejects(recogniseCounterfeit(entry, evidence, { send: async () => null }), (error) =>
      /connection lost/.test(describeError(error).message),
    );
  });
});

describe("finding a header by its hash", () => {
  const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.slice(2), "hex"));

  it("finds it wherever it begins, after others of the same kind", () => {
    const wanted = changed(3);
    for (const before of ["0x", "0xf9", "0xf9f9f9", "0xf90001", OWN])
      assert.equal(
        findHeader(
          bytes(concat([before, wanted, "0xf9"])),
          keccak256(wanted).toUpperCase().replace("0X", "0x"),
        ),
        wanted,
      );
    assert.deepEqual(decodeRlp(wanted), decodeRlp(findHeader(bytes(wanted), keccak256(wanted)) ?? ""));
  });

  it("finds none that is cut short, longer than headers may be, or not there", () => {
    const wanted = changed(3);
    assert.equal(findHeader(bytes(wanted).slice(0, -1), keccak256(wanted)), undefined);
    assert.equal(findHeader(bytes(OWN), keccak256(wanted)), undefined);
    const long = encodeRlp([`0x${"00".repeat(2_100)}`]);
    assert.equal(findHeader(bytes(long), keccak256(long)), undefined);
    assert.equal(findHeader(new Uint8Array(), keccak256("0x")), undefined);
  });
});
