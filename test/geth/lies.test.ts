import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { executeSourceBlock } from "../../shared/chain/executeSourceBlock.js";
import { OptisyncError } from "../../shared/runtime/errors.js";
import { compileExercise } from "../support/contracts.js";
import { noGeth, openGethSource, startGethChain, type GethChain } from "../support/gethChain.js";
import { startLyingProxy, type LyingProxy } from "../support/lyingProxy.js";

interface GethWitness {
  state: string[];
  codes: string[];
}

const flipped = (hex: string): string => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}`;
/** A surplus node that is no node, and one that is one of nothing. */
const SURPLUS = ["0xdeadbeef", `0xf90211${"a0".padEnd(66, "7")}`, `0xe2${"20".padEnd(68, "ab")}`];

/** What a node may do to each element of a witness; all of it must end in the right root or a named error. */
const WITNESS_LIES: Record<string, (witness: GethWitness) => unknown> = {
  "a falsified node": ({ state, codes }) => ({ state: state.map(flipped), codes }),
  "no nodes": ({ codes }) => ({ state: [], codes }),
  "a falsified code": ({ state, codes }) => ({ state, codes: codes.map(flipped) }),
  "no codes": ({ state }) => ({ state, codes: [] }),
  "surplus nodes": ({ state, codes }) => ({ state: [...SURPLUS, ...state, ...SURPLUS], codes }),
  "nodes in another order, each of them twice": ({ state, codes }) => ({
    state: [...state, ...state].reverse(),
    codes: [...codes, ...codes],
  }),
  "truncated nodes": ({ state, codes }) => ({ state: state.map((node) => node.slice(0, -2)), codes }),
};

describe("what a node may do to a witness", { skip: noGeth }, () => {
  const exercise = compileExercise();
  let chain: GethChain;
  let proxy: LyingProxy;
  let block: bigint;

  before(async () => {
    chain = await startGethChain();
    proxy = await startLyingProxy(chain.node.url);
    const [created] = await chain.mine({ data: exercise.bytecode });
    const to = created?.contractAddress as string;
    const setMany = (count: bigint, value: bigint) => ({
      to,
      data: exercise.call("setMany(uint256,uint256,uint256)", 0n, count, value),
    });
    await chain.mine(setMany(30n, 3n));
    await chain.mine(setMany(28n, 0n));
    block = await chain.height();
  });
  afterEach(() => {
    proxy.repent();
    proxy.counts.clear();
  });
  after(async () => {
    await proxy?.close();
    await chain?.close();
  });

  const execute = async () => executeSourceBlock(await openGethSource(chain, proxy.url), block);
  const isNamed =
    (...codes: string[]) =>
    (error: unknown) =>
      error instanceof OptisyncError && codes.includes(error.code) && error.action === "retry";

  for (const [name, lie] of Object.entries(WITNESS_LIES)) {
    const isHarmless = name.startsWith("surplus") || name.includes("order");

    it(`${name} in debug_executionWitness: the right root, by other means`, async () => {
      proxy.lie("debug_executionWitness", (witness) => lie(witness as GethWitness));
      const { verdict, alerts } = await execute();
      assert.deepEqual({ verdict, alerts }, { verdict: { kind: "match" }, alerts: [] });
    });

    it(`${name} in debug_executionWitness, and nothing else: ${isHarmless ? "no harm" : "not checked"}`, async () => {
      proxy.lie("debug_executionWitness", (witness) => lie(witness as GethWitness));
      proxy.lie("eth_getProof", () => EMPTY_PROOF);
      proxy.lie("eth_getCode", () => "0x");
      if (isHarmless) assert.deepEqual((await execute()).verdict, { kind: "match" });
      else await assert.rejects(execute(), isNamed("SourceLied"));
    });
  }

  const SINGLE_LIES: Record<string, (state: string[], at: number) => string[]> = {
    withheld: (state, at) => state.filter((_, index) => index !== at),
    falsified: (state, at) => state.map((node, index) => (index === at ? flipped(node) : node)),
  };
  for (const [name, lie] of Object.entries(SINGLE_LIES)) {
    it(`each single node ${name}: the right root, or not checked`, async () => {
      const number = `0x${block.toString(16)}`;
      const { state, codes } = (await chain.rpc.request("debug_executionWitness", [number])) as GethWitness;
      proxy.lie("eth_getProof", () => EMPTY_PROOF);
      for (let at = 0; at < state.length; at += 1) {
        proxy.lie("debug_executionWitness", () => ({ state: lie(state, at), codes }));
        await execute().then(
          ({ verdict }) => assert.deepEqual(verdict, { kind: "match" }),
          (error: unknown) => assert.ok(isNamed("SourceLied")(error), String(error)),
        );
      }
    });
  }

  const TRACE_LIES: Record<string, (trace: { result: Record<string, unknown> }[]) => unknown> = {
    "no accounts": (trace) => trace.map(() => ({ result: {} })),
    "other accounts": (trace) => trace.map(() => ({ result: { [`0x${"99".repeat(20)}`]: {} } })),
    "other slots": (trace) =>
      trace.map(({ result }) => ({
        result: Object.fromEntries(
          Object.keys(result).map((address) => [address, { storage: { [`0x${"99".repeat(32)}`]: "0x1" } }]),
        ),
      })),
    "no list": () => "nothing",
    "addresses that are none": (trace) => trace.map(() => ({ result: { "0x12": {}, nonsense: {} } })),
  };
  for (const [name, lie] of Object.entries(TRACE_LIES)) {
    it(`${name} in the prestate tracer's list: the right root, by other means`, async () => {
      proxy.refuse("debug_executionWitness");
      proxy.lie("debug_traceBlockByHash", (trace) => lie(trace as { result: Record<string, unknown> }[]));
      const { verdict, alerts } = await execute();
      assert.deepEqual({ verdict, alerts }, { verdict: { kind: "match" }, alerts: [] });
    });
  }

  it("a node that falsifies proofs as well is caught lying", async () => {
    proxy.refuse("debug_executionWitness");
    proxy.lie("eth_getProof", (answer) => {
      const { accountProof, ...rest } = answer as { accountProof: string[] };
      return { ...rest, accountProof: accountProof.map(flipped) };
    });
    await assert.rejects(execute(), isNamed("SourceLied"));
  });

  it("keeps nothing of what was not used", async () => {
    const nodes = new Map<string, Uint8Array>();
    const sizeWith = async (lie: (witness: GethWitness) => unknown): Promise<number> => {
      nodes.clear();
      proxy.lie("debug_executionWitness", (witness) => lie(witness as GethWitness));
      const source = await openGethSource(chain, proxy.url, { stores: { nodes, codes: new Map() } });
      assert.equal((await executeSourceBlock(source, block)).verdict.kind, "match");
      return nodes.size;
    };
    const honest = await sizeWith((witness) => witness);
    assert.equal(await sizeWith(WITNESS_LIES["surplus nodes"] as never), honest);
  });
});

const EMPTY_PROOF = {
  address: `0x${"00".repeat(20)}`,
  balance: "0x0",
  nonce: "0x0",
  storageHash: `0x${"00".repeat(32)}`,
  codeHash: `0x${"00".repeat(32)}`,
  accountProof: [],
  storageProof: [],
};
