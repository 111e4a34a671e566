/** Whether an explanation adds up, recomputed here: from payments to reasons, models, the exact sum, the rounding, and what was earned. */

import type { Exact, WhyGroup, WhyModel, WhyReason, WhyToken } from "../../api/accounts.ts";
import { type Fraction, equal, fractionOf, minus, part, plus, sum, times, whole } from "./fractions.ts";

const MILLION = 1_000_000n;

export interface Factor {
  /** What it is: where the money went, or what divides it. */
  kind: "up" | "keeps" | "pool" | "weight";
  share: Fraction;
}

/** What is multiplied to get the reason's part; null where the node does not tell all of it. */
export function factorsOf(reason: WhyReason): Factor[] | null {
  const [, ...steps] = reason.path;
  if (reason.keeps === null || steps.some((step) => step.share === null) || (reason.kind !== "row" && reason.pool === null)) return null;
  return [
    ...steps.map((step): Factor => ({ kind: "up", share: part(BigInt(step.share ?? 0), MILLION) })),
    { kind: "keeps", share: part(BigInt(reason.keeps), MILLION) },
    ...(reason.pool === null ? [] : [{ kind: "pool", share: part(reason.pool.weight, reason.pool.of) } satisfies Factor]),
    { kind: "weight", share: part(reason.weight, reason.of) },
  ];
}

/**
 * What does not add up, in words; nothing where all does.
 * @param earned What the node's other answer says that the epoch gave, where it does.
 */
export function faultsOf(token: WhyToken, earned?: bigint): string[] {
  const faults: string[] = [];
  const hold = (is: boolean, words: string): void => void (is || faults.push(words));
  hold(earned === undefined || earned === token.earned, "What is explained is not what the account's earnings say of this epoch.");
  try {
    const exact = of(token.exact);
    hold(equal(plus(exact, of(token.rounding)), whole(token.earned)), "The exact sum and the rounding are not what was earned.");
    const models = sum(token.models.map((model) => of(model.exact)));
    if (token.models.length === token.allModels) hold(equal(models, exact), "The models' amounts are not the exact sum.");
    else hold(minus(exact, models).n >= 0n, "The models' amounts are more than the exact sum.");
    for (const model of token.models) modelFaults(model, hold);
  } catch (error) {
    faults.push(`A figure is none: ${error instanceof Error ? error.message : String(error)}.`);
  }

  return faults;
}

function modelFaults(model: WhyModel, hold: (is: boolean, words: string) => void): void {
  const name = `Model ${model.number}`;
  hold(equal(sum(model.groups.map((group) => of(group.exact))), of(model.exact)), `${name}: its groups' amounts are not what it gave.`);
  hold(model.groups.reduce((all, group) => all + group.money, 0n) === model.money, `${name}: its groups' money is not its money.`);
  hold(model.groups.reduce((all, group) => all + group.payments, 0) === model.payments, `${name}: its groups' payments are not its payments.`);
  for (const group of model.groups) groupFaults(group, `${name}, ${group.group}`, hold);
}

function groupFaults(group: WhyGroup, name: string, hold: (is: boolean, words: string) => void): void {
  const all = of(group.part);
  hold(equal(times(whole(group.money), all), of(group.exact)), `${name}: the money times the part is not the amount.`);
  const reasons = sum(group.reasons.map((reason) => of(reason.part)));
  if (group.moreReasons) hold(minus(all, reasons).n >= 0n, `${name}: the reasons are more than the part.`);
  else hold(equal(reasons, all), `${name}: the reasons are not the part.`);
  for (const reason of group.reasons) {
    hold(equal(times(whole(group.money), of(reason.part)), of(reason.exact)), `${name}: a reason's amount is not its part of the money.`);
    const factors = factorsOf(reason);
    if (factors !== null) hold(equal(factors.reduce((product, factor) => times(product, factor.share), whole(1n)), of(reason.part)), `${name}: a reason's factors do not give its part.`);
  }
}

/** What models that are not on this page gave. */
export const restOf = (token: WhyToken): Fraction => minus(of(token.exact), sum(token.models.map((model) => of(model.exact))));

const of = (exact: Exact): Fraction => fractionOf(exact.fraction);
