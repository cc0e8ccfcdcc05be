/**
 * A token's way from A to B and back, between two real nodes on this machine: lock on A, mint on B, burn on B, release
 * on A. The contracts are in devnet/contracts (Vault, VaultToken and their base BridgeEnd); relayers of both ways run
 * in this process. Needs built contracts. Run with `npm run example:bridge`.
 */
import { startRelayer } from "../../test/relayer/bot.js";
import type { Mailbox } from "../../test/support/mailbox.js";
import { TwoWayBridge } from "../../test/support/twoWayBridge.js";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function showBalances(bridge: TwoWayBridge): Promise<void> {
  const { free, locked, minted } = await bridge.balances();
  say(`      A: ${free} free, ${locked} locked    B: ${minted} minted`);
}

/** Makes A's newest block of this way final and lets the relayer do the rest. */
async function carry(mailbox: Mailbox, relayer: { settle(): Promise<string[]> }): Promise<void> {
  const { claim } = await mailbox.finalize();
  say(`      block ${claim.number} of the source is final`);
  const did = await relayer.settle();
  say(`      the relayer did: ${did.join(", ")}`);
}

say("starting two Hardhat nodes and deploying both ways: A to B and B to A");
const bridge = await TwoWayBridge.start();
try {
  const [forth, back] = await Promise.all([startRelayer(bridge.forth, 5), startRelayer(bridge.back, 5)]);
  await showBalances(bridge);
  say("locking 1000 tokens on A");
  await bridge.lock(1_000n);
  await carry(bridge.forth, forth);
  await showBalances(bridge);
  say("burning 400 of them on B");
  await bridge.burn(400n);
  await carry(bridge.back, back);
  await showBalances(bridge);
} finally {
  await bridge.close();
}
process.exit();
