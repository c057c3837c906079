// Starts nginx or Apache from the files in deploy/ in front of the shared house's workers, for tests.
// Only paths and ports differ from what an installation copies.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const apacheModules = "/usr/lib/apache2/modules";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The deploy file's text with each [from, to] replaced; all of from must be there. */
function adapted(file, replacements) {
  let text = readFileSync(join(root, file), "utf8");
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`${file} no longer says ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

function nginxConfig(folder, port, house) {
  const site = adapted("deploy/nginx/insula.conf", [
    ["unix:/run/insula/insula.sock", `unix:${house.folder}/run/insula.sock`],
    ["listen 80;", `listen 127.0.0.1:${port};`],
    ["/var/log/nginx/insula.log", `${folder}/access.log`],
    ["/usr/local/share/insula/errors", join(root, "deploy/lighttpd/errors")],
  ]);
  const bodies = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  return `daemon off;\n${process.getuid() === 0 ? "user root;\n" : ""}worker_processes 1;
pid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents { worker_connections 4096; }
http {\n${bodies}\n${site}\n}\n`;
}

function apacheConfig(folder, port, house, file, replacements, modules) {
  const load = ["mpm_event", "authz_core", "alias", "env", "log_config", "reqtimeout", ...modules]
    .map((name) => `LoadModule ${name}_module ${apacheModules}/mod_${name}.so`).join("\n");
  // APACHE_LOG_DIR comes from the environment, as Debian's envvars set it.
  return `ServerRoot ${folder}\nServerName localhost\nListen 127.0.0.1:${port}\nPidFile ${folder}/pid
ErrorLog ${folder}/error.log\nDocumentRoot ${folder}\n${load}
${process.getuid() === 0 ? "User www-data\nGroup www-data" : ""}
${adapted(file, [["<VirtualHost *:80>", `<VirtualHost 127.0.0.1:${port}>`], ...replacements])}`;
}

const servers = {
  nginx: {
    command: (config) => ["nginx", "-c", config],
    config: nginxConfig,
  },
  "Apache with mod_proxy_fcgi": {
    command: (config) => ["apache2", "-DFOREGROUND", "-f", config],
    config: (folder, port, house) =>
      apacheConfig(folder, port, house, "deploy/apache/insula-proxy.conf",
        [["unix:/run/insula/insula.sock", `unix:${house.folder}/run/insula.sock`]], ["proxy", "proxy_fcgi"]),
  },
  "Apache with mod_fcgid": {
    command: (config) => ["apache2", "-DFOREGROUND", "-f", config],
    config: (folder, port, house) =>
      apacheConfig(folder, port, house, "deploy/apache/insula-fcgid.conf", [
        ["/usr/local/lib/insula/insula.fcgi", `${process.env.INSULA_BUILD}/insula.fcgi`],
        ["/usr/local/lib/insula", process.env.INSULA_BUILD],
        ["/etc/insula/insula.conf", `${house.folder}/insula.conf`],
      ], ["fcgid"]) + `FcgidIPCDir ${folder}/fcgid\nFcgidProcessTableFile ${folder}/fcgid_shm\n`,
  },
};

export const kinds = Object.keys(servers);

async function isOpen(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** {url, stop()}; url answers. */
export async function startWebServer(kind, house) {
  const folder = mkdtempSync(join(process.env.INSULA_STAGE ?? tmpdir(), "web-"));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "fcgid"));
  const port = await freePort();
  const config = join(folder, "server.conf");
  writeFileSync(config, servers[kind].config(folder, port, house));
  const [program, ...words] = servers[kind].command(config);
  const child = spawn(program, words, {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, APACHE_LOG_DIR: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (bytes) => (said += bytes));
  const ended = once(child, "close");
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`${kind}: ${said}`);
    await sleep(50);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
