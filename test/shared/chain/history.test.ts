import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHistory, type BlockRecord } from "../../../shared/chain/history.js";
import { createSource } from "../../../shared/chain/source.js";
import { createRpc } from "../../../shared/chain/rpc.js";
import { hardhatForks } from "../../../shared/execution/forks.js";
import { createLogger } from "../../../shared/runtime/logger.js";
import { startTestSource, type TestSource } from "../../support/hardhatNode.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";
import { rehashed } from "../../support/headerJson.js";

describe("History, about a block with the right state root and wrong fields beside it", () => {
  let chain: TestSource;
  let proxy: LyingProxy;
  before(async () => {
    chain = await startTestSource();
    proxy = await startLyingProxy(chain.node.url);
    await chain.send({ to: `0x${"12".repeat(20)}`, value: "0x5" });
  });
  after(async () => {
    await proxy.close();
    await chain.close();
  });

  it("counts and logs each field on its own, and takes the block for right", async () => {
    const changes = { gasUsed: "0x5209", receiptsRoot: `0x${"07".repeat(32)}` };
    for (const method of ["eth_getBlockByNumber", "eth_getBlockByHash"]) {
      proxy.lie(method, (result) => {
        const block = result as Record<string, unknown>;
        return block["number"] === "0x1" ? rehashed({ ...block, ...changes }) : block;
      });
    }
    // The node does not know the hash that its changed header has.
    const rpc = createRpc({ urls: [proxy.url] });
    const request: typeof rpc.request = (method, params, options) =>
      method === "eth_getBlockByHash" && params[0] !== genesis
        ? rpc.request("eth_getBlockByNumber", ["0x1", params[1]], options)
        : rpc.request(method, params, options);
    const { hash: genesis } = (await rpc.request("eth_getBlockByNumber", ["0x0", false])) as { hash: string };
    const source = await createSource({
      rpc: { ...rpc, request },
      forks: hardhatForks(31_337n),
      finality: { kind: "depth", blocks: 0n },
    });
    const lines: string[] = [];
    const records = new Map<string, BlockRecord>();
    const history = createHistory({
      source,
      store: {
        get: async (hash) => records.get(hash),
        put: async (record) => void records.set(record.hash, record),
      },
      logger: createLogger({
        level: "warn",
        pretty: false,
        destination: { write: (line: string) => void lines.push(line) },
      }),
      signal: new AbortController().signal,
    });
    assert.deepEqual((await history.block(1n)).verdict, { kind: "match" });
    assert.deepEqual(
      [...history.headerAlerts],
      [
        ["gasUsed", 1],
        ["receiptsRoot", 1],
      ],
    );
    const fields = lines.map((line) => (JSON.parse(line) as { field: string }).field);
    assert.deepEqual(fields, ["gasUsed", "receiptsRoot"]);
  });
});
