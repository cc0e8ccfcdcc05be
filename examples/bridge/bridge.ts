import { getCreateAddress, type Contract } from "ethers";
import { deploy, send } from "../stage.js";
import type { BridgeStage } from "./stage.js";

/** Who has how much. */
export interface Balances {
  readonly free: bigint;
  readonly locked: bigint;
  readonly minted: bigint;
}

export interface BridgeReport {
  readonly token: string;
  readonly vault: string;
  readonly vaultToken: string;
  /** At the beginning, after the way there, and after the way back. */
  readonly balances: readonly [Balances, Balances, Balances];
}

const SUPPLY = 1_000_000n;

/** A token goes from A to B and back: locked on A, minted on B, burned on B, released on A. */
export async function playBridge(stage: BridgeStage): Promise<BridgeReport> {
  const { a, b, forth, back, person, say } = stage;
  const [onA, onB] = await Promise.all([a.getSigner(person), b.getSigner(person)]);
  const token = await deploy("Token", onA, [SUPPLY]);
  say(`an ordinary ERC-20 lives on A at ${token.address}`);

  // Each end has to know the other one before that exists.
  const vaultToken = getCreateAddress({ from: person, nonce: await b.getTransactionCount(person) });
  const vault = await deploy("Vault", onA, [token.address, forth.outbox, back.inbox, vaultToken]);
  const there = await deploy("VaultToken", onB, [back.outbox, forth.inbox, vault.address]);
  if (there.address !== vaultToken) throw new Error("somebody else sent with this person's key");
  say(`its vault is ${vault.address} on A; what stands for it on B is ${vaultToken}`);

  const amountOf = async (contract: Contract, name: string, ...args: string[]): Promise<bigint> =>
    (await contract.getFunction(name)(...args)) as bigint;
  async function show(): Promise<Balances> {
    const free = await amountOf(token.as(onA), "balanceOf", person);
    const locked = await amountOf(token.as(onA), "balanceOf", vault.address);
    const minted = await amountOf(there.as(onB), "totalSupply");
    say(`A: ${free} free, ${locked} locked    B: ${minted} minted`);
    return { free, locked, minted };
  }

  const atFirst = await show();
  await send(token.as(onA), "approve", [vault.address, SUPPLY]);
  await send(vault.as(onA), "lock", [person, 1_000n]);
  say("locked 1000 on A; the message waits until its block is final on B");
  await forth.untilArrived();
  const wentThere = await show();

  await send(there.as(onB), "burn", [person, 400n]);
  say("burned 400 on B; the message waits until its block is final on A");
  await back.untilArrived();
  const cameBack = await show();
  return { token: token.address, vault: vault.address, vaultToken, balances: [atFirst, wentThere, cameBack] };
}
