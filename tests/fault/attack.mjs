// A bad neighbour, as a process of its own so that it does not slow its victims' clock:
// node attack.mjs URL TOKEN {"readers", "halves", "crowd", "rate"}. Says "ready" when all of that is going on, ends with
// its standard input, and then says how many turns it asked for, and what they were answered: {"asked": …, "200": …, "429": …}.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const [url, token, words] = process.argv.slice(2);
const { readers = 0, halves = 0, crowd = 0, rate = 0 } = JSON.parse(words);
const { hostname, port } = new URL(url);
const statuses = { asked: 0 };
let over = false;

const turn = (order) => JSON.stringify({
  stream: true, store: false, messages: [{ role: "user", content: `script:${JSON.stringify(order)}` }],
});
const head = (length) => `POST /api/v1/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`
  + `Authorization: Bearer ${token}\r\nContent-Length: ${length}\r\n\r\n`;

function dial() {
  const socket = connect({ host: hostname, port });
  socket.on("error", () => {});
  return socket;
}

/** Takes a byte a second of an answer that does not end. */
async function readSlowly() {
  const socket = dial().pause();
  const body = turn({ flood_bytes: 7e6 });
  socket.write(head(body.length) + body);
  setInterval(() => socket.read(1), 1000);
}

/** Every other one has not even said its head. */
async function sayHalf(i) {
  const body = turn({ chunks: 1 });
  const whole = head(body.length) + body;
  dial().resume().write(whole.slice(0, i % 2 ? 90 : whole.length - 9));
}

async function take() {
  statuses.asked++;
  const response = await fetch(`${url}/api/v1/chat`, {
    method: "POST", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: turn({ chunks: 3 }),
  }).catch(() => ({ status: "none", text: () => "" }));
  await response.text();
  statuses[response.status] = (statuses[response.status] ?? 0) + 1;
  if (response.status !== 200) await sleep(100);
}

/** One after the other, for ever. */
async function crowdIn() {
  while (!over) await take();
}

/** So many a second, whether they are answered or not. */
function press() {
  const began = performance.now();
  let asked = 0;
  setInterval(() => {
    for (; !over && asked < ((performance.now() - began) / 1000) * rate; asked++) take();
  }, 5);
}

for (let i = 0; i < readers; i++) readSlowly();
for (let i = 0; i < halves; i++) sayHalf(i);
for (let i = 0; i < crowd; i++) crowdIn();
if (rate) press();
await sleep(300);
console.log("ready");
process.stdin.resume().on("end", () => {
  over = true;
  console.log(JSON.stringify(statuses));
  process.exit(0);
});
