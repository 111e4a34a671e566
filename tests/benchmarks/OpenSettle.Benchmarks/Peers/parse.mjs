// The peer of reading usage: Node's own HTTP server and JSON.parse, and the same fields looked at. Prints its port.
import { createServer } from "node:http";

const text = (value) => typeof value === "string" && value.length > 0 && value.length <= 200;

const isEvent = (event) =>
  event !== null && typeof event === "object" && event.specversion === "1.0" && text(event.source) && text(event.id) && text(event.type) && text(event.subject)
  && !Number.isNaN(Date.parse(event.time)) && event.data !== null && typeof event.data === "object" && /^0x[0-9a-f]{64}$/.test(event.data.modelId)
  && text(event.data.domain) && text(event.data.outcome) && Number.isInteger(event.data.units) && event.data.units >= 0;

createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const events = JSON.parse(Buffer.concat(parts));
    const accepted = events.filter(isEvent).length;
    const body = JSON.stringify({ accepted });
    response.writeHead(202, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
    response.end(body);
  });
}).listen(0, "127.0.0.1", function () {
  console.log(this.address().port);
});
