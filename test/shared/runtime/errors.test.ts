import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeError, exitCodeOf, isOptisyncError, OptisyncError } from "../../../shared/runtime/errors.js";
import { createLogger } from "../../../shared/runtime/logger.js";
import { redactText, redactUrl, toPlain } from "../../../shared/runtime/redaction.js";

describe("redaction", () => {
  it("strips credentials, keys in paths and query values from URLs", () => {
    assert.equal(redactUrl("https://user:pass@node.example/"), "https://node.example");
    assert.equal(redactUrl("https://node.example/v3/0123456789abcdef0123"), "https://node.example/v3/***");
    assert.equal(redactUrl("http://127.0.0.1:8545/rpc?key=abc"), "http://127.0.0.1:8545/rpc?key=***");
    assert.equal(redactUrl("no url"), "***");
    assert.equal(redactText("asked https://u:p@h/x, failed"), "asked https://h/x, failed");
  });

  it("hides fields named like secrets and makes data plain", () => {
    const data = { privateKey: "k", nested: { password: "p", amount: 5n }, raw: new Uint8Array([1, 255]) };
    assert.deepEqual(toPlain(data), {
      privateKey: "***",
      nested: { password: "***", amount: "5" },
      raw: "0x01ff",
    });
  });
});

describe("errors", () => {
  const cause = new Error("connect failed to http://u:p@h/");
  const error = new OptisyncError("NodeBehind", "the node is behind", {
    action: "retry",
    details: { gap: 3n },
    cause,
  });

  it("describe themselves with their causes, redacted", () => {
    assert.deepEqual(describeError(error), {
      code: "NodeBehind",
      message: "the node is behind",
      action: "retry",
      details: { gap: 3n },
      cause: { code: "Error", message: "connect failed to http://h", action: "retry" },
    });
    assert.equal(describeError("text").code, "Thrown");
  });

  it("are recognised by code", () => {
    assert.equal(isOptisyncError(error, "NodeBehind"), true);
    assert.equal(isOptisyncError(error, "Other"), false);
    assert.equal(isOptisyncError(cause), false);
  });

  it("decide the exit code", () => {
    assert.equal(exitCodeOf(error), 75);
    assert.equal(exitCodeOf(new OptisyncError("ForkUnknown", "", { action: "halt" })), 1);
    assert.equal(exitCodeOf(cause), 75);
    assert.equal(exitCodeOf(new DOMException("stop", "AbortError")), 0);
  });
});

describe("logger", () => {
  it("writes facts as JSON lines with plain, redacted fields", () => {
    let line = "";
    const logger = createLogger({ level: "info", destination: { write: (text) => (line += text) } });
    const error = new OptisyncError("Broken", "at http://u:p@h/", { action: "skip", details: { wei: 1n } });
    logger
      .child({ module: "sender" })
      .info({ bondWei: 10n, url: "http://u:p@h/", error }, "sent to http://u:p@h/");
    logger.debug("not shown");
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-/);
    assert.deepEqual(rest, {
      level: "info",
      module: "sender",
      bondWei: "10",
      url: "http://h",
      error: { code: "Broken", message: "at http://h", action: "skip", details: { wei: "1" } },
      msg: "sent to http://h",
    });
  });

  it("writes coloured lines for people", () => {
    let text = "";
    const logger = createLogger({
      level: "info",
      pretty: true,
      destination: { write: (part) => (text += part) },
    });
    logger.info({ claimId: "0x1" }, "claim judged");
    assert.match(text, /claim judged/);
  });
});
