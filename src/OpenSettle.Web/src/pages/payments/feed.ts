/** A list of payments that is open while more come: what is new, what became final, and whether the list still holds. */

import { type Payment, paymentOf } from "../../api/payments.ts";

export const keyOf = (payment: Payment): string => `${payment.block}.${payment.logIndex}.${payment.transaction}`;

export class Feed {
  readonly #listed = new Set<string>();
  /** Listed, and in no epoch: they wait to be divided. */
  readonly #open = new Set<string>();
  readonly #newer = new Set<string>();
  readonly #known = new Map<string, Payment>();
  /** Rows that were listed may have gone. */
  changed = false;

  /** How many came that the list has not. */
  get fresh(): number {
    return this.#newer.size;
  }

  /** These are in the list. */
  list(payments: readonly Payment[]): void {
    for (const payment of payments) {
      this.#listed.add(keyOf(payment));
      this.#newer.delete(keyOf(payment));
      if (payment.epoch === null) this.#open.add(keyOf(payment));
    }
  }

  /** The payment as it was told last. */
  now(payment: Payment): Payment {
    const told = this.#known.get(keyOf(payment));
    // What the list read later may know more: final stays final.
    return told !== undefined && told.final && !payment.final ? told : payment;
  }

  /** Something from the stream; whether anything is different now. */
  tell(event: string, data: string): boolean {
    if (event === "reorg" || event === "reset") {
      this.changed = true;
      return true;
    }

    // Payments are not told again when an epoch takes them: the list says which did.
    if (event === "epoch" && this.#open.size > 0 && /"state":\s*"active"/.test(data)) {
      this.changed = true;
      return true;
    }

    if (event !== "payment") return false;
    const payment = read(data);
    if (payment === null) return false;
    const key = keyOf(payment);
    this.#known.set(key, payment);
    if (!this.#listed.has(key)) this.#newer.add(key);
    return true;
  }
}

/** What is no payment is passed over: the list says what there is when it is read again. */
function read(data: string): Payment | null {
  try {
    return paymentOf(JSON.parse(data), "payment");
  } catch {
    return null;
  }
}
