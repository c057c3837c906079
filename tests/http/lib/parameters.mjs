// What a client can ask for beside a conversation: by name, what of a chat completion's body asks for it, and
// which parameter a refusal names.
import { script, user } from "./client.mjs";

const picture = (url) => ({
  names: "messages",
  body: { messages: [user([{ type: "text", text: script({ chunks: 1 }) }, { type: "image_url", image_url: { url } }])] },
});
const plain = (name, value, more = {}) => ({ names: name, body: { [name]: value, ...more } });

export const parameters = {
  n: plain("n", 2),
  stop: plain("stop", ["END"]),
  seed: plain("seed", 7),
  temperature: plain("temperature", 0.5),
  logprobs: plain("logprobs", true, { top_logprobs: 2 }),
  logit_bias: plain("logit_bias", { 50256: -100 }),
  presence_penalty: plain("presence_penalty", 0.5),
  frequency_penalty: plain("frequency_penalty", 0.5),
  response_format: plain("response_format", {
    type: "json_schema",
    json_schema: { name: "x", schema: { type: "object" } },
  }),
  reasoning_effort: plain("reasoning_effort", "low", { max_tokens: 3000 }),
  parallel_tool_calls: plain("parallel_tool_calls", false),
  service_tier: plain("service_tier", "flex"),
  prediction: plain("prediction", { type: "content", content: "x" }),
  image: picture("data:image/png;base64,iVBORw0KGgo="),
  image_url: picture("https://images.example/1.png"),
};
