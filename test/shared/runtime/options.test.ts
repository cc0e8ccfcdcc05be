import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type { OptisyncError } from "../../../shared/runtime/errors.js";
import {
  flagName,
  parseConfigurationFile,
  resolveOptions,
  suggestion,
  variableName,
  type OptionSources,
} from "../../../shared/runtime/options.js";
import * as q from "../../../shared/runtime/quantities.js";

const definitions = {
  sourceRpc: { describe: "", schema: q.httpUrl },
  bond: { describe: "", schema: q.amountWei.default(5n) },
  interval: { describe: "", schema: q.durationMs.optional() },
  dryRun: { describe: "", schema: q.yesOrNo.default(false), isSwitch: true },
};
const none: OptionSources = { flags: {}, environment: {} };
const url = "http://127.0.0.1:1";

function problemsOf(sources: Partial<OptionSources>, known?: string[]): string[] {
  try {
    resolveOptions(definitions, { ...none, ...sources }, known);
  } catch (error) {
    assert.equal((error as OptisyncError).code, "ConfigurationInvalid");
    assert.equal((error as OptisyncError).action, "halt");
    const { problems } = (error as OptisyncError).details as {
      problems: { source: string; problem: string }[];
    };
    return problems.map(({ source, problem }) => `${source} ${problem}`);
  }
  return [];
}

describe("resolveOptions", () => {
  it("takes flags before the environment before the file before defaults", () => {
    const file = { path: "c.json", values: { sourceRpc: `${url}/file`, bond: "1wei", interval: "1s" } };
    const environment = { OPTISYNC_SOURCE_RPC: `${url}/env`, OPTISYNC_BOND: "2wei" };
    const flags = { "source-rpc": `${url}/flag` };
    assert.deepEqual(resolveOptions(definitions, { flags, environment, file }), {
      sourceRpc: `${url}/flag`,
      bond: 2n,
      interval: 1_000,
      dryRun: false,
    });
    assert.equal(resolveOptions(definitions, { ...none, flags }).bond, 5n);
  });

  it("takes an empty variable for one that is not set", () => {
    const environment = { OPTISYNC_BOND: "", OPTISYNC_SOURCE_RPC: url };
    assert.equal(resolveOptions(definitions, { ...none, environment }).bond, 5n);
  });

  it("names every problem with where it comes from", () => {
    const problems = problemsOf({
      flags: { "source-rpc": "ftp://x" },
      environment: { OPTISYNC_BOND: "0.5" },
      file: { path: "c.json", values: { interval: 30, dryRun: "maybe" } },
    });
    assert.deepEqual(problems, [
      "--source-rpc must be an http:// or https:// URL",
      "OPTISYNC_BOND must be an amount with its unit, like 0.5ether, 20gwei or 7wei",
      '"interval" in c.json must be a duration like 500ms, 30s, 15m, 4h or 2d',
      '"dryRun" in c.json must be true or false',
    ]);
  });

  it("says all three names of what is missing", () => {
    assert.deepEqual(problemsOf({}), [
      '--source-rpc (or OPTISYNC_SOURCE_RPC, or "sourceRpc" in the configuration file) is required',
    ]);
  });

  it("refuses a flag given twice", () => {
    assert.deepEqual(problemsOf({ flags: { "source-rpc": [url, url] } }), [
      "--source-rpc was given more than once",
    ]);
  });

  it("takes a list where the option is one, and names arguments as help does", () => {
    const list = { what: { describe: "", schema: z.array(z.string()), isList: true } };
    const positionals = new Set(["what"]);
    const flags = { what: ["a", "b"] };
    assert.deepEqual(resolveOptions(list, { ...none, flags, positionals }).what, ["a", "b"]);
    const wrong = { ...none, flags: { what: 7 }, positionals };
    assert.throws(() => resolveOptions(list, wrong), /<what> is not valid/);
  });

  it("refuses what no command knows, and suggests what was meant", () => {
    const environment = { OPTISYNC_SORCE_RPC: url, OPTISYNC_PRIVATE_KEY: "x", HOME: "/" };
    const file = { path: "c.json", values: { sourceRpc: url, bonds: "1wei", other: 1 } };
    assert.deepEqual(problemsOf({ environment, file }, ["other"]), [
      "OPTISYNC_SORCE_RPC is not an option, did you mean OPTISYNC_SOURCE_RPC?",
      '"bonds" in c.json is not an option, did you mean bond?',
    ]);
  });
});

describe("configuration files", () => {
  it("must be one JSON object", () => {
    assert.deepEqual(parseConfigurationFile("c", '{"a":1}').values, { a: 1 });
    assert.throws(() => parseConfigurationFile("c.json", "{"), { code: "ConfigurationInvalid" });
    assert.throws(() => parseConfigurationFile("c.json", "[]"), {
      message: "c.json must hold one JSON object",
    });
  });
});

describe("names", () => {
  it("follow from the option", () => {
    assert.equal(flagName("sourceRpc"), "source-rpc");
    assert.equal(variableName("sourceRpc"), "OPTISYNC_SOURCE_RPC");
  });

  it("are suggested only if near", () => {
    assert.equal(suggestion("proposr", ["proposer", "challenger"]), ", did you mean proposer?");
    assert.equal(suggestion("xyz", ["proposer"]), "");
  });
});

describe("quantities", () => {
  const accepts: [string, z.ZodType, unknown, unknown][] = [
    ["durationMs", q.durationMs, "1.5s", 1_500],
    ["durationMs", q.durationMs, "2d", 172_800_000],
    ["durationSeconds", q.durationSeconds, "4h", 14_400n],
    ["amountWei", q.amountWei, "0.5ether", 500_000_000_000_000_000n],
    ["amountWei", q.amountWei, "20 gwei", 20_000_000_000n],
    ["amountWei", q.amountWei, "0", 0n],
    ["address", q.address, `0x${"ab".repeat(20)}`, "0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB"],
    ["bytes32", q.bytes32, `0x${"AB".repeat(32)}`, `0x${"ab".repeat(32)}`],
    ["storageSlot", q.storageSlot, "7", `0x${"0".repeat(63)}7`],
    ["storageSlot", q.storageSlot, 7, `0x${"0".repeat(63)}7`],
    ["storageSlot", q.storageSlot, "0x0a", `0x${"0".repeat(63)}a`],
    ["wholeNumber", q.wholeNumber, "0x10", 16n],
    ["count", q.count(1, 9), "9", 9],
    ["httpUrls", q.httpUrls, `${url}, ${url}/2`, [url, `${url}/2`]],
    ["httpUrls", q.httpUrls, [url], [url]],
    ["yesOrNo", q.yesOrNo, "1", true],
  ];
  for (const [name, schema, input, output] of accepts) {
    it(`${name} reads ${JSON.stringify(input)}`, () => assert.deepEqual(schema.parse(input), output));
  }

  const refuses: [string, z.ZodType, unknown][] = [
    ["durationMs", q.durationMs, "30"],
    ["durationMs", q.durationMs, "-1s"],
    ["durationMs", q.durationMs, 30],
    ["durationSeconds", q.durationSeconds, "500ms"],
    ["amountWei", q.amountWei, "1"],
    ["amountWei", q.amountWei, "0.5wei"],
    ["amountWei", q.amountWei, "-1ether"],
    ["address", q.address, "0xABaBaBaBABabABabAbAbABAbABabababaBaBABab"],
    ["address", q.address, "0x00"],
    ["bytes32", q.bytes32, `0x${"ab".repeat(31)}`],
    ["storageSlot", q.storageSlot, "-1"],
    ["storageSlot", q.storageSlot, (1n << 256n).toString()],
    ["wholeNumber", q.wholeNumber, "1.5"],
    ["count", q.count(1, 9), "10"],
    ["httpUrls", q.httpUrls, `${url},`],
    ["yesOrNo", q.yesOrNo, "yes please"],
  ];
  for (const [name, schema, input] of refuses) {
    it(`${name} refuses ${JSON.stringify(input)}`, () =>
      assert.equal(schema.safeParse(input).success, false));
  }
});
