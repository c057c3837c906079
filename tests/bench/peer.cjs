// Loaded before Portkey: on Node 20 its streams fail on response headers that cannot be changed, and it
// would listen on every address of the machine.
const { Server } = require("node:net");
const { listen } = Server.prototype;
const { fetch } = globalThis;

Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, { port, host: "127.0.0.1" }, ...rest.filter((word) => typeof word === "function"));
};
globalThis.fetch = async (...words) => {
  const { status, statusText, headers, body } = await fetch(...words);
  return new Response(body, { status, statusText, headers: new Headers(headers) });
};
