import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { createProgress } from "../../../shared/mirror/progress.js";

/** A terminal that remembers what was written to it. */
function terminal(isTTY: boolean): { stream: NodeJS.WriteStream; text(): string } {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const cursor = { isTTY, columns: 120, cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  return {
    stream: Object.assign(stream, cursor) as unknown as NodeJS.WriteStream,
    text: () => chunks.join(""),
  };
}

describe("the progress of a mirror", () => {
  it("is drawn on a terminal", () => {
    const { stream, text } = terminal(true);
    const progress = createProgress(stream, true);
    progress.show("finding slots", 0);
    progress.show("staging chunks", 1, 4);
    progress.show("staging chunks", 4, 4);
    progress.stop();
    assert.match(text(), /finding slots/);
    assert.match(text(), /staging chunks .*4\/4/);
  });

  it("is quiet where there is no terminal, or nobody wants it", () => {
    for (const [isTTY, isWanted] of [
      [false, true],
      [true, false],
    ] as const) {
      const { stream, text } = terminal(isTTY);
      const progress = createProgress(stream, isWanted);
      progress.show("finding slots", 1, 2);
      progress.stop();
      assert.equal(text(), "");
    }
  });
});
