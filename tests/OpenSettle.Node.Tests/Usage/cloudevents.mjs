// Sends events with the CloudEvents SDK: node cloudevents.mjs URL KEY MODEL. Prints what was answered, a line for each request.
import { CloudEvent, HTTP } from "cloudevents";

const [, , url, key, modelId] = process.argv;

function event(id, source = "urn:sdk") {
  return new CloudEvent({
    id,
    source,
    type: "ai.opensettle.usage.v1",
    subject: "customer 5%",
    time: "2026-11-20T11:30:00.250Z",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    data: { modelId, domain: "sdk", outcome: "ok", units: 9, "gen_ai.operation.name": "chat" },
  });
}

async function post({ headers, body }) {
  const response = await fetch(url, { method: "POST", headers: { ...headers, authorization: `Bearer ${key}` }, body });
  console.log(response.status, await response.text());
}

await post(HTTP.binary(event("binary")));
await post(HTTP.structured(event("structured")));
await post({ headers: { "content-type": "application/cloudevents-batch+json" }, body: JSON.stringify([event("first"), event("second"), event("structured")]) });
await post(HTTP.binary(event("structured")));
