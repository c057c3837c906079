// A TCP proxy that counts connections: how a client really uses them.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** {url, connections(), stop()} in front of an http://host:port. */
export async function countingProxy(url) {
  const target = new URL(url);
  const open = new Set();
  let count = 0;
  const server = createServer((client) => {
    count++;
    const house = connect(Number(target.port), target.hostname);
    for (const socket of [client, house]) {
      socket.setNoDelay(true);
      open.add(socket);
      socket.on("error", () => {}).on("close", () => open.delete(socket));
    }
    client.pipe(house).pipe(client);
    client.on("close", () => house.destroy());
    house.on("close", () => client.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    connections: () => count,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
