// A program of a user, on types that openapi-typescript made from docs/openapi.json. `tsc` checks it, and a test runs it
// against a node: node client.js URL TOKEN RECIPIENT. Prints one JSON object.

import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

declare const process: { argv: string[] };

const [url, token, to] = process.argv.slice(2);
if (!url || !token || !to) throw new Error("URL TOKEN RECIPIENT");
const client = createClient<paths>({ baseUrl: `${url}/api/v1`, headers: { Authorization: `Bearer ${token}` } });

/** The body of a success. A problem becomes an exception with its title. */
async function good<T>(asked: Promise<{ data?: T | undefined; error?: { title: string } | undefined }>): Promise<T> {
  const { data, error } = await asked;
  if (error) throw new Error(error.title);
  if (data === undefined) throw new Error("no body");
  return data;
}

const status = await good(client.GET("/status"));
const submitted = await good(client.POST("/messages", { body: { to: [to], subject: "Generated", text: "Hello" } }));
const page = await good(client.GET("/messages", { params: { query: { to } } }));
const message = await good(client.GET("/messages/{id}", { params: { path: { id: submitted.id } } }));
const touched = await good(client.POST("/queue", { body: { verb: "cancel", ids: [submitted.id] } }));
const incident = await good(client.POST("/events", { body: { code: "app.generated", severity: "info", facts: { n: 1 } } }));

// Read, change, save: what was read can be sent back.
const read = await client.GET("/email");
if (!read.data) throw new Error(read.error.title);
const settings = { ...read.data, site: { ...read.data.site, name: "Generated" } };
const etag = read.response.headers.get("etag") ?? "";
const saved = await good(client.PUT("/email", { params: { header: { "If-Match": etag } }, body: settings }));

// A wrong use must not compile.
// @ts-expect-error: no such field
status.healthy;
// @ts-expect-error: no such operation
const wrong: Parameters<typeof client.POST<"/queue", { body: { verb: "explode" } }>>[1] = { body: { verb: "explode" } };
void wrong;

const health: "well" | "degraded" | "checking" | "unproven" | "silent" | "unset" = status.health;
console.log(JSON.stringify({
  health,
  relay: status.relays[0]?.name,
  listed: page.messages.some((entry) => entry.id === submitted.id),
  subject: message.subject,
  recipients: message.all_recipients.map((recipient) => recipient.address),
  touched: touched.touched,
  incident: incident.incident,
  name: saved.site?.name,
  revision: saved.meta.revision,
}));
