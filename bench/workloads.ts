import { Wallet, toBeHex } from "ethers";
import { startSourceNode } from "../devnet/sourceNode.js";
import { createRpc, type Rpc } from "../shared/chain/rpc.js";
import { createSource, type Source } from "../shared/chain/source.js";
import { fromHex } from "../shared/execution/crypto.js";
import { executeBlock } from "../shared/execution/executeBlock.js";
import { readFixture } from "../shared/execution/fixture.js";
import { hardhatForks, singleFork, type ExecutionForks } from "../shared/execution/forks.js";
import { readHeaderFields, splitBlock, type RawBlock } from "../shared/execution/rawBlock.js";
import { compileContract } from "../test/support/contracts.js";
import { sinceMs } from "./measure.js";

/** One block with all that its execution needs and nothing more. */
export interface Workload {
  name: string;
  raw: RawBlock;
  parentHeaderRlp: Uint8Array | undefined;
  /** Hex without prefix. */
  parentStateRoot: string;
  nodes: Uint8Array[];
  codes: Uint8Array[];
  /** Height as text -> 0x hash. */
  ancestors: Record<string, string>;
  forks: ExecutionForks;
  gas: bigint;
  transactions: number;
  /** How long EDR took to mine the block, signatures checked before; undefined where it cannot be made to. */
  edrMs: number | undefined;
}

const CHAIN_ID = 31_337n;
const SENDERS = 200;
const GAS_PRICE = 10n ** 10n;

const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Bench {
    mapping(address => uint256) public balanceOf;
    mapping(uint256 => uint256) public values;
    bytes32 public digest;
    event Transfer(address indexed from, address indexed to, uint256 value);
    error BalanceTooSmall(uint256 balance, uint256 wanted);

    function mint(address to, uint256 value) external { balanceOf[to] += value; }
    function transfer(address to, uint256 value) external returns (bool) {
        uint256 balance = balanceOf[msg.sender];
        require(balance >= value, BalanceTooSmall(balance, value));
        unchecked { balanceOf[msg.sender] = balance - value; }
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }
    function store(uint256 from, uint256 count, uint256 value) external {
        for (uint256 i = from; i < from + count; ++i) values[i] = value + i;
    }
    function hash(uint256 count) external {
        bytes32 value = digest;
        for (uint256 i = 0; i < count; ++i) value = keccak256(abi.encode(value, i));
        digest = value;
    }
}
`;

/** The synthetic blocks. */
export const kinds = ["plain transfers", "ERC-20 transfers", "storage-heavy", "hash-heavy"] as const;
export type Kind = (typeof kinds)[number];

interface Call {
  to: string;
  data: string;
  value: bigint;
  gasLimit: bigint;
}

/** A chain of Hardhat's node (EDR) on which the synthetic blocks are made, by the same transactions each time. */
export class BenchChain {
  readonly #wallets = Array.from({ length: SENDERS }, (_, index) => new Wallet(toBeHex(index + 1, 32)));
  readonly #nonces = new Array<number>(SENDERS).fill(0);
  readonly #compiled = compileContract(SOURCE, "Bench", "cancun");
  #contract = "";

  private constructor(
    readonly rpc: Rpc,
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(): Promise<BenchChain> {
    const node = await startSourceNode({ mining: "manual", chainId: CHAIN_ID });
    const chain = new BenchChain(createRpc({ urls: [node.url] }), node.url, () => node.close());
    await chain.#prepare();
    return chain;
  }

  /** A reader that has seen nothing of the chain yet. `nodes` receives what it found to be needed. */
  openSource(nodes?: Map<string, Uint8Array>, codes?: Map<string, Uint8Array>): Promise<Source> {
    return createSource({
      rpc: createRpc({ urls: [this.url] }),
      forks: hardhatForks(CHAIN_ID),
      finality: { kind: "depth", blocks: 0n },
      ...(nodes && codes ? { stores: { nodes, codes } } : {}),
    });
  }

  /** Mines a block of one kind. @returns how long the node took, once it had the transactions */
  async mineBlock(kind: Kind): Promise<number> {
    await this.#submit(this.#callsOf(kind));
    return this.#mine();
  }

  #callsOf(kind: Kind): Call[] {
    const { call } = this.#compiled;
    const to = this.#contract;
    switch (kind) {
      case "plain transfers":
        return this.#calls(1_400, 21_000n, (index) => ({
          to: addressOf(index % 700),
          value: 1n,
          data: "0x",
        }));
      case "ERC-20 transfers":
        return this.#calls(550, 54_000n, (index) => ({
          to,
          data: call("transfer(address,uint256)", addressOf(index % 300), 5n),
        }));
      // Half of the slots are new, half are changed.
      case "storage-heavy":
        return this.#calls(16, 1_800_000n, (index) => ({
          to,
          data: call("store(uint256,uint256,uint256)", BigInt(index * (index % 2 ? 70 : 70_000)), 70n, 9n),
        }));
      case "hash-heavy":
        return this.#calls(10, 2_900_000n, () => ({ to, data: call("hash(uint256)", 8_000n) }));
    }
  }

  /** Sends the transactions of a block to the node's pool. */
  async #submit(calls: readonly Call[]): Promise<void> {
    for (const [index, call] of calls.entries()) {
      const sender = index % SENDERS;
      const wallet = this.#wallets[sender] as Wallet;
      const nonce = (this.#nonces[sender] as number)++;
      const raw = await wallet.signTransaction({
        type: 0,
        chainId: CHAIN_ID,
        gasPrice: GAS_PRICE,
        nonce,
        ...call,
      });
      await this.rpc.request("eth_sendRawTransaction", [raw]);
    }
  }

  async #mine(): Promise<number> {
    const started = performance.now();
    await this.rpc.request("evm_mine", []);
    return sinceMs(started);
  }

  async #prepare(): Promise<void> {
    for (const { address } of this.#wallets)
      await this.rpc.request("hardhat_setBalance", [address, toBeHex(10n ** 24n)]);
    for (let index = 0; index < 700; index += 2)
      await this.rpc.request("hardhat_setBalance", [addressOf(index), "0x1"]);
    const [deployer] = this.#wallets as [Wallet];
    const request = { type: 0, chainId: CHAIN_ID, gasPrice: GAS_PRICE, gasLimit: 2_000_000n, nonce: 0 };
    const raw = await deployer.signTransaction({ ...request, data: this.#compiled.bytecode });
    const hash = await this.rpc.request("eth_sendRawTransaction", [raw]);
    this.#nonces[0] = 1;
    await this.#mine();
    const receipt = await this.rpc.request("eth_getTransactionReceipt", [hash]);
    this.#contract = (receipt as { contractAddress: string }).contractAddress;
    const holders = [
      ...this.#wallets.map(({ address }) => address),
      ...Array.from({ length: 150 }, (_, at) => addressOf(at)),
    ];
    await this.#submit(
      this.#calls(holders.length, 60_000n, (index) => ({
        to: this.#contract,
        data: this.#compiled.call("mint(address,uint256)", holders[index] as string, 10n ** 18n),
      })),
    );
    await this.#mine();
    await this.#submit(
      this.#calls(9, 2_900_000n, (index) => ({
        to: this.#contract,
        data: this.#compiled.call("store(uint256,uint256,uint256)", BigInt(index) * 120n, 120n, 7n),
      })),
    );
    await this.#mine();
  }

  #calls(
    count: number,
    gasLimit: bigint,
    of: (index: number) => { to: string; data: string; value?: bigint },
  ): Call[] {
    return Array.from({ length: count }, (_, index) => ({ value: 0n, gasLimit, ...of(index) }));
  }

  /** Mines a block and executes it once: shows that it is right, and which nodes it needs. */
  async workload(name: Kind): Promise<Workload> {
    const edrMs = await this.mineBlock(name);
    const [nodes, codes] = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()];
    const source = await this.openSource(nodes, codes);
    const { number } = await source.latestHead();
    const block = await source.verifiedBlock(number);
    const parent = await source.headerByHash(block.header.parentHash);
    const input = {
      raw: block.raw,
      parentHeaderRlp: fromHex(parent.rlp),
      parentStateRoot: parent.stateRoot.slice(2),
    };
    const { verdict, alerts, gasUsed } = await executeBlock({
      ...input,
      block: block.raw,
      witness: await source.witnessFor(block, parent),
      forks: source.forks,
      ancestorHash: async () => Promise.reject(new Error("no ancestor is needed")),
    });
    if (verdict.kind !== "match" || alerts.length > 0) throw new Error(`${name}: ${verdict.kind}`);
    return {
      name,
      ...input,
      nodes: [...nodes.values()],
      codes: [...codes.values()],
      ancestors: {},
      forks: source.forks,
      gas: gasUsed,
      transactions: block.raw.transactions.length,
      edrMs,
    };
  }
}

function addressOf(index: number): string {
  return toBeHex(0xbe9c_0000_0000_0000n + ((BigInt(index) * 0x9e37_79b9n) % 0x1_0000_0000n), 20);
}

/** A real block of Ethereum with its witness, from the vectors. */
export async function mainnetWorkload(): Promise<Workload> {
  const fixture = await readFixture("test/vectors/execution/valid/mainnet-19807080.json.gz");
  const raw = splitBlock(fromHex(fixture.block));
  return {
    name: "mainnet 19807080",
    raw,
    parentHeaderRlp: fixture.parentHeader === undefined ? undefined : fromHex(fixture.parentHeader),
    parentStateRoot: fixture.parentStateRoot.slice(2),
    nodes: fixture.witness.state.map(fromHex),
    codes: fixture.witness.codes.map(fromHex),
    ancestors: fixture.ancestorHashes,
    forks: singleFork(BigInt(fixture.chainId), fixture.hardfork, fixture.depositContractAddress),
    gas: readHeaderFields(raw.headerRlp).gasUsed,
    transactions: raw.transactions.length,
    edrMs: undefined,
  };
}
