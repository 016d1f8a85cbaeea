/** A server that speaks the documented contract of /api/me/features, and misbehaves where a test tells it to. */

import { createServer } from "node:http";
import { once } from "node:events";

/** The body Flagstone answers with: what is given over an account with knowledge_base on. */
export function answer(over = {}) {
  return {
    account: { id: 1, slug: "arizona-comedy", name: "Arizona Comedy", tier: "pro" },
    revision: 1,
    features: { knowledge_base: { enabled: true }, ai_agents: { enabled: false }, "limits.max_flows": { enabled: true, value: 10 } },
    flags: { knowledgeBaseEnabled: true, aiAgentsEnabled: false },
    ...over,
  };
}

/**
 * Starts the server for one test. Its `body` is served as is where it is a string, as JSON otherwise; `status` and
 * `streamStatus` are what questions and streams are answered with, `mute` and `muteStreams` leave them without an
 * answer; `lists` are the models and components that the account may use, answered with `listStatus`; `asked` lists the
 * requests so far; `upgrades` is what those about upgrades are answered with, and `sent` the body of the latest of them.
 */
export async function serve(t) {
  const streams = new Set();
  const site = { body: answer(), status: 200, streamStatus: 200, headers: {}, asked: [], mute: false, muteStreams: false };
  site.lists = { models: [{ provider: "openai", model_id: "gpt-4o" }], components: [{ key: "chat" }] };
  site.listStatus = 200;
  site.upgrades = { status: 200, body: { available: [], requests: [] } };
  const write = (stream) => stream.write(`id: "${site.asked.length}"\r\nevent: features\r\ndata: ${text(site.body)}\r\n\r\n`);

  const server = createServer((request, response) => {
    site.asked.push({ method: request.method, url: request.url });
    const list = /^\/api\/v2\/features\/(models|components)/.exec(request.url)?.[1];
    if (list) return response.writeHead(site.listStatus, { "Content-Type": "application/json" }).end(text({ [list]: site.lists[list] }));
    const streaming = request.url.startsWith("/api/me/features/stream");
    if (request.url.startsWith("/api/me/upgrade-requests")) return upgrades(site, request, response);
    if (request.method === "DELETE") return response.writeHead(204).end();
    if (!streaming) {
      if (site.mute) return;
      response.writeHead(site.status, { "Content-Type": "application/json", ...site.headers }).end(text(site.body));
      return;
    }
    response.writeHead(site.streamStatus, { "Content-Type": "text/event-stream" });
    if (site.streamStatus !== 200) return response.end();
    response.write(": hello\n\n");
    streams.add(response);
    response.on("close", () => streams.delete(response));
    if (!site.muteStreams) write(response);
  });

  site.open = async (port = 0) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    site.port = server.address().port;
    site.url = `http://127.0.0.1:${site.port}`;
  };
  site.shut = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  /** Changes what is answered, and tells the open streams. */
  site.publish = (body) => {
    site.body = body;
    streams.forEach(write);
  };
  site.raw = (bytes) => streams.forEach((stream) => stream.write(bytes));
  site.dropStreams = () => streams.forEach((stream) => stream.destroy());
  site.streams = () => streams.size;
  site.questions = () => site.asked.filter(({ method, url }) => method === "GET" && !url.includes("/stream") && !url.includes("/v2/")).length;

  await site.open();
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return site;
}

async function upgrades(site, request, response) {
  site.sent = { type: request.headers["content-type"], body: (await request.toArray()).join("") };
  const { status, body } = site.upgrades;
  response.writeHead(status, { "Content-Type": "application/json" }).end(body === undefined ? "" : text(body));
}

function text(body) {
  return typeof body === "string" ? body : JSON.stringify(body);
}
