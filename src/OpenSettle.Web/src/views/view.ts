import type { ModelSummary, Status } from "../api.ts";
import { ApiError } from "../api.ts";
import { type Child, Slot, h } from "../dom.ts";
import { skeleton, trouble } from "./parts.ts";

/** What a page shows under the header. */
export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  /** The node told of its status; called every few seconds, and at once where it is known already. */
  onStatus(status: Status): void;
  close(): void;
}

/** What views share. */
export interface Shared {
  /** All models by id; empty where there are too many to fetch at once. */
  models(): Promise<ReadonlyMap<string, ModelSummary>>;
}

interface Resource<T> {
  title: string;
  heading: Child;
  load(signal: AbortSignal): Promise<T>;
  /** What to do where there is no such thing. */
  missing?: string;
  /** It is asked for again when this changes. */
  dependsOn(status: Status): string;
  render(data: T, status: Status): Child;
}

/** A view of one thing that is fetched: waits for it, shows it, keeps it fresh; says in words what failed. */
export function resourceView<T>(resource: Resource<T>): View {
  const body = new Slot(h("div", { "aria-busy": "true" }, skeleton(3)));
  const element = h("div", {}, resource.heading, body.element);
  const closing = new AbortController();
  let data: T | undefined;
  let status: Status | undefined;
  let version: string | undefined;
  let failed: ApiError | undefined;

  const paint = (): void => {
    if (failed !== undefined && data === undefined) {
      const problem = failed;
      body.show(["failed", problem.message, problem.remedy], () => trouble(problem, () => void fetchAgain()));
      body.element.removeAttribute("aria-busy");
    } else if (data !== undefined && status !== undefined) {
      const [known, now] = [data, status];
      body.show(
        [known, now.activeEpoch, now.chainId, now.tokens.map((token) => [token.token, token.symbol, token.decimals])],
        () => resource.render(known, now),
      );
      body.element.removeAttribute("aria-busy");
    }
  };

  const fetchAgain = async (): Promise<void> => {
    try {
      data = await resource.load(closing.signal);
      failed = undefined;
    } catch (error) {
      if (closing.signal.aborted) return;
      failed = error instanceof ApiError ? error : new ApiError("This page made a mistake", `Reload it. ${String(error)}`);
      if (failed.status === 404 && resource.missing !== undefined) failed = new ApiError(failed.message, resource.missing, 404);
      // What was asked for may appear later: it is fetched again with the next status, unless it never can be.
      if (failed.status !== 400) version = undefined;
    }

    paint();
  };

  return {
    title: resource.title,
    element,
    onStatus(fresh) {
      status = fresh;
      const wanted = resource.dependsOn(fresh);
      if (wanted === version) return paint();
      version = wanted;
      void fetchAgain();
    },
    close: () => closing.abort(),
  };
}
