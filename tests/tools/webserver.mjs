// Starts nginx or Apache from the files in deploy/ in front of the shared house's workers, for tests.
// Only paths and ports differ from what an installation copies.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync, chownSync, copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const apacheModules = "/usr/lib/apache2/modules";
const isRoot = process.getuid() === 0;
const id = (flag) => Number(execFileSync("id", [flag, "www-data"]));

/** To the web server's own user, where it becomes one. */
function giveAway(path) {
  if (isRoot) chownSync(path, id("-u"), id("-g"));
}

/** The house's folder is closed to others, so its sockets get a second name in the server's folder. */
function linkSocket(house, folder, name) {
  const link = join(folder, name);
  linkSync(join(house.folder, "run", name), link);
  giveAway(link);
  return link;
}

/** What a worker that Apache starts needs, readable by Apache's user: insula.conf's path. */
function copyConfig(house, folder) {
  const make = (name, mode, write) => {
    const path = join(folder, name);
    write(path);
    giveAway(path);
    chmodSync(path, mode);
    return path;
  };
  const secret = (name) => make(name, 0o600, (path) => copyFileSync(join(house.folder, "secrets", name), path));
  const text = readFileSync(join(house.folder, "insula.conf"), "utf8")
    .replace(/^run_dir = .*$/m, `run_dir = ${make("run", 0o700, mkdirSync)}\ndesks = 1`)
    .replace(/^dir = .*$/m, `dir = ${make("spool", 0o700, mkdirSync)}`)
    .replace(/^file = .*secrets\/keys$/m, `file = ${secret("keys")}`)
    .replace(/^file = .*insula\.log$/m, `file = ${make("worker.log", 0o600, (path) => writeFileSync(path, ""))}`)
    .replaceAll(/^password_file = .*\/(\w+\.password)$/gm, (_, name) => `password_file = ${secret(name)}`)
    .replaceAll(/^socket = .*$/gm, `socket = ${join(folder, "mysql.sock")}`);
  linkSocket(house, folder, "mysql.sock");
  return make("insula.conf", 0o600, (path) => writeFileSync(path, text));
}

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
    ["/run/insula/insula.sock", linkSocket(house, folder, "insula.sock")],
    ["listen 80;", `listen 127.0.0.1:${port};`],
    ["/var/log/nginx/insula.log", `${folder}/access.log`],
    ["/usr/local/share/insula/errors", join(folder, "errors")],
  ]);
  const bodies = ["client_body", "fastcgi", "proxy", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  return `daemon off;\n${isRoot ? "user www-data;\n" : ""}worker_processes 1;
pid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents { worker_connections 4096; }
http {\n${bodies}\n${site}\n}\n`;
}

function apacheConfig(folder, port, house, file, replacements, modules) {
  const load = ["mpm_event", "authz_core", "alias", "env", "reqtimeout", ...modules]
    .map((name) => `LoadModule ${name}_module ${apacheModules}/mod_${name}.so`).join("\n");
  // APACHE_LOG_DIR comes from the environment, as Debian's envvars set it.
  return `ServerRoot ${folder}\nServerName localhost\nListen 127.0.0.1:${port}\nPidFile ${folder}/pid
ErrorLog ${folder}/error.log\nDocumentRoot ${folder}\n${load}
${isRoot ? "User www-data\nGroup www-data" : ""}
${adapted(file, [
    ["<VirtualHost *:80>", `<VirtualHost 127.0.0.1:${port}>`],
    ["/usr/local/share/insula/errors", join(folder, "errors")],
    ...replacements,
  ])}`;
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
        [["/run/insula/insula.sock", linkSocket(house, folder, "insula.sock")]], ["proxy", "proxy_fcgi"]),
  },
  "Apache with mod_fcgid": {
    command: (config) => ["apache2", "-DFOREGROUND", "-f", config],
    config: (folder, port, house) =>
      apacheConfig(folder, port, house, "deploy/apache/insula-fcgid.conf", [
        ["/usr/local/lib/insula", join(folder, "bin")],
        ["/etc/insula/insula.conf", copyConfig(house, folder)],
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
  const folder = mkdtempSync(join(tmpdir(), "insula-web-"));
  chmodSync(folder, 0o755);
  for (const name of ["fcgid", "bin"]) mkdirSync(join(folder, name));
  giveAway(join(folder, "fcgid"));
  cpSync(join(root, "deploy/lighttpd/errors"), join(folder, "errors"), { recursive: true });
  copyFileSync(join(process.env.INSULA_BUILD, "insula.fcgi"), join(folder, "bin/insula.fcgi"));
  const port = await freePort();
  const config = join(folder, "server.conf");
  writeFileSync(config, servers[kind].config(folder, port, house));
  const [program, ...words] = servers[kind].command(config);
  const child = spawn(program, words, {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, APACHE_LOG_DIR: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });
  process.once("exit", () => child.kill());
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
