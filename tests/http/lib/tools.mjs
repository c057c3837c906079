// Two tools, as OpenAI's clients offer them.
const parameters = { type: "object", properties: { city: { type: "string" } } };
export const tools = ["get_weather", "get_tide"].map((name) => ({
  type: "function",
  function: { name, description: `What ${name} says.`, parameters },
}));
