import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type { Rpc } from "../../../shared/chain/rpc.js";
import { RpcError, type RpcErrorCode } from "../../../shared/chain/rpcErrors.js";
import { proofExchanges } from "../../../shared/chain/sourceWitness.js";
import { WitnessMethods } from "../../../shared/chain/witnessMethods.js";

const METHOD = "debug_executionWitness";
const node = (name: string): Rpc => ({ name, request: async () => null, batch: async () => [] });

describe("WitnessMethods", () => {
  /** How often a method is really tried when it is wanted `times` times and fails with `code` each time. */
  async function triesOf(times: number, fail: () => Promise<void>): Promise<number> {
    const methods = new WitnessMethods();
    let tries = 0;
    for (let round = 0; round < times; round += 1) {
      const isDone = await methods.tryMethod(node("a"), METHOD, () => {
        tries += 1;
        return fail();
      });
      assert.equal(isDone, false);
    }
    return tries;
  }
  const failing = (code: RpcErrorCode) => async () => {
    throw new RpcError(code, "no");
  };

  it("never asks again for a method that the node does not have", async () => {
    assert.equal(await triesOf(5, failing("RpcMethodUnsupported")), 1);
  });

  for (const code of ["RpcRefused", "RpcAnswerTooLarge", "RpcTimeout"] as const) {
    it(`gives up after some failures in a row: ${code}`, async () => {
      assert.equal(await triesOf(10, failing(code)), 3);
    });
  }

  it("gives up after some answers of another form", async () => {
    assert.equal(await triesOf(10, async () => void z.string().parse(7)), 3);
  });

  it("goes on asking where single blocks are refused", async () => {
    const methods = new WitnessMethods();
    for (let round = 0; round < 9; round += 1) {
      const isRefused = round % 3 !== 0;
      const attempt = isRefused ? failing("RpcRefused") : async () => {};
      assert.equal(await methods.tryMethod(node("a"), METHOD, attempt), !isRefused);
    }
  });

  it("remembers each node and each method by itself", async () => {
    const methods = new WitnessMethods();
    await methods.tryMethod(node("a"), METHOD, failing("RpcMethodUnsupported"));
    assert.equal(await methods.tryMethod(node("a"), METHOD, async () => {}), false);
    assert.equal(await methods.tryMethod(node("b"), METHOD, async () => {}), true);
    assert.equal(await methods.tryMethod(node("a"), "debug_traceBlockByHash", async () => {}), true);
  });

  it("passes on that the node cannot be reached", async () => {
    const attempt = failing("RpcUnreachable");
    await assert.rejects(new WitnessMethods().tryMethod(node("a"), METHOD, attempt), {
      code: "RpcUnreachable",
    });
  });
});

describe("proofExchanges", () => {
  const slots = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

  it("asks for an account without slots, too", () => {
    assert.deepEqual(proofExchanges(new Map([["a", []]])), [[{ address: "a", slots: [] }]]);
  });

  it("splits the slots of one account, and loses none", () => {
    const requests = proofExchanges(new Map([["a", slots(5000)]])).flat();
    assert.ok(requests.every((request) => request.slots.length <= 256));
    assert.deepEqual(
      requests.flatMap((request) => request.slots),
      slots(5000),
    );
  });

  it("bounds what goes into one exchange", () => {
    const keys = new Map(Array.from({ length: 3000 }, (_, index) => [`account ${index}`, slots(index % 3)]));
    const exchanges = proofExchanges(keys);
    assert.deepEqual(
      exchanges.flat().map(({ address }) => address),
      [...keys.keys()],
    );
    for (const exchange of exchanges) {
      assert.ok(exchange.reduce((sum, request) => sum + 1 + request.slots.length, 0) <= 1024);
    }
  });

  it("asks for nothing when there is nothing to prove", () => {
    assert.deepEqual(proofExchanges(new Map()), []);
  });
});
