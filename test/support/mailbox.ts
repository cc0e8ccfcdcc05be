import assert from "node:assert/strict";
import { AbiCoder, getAddress, Interface, type Wallet } from "ethers";
import { interfaces } from "../../shared/chain/contracts.js";
import { deployMessages } from "../../shared/chain/deployMessages.js";
import { connectDestination } from "../../shared/chain/destination.js";
import { DEFAULT_FEE_POLICY } from "../../shared/chain/fees.js";
import { messageContractsOf, type Manifest } from "../../shared/chain/manifest.js";
import type { Destination } from "../../shared/chain/openChains.js";
import { openProtocol } from "../../shared/chain/protocolReader.js";
import { createRevertDecoder } from "../../shared/chain/reverts.js";
import type { Rpc } from "../../shared/chain/rpc.js";
import { createSender, type Sender } from "../../shared/chain/sender.js";
import type { Receipt } from "../../shared/chain/transactions.js";
import { createOutboxMirror } from "../../shared/messages/outboxMirror.js";
import type { MessageTools } from "../../shared/messages/status.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { NEVER } from "../../shared/protocol/message.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { compileContract } from "./contracts.js";
import { startDeployment, type DeploymentOptions, type TestDeployment } from "./deployment.js";

/** A receiver that does what it is told, so that tests can have it fail in every way and succeed later. */
const RECEIVER = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract TestReceiver {
    enum Mood { Accept, Revert, BurnGas, Refuse, Loud }
    Mood public mood;
    bytes32[] public received;
    bytes public lastPayload;
    error NotToday(uint256 count);
    function setMood(Mood mood_) external { mood = mood_; }
    function count() external view returns (uint256) { return received.length; }
    function receiveMessage(bytes32 id, bytes calldata, bytes calldata payload) external payable returns (bytes4) {
        if (mood == Mood.Revert) revert NotToday(received.length);
        if (mood == Mood.BurnGas) while (true) {}
        if (mood == Mood.Loud) assembly { return(0, 1000000) }
        received.push(id);
        lastPayload = payload;
        return mood == Mood.Refuse ? bytes4(0) : this.receiveMessage.selector;
    }
}`;
const receiverAbi = new Interface([
  "function setMood(uint8)",
  "function count() view returns (uint256)",
  "function received(uint256) view returns (bytes32)",
]);
export const MOODS = { accept: 0, revert: 1, burnGas: 2, refuse: 3, loud: 4 } as const;
export type Mood = keyof typeof MOODS;

let compiled: string | undefined;

/** Creation code of the receiver; compiled once. */
export function receiverCode(): string {
  compiled ??= compileContract(RECEIVER, "TestReceiver", "cancun").bytecode;
  return compiled;
}

const STAKE_WEI = 10n ** 20n;
export const RECEIVER_GAS = 150_000n;

/** Both chains with the whole protocol, a mailbox from A to B, and a receiver on B. */
export class Mailbox {
  readonly test: TestDeployment;
  readonly manifest: Manifest;
  readonly receiver: string;
  /** Claims and finalizes. */
  readonly #proposer: Sender;

  private constructor(test: TestDeployment, manifest: Manifest, receiver: string, proposer: Sender) {
    this.test = test;
    this.manifest = manifest;
    this.receiver = receiver;
    this.#proposer = proposer;
  }

  static async start(options: DeploymentOptions & { isAttestedOnly?: boolean } = {}): Promise<Mailbox> {
    // The compiler holds everything up for seconds, in which nodes close idle connections: it goes first.
    const bytecode = receiverCode();
    const test = await startDeployment(options);
    const deployer = test.wallets[0] as Wallet;
    const manifest = await deployMessages({
      manifest: test.manifest,
      source: await sourceSide(test, deployer),
      destination: { rpc: test.destination, sender: test.createSender(deployer) },
      isAttestedOnly: options.isAttestedOnly ?? false,
      logger: silentLogger(),
    });
    const proposer = test.createSender(test.wallets[1] as Wallet);
    const stake = interfaces.stake.encodeFunctionData("deposit", [proposer.address]);
    const { contracts } = manifest;
    await confirmed(proposer, { to: contracts.stake, data: stake, value: STAKE_WEI });
    const created = await confirmed(proposer, { data: bytecode });
    return new Mailbox(test, manifest, getAddress(created.contractAddress ?? ""), proposer);
  }

  close(): Promise<void> {
    return this.test.close();
  }

  wallet(index: number): Wallet {
    const wallet = this.test.wallets[index];
    assert.ok(wallet);
    return wallet;
  }

  /** Sends from A's development account. @returns the message's id. */
  async send(
    message: { receiver?: string; gasLimit?: bigint; expiry?: bigint; payload?: string } = {},
  ): Promise<string> {
    const { receiver = this.receiver, gasLimit = RECEIVER_GAS, expiry = NEVER, payload = "0x" } = message;
    const data = interfaces.outbox.encodeFunctionData("send", [receiver, gasLimit, expiry, payload]);
    const { outbox } = messageContractsOf(this.manifest);
    const receipt = await this.test.sendToSource({ to: outbox, data, gas: toGas(3_000_000n) });
    assert.equal(receipt.status, "0x1");
    return this.#idIn(receipt.transactionHash);
  }

  /** Sends many messages in one transaction. @returns their ids. */
  async sendMany(
    count: number,
    { receiver = this.receiver, gasLimit = RECEIVER_GAS, payload = "0x" } = {},
  ): Promise<string[]> {
    const draft = [receiver, gasLimit, NEVER, payload];
    const data = interfaces.outbox.encodeFunctionData("sendBatch", [
      Array.from({ length: count }, () => draft),
    ]);
    const { outbox } = messageContractsOf(this.manifest);
    const receipt = await this.test.sendToSource({ to: outbox, data, gas: toGas(15_000_000n) });
    assert.equal(receipt.status, "0x1");
    return this.#idsIn(receipt.transactionHash);
  }

  /** Gas of the transaction that sent a message, with everything else in it. */
  async gasOnSource(id: string): Promise<number> {
    const { mirror } = await this.tools();
    const sent = (await mirror.sync()).sent.find((entry) => entry.id === id);
    assert.ok(sent);
    const receipt = await this.test.sourceRpc.request("eth_getTransactionReceipt", [sent.transactionHash]);
    return Number((receipt as { gasUsed: string }).gasUsed);
  }

  async #idIn(transactionHash: string): Promise<string> {
    const [id] = await this.#idsIn(transactionHash);
    assert.ok(id);
    return id;
  }

  async #idsIn(transactionHash: string): Promise<string[]> {
    const receipt = (await this.test.sourceRpc.request("eth_getTransactionReceipt", [transactionHash])) as {
      logs: { topics: string[] }[];
    };
    return receipt.logs.map(({ topics }) => topics[1] as string);
  }

  /** Makes A's newest block final on B. */
  async finalize(): Promise<ClaimEntry> {
    // There is a new block, and where A is a destination, too, its clock may be ahead of B's.
    await this.test.mineSource();
    await this.test.advance(1);
    const { protocol } = await this.open();
    const source = await this.test.openSource();
    const header = await source.finalizedHead();
    const parent = [...(await protocol.sync()).ledger.claims.values()]
      .filter(({ status }) => status === "Final")
      .at(-1);
    assert.ok(parent);
    const { stateSync } = this.manifest.contracts;
    const proposer = this.#proposer;
    await confirmed(proposer, {
      to: stateSync,
      data: interfaces.stateSync.encodeFunctionData("propose", [proposer.address, parent.id, header.rlp]),
    });
    const claim = [...(await protocol.sync()).ledger.claims.values()].at(-1);
    assert.ok(claim);
    await this.test.advance(this.test.parameters.claims.windowSeconds + 1n);
    const data = interfaces.stateSync.encodeFunctionData("finalize", [claim.claim]);
    await confirmed(proposer, { to: stateSync, data });
    return claim;
  }

  /** Shows the whole committee's evidence for a claim's block. */
  async attest({ claim }: ClaimEntry): Promise<void> {
    const evidence = await this.test.evidence(claim.number, claim.blockHash);
    const data = interfaces.anchorCourt.encodeFunctionData("attest", [claim, evidence]);
    await confirmed(this.#proposer, { to: this.manifest.contracts.anchorCourt, data });
  }

  /** B as a process with its own connection state sees it. */
  async open(signal = new AbortController().signal): Promise<Destination> {
    const { manifest, test } = this;
    const rpc = test.destination;
    const protocol = await openProtocol({
      rpc,
      manifest,
      confirmations: 0,
      chunkSize: 1_000n,
      logger: silentLogger(),
      signal,
    });
    return { manifest, rpc, protocol };
  }

  async tools(sourceRpc: Rpc = this.test.sourceRpc): Promise<MessageTools> {
    const { signal } = new AbortController();
    const { manifest } = this;
    const mirror = createOutboxMirror({ manifest, rpc: sourceRpc, logger: silentLogger(), signal });
    return { destination: await this.open(), sourceRpc, mirror };
  }

  /** Seconds, of A's newest block. */
  async sourceTime(): Promise<number> {
    const block = await this.test.sourceRpc.request("eth_getBlockByNumber", ["latest", false]);
    return Number((block as { timestamp: string }).timestamp);
  }

  /** Deploys a contract to B. @returns its address. */
  async deploy(bytecode: string): Promise<string> {
    return getAddress((await confirmed(this.#proposer, { data: bytecode })).contractAddress ?? "");
  }

  async setMood(mood: Mood): Promise<void> {
    const data = receiverAbi.encodeFunctionData("setMood", [MOODS[mood]]);
    await confirmed(this.#proposer, { to: this.receiver, data });
  }

  /** The ids that the receiver has accepted, in the order of their arrival. */
  async received(): Promise<string[]> {
    const call = async (name: string, args: unknown[]): Promise<unknown> => {
      const data = receiverAbi.encodeFunctionData(name, args);
      const answer = await this.test.destination.send("eth_call", [{ to: this.receiver, data }, "latest"]);
      return AbiCoder.defaultAbiCoder().decode(["uint256"], answer as string)[0];
    };
    const count = Number(await call("count", []));
    const ids: string[] = [];
    for (let index = 0; index < count; index++) {
      const id = (await call("received", [index])) as bigint;
      ids.push(`0x${id.toString(16).padStart(64, "0")}`);
    }
    return ids;
  }
}

async function sourceSide(test: TestDeployment, wallet: Wallet) {
  const rpc = await connectDestination({ urls: [test.sourceNode.url] });
  return { rpc, sender: senderAt(rpc, wallet, test.sourceNode.chainId) };
}

export function senderAt(
  rpc: Parameters<typeof createSender>[0]["rpc"],
  signer: Wallet,
  chainId: bigint,
  signal = new AbortController().signal,
): Sender {
  return createSender({
    rpc,
    signer,
    chainId,
    decoder: createRevertDecoder(allOf()),
    feePolicy: DEFAULT_FEE_POLICY,
    confirmations: 1,
    pollMs: 15,
    dryRun: false,
    logger: silentLogger(),
    signal,
  });
}

function allOf(): Interface[] {
  return Object.values(interfaces);
}

let serial = 0;

/** Sends a transaction; throws if it reverts. */
export async function confirmed(
  sender: Sender,
  call: { to?: string; data: string; value?: bigint },
): Promise<Receipt> {
  const outcome = await sender.send({ ...call, label: "test", key: `test:${serial++}` });
  if (outcome.kind === "confirmed") return outcome.receipt;
  throw new Error(
    JSON.stringify(outcome, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  );
}

function toGas(gas: bigint): string {
  return `0x${gas.toString(16)}`;
}
