// A server that may be called: a provider, an identity provider and a web server at once, which sends everybody
// somewhere else when it is asked to, and remembers who asked what over which connection.
import { once } from "node:events";
import { createServer } from "node:http";

const answer = { id: "x", object: "chat.completion", created: 1, model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "here" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };

/** What somebody with a memory would act on the next time. */
const remembered = { "Content-Type": "application/json", "Set-Cookie": "a=b; Path=/", "Alt-Svc": 'http/1.1=":1"; ma=3600' };

/**
 * A last message, or a path behind /go/, of "302 ADDRESS" is answered so.
 * {url, port, connections(), requests: [{method, url, headers: [[name, value]], key, connection}], stop()}
 */
export async function guide() {
  const requests = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    const raw = request.rawHeaders;
    const headers = raw.flatMap((name, i) => (i % 2 ? [] : [[name.toLowerCase(), raw[i + 1]]]));
    const { method, url, socket } = request;
    requests.push({ method, url, headers, key: request.headers.authorization, connection: socket.number });
    const said = url.includes("/go/") ? decodeURIComponent(url.split("/go/")[1])
      : method === "POST" && `${JSON.parse(body).messages?.at(-1).content}`;
    const [, status, address] = /^(30\d) (.*)$/s.exec(said) ?? [];
    if (status) socket.end(`HTTP/1.1 ${status} Elsewhere\r\nLocation: ${address}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else response.writeHead(200, remembered).end(JSON.stringify(method === "POST" ? answer : { keys: [] }));
  });
  server.on("connection", (socket) => (socket.number = ++connections));
  server.keepAliveTimeout = 60000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`, port, requests, connections: () => connections,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
