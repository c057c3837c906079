// Three MariaDB nodes and haproxy on this machine, from the files of deploy/cluster/: their addresses, folders and
// certificates are replaced, all else is as they say.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { runs, until } from "../fault/faults.mjs";
import { run } from "../tools/stack.mjs";

const deploy = fileURLToPath(new URL("../../deploy/cluster/", import.meta.url));
const PATH = `${process.env.PATH}:/usr/sbin`;
const PORTS_EACH = 4; // clients, group, incremental and whole transfers
const NODES = 3;

const program = (name, words, cwd) =>
  execFileSync(name, words, { cwd, env: { ...process.env, PATH }, stdio: ["ignore", "pipe", "pipe"] }).toString();

/** MariaDB will not run as root, and neither will its transfers. */
const account = process.getuid() ? userInfo().username : "mysql";
const owner = () => ["-u", "-g"].map((which) => Number(program("id", [which, account])));

const isTaken = (port) => new Promise((resolve) => {
  const socket = connect(port, "127.0.0.1", () => { socket.destroy(); resolve(true); });
  socket.on("error", () => resolve(false));
});

/** Below the range from which the kernel gives ports to clients. */
async function freePorts(count) {
  for (;;) {
    const first = 20000 + Math.floor(Math.random() * 12000);
    const all = Array.from({ length: count }, (_, i) => first + i);
    if (!(await Promise.all(all.map(isTaken))).includes(true)) return all;
  }
}

/** One certificate for all: it names localhost, as insula.conf does. */
function makeCertificates(folder) {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  program("openssl", ["req", "-x509", ...key, "-days", "9", "-subj", "/CN=a test's own", "-keyout", "ca.key", "-out", "ca.pem"], folder);
  program("openssl", ["req", ...key, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    "-keyout", "node.key", "-out", "node.csr"], folder);
  program("openssl", ["x509", "-req", "-in", "node.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
    "-copy_extensions", "copy", "-days", "9", "-out", "node.pem"], folder);
  chownSync(join(folder, "node.key"), ...owner());
}

class Node {
  constructor(stage, number, ports, addresses) {
    this.name = `db${number + 1}`;
    [this.port, this.group, this.incremental, this.whole] = ports;
    this.folder = join(stage, this.name);
    this.socket = join(this.folder, "db.sock");
    this.log = join(this.folder, "error.log");
    for (const folder of [this.folder, join(this.folder, "data")]) {
      mkdirSync(folder);
      chownSync(folder, ...owner());
    }
    writeFileSync(`${this.folder}.cnf`, this.#configuration(stage, addresses));
  }
  /** What is said last in an option file holds. */
  #configuration(stage, addresses) {
    const text = readFileSync(join(deploy, "node.cnf"), "utf8").replaceAll("/etc/mysql/tls", join(stage, "tls"));
    const options = /^wsrep_provider_options = "(.*)"$/m.exec(text)[1].replace("gcache.size=1G", "gcache.size=32M");
    return `${text}
[mariadbd]
user = ${account}
datadir = ${this.folder}/data
socket = ${this.socket}
pid_file = ${this.folder}/pid
log_error = ${this.log}
tmpdir = ${this.folder}
bind_address = 127.0.0.1
port = ${this.port}
wsrep_node_name = ${this.name}
wsrep_node_address = 127.0.0.1:${this.group}
wsrep_node_incoming_address = 127.0.0.1:${this.port}
wsrep_cluster_address = gcomm://${addresses.join(",")}
wsrep_sst_receive_address = 127.0.0.1:${this.whole}
wsrep_provider_options = "${options};gmcast.listen_addr=ssl://127.0.0.1:${this.group};ist.recv_addr=127.0.0.1:${this.incremental}"
innodb_log_file_size = 16M
innodb_buffer_pool_size = 64M
performance_schema = 0
`;
  }
  make() {
    program("mariadb-install-db", ["--no-defaults", `--datadir=${this.folder}/data`,
      `--tmpdir=${this.folder}`, `--user=${account}`,
      "--skip-test-db", "--auth-root-authentication-method=normal"]);
  }
  async start(...words) {
    const log = openSync(`${this.folder}.out`, "a");
    this.process = spawn("mariadbd", [`--defaults-file=${this.folder}.cnf`, ...words],
      { env: { ...process.env, PATH }, stdio: ["ignore", log, log], detached: true });
    this.process.unref();
    await once(this.process, "spawn");
  }
  /** After it was killed: what its own disk holds, the others need not send. */
  async startAgain() {
    const log = join(this.folder, "recovered.log");
    rmSync(log, { force: true });
    await run("mariadbd", [`--defaults-file=${this.folder}.cnf`, "--wsrep-recover", `--log-error=${log}`], { env: { PATH } });
    const [, place] = /Recovered position: *(\S+)/.exec(readFileSync(log, "utf8"));
    await this.start(`--wsrep-start-position=${place}`);
  }
  /** All of another node's data, which has ended; not what it has kept for those who were away. */
  copy(other) {
    program("cp", ["-a", join(other.folder, "data"), this.folder]);
    rmSync(join(this.folder, "data/galera.cache"));
  }
  /** With an empty disk: everything comes from the others. */
  async startEmpty() {
    for (const name of readdirSync(join(this.folder, "data"))) rmSync(join(this.folder, "data", name), { recursive: true });
    await this.start();
  }
  signal(name) {
    process.kill(this.process.pid, name);
  }
  get isRunning() {
    return this.process !== undefined && runs(this.process.pid);
  }
  /** What went wrong with it. */
  get complaints() {
    const texts = [`${this.folder}.out`, this.log].filter(existsSync).map((file) => readFileSync(file, "utf8"));
    return texts.join("\n").split("\n").filter((line) => /ERROR|WSREP_SST/.test(line)).slice(-20).join("\n");
  }
  async end(signal) {
    this.signal(signal);
    await until(() => !this.isRunning, 20000, `${this.name} has ended`);
  }
  async sql(words) {
    const { status, stdout, stderr } = await run("mariadb", ["--no-defaults", `--socket=${this.socket}`, "--user=root",
      "--batch", "--raw", "--skip-column-names", "-e", words]);
    if (status !== 0) throw new Error(`${this.name}: ${stderr}`);
    return stdout.trim().split("\n").map((line) => line.split("\t"));
  }
  /** Is it one of so many that agree? */
  async isSynced(members) {
    const rows = await this.sql("SHOW STATUS LIKE 'wsrep_%'").catch(() => []);
    const status = new Map(rows);
    return status.get("wsrep_local_state_comment") === "Synced" && status.get("wsrep_cluster_size") === String(members);
  }
}

export class Cluster {
  nodes = [];
  /** load(node) fills the first node before the others copy it. */
  static async begin(load) {
    const cluster = new Cluster();
    process.once("exit", () => cluster.#kill());
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
    try {
      await cluster.#begin(load);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }
  async #begin(load) {
    this.stage = mkdtempSync(join(tmpdir(), "insula-nodes-"));
    chmodSync(this.stage, 0o755);
    mkdirSync(join(this.stage, "tls"));
    makeCertificates(join(this.stage, "tls"));
    const ports = await freePorts(NODES * PORTS_EACH + 1);
    this.port = ports.pop();
    const own = [0, 1, 2].map((i) => ports.slice(i * PORTS_EACH, (i + 1) * PORTS_EACH));
    const addresses = own.map(([, group]) => `127.0.0.1:${group}`);
    this.nodes = own.map((numbers, i) => new Node(this.stage, i, numbers, addresses));
    const [first, ...others] = this.nodes;
    first.make();
    await first.start("--wsrep-new-cluster");
    await until(() => first.isSynced(1), 30000, "the first node is ready");
    await first.sql("CREATE USER insula_check");
    await load(first);
    // A node with the same data and place in history has nothing to fetch, which saves a minute.
    await first.end("SIGTERM");
    others.forEach((node) => node.copy(first));
    await first.start("--wsrep-new-cluster");
    await until(() => first.isSynced(1), 30000, "the first node is ready again");
    await Promise.all(others.map((node) => node.start()));
    await this.synced();
    await this.#balance();
  }
  async #balance() {
    let text = readFileSync(join(deploy, "haproxy.cfg"), "utf8").replace("127.0.0.1:3306", `127.0.0.1:${this.port}`);
    this.nodes.forEach(({ name, port }) => {
      text = text.replace(new RegExp(`(server ${name}) \\S+`), `$1 127.0.0.1:${port}`);
    });
    const file = join(this.stage, "haproxy.cfg");
    writeFileSync(file, text);
    const log = openSync(join(this.stage, "haproxy.out"), "a");
    this.balancer = spawn("haproxy", ["-db", "-f", file], { env: { ...process.env, PATH }, stdio: ["ignore", log, log] });
    this.balancer.unref();
    await until(() => isTaken(this.port), 10000, "haproxy listens");
  }
  get certificates() {
    return join(this.stage, "tls/ca.pem");
  }
  async synced() {
    const agree = async () => (await Promise.all(this.nodes.map((node) => node.isSynced(NODES)))).every(Boolean);
    await until(async () => (await agree()) || (await sleep(100)), 90000, "three nodes agree").catch((error) => {
      throw new Error([error.message, ...this.nodes.map(({ name, complaints }) => `${name}: ${complaints}`)].join("\n"));
    });
  }
  /** The node to which haproxy takes a new connection now; undefined: none. */
  async writer() {
    const { stdout } = await run("mariadb", ["--no-defaults", "--host=127.0.0.1", `--port=${this.port}`, "--connect-timeout=2",
      "--user=insula_check", "--batch", "--skip-column-names", "-e", "SELECT @@wsrep_node_name"]);
    return this.nodes.find(({ name }) => name === stdout.trim());
  }
  #kill() {
    for (const node of this.nodes)
      try {
        if (node.process) process.kill(-node.process.pid, "SIGKILL"); // with a transfer it may have begun
      } catch {} // gone already
    this.balancer?.kill("SIGKILL");
  }
  async stop() {
    this.#kill();
    await until(() => this.nodes.every(({ isRunning }) => !isRunning), 10000, "all nodes have ended");
    rmSync(this.stage, { recursive: true, force: true });
  }
}
