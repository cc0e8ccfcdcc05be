import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { id, keccak256, toBeHex, type Wallet } from "ethers";
import { createReader, type Reader } from "../../../shared/reader/createReader.js";
import { finality } from "../../../shared/reader/finality.js";
import { parseLayout, type StorageLayout } from "../../../shared/reader/storage/compilerLayout.js";
import type { FinalityProgress } from "../../../shared/reader/waitForFinal.js";
import type { ClaimEntry } from "../../../shared/protocol/ledger.js";
import { send } from "../../proposer/bot.js";
import { compileContract } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { createClaimant, type Claimant } from "../../support/finality.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";
import { DRAWERS } from "./storage/drawers.js";

const DAY = 86_400;
const HOLDER = toBeHex(0xabc, 20);

describe("a reader of a deployment", () => {
  let chains: TestDeployment;
  let claimant: Claimant;
  let proxy: LyingProxy;
  let reader: Reader;
  let layout: StorageLayout;
  let account: string;
  let first: ClaimEntry;
  const base = () => ({ account, maxAgeSeconds: DAY });

  before(async () => {
    chains = await startDeployment();
    const compiled = compileContract(DRAWERS, "Drawers", "cancun");
    layout = parseLayout(compiled.storageLayout);
    const receipt = await chains.sendToSource({ data: compiled.bytecode });
    assert.equal(receipt.status, "0x1");
    account = receipt.contractAddress as string;
    claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    proxy = await startLyingProxy(chains.sourceNode.url);
    reader = await createReader({
      deployment: chains.manifest,
      destinationRpc: chains.destinationNode.url,
      sourceRpc: proxy.url,
      confirmations: 0,
    });
  });
  after(async () => {
    reader.close();
    await proxy.close();
    await chains.close();
  });

  it("has only the genesis to read from at first", async () => {
    const { claim, isFinal } = await reader.root({ finality: finality.final, maxAgeSeconds: DAY });
    assert.equal(isFinal, true);
    // The contract was created after it.
    const reading = await reader.account({ ...base(), finality: finality.final });
    assert.equal(reading.claim.number, claim.number);
    assert.equal(reading.value.exists, false);
  });

  it("takes a claim that has stood for a while only if it is asked to, and says what that risks", async () => {
    first = await claimant.claim();
    const question = { ...base(), layout, variable: "balances", path: [HOLDER] };
    const early = await reader.value({ ...question, finality: finality.aged(3) });
    assert.notEqual(early.claimId, first.id);
    await chains.advance(4);
    const aged = await reader.value({ ...question, finality: finality.aged(3) });
    assert.equal(aged.claimId, first.id);
    assert.equal(aged.isFinal, false);
    assert.equal(aged.value, 5n * 10n ** 18n);
    const risk: string = aged.risk;
    assert.match(risk, /rejected/);
    const final = await reader.root({ finality: finality.final, maxAgeSeconds: DAY });
    const none: undefined = final.risk;
    assert.equal(none, undefined);
    assert.notEqual(final.claimId, first.id);
  });

  it("takes an attested claim once evidence was shown", async () => {
    const request = { finality: finality.attested, maxAgeSeconds: DAY };
    assert.notEqual((await reader.root(request)).claimId, first.id);
    await claimant.attest(first);
    const root = await reader.root(request);
    assert.deepEqual([root.claimId, root.isFinal, root.isAttested], [first.id, false, true]);
  });

  it("waits for a block to become final and tells how it goes", async () => {
    const told: FinalityProgress[] = [];
    const waiting = reader.waitForFinal(first.claim.number, {
      pollMs: 20,
      onProgress: (step) => told.push(step),
    });
    await chains.advance(1);
    await claimant.finalize(first);
    assert.equal((await waiting).blockHash, first.claim.blockHash);
    assert.deepEqual([told[0]?.stage, told.at(-1)?.stage], ["pending", "final"]);
    const stop = new AbortController();
    const never = reader.waitForFinal(first.claim.number + 1n, {
      signal: stop.signal,
      pollMs: 20,
      onProgress: ({ stage }) => {
        assert.equal(stage, "unclaimed");
        stop.abort();
      },
    });
    await assert.rejects(never, { name: "AbortError" });
  });

  it("reads slots, variables and accounts under the final root", async () => {
    const question = { ...base(), finality: finality.final };
    assert.equal((await reader.slot({ ...question, slot: 0 })).value, 12345678901234567890n);
    assert.equal((await reader.slot({ ...question, slot: 2n ** 200n })).value, 0n);
    const essay = await reader.value({ ...question, layout, variable: "essay" });
    assert.equal(essay.value, "all work and no play ".repeat(20));
    assert.equal(essay.proof.slots.length, 1 + Math.ceil(420 / 32));
    const loan = await reader.value({ ...question, layout, variable: "loans", path: [id("loan")] });
    assert.equal((loan.value as { note: string }).note, "paid");
    const { value } = await reader.account(question);
    const code = (await chains.sourceRpc.request("eth_getCode", [account, "latest"])) as string;
    assert.equal(value.codeHash, keccak256(code));
  });

  it("builds proofs of many slots for a contract on B", async () => {
    const slots = Array.from({ length: 130 }, (_, i) => i);
    const proof = await reader.prove({ ...base(), slots });
    assert.equal(proof.values[0], 12345678901234567890n);
    assert.equal(proof.storageProofs.length, 130);
    assert.deepEqual(proof.claim, first.claim);
    const alone = await reader.prove(base());
    assert.deepEqual(alone.storageProofs, []);
    assert.deepEqual(alone.accountProof, proof.accountProof);
  });

  it("reads at a block if it is the claimed one", async () => {
    const question = { ...base(), finality: finality.final, slot: 0n };
    assert.equal((await reader.slot({ ...question, block: first.claim.number })).claimId, first.id);
    await assert.rejects(reader.slot({ ...question, block: first.claim.number + 1n }), {
      code: "BlockNotClaimed",
    });
  });

  it("refuses a root that is too old, or not attested", async () => {
    await chains.advance(100);
    const request = { finality: finality.final, maxAgeSeconds: 99 };
    await assert.rejects(reader.root(request), { code: "RootTooOld" });
    const { ageSeconds } = await reader.root({ ...request, maxAgeSeconds: DAY });
    assert.equal((await reader.root({ ...request, maxAgeSeconds: ageSeconds })).claimId, first.id);
    await assert.rejects(reader.root({ ...request, maxAgeSeconds: ageSeconds - 1n }), { code: "RootTooOld" });
    const genesis = { ...request, maxAgeSeconds: DAY, isAttestedOnly: true, block: 1n };
    await assert.rejects(reader.root(genesis), { code: "NotAttested" });
  });

  it("believes nothing that A's node says", async () => {
    const question = { ...base(), finality: finality.final, slot: 0n };
    type Answer = { accountProof: string[]; storageProof: { value: string; proof: string[] }[] };
    const lies: [string, (answer: Answer) => unknown, string][] = [
      ["a truncated proof", (it) => ({ ...it, accountProof: it.accountProof.slice(0, -1) }), "InvalidProof"],
      [
        "a proof of nothing",
        (it) => ({ ...it, storageProof: it.storageProof.map((slot) => ({ ...slot, proof: [] })) }),
        "InvalidProof",
      ],
      [
        "a changed leaf",
        (it) => ({
          ...it,
          storageProof: it.storageProof.map((slot) => ({
            ...slot,
            proof: slot.proof.map((node, i) =>
              i + 1 === slot.proof.length ? `${node.slice(0, -2)}00` : node,
            ),
          })),
        }),
        "InvalidProof",
      ],
      ["no slots", (it) => ({ ...it, storageProof: [] }), "SourceMalformed"],
      ["words instead of bytes", () => "0x", "SourceMalformed"],
    ];
    for (const [what, lie, code] of lies) {
      proxy.lie("eth_getProof", (result) => lie(result as Answer));
      await assert.rejects(reader.slot(question), { code }, what);
    }
    // A value beside the proof is not looked at.
    proxy.lie("eth_getProof", (result) => {
      const answer = result as Answer;
      return { ...answer, storageProof: answer.storageProof.map((slot) => ({ ...slot, value: "0x1" })) };
    });
    assert.equal((await reader.slot(question)).value, 12345678901234567890n);
    proxy.lie("eth_getProof", (result) => result);
  });

  it("refuses to choose between two claims about one block while it is not final", async () => {
    await chains.mineSource(2);
    const second = await claimant.claim();
    await chains.advance(5);
    const request = { finality: finality.aged(3), maxAgeSeconds: DAY };
    assert.equal((await reader.root(request)).claimId, second.id);
    const source = await chains.openSource();
    const { rlp } = await source.latestHead();
    // The state root is the fourth field: three hashes and the list's head stand before it.
    const forged = `${rlp.slice(0, 2 + 2 * (3 + 33 + 33 + 21 + 1))}${"ee".repeat(32)}${rlp.slice(2 + 2 * (3 + 33 + 33 + 21 + 33))}`;
    const liar = chains.wallets[2] as Wallet;
    await send(chains, liar, "stake", "deposit", [liar.address], 10n ** 19n);
    await send(chains, liar, "stateSync", "propose", [liar.address, first.id, forged]);
    await assert.rejects(reader.root(request), { code: "ClaimsConflict" });
    assert.equal((await reader.root({ finality: finality.final, maxAgeSeconds: DAY })).claimId, first.id);
  });

  it("reads feeds by nothing but B, and needs A's node for everything else", async () => {
    const alone = await createReader({
      deployment: chains.manifest,
      destinationRpc: [chains.destinationNode.url],
      confirmations: 0,
    });
    const question = { ...base(), finality: finality.final, slot: 0n };
    await assert.rejects(alone.slot(question), { code: "SourceRpcMissing" });
    await assert.rejects(alone.feed(1).slot({ slot: 0, maxAgeSeconds: DAY }), { code: "FeedUnknown" });
    alone.close();
    await assert.rejects(alone.root(question));
  });
});
