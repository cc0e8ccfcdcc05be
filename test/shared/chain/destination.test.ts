import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { startDestinationNode, type DestinationNode } from "../../../devnet/destinationNode.js";
import { connectDestination } from "../../../shared/chain/destination.js";

const NOBODY = "http://127.0.0.1:1";

describe("connectDestination", () => {
  let node: DestinationNode;
  before(async () => {
    node = await startDestinationNode();
  });
  after(() => node.close());

  it("uses the next endpoint when one does not answer, and stays there", async () => {
    const provider = await connectDestination({ urls: [NOBODY, node.url] });
    assert.equal(provider._network.chainId, node.chainId);
    assert.equal(await provider.send("eth_blockNumber", []), "0x0");
    assert.equal(await provider.send("eth_chainId", []), "0x7a69");
    provider.destroy();
  });

  it("names a chain that nobody answers for", async () => {
    const error = { code: "DestinationUnreachable", action: "retry" };
    await assert.rejects(connectDestination({ urls: [NOBODY], chainId: 1n }), error);
    await assert.rejects(connectDestination({ urls: [NOBODY] }), error);
  });

  it("names an endpoint of another chain", async () => {
    await assert.rejects(connectDestination({ urls: [NOBODY, node.url], chainId: 5n }), {
      code: "WrongChain",
      action: "halt",
      message: `${node.url} is chain 31337, expected 5`,
    });
  });

  it("sends credentials in a header, and hides them in errors", async () => {
    const { server, url } = await listen((request, response) => {
      const isKnown = request.headers.authorization === `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
      response
        .writeHead(isKnown ? 200 : 401)
        .end(isKnown ? '{"id":1,"jsonrpc":"2.0","result":"0x5"}' : "who?");
    });
    try {
      const withPassword = url.replace("http://", "http://me:p%40ss@");
      const provider = await connectDestination({ urls: [withPassword] });
      assert.equal(provider._network.chainId, 5n);
      provider.destroy();
      await assert.rejects(
        connectDestination({ urls: [withPassword.replace("me", "you")] }),
        (error: Error & { cause: Error }) => {
          assert.ok(!JSON.stringify([error, error.cause, error.cause.message]).includes("p%40ss"));
          return true;
        },
      );
    } finally {
      server.close();
    }
  });

  it("reads the answer of a node that says no with an HTTP error", async () => {
    const revert =
      '{"id":1,"jsonrpc":"2.0","error":{"code":3,"message":"execution reverted","data":"0x12345678"}}';
    let isFirst = true;
    const { server, url } = await listen((_request, response) => {
      if (isFirst) response.end('{"id":1,"jsonrpc":"2.0","result":"0x5"}');
      else response.writeHead(400).end(revert);
      isFirst = false;
    });
    const provider = await connectDestination({ urls: [url] });
    try {
      await assert.rejects(provider.send("eth_call", [{}, "latest"]), { data: "0x12345678" });
    } finally {
      provider.destroy();
      server.close();
    }
  });

  it("gives up on an endpoint that hangs", async () => {
    const { server, url } = await listen(() => undefined);
    try {
      const provider = await connectDestination({ urls: [url, node.url], timeoutMs: 50 });
      assert.equal(await provider.send("eth_blockNumber", []), "0x0");
      provider.destroy();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ server: Server; url: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
