/**
 * Measures what messages cost, in whole transactions between two real nodes, and writes `bench/messages.md`. Needs
 * built contracts. Run with `npm run bench:messages`.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { readMessage } from "../shared/messages/status.js";
import { deliverRequest, syncRequest } from "../shared/messages/requests.js";
import type { SendRequest } from "../shared/chain/sender.js";
import { compileContract } from "../test/support/contracts.js";
import { Mailbox } from "../test/support/mailbox.js";
import { table } from "./measure.js";

const NOTHING = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Nothing {
    function receiveMessage(bytes32, bytes calldata, bytes calldata) external payable returns (bytes4) {
        return this.receiveMessage.selector;
    }
}`;
/** As in the measurements of Polygon's contracts; no zero bytes, which would make it look cheap. */
const PAYLOAD = `0x${"ee".repeat(100)}`;
const GAS_LIMIT = 50_000n;
/** Messages before those that are measured: a tree in use, with half the bits of its count set. */
const BEFORE = 85;

/**
 * Polygon's contracts at 0xPolygon/core-contracts 6ac0611, measured with the same payload, a receiver that does
 * nothing, solc 0.8.19 and their optimizer settings, on Prague. `commit` and `submit` are shared by what they cover.
 */
const POLYGON = {
  send: 32_684,
  deliver: 77_645,
  perMessageInBatchOf10: undefined,
  perMessageInBatchOf100: 40_830,
  commit: "134,731 + 150,000 (BLS precompile)",
  exit: 86_530,
  exitInBatch: 42_440,
  checkpoint: "453,338 (4 validators) to 3,479,436 (100)",
};

async function measure(): Promise<Record<string, number>> {
  const { bytecode } = compileContract(NOTHING, "Nothing", "cancun");
  const mailbox = await Mailbox.start();
  const sender = mailbox.test.createSender(mailbox.wallet(2));
  try {
    const receiver = await mailbox.deploy(bytecode);
    const message = { receiver, gasLimit: GAS_LIMIT, payload: PAYLOAD };
    const gas: Record<string, number> = {};
    await mailbox.sendMany(BEFORE, message);
    const single = await mailbox.send(message);
    const warm = await mailbox.send(message);
    gas["send"] = await mailbox.gasOnSource(warm);
    const ten = await mailbox.sendMany(10, message);
    gas["sendIn10"] = (await mailbox.gasOnSource(ten[0] as string)) / 10;
    const hundred = await mailbox.sendMany(100, message);
    gas["sendIn100"] = (await mailbox.gasOnSource(hundred[0] as string)) / 100;
    await mailbox.finalize();

    const { manifest } = mailbox;
    const spend = async (request: SendRequest): Promise<number> => {
      const outcome = await sender.send(request);
      assert.equal(outcome.kind, "confirmed");
      return Number(outcome.receipt.gasUsed);
    };
    const report = await readMessage(await mailbox.tools(), warm);
    assert.ok(report.proof);
    gas["sync"] = await spend(syncRequest(manifest, report.proof));
    const { outbox, proof } = report;
    const deliver = async (ids: readonly string[]): Promise<number> => {
      const messages = outbox.sent.filter(({ id }) => ids.includes(id));
      return (await spend(deliverRequest(manifest, outbox, messages, proof.size))) / ids.length;
    };
    // The first of 256 messages pays for the word that holds their bits.
    gas["deliverFirst"] = await deliver([single]);
    gas["deliver"] = await deliver([warm]);
    gas["deliverIn10"] = await deliver(ten);
    gas["deliverIn100"] = await deliver(hundred);
    return gas;
  } finally {
    await mailbox.close();
  }
}

function report(gas: Record<string, number>): string {
  const show = (value: number | undefined): string =>
    value === undefined ? "-" : Math.round(value).toLocaleString("en");
  const sending = JSON.parse(readFileSync("snapshots/Outbox.json", "utf8")) as Record<string, string>;
  const sendingAt = (what: string): string => show(Number(sending[`send 100 bytes: ${what}`]));
  const deep = JSON.parse(readFileSync("snapshots/Inbox.json", "utf8")) as Record<string, string>;
  const direct = Number(deep["for comparison: a direct proof of one slot"]);
  const rows = [
    ["send one, 3 of 4", show(gas["send"]), show(POLYGON.send), "-"],
    ["send one, mean at any index", sendingAt("mean of the first 1024"), show(POLYGON.send), "-"],
    ["send one, the dearest of the first million", sendingAt("completes 5 levels"), show(POLYGON.send), "-"],
    ["send in a batch of 10, each", show(gas["sendIn10"]), "-", "-"],
    ["send in a batch of 100, each", show(gas["sendIn100"]), "-", "-"],
    ["make a root known (for all messages so far)", show(gas["sync"]), POLYGON.commit, "-"],
    ["deliver one, the first of 256", show(gas["deliverFirst"]), "-", show(direct)],
    ["deliver one", show(gas["deliver"]), show(POLYGON.deliver), show(direct)],
    [
      "deliver in a batch of 10, each",
      show(gas["deliverIn10"]),
      show(POLYGON.perMessageInBatchOf10),
      show(direct),
    ],
    [
      "deliver in a batch of 100, each",
      show(gas["deliverIn100"]),
      show(POLYGON.perMessageInBatchOf100),
      show(direct),
    ],
  ];
  return [
    "# What messages cost",
    "",
    "Gas of whole transactions, calldata included, between a Hardhat node (A) and an anvil node (B), both on Prague: " +
      "payloads of 100 bytes without zeros, a receiver that does nothing, " +
      `${BEFORE} messages sent before. The mean and the dearest are from the contracts' tests, see ` +
      "[snapshots](../snapshots/Outbox.json). Written by `npm run bench:messages`.",
    "",
    table(["", "optisync", "Polygon StateSync", "a direct storage proof per message"], rows),
    "",
    "Polygon's numbers: 0xPolygon/core-contracts 6ac0611 (StateSender, StateReceiver with bundles of 128), measured " +
      "in the same way with solc 0.8.19 and the repository's optimizer settings. Its way back costs " +
      `${show(POLYGON.exit)} for an exit and ${show(POLYGON.exitInBatch)} for each in a batch, and a checkpoint ` +
      `${POLYGON.checkpoint}; here both ways cost the same.`,
    "",
    "The direct proof is an account and a slot proven with SourceState in tries of mainnet's depth (8 and 3 levels), " +
      "from [snapshots](../snapshots/Inbox.json), where the contracts' tests measure `sync` in such tries, too: " +
      `${show(Number(deep["sync"]))}.`,
    "",
  ].join("\n");
}

const text = report(await measure());
writeFileSync("bench/messages.md", text);
process.stdout.write(text);
