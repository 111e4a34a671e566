/** Payments to models, newest first. */

import { type Page, getPage } from "./ask.ts";
import { type Infer, type Read, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

const payment = shape({
  block: whole,
  logIndex: whole,
  transaction: text,
  model: text,
  token: text,
  amount,
  payer: text,
  usageRef: nullable(text),
  route: text,
  final: flag,
  settled: nullable(amount),
  epoch: nullable(whole),
});

const payments = list(payment);

/** One, as the stream tells it. */
export const paymentOf: Read<Payment> = payment;

export type Payment = Infer<typeof payment>;

/** `next` as the page before said it. */
export const getPaymentsPage = (next: string | null, limit: number, signal?: AbortSignal): Promise<Page<Payment[]>> => getPage(`payments${next ?? `?limit=${limit}`}`, payments, signal);
