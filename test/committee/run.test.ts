import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { concat, id, Interface, Wallet } from "ethers";
import {
  readAnchorTerms,
  readCommittee,
  readDestinationTime,
  type AnchorTerms,
} from "../../committee/anchorReader.js";
import { collectEvidence } from "../../committee/client.js";
import { startMember } from "../../committee/run.js";
import { startDestinationNode, type DestinationNode } from "../../devnet/destinationNode.js";
import { startSourceNode, type SourceNode } from "../../devnet/sourceNode.js";
import { creationCode } from "../../shared/chain/artifacts.js";
import { createRpc, type Rpc } from "../../shared/chain/rpc.js";
import { committeeAnchorAbi } from "../../shared/protocol/abi/CommitteeAnchor.js";
import { createCommittee, encodeQuorum } from "../../shared/protocol/committee.js";
import { signRotation } from "../../shared/protocol/rotation.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { committee, wallets } from "./fixture.js";

/** Index of a verdict in the contract's enumeration. */
const CANONICAL = 0n;
const COMMITTEE_RETIRED = 4n;
const NOT_SIGNED = 5n;

const LIFETIME_SECONDS = 1_000n;
const MAX_LIFETIME_SECONDS = 5_000n;
const anchorInterface = new Interface(committeeAnchorAbi);

let sourceNode: SourceNode;
let destinationNode: DestinationNode;
let sourceRpc: Rpc;
let destinationRpc: Rpc;
let terms: AnchorTerms;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "optisync-members-"));
  sourceNode = await startSourceNode({ chainId: 100n, mining: "manual" });
  destinationNode = await startDestinationNode();
  sourceRpc = createRpc({ urls: [sourceNode.url] });
  destinationRpc = createRpc({ urls: [destinationNode.url] });
  await sourceRpc.request("hardhat_mine", ["0x8"]);
  terms = await readAnchorTerms(destinationRpc, await deployAnchor());
});

after(async () => {
  await sourceNode.close();
  await destinationNode.close();
  await rm(folder, { recursive: true, force: true });
});

test("the anchor takes what members sign about a real chain, and nothing else", async (t) => {
  const urls = await startMembers(t);
  const inOffice = await readCommittee(destinationRpc, terms.identity.anchor, 0n);
  assert.deepEqual(inOffice, { epoch: 0n, committee });

  const blockHash = await sourceHash(5n);
  const validUntil = (await readDestinationTime(destinationRpc)) + MAX_LIFETIME_SECONDS;
  const request = { ...terms, ...inOffice, number: 5n, blockHash, validUntil };
  const evidence = await collectEvidence(request, { urls });
  assert.equal(await verdict(5n, blockHash, evidence), CANONICAL);
  assert.equal(await verdict(6n, blockHash, evidence), NOT_SIGNED);
  assert.equal(await verdict(5n, await sourceHash(6n), evidence), NOT_SIGNED);

  await assert.rejects(
    collectEvidence({ ...request, blockHash: id("a forged header") }, { urls }),
    (error) => {
      const { answers } = error as { answers?: { kind: string }[] };
      assert.deepEqual(
        answers?.map(({ kind }) => kind),
        ["signedOther", "signedOther", "signedOther"],
      );
      return true;
    },
  );
});

test("a member refuses a source chain that is not the anchor's", async (t) => {
  const modules = { destinationRpc, wallet: wallets[3], logger: silentLogger(), onClose: onCloseOf(t) };
  await assert.rejects(startMember(memberOptions(), { ...modules, sourceRpc: destinationRpc }), {
    code: "SourceWrongChain",
  });
});

test("a rotated committee's evidence stays good for as long as promised", async (t) => {
  const { epoch, committee: old } = await readCommittee(destinationRpc, terms.identity.anchor, 0n);
  const blockHash = await sourceHash(4n);
  const validUntil = (await readDestinationTime(destinationRpc)) + MAX_LIFETIME_SECONDS;
  const urls = await startMembers(t);
  const evidence = await collectEvidence(
    { ...terms, epoch, committee: old, number: 4n, blockHash, validUntil },
    { urls },
  );

  const newCommittee = createCommittee([Wallet.createRandom().address, wallets[0].address]);
  const signatures = await Promise.all(
    wallets.slice(0, 3).map(async (wallet) => ({
      signer: wallet.address,
      signature: await signRotation(wallet, terms.identity, { epoch, newCommittee }),
    })),
  );
  await send({
    to: terms.identity.anchor,
    data: anchorInterface.encodeFunctionData("rotate", [
      newCommittee.members,
      newCommittee.threshold,
      encodeQuorum(old, signatures),
    ]),
  });
  assert.deepEqual(await readCommittee(destinationRpc, terms.identity.anchor, 0n), {
    epoch: 1n,
    committee: newCommittee,
  });
  assert.equal(await verdict(4n, blockHash, evidence), CANONICAL);
  await destinationNode.mine(1, Number(LIFETIME_SECONDS) + 1);
  assert.equal(await verdict(4n, blockHash, evidence), COMMITTEE_RETIRED);
});

async function deployAnchor(): Promise<string> {
  const { contractAddress } = await send({
    data: concat([
      creationCode("CommitteeAnchor"),
      anchorInterface.encodeDeploy([
        100n,
        committee.members,
        committee.threshold,
        LIFETIME_SECONDS,
        MAX_LIFETIME_SECONDS,
      ]),
    ]),
  });
  return contractAddress;
}

async function send(transaction: { to?: string; data: string }): Promise<{ contractAddress: string }> {
  const from = destinationNode.accounts[0]?.address;
  const hash = await destinationNode.rpc<string>("eth_sendTransaction", [{ from, ...transaction }]);
  const receipt = await receiptOf(hash);
  assert.equal(receipt.status, "0x1");
  return receipt;
}

/** The node may answer a transaction before it has mined it. */
async function receiptOf(hash: string): Promise<{ status: string; contractAddress: string }> {
  for (;;) {
    const receipt = await destinationNode.rpc<{ status: string; contractAddress: string } | null>(
      "eth_getTransactionReceipt",
      [hash],
    );
    if (receipt !== null) return receipt;
    await delay(10);
  }
}

async function startMembers(t: TestContext): Promise<string[]> {
  const members = wallets.slice(0, 3).map((wallet) =>
    startMember(memberOptions(), {
      sourceRpc,
      destinationRpc,
      wallet,
      logger: silentLogger(),
      onClose: onCloseOf(t),
    }),
  );
  return (await Promise.all(members)).map(({ url }) => url);
}

function memberOptions() {
  return { anchor: terms.identity.anchor, dataDir: folder, host: "127.0.0.1", port: 0 };
}

function onCloseOf(t: TestContext) {
  return (_name: string, close: () => unknown): (() => void) => {
    t.after(async () => void (await close()));
    return () => undefined;
  };
}

async function sourceHash(number: bigint): Promise<string> {
  const block = await sourceRpc.request("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]);
  return (block as { hash: string }).hash;
}

async function verdict(number: bigint, hash: string, evidence: string): Promise<bigint> {
  const data = anchorInterface.encodeFunctionData("verdict", [number, hash, evidence]);
  const answer = await destinationRpc.request("eth_call", [{ to: terms.identity.anchor, data }, "latest"]);
  const [got] = anchorInterface.decodeFunctionResult("verdict", answer as string);
  const canonical = anchorInterface.encodeFunctionData("isCanonical", [number, hash, evidence]);
  const said = await destinationRpc.request("eth_call", [
    { to: terms.identity.anchor, data: canonical },
    "latest",
  ]);
  assert.equal(BigInt(said as string) === 1n, got === CANONICAL);
  return got as bigint;
}
