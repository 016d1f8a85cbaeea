// Asks a server by OFREP with the published Node client, as a program would, and prints what it got as JSON.
// Usage: node ofrep-client.mjs ADDRESS KEY CASES, where CASES is JSON: [{key, default, context}].
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

const [address, key, cases] = process.argv.slice(2);
OpenFeature.setLogger({ error() {}, warn() {}, info() {}, debug() {} });
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: address, headers: [["Authorization", `Bearer ${key}`]] }));
const client = OpenFeature.getClient();

const ask = {
  boolean: "getBooleanDetails",
  number: "getNumberDetails",
  string: "getStringDetails",
  object: "getObjectDetails",
};

const answers = [];
for (const { key, default: fallback, context } of JSON.parse(cases)) {
  const { value, reason, variant, errorCode, flagMetadata } = await client[ask[typeof fallback]](key, fallback, context);
  answers.push({ value, reason, variant, errorCode, metadata: flagMetadata });
}
console.log(JSON.stringify(answers));
