import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fromHex, toHex } from "../../shared/execution/crypto.js";
import { createSourceMachine } from "../../shared/game/sourceMachine.js";
import type { BlockPair, TraceProvider } from "../../shared/game/trace.js";
import { readMachineArtifacts } from "../../shared/machine/artifacts.js";
import { compileExercise } from "../support/contracts.js";
import { openTestSource, startTestSource, type TestSource } from "../support/hardhatNode.js";
import { addressOf, keys, signAuthorisation, signTransaction } from "../shared/machine/support/buildBlock.js";

const RECEIVER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

/**
 * A contract calls an account with value that it does not have, and the account delegates to another contract (EIP-7702). Answers with
 * the block's number.
 */
async function callWithoutMeans(chain: TestSource): Promise<bigint> {
  // PUSH0 CODECOPY the rest, and RETURN it.
  const create = async (runtime: string): Promise<string> => {
    const size = (runtime.length / 2).toString(16).padStart(2, "0");
    const { contractAddress } = await chain.send({ data: `0x60${size}600a5f3960${size}5ff3${runtime}` });
    return contractAddress as string;
  };
  const [sender, authority] = keys as [Uint8Array, Uint8Array];
  const delegate = await create("5b5b5b00");
  const caller = await create(`5f5f5f5f600173${addressOf(authority).slice(2)}5af100`);
  await chain.send({ to: addressOf(sender), value: "0xde0b6b3a7640000" });
  const chainId = 31_337n;
  const gwei = 10n ** 9n;
  const tuple = signAuthorisation(chainId, delegate, 0n, authority);
  const to = fromHex(RECEIVER);
  const fields = [chainId, 0n, gwei, 100n * gwei, 200_000n, to, 0n, new Uint8Array(), [], [tuple]];
  await chain.rpc.request("eth_sendRawTransaction", [`0x${toHex(signTransaction(4, fields, sender))}`]);
  const { blockNumber, status } = await chain.send({ to: caller, gas: "0x30000" });
  assert.equal(status, "0x1");
  return BigInt(blockNumber);
}

describe("the machine over a source chain", () => {
  const signal = new AbortController().signal;
  let chain: TestSource;
  let machine: TraceProvider;
  let pairs: BlockPair[];

  before(async () => {
    const exercise = compileExercise();
    chain = await startTestSource();
    const contract = (await chain.send({ data: exercise.bytecode })).contractAddress as string;
    const calls: [string, ...bigint[]][] = [
      ["transfer(address,uint256)", BigInt(RECEIVER), 5n],
      ["set(uint256,uint256)", 1n, 5n],
      ["set(uint256,uint256)", 1n, 0n],
      ["setMany(uint256,uint256,uint256)", 0n, 60n, 3n],
      ["setMany(uint256,uint256,uint256)", 0n, 55n, 0n],
      ["flicker(uint256)", 200n],
      ["spawnAndKill()"],
      ["ancestor(uint256)", 1n],
      ["ancestor(uint256)", 7n],
    ];
    for (const [signature, ...words] of calls) {
      const value = signature.startsWith("spawn") ? { value: "0x5" } : {};
      await chain.send({ to: contract, data: exercise.call(signature, ...words), gas: "0xe00000", ...value });
    }
    await chain.send({ to: `0x${"12".repeat(20)}`, value: "0x1" });
    await chain.rpc.request("evm_mine", []);
    const source = await openTestSource(chain.node.url);
    machine = createSourceMachine(source, readMachineArtifacts().programs);
    const { number } = await source.finalizedHead();
    const headers = await Promise.all(
      Array.from({ length: Number(number) + 1 }, (_, at) => source.headerByNumber(BigInt(at))),
    );
    pairs = headers.slice(1).map(({ rlp }, at) => ({ parentHeader: headers[at]?.rlp ?? "", header: rlp }));
  });
  after(() => chain.close());

  it("can defend every block of a development node, whose witness comes as proofs", async () => {
    assert.ok(pairs.length >= 12);
    for (const pair of pairs.slice(1)) await machine.requireDefensible(pair, signal);
  });

  it("can defend a block whose EVM did not look at a code that the machine loads", async () => {
    const number = await callWithoutMeans(chain);
    // Another reader has never met the code.
    const source = await openTestSource(chain.node.url);
    const [parent, header] = await Promise.all([number - 1n, number].map((at) => source.headerByNumber(at)));
    const own = createSourceMachine(source, readMachineArtifacts().programs);
    await own.requireDefensible({ parentHeader: parent?.rlp ?? "", header: header?.rlp ?? "" }, signal);
  });

  it("defends no block with a transaction that is too large for a step on B", async () => {
    // Prague's rules: only the block's gas limits it.
    const large = { to: RECEIVER, data: `0x${"00".repeat(2_850_000)}`, gas: "0x1c9c380" };
    const { blockNumber } = await chain.send(large);
    const source = await openTestSource(chain.node.url);
    const [parent, header] = await Promise.all(
      [BigInt(blockNumber) - 1n, BigInt(blockNumber)].map((number) => source.headerByNumber(number)),
    );
    const own = createSourceMachine(source, readMachineArtifacts().programs);
    const pair = { parentHeader: parent?.rlp ?? "", header: header?.rlp ?? "" };
    await assert.rejects(own.requireDefensible(pair, signal), { code: "StepTooDear", action: "halt" });
  });

  it("answers with the same states for any choice of positions, and the end for ever", async () => {
    const trace = await machine.open(pairs.at(-3) as BlockPair, signal);
    const some = await trace.states([0n, 5n, 10n, 11n, 40n], signal);
    const others = await trace.states([10n, 2n ** 36n - 1n, 2n ** 36n], signal);
    assert.equal(some[2], others[0]);
    assert.equal(others[1], others[2]);
    assert.equal(new Set(some).size, 5);
  });
});
