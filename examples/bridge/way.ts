import type { JsonRpcProvider } from "ethers";
import { interfaces } from "../../shared/chain/contracts.js";
import { messageContractsOf, type Manifest } from "../../shared/chain/manifest.js";
import { openProtocol } from "../../shared/chain/protocolReader.js";
import { describeRevert } from "../../shared/chain/reverts.js";
import type { Sender, SendRequest } from "../../shared/chain/sender.js";
import type { Source } from "../../shared/chain/source.js";
import { MESSAGE_STATUSES } from "../../shared/protocol/message.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { sleep } from "../../shared/runtime/shutdown.js";
import type { Way } from "./stage.js";

const POLL_MS = 500;
const STAKE_WEI = 20n * 10n ** 18n;

export interface WayOptions {
  readonly manifest: Manifest;
  readonly from: { readonly rpc: JsonRpcProvider; readonly source: Source };
  readonly to: { readonly rpc: JsonRpcProvider; readonly sender: Sender };
  /** Rejects when what delivers messages has died. */
  readonly failed: Promise<never>;
  readonly signal: AbortSignal;
}

/** A way of messages whose claims are made here, by hand. What is claimed is what the node says. */
export async function openWay({ manifest, from, to, failed, signal }: WayOptions): Promise<Way> {
  const { outbox, inbox } = messageContractsOf(manifest);
  const { stake, stateSync } = manifest.contracts;
  const proposer = to.sender.address;
  const protocol = await openProtocol({
    rpc: to.rpc,
    manifest,
    confirmations: 0,
    chunkSize: 1_000n,
    logger: silentLogger(),
    signal,
  });
  const newest = async () => [...(await protocol.sync()).ledger.claims.values()].at(-1);

  async function send(request: Omit<SendRequest, "key">): Promise<void> {
    const outcome = await to.sender.send({ ...request, key: `${request.label}:${request.data}` });
    if (outcome.kind === "confirmed") return;
    const why = outcome.kind === "reverted" ? describeRevert(outcome.revert) : outcome.kind;
    throw new Error(`${request.label}: ${why}`);
  }
  const deposit = interfaces.stake.encodeFunctionData("deposit", [proposer]);
  await send({ to: stake, data: deposit, value: STAKE_WEI, label: "stake" });

  /** Makes the present state of the source final at the destination. */
  async function finalize(): Promise<void> {
    const { number } = await from.source.latestHead();
    let head = await from.source.finalizedHead();
    for (; head.number < number; head = await from.source.finalizedHead()) await sleep(POLL_MS, signal);
    const parent = await newest();
    const data = interfaces.stateSync.encodeFunctionData("propose", [proposer, parent?.id, head.rlp]);
    await send({ to: stateSync, data, label: "propose" });
    const entry = await newest();
    if (entry === undefined) throw new Error("the claim is not there");
    const isOver = async (): Promise<boolean> =>
      BigInt((await to.rpc.getBlock("latest"))?.timestamp ?? 0) > entry.deadline;
    while (!(await isOver())) await sleep(POLL_MS, signal);
    await send({
      to: stateSync,
      data: interfaces.stateSync.encodeFunctionData("finalize", [entry.claim]),
      label: "finalize",
    });
  }

  return {
    outbox,
    inbox,
    async untilArrived() {
      const data = interfaces.outbox.encodeFunctionData("count");
      const count = BigInt(await from.rpc.call({ to: outbox, data }));
      await finalize();
      for (let nonce = 0n; nonce < count; nonce++) {
        const question = { to: inbox, data: interfaces.inbox.encodeFunctionData("status", [nonce]) };
        const isDelivered = async (): Promise<boolean> =>
          MESSAGE_STATUSES[Number(await to.rpc.call(question))] === "Delivered";
        while (!(await isDelivered())) await Promise.race([sleep(POLL_MS, signal), failed]);
      }
    },
  };
}
