import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Wallet } from "ethers";
import { loadWallet, refuseSecretArguments } from "../../../shared/runtime/secrets.js";

const wallet = new Wallet(`0x${"11".repeat(32)}`);
const known = { hex: new Set(["--slot"]), switches: new Set(["--json"]) };

describe("loadWallet", () => {
  let folder: string;
  let keyFile: string;
  let keystore: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-keys-"));
    keyFile = join(folder, "key");
    keystore = join(folder, "keystore.json");
    await writeFile(keyFile, `${wallet.privateKey}\n`, { mode: 0o600 });
    await writeFile(keystore, wallet.encryptSync("open sesame").toString());
  });
  after(() => rm(folder, { recursive: true }));

  it("reads a key file, with or without 0x", async () => {
    assert.equal((await loadWallet({ keyFile }, { environment: {} })).address, wallet.address);
    const bare = join(folder, "bare");
    await writeFile(bare, wallet.privateKey.slice(2), { mode: 0o600 });
    assert.equal((await loadWallet({ keyFile: bare }, { environment: {} })).address, wallet.address);
  });

  it("reads the environment", async () => {
    const environment = { OPTISYNC_PRIVATE_KEY: wallet.privateKey };
    assert.equal((await loadWallet({}, { environment })).address, wallet.address);
  });

  it("opens a keystore with the password of a file, the environment or a prompt", async () => {
    const passwordFile = join(folder, "password");
    await writeFile(passwordFile, "open sesame\n", { mode: 0o600 });
    const opened = [
      await loadWallet({ keystore, passwordFile }, { environment: {} }),
      await loadWallet({ keystore }, { environment: { OPTISYNC_KEYSTORE_PASSWORD: "open sesame" } }),
      await loadWallet({ keystore }, { environment: {}, askPassword: () => Promise.resolve("open sesame") }),
    ];
    assert.deepEqual(
      opened.map(({ address }) => address),
      [wallet.address, wallet.address, wallet.address],
    );
  });

  it("refuses a key file that others can read", async () => {
    const open = join(folder, "open");
    await writeFile(open, wallet.privateKey);
    await chmod(open, 0o644);
    await assert.rejects(loadWallet({ keyFile: open }, { environment: {} }), {
      code: "KeyExposed",
      message: `${open} can be read by others (mode 644); run: chmod 600 ${open}`,
    });
  });

  it("names what is missing, double, wrong or unreadable, and never quotes a secret", async () => {
    const environment = {};
    const secret = "ab".repeat(31);
    const cases: [Parameters<typeof loadWallet>, string][] = [
      [[{}, { environment }], "KeyMissing"],
      [[{ keyFile, keystore }, { environment }], "KeyAmbiguous"],
      [[{ keyFile }, { environment: { OPTISYNC_PRIVATE_KEY: "x" } }], "KeyAmbiguous"],
      [[{ keyFile: join(folder, "none") }, { environment }], "KeyUnreadable"],
      [[{}, { environment: { OPTISYNC_PRIVATE_KEY: secret } }], "KeyInvalid"],
      [[{ keystore }, { environment }], "PasswordMissing"],
      [[{ keystore }, { environment: { OPTISYNC_KEYSTORE_PASSWORD: secret } }], "PasswordWrong"],
      [[{ keystore: keyFile }, { environment: { OPTISYNC_KEYSTORE_PASSWORD: "" } }], "KeyInvalid"],
    ];
    for (const [args, code] of cases) {
      await assert.rejects(loadWallet(...args), (error: Error & { code: string; action: string }) => {
        assert.equal(error.code, code);
        assert.equal(error.action, "halt");
        assert.ok(!JSON.stringify([error.message, error.stack, error.cause]).includes(secret));
        return true;
      });
    }
  });
});

describe("refuseSecretArguments", () => {
  const key = "1f".repeat(32);
  const refused: [string, string[], string][] = [
    ["a flag named like a secret", ["--private-key", "x"], "--private-key"],
    ["a flag named like a secret, with =", ["--mnemonic=x"], "--mnemonic"],
    ["a key as the value of a flag", ["run", "--bond", `0x${key}`], "--bond"],
    ["a key after =", ["run", `--bond=0x${key}`], "--bond"],
    ["a bare key", ["run", key], "argument 2"],
    ["a bare key after a switch", ["run", "--json", key], "argument 3"],
    ["a phrase", ["run", Array(12).fill("abandon").join(" ")], "argument 2"],
  ];
  for (const [name, args, where] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => refuseSecretArguments(args, known),
        (error: Error & { code: string; details: unknown }) => {
          assert.equal(error.code, "SecretInArguments");
          assert.deepEqual(error.details, { where });
          assert.ok(!error.message.includes(key));
          return true;
        },
      );
    });
  }

  it("lets ids and paths pass", () => {
    const args = ["check", `0x${key}`, "--json", `0x${key}`, "--slot", `0x${key}`, `--slot=0x${key}`];
    refuseSecretArguments([...args, "--key-file", "key", "--keystore", "k.json", "--password-file=p"], known);
  });
});
