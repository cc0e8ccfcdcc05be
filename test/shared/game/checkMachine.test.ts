import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Wallet, type JsonRpcProvider } from "ethers";
import { startDestinationNode, type DestinationNode } from "../../../devnet/destinationNode.js";
import { allInterfaces, interfaces } from "../../../shared/chain/contracts.js";
import { connectDestination } from "../../../shared/chain/destination.js";
import { DEFAULT_FEE_POLICY } from "../../../shared/chain/fees.js";
import { createRevertDecoder } from "../../../shared/chain/reverts.js";
import { createSender } from "../../../shared/chain/sender.js";
import { builtInSchedule } from "../../../shared/execution/schedules.js";
import { hardhatForks, type ExecutionForks } from "../../../shared/execution/forks.js";
import { requireOwnMachine } from "../../../shared/game/checkMachine.js";
import { deployMachine } from "../../../shared/game/deployMachine.js";
import { headerSchedule } from "../../../shared/chain/deploymentPlan.js";
import { readMachineArtifacts } from "../../../shared/machine/artifacts.js";
import type { StepperPlan } from "../../../shared/machine/deployStepper.js";
import { stepperPlanOf } from "../../../shared/machine/stepperPlan.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { silentLogger } from "../../../shared/runtime/logger.js";

const { creationCode } = readMachineArtifacts();
const planFrom = (forks: ExecutionForks, timestamp: bigint): StepperPlan =>
  stepperPlanOf(forks, headerSchedule(forks, timestamp));

describe("the machine for a deployment", () => {
  const mainnet = builtInSchedule(1n) as ExecutionForks;

  it("knows every fork and every change of blobs from the deployment's first block on", () => {
    const plan = planFrom(mainnet, 1_770_000_000n);
    assert.deepEqual(
      plan.forks.map(({ rules, blobMax }) => [rules, blobMax]),
      [
        [1, 9],
        [2, 9],
        [2, 15],
        [2, 21],
      ],
    );
    assert.equal(plan.makesSystemCalls, true);
    assert.equal(planFrom({ ...mainnet, sunset: 1_900_000_000n }, 1_770_000_000n).horizon, 1_900_000_000n);
  });

  it("is refused for a deployment that begins before Cancun", () => {
    assert.throws(
      () => planFrom(mainnet, 1_700_000_000n),
      (error) => isOptisyncError(error, "MachineRulesMissing"),
    );
  });
});

describe("the machine on B", () => {
  const forks = hardhatForks(31_337n);
  const plan = planFrom(forks, 0n);
  const stop = new AbortController();
  let node: DestinationNode;
  let rpc: JsonRpcProvider;
  let stepper: string;

  before(async () => {
    // Osaka: no transaction may take more than 2^24 gas.
    node = await startDestinationNode({ hardfork: "osaka" });
    rpc = await connectDestination({ urls: [node.url] });
    stepper = await deployMachine(plan, {
      rpc,
      sender: senderOn(node, rpc, stop.signal),
      logger: silentLogger(),
    });
  });
  after(async () => {
    stop.abort();
    rpc.destroy();
    await node.close();
  });

  const check = (changes: Partial<StepperPlan> = {}, at = stepper): Promise<void> =>
    requireOwnMachine({ rpc, stepper: at, plan: { ...plan, ...changes }, creationCode });
  const isForeign = (what: string) => (error: unknown) =>
    isOptisyncError(error, "MachineForeign") && error.details["contract"] === what;

  it("is recognised", () => check());

  const [fork] = plan.forks;
  assert.ok(fork);
  for (const [what, contract, changes] of [
    ["for another chain", "CodeStage", { chainId: 1n }],
    ["for a chain that makes system calls", "BodyStage", { makesSystemCalls: true }],
    ["with another horizon", "Stepper", { horizon: 5n }],
    ["with other blobs", "Stepper", { forks: [{ ...fork, blobMax: 10 }] }],
  ] as const) {
    it(`is refused if it should be one ${what}`, () => assert.rejects(check(changes), isForeign(contract)));
  }
  it("is refused if something else, or nothing, is there", async () => {
    const data = interfaces.stepper.encodeFunctionData("JOB_STAGE");
    const stage = `0x${((await rpc.send("eth_call", [{ to: stepper, data }, "latest"])) as string).slice(26)}`;
    await assert.rejects(check({}, stage), isForeign("Stepper"));
    await assert.rejects(check({}, `0x${"12".repeat(20)}`), isForeign("Stepper"));
  });
  it("is not judged when B cannot be asked", async () => {
    const silent = { send: () => Promise.reject(new Error("connection lost")) };
    await assert.rejects(requireOwnMachine({ rpc: silent, stepper, plan, creationCode }), /connection lost/);
  });
});

describe("a B that lacks a precompile of A", () => {
  it("refuses the machine by the precompile's name", async () => {
    const node = await startDestinationNode({ hardfork: "cancun" });
    const rpc = await connectDestination({ urls: [node.url] });
    const stop = new AbortController();
    try {
      const sender = senderOn(node, rpc, stop.signal);
      await assert.rejects(
        deployMachine(planFrom(hardhatForks(31_337n), 0n), { rpc, sender, logger: silentLogger() }),
        /NativeMissing/,
      );
    } finally {
      stop.abort();
      rpc.destroy();
      await node.close();
    }
  });
});

function senderOn(node: DestinationNode, rpc: JsonRpcProvider, signal: AbortSignal) {
  return createSender({
    rpc,
    signer: new Wallet(node.accounts[0]?.privateKey ?? ""),
    chainId: node.chainId,
    decoder: createRevertDecoder(allInterfaces),
    feePolicy: DEFAULT_FEE_POLICY,
    confirmations: 1,
    pollMs: 15,
    dryRun: false,
    logger: silentLogger(),
    signal,
  });
}
