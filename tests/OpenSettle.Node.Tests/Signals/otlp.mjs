// Reads what an OTLP exporter sent, with the messages that OpenTelemetry's own project made of its .proto files.
// Input: one request a line, KIND BASE64. Output: one line for each point or record.
import root from "@opentelemetry/otlp-transformer/build/src/generated/root.js";

const { ExportMetricsServiceRequest } = root.opentelemetry.proto.collector.metrics.v1;
const { ExportLogsServiceRequest } = root.opentelemetry.proto.collector.logs.v1;
const plain = (message, type) => type.toObject(message, { longs: Number, enums: String });
const value = (any) => any?.stringValue ?? any?.intValue ?? any?.doubleValue ?? any?.boolValue;
const attributes = (list) => (list ?? []).map((a) => `${a.key}=${value(a.value)}`).join(",");

let input = "";
for await (const part of process.stdin) input += part;
for (const line of input.split("\n").filter(Boolean)) {
  const [kind, text] = line.split(" ");
  const bytes = Buffer.from(text, "base64");
  if (kind === "metrics") {
    for (const resource of plain(ExportMetricsServiceRequest.decode(bytes), ExportMetricsServiceRequest).resourceMetrics) {
      console.log(JSON.stringify({ resource: attributes(resource.resource.attributes) }));
      for (const metric of resource.scopeMetrics.flatMap((scope) => scope.metrics)) {
        const points = metric.sum?.dataPoints ?? metric.gauge?.dataPoints ?? metric.histogram?.dataPoints;
        for (const p of points) {
          console.log(JSON.stringify({
            name: metric.name, kind: metric.sum ? (metric.sum.isMonotonic ? "counter" : "sum") : metric.gauge ? "gauge" : "histogram", unit: metric.unit ?? "", labels: attributes(p.attributes),
            value: metric.histogram ? p.sum : (p.asDouble ?? p.asInt), buckets: p.bucketCounts, ends: p.explicitBounds,
          }));
        }
      }
    }
  } else {
    for (const record of plain(ExportLogsServiceRequest.decode(bytes), ExportLogsServiceRequest).resourceLogs.flatMap((r) => r.scopeLogs).flatMap((s) => s.logRecords)) {
      console.log(JSON.stringify({ severity: record.severityText, body: value(record.body), attributes: attributes(record.attributes), event: record.eventName }));
    }
  }
}
