import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { JsonRpcProvider } from "ethers";
import { Interface } from "ethers";
import { startDestinationNode, type DestinationNode } from "../../../devnet/destinationNode.js";
import { createRevertDecoder, describeRevert } from "../../../shared/chain/reverts.js";
import { connect, deployTurnstile, turnstile } from "./turnstile.js";

const decoder = createRevertDecoder([new Interface(["error Unrelated(bytes32 id)"]), turnstile]);
const data = turnstile.encodeErrorResult("OutOfTurn", [1, 2]);

describe("reverts in data", () => {
  it("decodes custom errors, structs included, with names", () => {
    const closed = turnstile.encodeErrorResult("Closed", [[7n, ["a", "b"]]]);
    assert.deepEqual(decoder.fromData(closed).args, { reason: { code: 7n, words: ["a", "b"] } });
    assert.equal(describeRevert(decoder.fromData(closed)), 'Closed(reason: {"code":"7","words":["a","b"]})');
    assert.equal(describeRevert(decoder.fromData(data)), "OutOfTurn(got: 1, wanted: 2)");
  });

  it("keeps selector and data of an unknown error", () => {
    const revert = decoder.fromData("0xdeadbeef00");
    assert.equal(revert.name, "UnknownRevert");
    assert.deepEqual(revert.args, { selector: "0xdeadbeef", data: "0xdeadbeef00" });
  });

  it("does not trust a known selector whose data does not fit", () => {
    assert.equal(decoder.fromData(data.slice(0, -2)).name, "UnknownRevert");
  });
});

describe("reverts in errors", () => {
  const shapes: Record<string, unknown> = {
    "geth and anvil": { code: 3, message: "execution reverted", data },
    hardhat: { code: -32603, message: "Error: VM Exception", data: { message: "Error: VM Exception", data } },
    parity: { code: -32015, message: "VM execution error.", data: `Reverted ${data}` },
    "ethers CALL_EXCEPTION": Object.assign(new Error("call"), { code: "CALL_EXCEPTION", data }),
    "ethers info": Object.assign(new Error("call"), {
      info: { error: { code: 3, message: "reverted", data } },
    }),
    cause: new Error("outer", { cause: { code: 3, message: "execution reverted", data } }),
  };
  for (const [name, shape] of Object.entries(shapes)) {
    it(`finds the data in the shape of ${name}`, () => {
      assert.deepEqual(decoder.fromError(shape)?.args, { got: 1n, wanted: 2n });
    });
  }

  it("never takes call data for revert data", () => {
    const error = Object.assign(new Error("timeout"), { transaction: { data }, info: { payload: { data } } });
    assert.equal(decoder.fromError(error), undefined);
  });

  it("knows a revert without data", () => {
    assert.equal(
      decoder.fromError({ code: 3, message: "execution reverted", data: "0x" })?.name,
      "EmptyRevert",
    );
    assert.equal(decoder.fromError({ code: -32000, message: "execution reverted" })?.name, "EmptyRevert");
    assert.equal(decoder.fromError({ code: -32000, message: "out of gas" })?.name, "EmptyRevert");
    // anvil, where too little gas is left for an SSTORE (EIP-2200).
    const sentry = { code: -32603, message: "EVM error ReentrancySentryOOG" };
    assert.equal(decoder.fromError(sentry)?.name, "EmptyRevert");
  });

  it("does not take a failing node for a reverting contract", () => {
    for (const message of ["header not found", "rate limit exceeded", "missing trie node"]) {
      assert.equal(decoder.fromError({ code: -32000, message }), undefined);
    }
    assert.equal(decoder.fromError(new Error("socket hang up")), undefined);
    assert.equal(decoder.fromError(undefined), undefined);
  });
});

describe("reverts of a real node", () => {
  let node: DestinationNode;
  let provider: JsonRpcProvider;
  let to: string;
  before(async () => {
    node = await startDestinationNode();
    provider = connect(node);
    to = await deployTurnstile(node);
  });
  after(async () => {
    provider.destroy();
    await node.close();
  });

  const cases: [string, unknown[], string][] = [
    ["pass", [3], "OutOfTurn(got: 3, wanted: 0)"],
    ["refuse", ["no"], "Error(message: no)"],
    ["divide", [0], "Panic(code: 18, reason: division or modulo by zero)"],
    ["burnGas", [], "EmptyRevert()"],
  ];
  for (const [method, args, expected] of cases) {
    it(`decodes ${expected} of eth_call and eth_estimateGas`, async () => {
      for (const rpcMethod of ["eth_call", "eth_estimateGas"]) {
        const request = { to, data: turnstile.encodeFunctionData(method, args), gas: "0x100000" };
        const error: unknown = await provider
          .send(rpcMethod, [request, "latest"])
          .catch((thrown: unknown) => thrown);
        const revert = decoder.fromError(error);
        assert.ok(revert, `${rpcMethod} reverted`);
        assert.equal(describeRevert(revert), expected);
      }
    });
  }
});
