import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { concat, toBeHex } from "ethers";
import { gasToDeliver } from "../../relayer/duties.js";
import { toQuantity } from "../../shared/chain/transactions.js";
import type { SentMessage } from "../../shared/messages/outboxMirror.js";
import { decodeOutcome, deliverRequest, syncRequest } from "../../shared/messages/requests.js";
import { proveOutboxRoot } from "../../shared/messages/rootProof.js";
import { compileContract } from "../support/contracts.js";
import { Mailbox } from "../support/mailbox.js";

/** Accepts if it got the gas that its payload begins with, and uses all of it, or more than that if it is told to. */
const HUNGRY = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Hungry {
    function receiveMessage(bytes32, bytes calldata, bytes calldata payload) external payable returns (bytes4) {
        uint256 limit = uint256(bytes32(payload[:32]));
        require(gasleft() + 1200 >= limit, "starved");
        bool isInsatiable = payload[32] != 0;
        while (isInsatiable || gasleft() > 1000) {}
        return this.receiveMessage.selector;
    }
}`;

describe("the gas that a relayer counts for a delivery", () => {
  let mailbox: Mailbox;
  let hungry: string;
  before(async () => {
    const { bytecode } = compileContract(HUNGRY, "Hungry", "cancun");
    mailbox = await Mailbox.start();
    hungry = await mailbox.deploy(bytecode);
  });
  after(() => mailbox.close());

  for (const gasLimit of [5_000n, 150_000n, 2_000_000n, 2_300_000n, 10_000_000n]) {
    for (const size of [100, 32 * 1024]) {
      for (const isInsatiable of [false, true]) {
        const what = `${gasLimit} and ${size} bytes, a receiver that uses ${isInsatiable ? "more" : "all"}`;
        it(`suffices for ${what}`, async () => {
          const begin = [toBeHex(gasLimit, 32), isInsatiable ? "0x01" : "0x00"];
          const payload = concat([...begin, `0x${"ee".repeat(size - 33)}`]);
          await mailbox.sendMany(37);
          const id = await mailbox.send({ receiver: hungry, gasLimit, payload });
          await mailbox.sendMany(6);
          const { claim } = await mailbox.finalize();
          const { manifest, test } = mailbox;
          const { mirror } = await mailbox.tools();
          const outbox = await mirror.sync();
          const proof = await proveOutboxRoot({ manifest, rpc: test.sourceRpc }, claim, outbox);
          assert.ok(proof);
          const synced = await test.createSender(mailbox.wallet(3)).send(syncRequest(manifest, proof));
          assert.equal(synced.kind, "confirmed");
          const sent = outbox.sent.find((entry) => entry.id === id) as SentMessage;
          const { to, data, label } = deliverRequest(manifest, outbox, [sent], outbox.sent.length);
          const from = mailbox.wallet(7).address;
          const simulate = async (gas: bigint): Promise<boolean[]> => {
            const call = { from, to, data, gas: toQuantity(gas) };
            return decodeOutcome(
              label,
              (await test.destination.send("eth_call", [call, "latest"])) as string,
            );
          };
          const gas = gasToDeliver(sent);
          assert.deepEqual(await simulate(gas), [!isInsatiable]);
          // Nor is it far too much, but for the price of bytes that only calldata without any work has.
          if (size === 100) await assert.rejects(simulate(gas - 60_000n), /revert/);
        });
      }
    }
  }
});
