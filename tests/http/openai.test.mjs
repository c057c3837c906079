// The clients that people use: npm's openai and eventsource-parser, through the web server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createParser } from "eventsource-parser";
import OpenAI, { AzureOpenAI } from "openai";

import { sharedHouse } from "../tools/stack.mjs";
import { Client, script, user } from "./lib/client.mjs";
import { countingProxy } from "./lib/proxy.mjs";
import { asked, calls, makeTenant } from "./lib/tenant.mjs";
import { until } from "./lib/wait.mjs";

const house = sharedHouse();
let tenant, strict, proxy;

before(async () => {
  tenant = await makeTenant(house, "sdk", { models: { small: {}, "org/large": {} } });
  strict = await makeTenant(house, "sdk-strict", { disconnect: "cancel" });
  proxy = await countingProxy(house.url);
});
after(() => proxy.stop());

const openai = (who = tenant, options = {}) =>
  new OpenAI({ baseURL: `${house.url}/v1`, apiKey: who.member, maxRetries: 0, ...options });
const ask = (orders, fields) => ({ model: "small", messages: [user(script(orders))], ...fields });
const keyOf = async (who) => (await house.upstream.stats()).keys[who.key];

test("chat", async () => {
  const answer = await openai().chat.completions.create(ask({ text: "Hello to you." }));
  assert.equal(answer.choices[0].message.content, "Hello to you.");
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(answer.usage.completion_tokens, 3);
  assert.match(answer._request_id, /^req_/);
});

test("stream", async () => {
  const stream = await openai().chat.completions.create(
    ask({ text: "One two three." }, { stream: true, stream_options: { include_usage: true } }),
  );
  let text = "",
    usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, "One two three.");
  assert.equal(usage.completion_tokens, 3);
});

test("the .stream() helper", async () => {
  const stream = openai().chat.completions.stream(
    ask({ text: "One two three." }, { stream_options: { include_usage: true } }),
  );
  const pieces = [];
  stream.on("content", (piece) => pieces.push(piece));
  const final = await stream.finalChatCompletion();
  assert.equal(final.choices[0].message.content, "One two three.");
  assert.deepEqual(pieces, ["One ", "two ", "three."]);
  assert.equal((await stream.totalUsage()).completion_tokens, 3);
});

test("the whole is there with its answer and its raw response", async () => {
  const { data, response, request_id } = await openai()
    .chat.completions.create(ask({ chunks: 1 }))
    .withResponse();
  assert.equal(response.status, 200);
  assert.equal(request_id, response.headers.get("x-request-id"));
  assert.equal(data.object, "chat.completion");
});

test("abort stops the model, and what was said is kept", async () => {
  const before = (await keyOf(strict))?.aborted ?? 0;
  const control = new AbortController();
  const { data, response } = await openai(strict)
    .chat.completions.create(
      ask({ chunks: 9, delay_ms: 5, stall_after: 3 }, { stream: true, store: true }),
      { signal: control.signal },
    )
    .withResponse();
  let text = "";
  for await (const chunk of data) {
    text += chunk.choices[0]?.delta.content ?? "";
    if (text === "w0 w1 w2 ") control.abort();
  }
  const left = performance.now();
  await until(async () => (await keyOf(strict)).aborted === before + 1, "the model server is left");
  assert.ok(performance.now() - left < 1500);
  const maria = new Client(house.url, strict.member);
  const answer = await until(
    async () => (await maria.messages(response.headers.get("x-insula-conversation"))).data[1],
    "the answer",
  );
  assert.deepEqual(
    [answer.state, answer.code, answer.content],
    ["interrupted", "client_gone", "w0 w1 w2 "],
  );
});

test("break in the middle of a stream is a leaving too, and drains where the tenant wants it", async () => {
  const { data, response } = await openai()
    .chat.completions.create(ask({ chunks: 10, delay_ms: 20 }, { stream: true, store: true }))
    .withResponse();
  for await (const chunk of data) if (chunk.choices[0]?.delta.content) break;
  const maria = new Client(house.url, tenant.member);
  const answer = await until(
    async () => (await maria.messages(response.headers.get("x-insula-conversation"))).data[1],
    "the answer",
  );
  assert.equal(answer.state, "complete");
  assert.equal(answer.content, "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 ");
});

test("a closed connection after [DONE] is no leaving", async () => {
  const gone = async () =>
    /insula_clients_gone_total (\d+)/.exec((await new Client(house.url).get("/metrics")).text)[1];
  const before = await gone();
  for (let i = 0; i < 5; i++)
    for await (const _ of await openai().chat.completions.create(
      ask({ chunks: 2 }, { stream: true }),
    ))
      continue;
  assert.equal(await gone(), before);
});

test("429 and 503 with retry-after are retried when the provider says so, and then succeed", async () => {
  for (const status of [429, 503]) {
    const before = await calls(house, tenant);
    await house.upstream.queue({ key: tenant.key, times: 1, script: { status, retry_after: 1 } });
    const began = performance.now();
    const answer = await openai(tenant, { maxRetries: 2 }).chat.completions.create({
      model: "small",
      messages: [user("hello")],
    });
    const took = performance.now() - began;
    assert.ok(answer.choices[0].message.content);
    assert.equal(await calls(house, tenant), before + 2);
    assert.ok(took >= 990 && took < 1800, `${status}: ${took} ms`);
  }
});

test("errors map to the SDK's classes, and only those worth it are retried", async () => {
  const cases = [
    // [what, class, status, code, upstream calls: three turns of three attempts, where both are worth it]
    [ask({ status: 400 }), OpenAI.BadRequestError, 400, null, 1], // the provider gave it no code
    [ask({ status: 401 }), OpenAI.InternalServerError, 502, "upstream_auth_error", 1],
    [ask({ status: 404 }), OpenAI.NotFoundError, 404, "model_not_found", 1],
    [ask({ status: 429, retry_after: 0 }), OpenAI.RateLimitError, 429, "rate_limit_exceeded", 9],
    [ask({ status: 500 }), OpenAI.InternalServerError, 502, "upstream_error", 9],
    [
      ask({ status: 503, retry_after: 0 }),
      OpenAI.InternalServerError,
      503,
      "upstream_unavailable",
      9,
    ],
    [ask({}, { model: "nobody" }), OpenAI.NotFoundError, 404, "model_not_found", 0],
    [ask({}, { temperature: 9 }), OpenAI.BadRequestError, 400, "invalid_value", 0],
    [ask({}, { messages: [] }), OpenAI.BadRequestError, 400, "invalid_messages", 0],
    [ask({}, { tenant_id: "another" }), OpenAI.PermissionDeniedError, 403, "tenant_mismatch", 0],
  ];
  await Promise.all(
    cases.map(async ([request, kind, status, code, expected], i) => {
      const who = await makeTenant(house, `sdk-error${i}`);
      const error = await openai(who, { maxRetries: 2 })
        .chat.completions.create(request)
        .then(
          () => assert.fail("it succeeded"),
          (e) => e,
        );
      assert.ok(error instanceof kind, `${code}: ${error.constructor.name} ${error.message}`);
      assert.deepEqual([error.status, error.code], [status, code]);
      assert.match(error.requestID, /^req_/);
      assert.ok(error.message.length > 10);
      assert.equal(await calls(house, who), expected, code);
    }),
  );
  await assert.rejects(openai({ member: "garbage" }).models.list(), OpenAI.AuthenticationError);
});

test("a used-up budget is one request, not three", async () => {
  const broke = await makeTenant(house, "sdk-broke", {
    budget: "0.00",
    models: { small: { in: 100, out: 100 } },
  });
  let requests = 0;
  const client = openai(broke, {
    maxRetries: 2,
    fetch: (...words) => (requests++, fetch(...words)),
  });
  await assert.rejects(
    client.chat.completions.create(ask({})),
    (error) =>
      error instanceof OpenAI.RateLimitError &&
      error.code === "insufficient_quota" &&
      error.type === "insufficient_quota",
  );
  assert.equal(requests, 1);
});

test("what a server does not say as OpenAI does, the .stream() helper hears as OpenAI would say it", async () => {
  const role = { role: "assistant" }, usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  const chunk = (choices, more) => JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "x", choices, ...more });
  const says = (delta, finish_reason = null, more) => chunk([{ index: 0, delta, finish_reason }], more);
  const calls = (more) => ({ tool_calls: [{ id: "c1", function: { name: "f" }, ...more }] });
  const end = [says({}, "stop"), chunk([], { usage }), "[DONE]"];
  const streams = {
    "no role": [says({ content: "ab" }), ...end],
    "an empty id": [says({ ...role, content: "ab" }, null, { id: "" }), says({}, "stop", { id: "" }), chunk([], { id: "", usage }), "[DONE]"],
    "usage without choices": [says({ ...role, content: "ab" }), says({}, "stop"), chunk(undefined, { usage }), "[DONE]"],
    "usage with null for choices": [says({ ...role, content: "ab" }), says({}, "stop"), chunk(null, { usage }), "[DONE]"],
    "no reason to finish": [says({ ...role, content: "ab" }), chunk([], { usage }), "[DONE]"],
    "calls without index and type": [says({ ...role, ...calls() }), says({ tool_calls: [{ function: { arguments: "{}" } }] }), ...end],
    "an object for arguments": [says({ ...role, ...calls({ index: 0, type: "function", function: { name: "f", arguments: {} } }) }), ...end],
    "calls that end with stop": [says({ ...role, ...calls({ index: 0, type: "function", function: { name: "f", arguments: "{}" } }) }), ...end],
  };
  for (const [what, events] of Object.entries(streams)) {
    const stream = openai().chat.completions.stream(ask({ events }, { stream_options: { include_usage: true } }));
    const { choices: [{ message, finish_reason }] } = await stream.finalChatCompletion().catch((e) => assert.fail(`${what}: ${e.message}`));
    const [call] = message.tool_calls ?? [];
    const heard = call ? [call.function.name, call.function.arguments, finish_reason] : [message.content, finish_reason];
    assert.deepEqual(heard, call ? ["f", "{}", "tool_calls"] : ["ab", "stop"], what);
    assert.equal((await stream.totalUsage()).total_tokens, 5, what);
  }
});

test("a stream that breaks throws, with our code", async () => {
  for (const orders of [
    { chunks: 5, error_after: 2 },
    { chunks: 5, cut_after: 2 },
    { chunks: 5, reset_after: 2 },
    { chunks: 5, garbage_after: 2 },
  ]) {
    const stream = await openai().chat.completions.create(ask(orders, { stream: true }));
    let text = "";
    const error = await (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    })().then(
      () => assert.fail("the text was silently cut"),
      (e) => e,
    );
    assert.ok(error instanceof OpenAI.APIError, error.stack);
    assert.match(error.code, /^upstream_/);
    assert.equal(text, "w0 w1 ");
    await assert.rejects(
      openai().chat.completions.stream(ask(orders)).finalContent(),
      OpenAI.APIError,
    );
  }
});

test("models: list and retrieve", async () => {
  const list = (await openai().models.list()).data;
  assert.deepEqual(
    list.map(({ id, object, owned_by }) => [id, object, owned_by]),
    [
      ["org/large", "model", tenant.slug],
      ["small", "model", tenant.slug],
    ],
  );
  const [{ max_model_len, type, display_name }] = list; // vLLM's and Anthropic's members beside OpenAI's
  assert.deepEqual([max_model_len, type, display_name], [128000, "model", "org/large"]);
  assert.ok(list.every(({ created_at, created }) => Math.floor(Date.parse(created_at) / 1000) === created));
  assert.ok(list.every(({ created }) => Math.abs(created - Date.now() / 1000) < 3600));
  assert.deepEqual(
    await openai()
      .models.retrieve("small")
      .then(({ id, object }) => [id, object]),
    ["small", "model"],
  );
  await assert.rejects(
    openai().models.retrieve("nobody"),
    (e) => e instanceof OpenAI.NotFoundError && e.code === "model_not_found",
  );
});

test("a model whose name has a slash is found, as the SDK writes it and as curl does", async () => {
  assert.equal(
    (await new Client(house.url, tenant.member).get("/v1/models/org/large")).json.id,
    "org/large",
  );
  assert.equal((await openai().models.retrieve("org/large")).id, "org/large");
});

test("the base address may be written with or without /v1, and as Azure's", async () => {
  for (const base of ["/v1", "", "/openai/v1", "/openai"]) {
    const client = openai(tenant, { baseURL: `${house.url}${base}` });
    assert.equal((await client.chat.completions.create(ask({ text: "Hello." }))).choices[0].message.content, "Hello.");
    assert.equal((await client.models.retrieve("org/large")).id, "org/large");
  }
  const answer = await new Client(house.url, tenant.member).get("/v2/models");
  assert.deepEqual([answer.status, answer.error.code, answer.error.param], [404, "not_found", null]);
});

test("wrong types and results without calls are refused by their place, and nobody is asked", async () => {
  const before = await calls(house, tenant);
  const messages = [user("hello")], tool = { role: "tool", content: "7", tool_call_id: "call_1" };
  const cases = [
    [{ tools: {} }, "tools"], [{ tools: [{}] }, "tools[0]"], [{ tools: [{ type: "function", function: {} }] }, "tools[0]"],
    [{ tool_choice: 1 }, "tool_choice"], [{ response_format: "json" }, "response_format"], [{ logprobs: 3 }, "logprobs"],
    [{ logit_bias: [] }, "logit_bias"], [{ metadata: "m" }, "metadata"], [{ user: 7 }, "user"], [{ stop: 7 }, "stop"],
    [{ reasoning_effort: 1 }, "reasoning_effort"], [{ n: 0 }, "n"], [{ stream: "yes" }, "stream"], [{ model: 7 }, "model"],
    [{ messages: [...messages, { role: "wizard", content: "x" }] }, "messages[1].role"],
    [{ messages: [...messages, tool] }, "messages[1].tool_call_id"],
    [{ messages: [...messages, { role: "assistant", content: null, tool_calls: {} }] }, "messages[1].tool_calls"],
  ];
  for (const [more, param] of cases) {
    const { status, error } = await new Client(house.url, tenant.member).post("/v1/chat/completions", { model: "small", messages, ...more });
    assert.deepEqual([status, error.param, error.type], [400, param, "invalid_request_error"], JSON.stringify(more));
  }
  const many = { model: "small", messages: Array(10000).fill(user("hello")) };
  const { status, error } = await new Client(house.url, tenant.member).post("/v1/chat/completions", many);
  assert.deepEqual([status, error.param], [413, "messages"]);
  assert.equal(await calls(house, tenant), before);
  const nulls = Object.fromEntries(["tools", "tool_choice", "response_format", "logprobs", "metadata", "user", "stop", "n", "stream",
    "stream_options", "max_tokens", "temperature", "functions", "store"].map((name) => [name, null]));
  const client = openai();
  assert.ok((await client.chat.completions.create({ model: "small", messages, ...nulls })).choices.length, "null is as if it were not there");
  assert.deepEqual(Object.keys((await asked(house, tenant)).at(-1).body).filter((name) => name in nulls), []);
});

test("what is not known here is the provider's business; what the house keeps is not", async () => {
  const more = { prompt_cache_key: "k", safety_identifier: "s", vendor: { a: [1] }, store: false, metadata: { a: "b" }, verbosity: "low" };
  await openai().chat.completions.create({ model: "small", messages: [user("hello")], max_tokens: 9, max_completion_tokens: 7, ...more });
  const { body } = (await asked(house, tenant)).at(-1);
  const { messages, model, ...rest } = body;
  assert.deepEqual(rest, { prompt_cache_key: "k", safety_identifier: "s", vendor: { a: [1] }, verbosity: "low", max_completion_tokens: 7 });
});

test("older text completions, whole and streamed", async () => {
  const prompt = script({ text: "One two three." });
  const answer = await openai().completions.create({ model: "small", prompt });
  assert.deepEqual([answer.object, answer.choices[0].text, answer.choices[0].finish_reason], ["text_completion", "One two three.", "stop"]);
  assert.equal(answer.usage.completion_tokens, 3);
  let text = "", usage;
  const stream_options = { include_usage: true };
  for await (const chunk of await openai().completions.create({ model: "small", prompt: [prompt], stream: true, stream_options })) {
    text += chunk.choices[0]?.text ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.deepEqual([text, usage.completion_tokens], ["One two three.", 3]);
  const { body } = (await asked(house, tenant)).at(-1);
  assert.deepEqual([body.messages, body.prompt], [[user(prompt)], undefined]);
  for (const [more, param] of [[{ echo: true }, "echo"], [{ best_of: 2 }, "best_of"], [{ logprobs: 1 }, "logprobs"], [{ suffix: "x" }, "suffix"]])
    await assert.rejects(openai().completions.create({ model: "small", prompt, ...more }),
      (e) => e instanceof OpenAI.BadRequestError && e.param === param);
  await assert.rejects(openai().completions.create({ model: "nobody", prompt }), (e) => e.status === 404 && e.code === "model_not_found");
  const broken = await openai().completions.create({ model: "small", prompt: script({ chunks: 5, cut_after: 2 }), stream: true });
  await assert.rejects(async () => { for await (const _ of broken) continue; }, (e) => e instanceof OpenAI.APIError && /^upstream_/.test(e.code));
});

test("Azure's client: the model is in the address", async () => {
  const azure = new AzureOpenAI({ endpoint: house.url, apiKey: tenant.member, apiVersion: "2024-10-21", maxRetries: 0 });
  for (const model of ["small", "org/large"]) {
    const answer = await azure.chat.completions.create(ask({ text: "Hello." }, { model }));
    assert.equal(answer.choices[0].message.content, "Hello.");
  }
  const stream = azure.chat.completions.stream(ask({ text: "One two." }));
  assert.equal(await stream.finalContent(), "One two.");
  assert.equal((await azure.models.list()).data.length, 2);
  await assert.rejects(
    azure.chat.completions.create(ask({}, { model: "nobody" })),
    (e) => e instanceof OpenAI.NotFoundError && e.code === "model_not_found" && e.param === "model",
  );
  const body = { model: "nobody", messages: [user("hello")] };
  const words = await new Client(house.url, tenant.member).post("/openai/deployments/small/chat/completions", body);
  assert.equal(words.status, 200, "it wins over the body's");
});

test("twenty streams in a row use one connection", async () => {
  const client = openai(tenant, { baseURL: `${proxy.url}/v1` });
  const stream = async () => {
    let text = "";
    for await (const chunk of await client.chat.completions.create(
      ask({ chunks: 3, delay_ms: 2 }, { stream: true }),
    ))
      text += chunk.choices[0]?.delta.content ?? "";
    assert.equal(text, "w0 w1 w2 ");
  };
  await stream(); // node's fetch is slow at first and so closes its first connection, whatever the server does
  const before = proxy.connections();
  for (let i = 0; i < 20; i++) await stream();
  assert.ok(proxy.connections() - before <= 1, `${proxy.connections() - before} connections`);
});

test("eventsource-parser reads our own door's stream", async () => {
  const response = await new Client(house.url, tenant.member).open("POST", "/api/v1/chat", {
    body: {
      stream: true,
      messages: [user(script({ text: "Zürich 你好.", size: 3, delay_ms: 2 }))],
    },
  });
  const events = [],
    problems = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onError: (problem) => problems.push(problem),
  });
  response.setEncoding("utf8");
  for await (const piece of response) parser.feed(piece);
  assert.deepEqual(problems, []);
  assert.equal(events[0].event, "conversation");
  assert.equal(events.at(-1).data, "[DONE]");
  const numbered = events.slice(1, -1);
  assert.deepEqual(
    numbered.map(({ id }) => id),
    numbered.map((_, i) => `${i + 1}`),
  );
  assert.equal(
    numbered.map(({ data }) => JSON.parse(data).choices[0]?.delta.content ?? "").join(""),
    "Zürich 你好.",
  );
});
