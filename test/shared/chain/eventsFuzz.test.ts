import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { id, Interface, toBeHex, zeroPadValue } from "ethers";
import fc from "fast-check";
import { createEventLog } from "../../../shared/chain/events.js";
import type { JsonRpc } from "../../../shared/chain/transactions.js";

const abi = new Interface(["event Ticked(uint256 indexed serial)"]);
const address = `0x${"11".repeat(20)}`;
const topic = id("Ticked(uint256)");

interface Block {
  hash: string;
  /** Serial numbers of the events in it: unique over the whole life of the model. */
  serials: bigint[];
}

/** A chain that does whatever it is told, and answers like a node: the follower has to agree with it afterwards. */
class ModelChain implements JsonRpc {
  blocks: Block[] = [];
  #made = 0n;
  maxRange = 1_000n;
  /** Runs once, in the middle of a reading. */
  interruption: (() => void) | undefined;

  constructor() {
    this.extend(0);
  }

  extend(events: number): void {
    const serials = Array.from({ length: events }, () => this.#made++);
    this.blocks.push({ hash: zeroPadValue(toBeHex(++this.#made), 32), serials });
  }

  rewind(depth: number): void {
    this.blocks.length = Math.max(1, this.blocks.length - depth);
  }

  restart(): void {
    this.blocks = [];
    this.extend(1);
  }

  async send(method: string, params: unknown[]): Promise<unknown> {
    if (method === "eth_getBlockByNumber") return this.#block(params[0] as string);
    assert.equal(method, "eth_getLogs");
    const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
    const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
    if (to - from + 1n > this.maxRange) throw { code: -32005, message: "too wide" };
    const logs = this.#logs(Number(from), Number(to));
    const interruption = this.interruption;
    this.interruption = undefined;
    interruption?.();
    return logs;
  }

  #block(tag: string): unknown {
    const number = tag === "latest" ? this.blocks.length - 1 : Number(BigInt(tag));
    const block = this.blocks[number];
    if (block === undefined) return null;
    return {
      number: toBeHex(number),
      hash: block.hash,
      timestamp: "0x1",
      gasLimit: "0x1",
      baseFeePerGas: "0x1",
    };
  }

  #logs(from: number, to: number): unknown[] {
    return this.blocks.slice(from, to + 1).flatMap(({ hash, serials }, offset) =>
      serials.map((serial, index) => ({
        address,
        topics: [topic, zeroPadValue(toBeHex(serial), 32)],
        data: "0x",
        blockNumber: toBeHex(from + offset),
        blockHash: hash,
        transactionHash: hash,
        logIndex: toBeHex(index),
      })),
    );
  }
}

type Step =
  { extend: number } | { rewind: number } | { restart: true } | { look: "quiet" | "extend" | "reorganise" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ extend: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ rewind: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.constant({ restart: true } as const) },
  { weight: 5, arbitrary: fc.record({ look: fc.constantFrom("quiet", "extend", "reorganise") }) },
);

describe("event log, against a model", () => {
  it("always shows exactly the events of the chain it names as its head", async () => {
    const settings = fc.record({ confirmations: fc.nat(3), chunkSize: fc.integer({ min: 1, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(step, { maxLength: 40 }),
        async ({ confirmations, chunkSize }, steps) => {
          const chain = new ModelChain();
          chain.maxRange = 4n;
          const contracts = [{ name: "Ticker", address, abi }];
          const options = {
            rpc: chain,
            contracts,
            fromBlock: 0n,
            confirmations,
            chunkSize: BigInt(chunkSize),
          };
          const log = createEventLog(options);
          for (const action of [...steps, { look: "quiet" } as const]) {
            if ("extend" in action) chain.extend(action.extend);
            else if ("rewind" in action) chain.rewind(action.rewind);
            else if ("restart" in action) chain.restart();
            else await look(action.look);
          }

          async function look(what: "quiet" | "extend" | "reorganise"): Promise<void> {
            if (what === "extend") chain.interruption = () => chain.extend(1);
            if (what === "reorganise") {
              chain.interruption = () => {
                chain.rewind(3);
                for (let i = 0; i < 4; i++) chain.extend(1);
              };
            }
            const view = await log.sync();
            chain.interruption = undefined;
            const headNumber = Number(view.head.number);
            assert.equal(view.head.hash, chain.blocks[headNumber]?.hash);
            const expected = chain.blocks.slice(0, headNumber + 1).flatMap(({ serials }) => serials);
            assert.deepEqual(
              view.events.map(({ args }) => args["serial"]),
              expected,
            );
            // Blocks that come during the reading may be missing (four at most), never more.
            const newest = Math.max(0, chain.blocks.length - 1 - confirmations);
            assert.ok(headNumber <= newest && headNumber >= newest - 4, `head ${headNumber} of ${newest}`);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
