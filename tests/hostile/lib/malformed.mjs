// Malformed requests by kind: each is a function of a seeded generator, and gives the bytes of one request that no one
// may answer with anything but a 4xx. The good parts are good: a request is wrong in one thing.
const crlf = "\r\n";

/** What a good request to our door looks like; parts replace its own. */
function request(token, { method = "POST", path = "/api/v1/chat", version = "HTTP/1.1", host = "Host: localhost",
  type = "Content-Type: application/json", body = '{"messages": [{"role": "user", "content": "x"}]}', length, lines = [] } = {}) {
  const declared = length ?? `Content-Length: ${Buffer.byteLength(body, "latin1")}`;
  const head = [`${method} ${path} ${version}`, host, `Authorization: Bearer ${token}`, type, declared, ...lines];
  return head.filter((line) => line !== "").join(crlf) + crlf + crlf + body;
}

const controls = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).filter((c) => !"\t\n\r".includes(c));
const noToken = [..."()<>@,;:\\\"/[]?={} ", ...controls, "\x7f", "\xe4"];
const badUtf8 = ["%C0%80", "%FF", "%ED%A0%80", "%F4%90%80%80", "%E2%82", "%80", "%C3"];

export const kinds = {
  "a method that is none": (token, { pick, next }) => request(token, {
    method: pick(["BREW", "post", "Post", "P0ST", "GETT", "FOO", "QUERY", "-", "0", `X${next(1e6)}`, "A".repeat(1 + next(3000)),
      "\x16\x03\x01", `PO${pick(noToken)}ST`]) }),
  "a method that the address does not take": (token, { pick }) => request(token, {
    method: pick(["PUT", "DELETE", "PATCH", "GET", "TRACE", "PROPFIND", "LOCK"]) }),
  "no HTTP at all": (token, { pick, next }) => pick([
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "SSH-2.0-OpenSSH_9.2\r\n", "EHLO localhost\r\n", "\x00".repeat(1 + next(64)), "{}\r\n",
    "GET\r\n", "GET /\r\n", `${String.fromCharCode(128 + next(128))}\r\n`, " GET / HTTP/1.1\r\n",
  ]) + crlf + crlf,
  "a version that is none": (token, { pick, next }) => request(token, {
    version: pick(["HTTP/9.9", "HTTP/1.2", "HTTP/3.0", "HTTP/0.9", "HTTP/1", "HTTP/1.1.1", "HTTPS/1.1", "http/1.1", "HTTP/1.x", "ICY", "",
      `HTTP/${2 + next(8)}.${1 + next(9)}`]) }),
  "a path out of the tree": (token, { pick, next }) => request(token, {
    path: pick(["/..", "/../etc/passwd", "/api/v1/../../x", "/%2e%2e/x", "/.%2e/x", "/api/./v1/chat/..", "\\..\\x", "/api/v1/%2E%2E/chat",
      "api/v1/chat", "*", "", `/${"../".repeat(1 + next(9))}`, `/x${"/..".repeat(2 + next(9))}`]) }),
  "bytes that no path has": (token, { pick, next }) => request(token, {
    path: `/api/v1/conversations/${pick([...controls, "\x7f", " ", "%00", "%0a", "%0D", "%1f", "%7F", "%", "%4", "%zz", "%g0", "\xff", ...badUtf8])}${next(1e6)}` }),
  "an address that is not there": (token, { pick, next }) => request(token, {
    path: pick(["/", "//", "/v1", "/v9/models", "/api/v1/chat/", "/api//v1/chat", "/API/V1/CHAT", `/api/v1/${next(1e9)}`, "/refused",
      "/index.php?x=1", "/.env", "/.git/HEAD", "/cgi-bin/x", "/api/v1/chat;a=b", "/api/v1/chat%2fx", `/${"x".repeat(next(3000))}/y`]) }),
  "an address that is too long": (token, { next }) => request(token, { path: `/v1/models/${"x".repeat(17000 + next(20000))}` }),
  "an id that is none": (token, { pick, next }) => request(token, { method: "GET", body: "", length: "", type: "",
    path: pick(["/api/v1/conversations/", "/api/v1/streams/"])
      + pick([`conv_${next(1e9)}`, "0", "-1", "null", "conv_", "turn_%2e", "conv_zzzzzzzzzzzzzzzzzzzzzzzzzz", "' OR 1=1", "x".repeat(200),
        "%F0%9F%92%A9", "$%7B7*7%7D", "turn_01m871ykw8e8xrrtnnxma674c2", "%252e%252e"]).replaceAll(" ", "+") }),
  "a query that is wrong": (token, { pick, next }) => request(token, { method: "GET", body: "", length: "", type: "",
    path: `/api/v1/conversations?${pick(["limit=0", "limit=-1", "limit=x", "limit=", "limit=1.5", `limit=${1000 + next(1e6)}`, "limit=99999999999999999999",
      "limit=1&limit=2", "limit=%", "limit=%zz", "limit=%00", "after=%ff%fe", "after=%00", "archived=maybe", "pinned=1", `after=${next(1e9)}`])}` }),
  "a length that is none": (token, { pick, next }) => request(token, {
    length: `Content-Length: ${pick(["-1", "+5", "x", "0x10", "1e3", "1,2", "1 2", "", "99999999999999999999", "5;", "1.0", `${next(100)}x`])}` }),
  "two lengths": (token, { pick, next }) => request(token, {
    length: `Content-Length: ${next(50)}`,
    lines: pick([[`Content-Length: ${50 + next(50)}`], ["Transfer-Encoding: chunked", "Content-Length: 3"]]) }),
  "no length": (token, { pick }) => request(token, { length: "", body: pick(["", "{}"]) }),
  "a length over the limit": (token, { pick, next }) => request(token, {
    length: `Content-Length: ${pick([10737418240, 8388609 + next(1e9), 4294967296, 2147483648, 9007199254740991])}`, body: "" }),
  "a transfer encoding that is none": (token, { pick, next }) => request(token, {
    length: `Transfer-Encoding: ${pick(["gzip", "chunked, gzip", "gzip, chunked", "identity", "xchunked", "chunked, chunked", `x${next(1e6)}`])}`,
    body: "0\r\n\r\n" }),
  "chunks that are none": (token, { pick, next }) => request(token, {
    length: "Transfer-Encoding: chunked",
    body: pick(["zz\r\n", "-1\r\n", "0x5\r\nhello\r\n", "5\nhello\n", `${"F".repeat(17)}\r\n`, "5\r\nhelloX\r\n", ` 5\r\nhello\r\n0\r\n\r\n`,
      "\r\n\r\n", `g${next(1e6)}\r\n`]) }),
  "no host, or two": (token, { pick }) => request(token, {
    host: pick(["", "Host: a\r\nHost: b", "Host:", "Host: a b", "Host: a/b", "Host: a@b", "Host: [::1", "Host: a:x", "Host: a:99999999", "Host: \x01"]) }),
  "a header that is none": (token, { pick, next }) => request(token, {
    lines: [pick(["no colon", ": no name", "Bad Name: x", "X\x00: y", " folded: x", "X-A : y", "(x): y", "\x7f: y", "X-\xe4: y", `X${pick(noToken.filter((c) => c !== ":"))}Y${next(1000)}: z`])] }),
  "a header's value with control characters": (token, { pick, next }) => request(token, {
    lines: [`X-Value: a${pick([...controls, "\x7f", "\x00"])}${next(1e6)}`] }),
  "headers that are too large": (token, { pick, next }) => request(token, {
    lines: pick([[`X-Large: ${"x".repeat(17000 + next(9000))}`], Array.from({ length: 400 + next(99) }, (_, i) => `X-${i}: ${"y".repeat(60)}`)]) }),
  "too many headers": (token, { next }) => request(token, { lines: Array.from({ length: 220 + next(60) }, (_, i) => `X-${i}: y`) }),
  "one header in two spellings": (token, { pick, next }) => request(token, {
    lines: [`X-Tenant-${next(1e6)}: a`, ""].filter(Boolean).flatMap((line) => [line, pick([line.replaceAll("-", "_"), line.replace("X-", "X_")])]) }),
  "a credential that is none": (token, { pick, next }) => request(pick([
    "", ".", "..", "a.b.c", `${next(1e9)}`, token.slice(0, -1 - next(40)), `${token}=`, `${token}.x`, token.replace(".", ".."), "\xff".repeat(40),
    "x".repeat(8193 + next(99)), token.split(".").reverse().join("."), `${token}, Bearer ${token}`])),
  "another type of body": (token, { pick, next }) => request(token, {
    type: pick(["", "Content-Type:", "Content-Type: text/plain", "Content-Type: application/jsonp", "Content-Type: application/x-www-form-urlencoded",
      "Content-Type: multipart/form-data; boundary=x", "Content-Type: */*", "Content-Type: json", `Content-Type: x/${next(1e6)}`,
      "Content-Type: application/json\r\nContent-Type: text/plain"]),
    body: pick(["{}", "a=1", '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n', "\x00\xff", "<xml/>"]) }),
  "a body that is no JSON": (token, { pick, next }) => request(token, {
    body: pick(["", "{", "}", "[]", "1", "null", '"x"', "{'a':1}", '{"a":01}', '{"a":1,}', '{"a":1}x', '{"a":NaN}', '{"messages":[}', "\xff\xfe{}",
      "\xef\xbb\xbf{}", '{"a":"\x01"}', '{"a":"\xc0\x80"}', '{"a":"\\ud800"}', '{"a":"\\u0000"}', '{"a":1,"a":2}', "<html>", `{"a":1e${400 + next(999)}}`,
      "[".repeat(33 + next(5000)), '{"a":'.repeat(33 + next(500))]) }),
  "a field that is wrong": (token, { pick, next }) => request(token, { body: JSON.stringify(pick([
    {}, { messages: [] }, { messages: {} }, { messages: [{}] }, { messages: [{ role: "x", content: "y" }] }, { messages: "x" },
    { messages: [{ role: "user", content: next(99) }] }, { [`field_${next(1e6)}`]: 1, messages: [{ role: "user", content: "x" }] },
    { messages: [{ role: "user", content: "x" }], max_tokens: -next(99) - 1 }, { messages: [{ role: "user", content: "x" }], model: next(99) },
    { messages: [{ role: "user", content: "x" }], model: `none-${next(1e6)}` }, { messages: [{ role: "user", content: "x" }], temperature: 3 + next(99) },
    { messages: [{ role: "user", content: "x" }], conversation_id: `conv_${next(1e6)}` }, { tenant_id: "bank", tenantId: "x", messages: [] },
  ])) }),
  "a key for retries that is none": (token, { pick, next }) => request(token, {
    lines: [`Idempotency-Key: ${pick(["x".repeat(256 + next(3000)), "\xff\xfe"])}`], body: '{"messages": [{"role": "user", "content": "x"}], "model": "none"}' }),
};
