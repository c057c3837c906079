// The house's own table of contents, so that a new address is attacked without being listed twice.
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../../app/web/routes.c", import.meta.url), "utf8");
const conversation = /#define CONVERSATION "([^"]+)"/.exec(source)[1];

/** [{method, path, handler, open, door}] of all addresses; open: without a credential. */
export const routes = [
  ...source.matchAll(/^ {4}([A-Z]+)\((\w+), (CONVERSATION ?)?(?:"([^"]*)")?, (\w+)(?:, (\w+))?\)/gm),
].map(([, macro, method, prefix, path = "", handler, door]) => ({
  method,
  path: (prefix ? conversation : "") + path,
  handler,
  open: macro === "OPEN",
  door: door ?? "insula",
}));

/** Those that need a credential. */
export const userRoutes = routes.filter((route) => !route.open);

/** The path with its {parameters} filled in. */
export const fill = (path, values) =>
  path.replace(/\{(\w+)(\.\.\.)?\}/g, (_, name) => values[name] ?? name);
