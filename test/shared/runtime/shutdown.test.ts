import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { OptisyncError } from "../../../shared/runtime/errors.js";
import { createShutdown, run, sleep } from "../../../shared/runtime/shutdown.js";

describe("createShutdown", () => {
  it("closes what was opened last first, and goes on after a failure", async () => {
    const closed: string[] = [];
    const shutdown = createShutdown();
    shutdown.onClose("a", () => closed.push("a"));
    shutdown.onClose("b", () => Promise.reject(new Error("stuck")));
    const forget = shutdown.onClose("c", () => closed.push("c"));
    shutdown.onClose("d", () => closed.push("d"));
    forget();
    await shutdown.close();
    assert.deepEqual(closed, ["d", "a"]);
  });

  it("ends waits", async () => {
    const shutdown = createShutdown();
    const waiting = sleep(60_000, shutdown.signal);
    shutdown.stop("enough");
    await assert.rejects(waiting, { name: "AbortError" });
  });
});

describe("run", () => {
  it("turns the end of a command into an exit code, and closes", async () => {
    let closed = 0;
    const main = (error?: Error) =>
      run((shutdown) => {
        shutdown.onClose("it", () => closed++);
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      });
    assert.equal(await main(), 0);
    assert.equal(await main(new OptisyncError("Wrong", "", { action: "halt" })), 1);
    assert.equal(await main(new Error("lost")), 75);
    assert.equal(closed, 3);
  });

  it("gives up closing after a while", async () => {
    const exitCode = await run(
      (shutdown) => {
        shutdown.onClose("never", () => new Promise(() => undefined));
        return Promise.resolve();
      },
      { closeTimeoutMs: 10 },
    );
    assert.equal(exitCode, 0);
  });

  const program = (waits: string): string => `
    import { run, sleep } from ${JSON.stringify(new URL("../../../shared/runtime/shutdown.ts", import.meta.url).href)};
    process.exitCode = await run(async ({ signal, onClose }) => {
      onClose("door", () => console.log("closed"));
      console.log("ready");
      ${waits}
    });`;

  async function start(waits: string) {
    const args = ["--import", "tsx", "--input-type=module", "--eval", program(waits)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await once(child.stdout, "data");
    return { child, output: () => output };
  }

  it("stops on a signal with exit code 0, closing first", async () => {
    const { child, output } = await start("await sleep(60_000, signal);");
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    assert.deepEqual([code, output()], [0, "ready\nclosed\n"]);
  });

  it("ends at once on a second signal", async () => {
    const { child } = await start(`
      signal.addEventListener("abort", () => console.log("stopping"));
      setInterval(() => undefined, 1_000);
      await new Promise(() => undefined);`);
    child.kill("SIGINT");
    await once(child.stdout, "data");
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 130);
  });
});
