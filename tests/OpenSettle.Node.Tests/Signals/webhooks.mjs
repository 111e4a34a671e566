// Verifies a webhook as a receiver would: secret, then on the input {id, timestamp, signature, body}.
import { Webhook } from "standardwebhooks";

let input = "";
for await (const part of process.stdin) input += part;
const { id, timestamp, signature, body } = JSON.parse(input);
const webhook = new Webhook(process.argv[2]);
const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
const answer = webhook.verify(body, headers);
for (const [name, changed] of [["body", [body + " ", headers]], ["id", [body, { ...headers, "webhook-id": id + "0" }]]]) {
  try {
    webhook.verify(...changed);
  } catch {
    continue;
  }
  throw new Error(`another ${name} passes as well`);
}
console.log(answer.type);
