/** Asking the node: what goes wrong is said in words, and what comes is checked before anybody sees it. */

import type { Read } from "./shape.ts";

/** Something went wrong, in words for a person: what, and what to do about it. */
export class ApiError extends Error {
  readonly remedy: string;
  readonly status: number;

  constructor(title: string, remedy: string, statusCode = 0) {
    super(title);
    this.name = "ApiError";
    this.remedy = remedy;
    this.status = statusCode;
  }
}

/** What was thrown, for a person: an ApiError as it is, anything else as a mistake of this page. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError("This page made a mistake", `Reload it. ${error instanceof Error ? error.message : String(error)}`);

const PATIENCE_MS = 15_000;
const API = "api/v1/";

/** An operator's or a reader's key: kept for this tab only, sent to this node only. */
const KEY = "opensettle key";
let key: string | null = null;
try {
  key = sessionStorage.getItem(KEY);
} catch {
  // No storage here: the key lasts until the page is left.
}

export const apiKey = (): string | null => key;

export function setApiKey(next: string | null): void {
  key = next;
  try {
    if (next === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, next);
  } catch {
    // As above.
  }
}

export interface Page<T> {
  value: T;
  /** The query of the next page, as the header Link has it. */
  next: string | null;
}

export async function get<T>(path: string, read: Read<T>, signal?: AbortSignal): Promise<T> {
  return (await getPage(path, read, signal)).value;
}

export async function getPage<T>(path: string, read: Read<T>, signal?: AbortSignal): Promise<Page<T>> {
  const response = await ask(path, {}, signal);
  const body = await bodyOf(response, signal);
  const next = /^<(\?[^>]*)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1] ?? null;
  return { value: understood(body, read, path, response.status), next };
}

export async function post<T>(path: string, body: unknown, read: Read<T>, signal?: AbortSignal): Promise<T> {
  const response = await ask(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }, signal);
  return understood(await bodyOf(response, signal), read, path, response.status);
}

/** What is sent with every request to this node. */
export function headers(): Record<string, string> {
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

/** The response, also where it refuses. Patience holds for all of it, unless it `isEndless`. */
export async function ask(path: string, init: RequestInit = {}, signal?: AbortSignal, isEndless = false): Promise<Response> {
  const patience = isEndless ? new AbortController().signal : AbortSignal.timeout(PATIENCE_MS);
  try {
    return await fetch(API + path, {
      ...init,
      headers: { accept: "application/json", ...headers(), ...(init.headers as Record<string, string> | undefined) },
      // Asked about each time; what has not changed is not sent again.
      cache: "no-cache",
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw patience.aborted
      ? new ApiError(
          "The node took too long to answer",
          `Nothing came for ${PATIENCE_MS / 1000} seconds. It may be busy: try again.`,
        )
      : new ApiError("The node does not answer", "Check that it runs and that this computer reaches it, then try again.");
  }
}

async function bodyOf(response: Response, signal?: AbortSignal): Promise<unknown> {
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    body = undefined;
  }

  if (!response.ok) throw problemOf(body, response.status);
  return body;
}

function understood<T>(body: unknown, read: Read<T>, path: string, statusCode: number): T {
  try {
    return read(body, path.split(/[/?]/)[0] ?? path);
  } catch (error) {
    throw new ApiError(
      "The node's answer is not what this page understands",
      `${error instanceof Error ? error.message : String(error)}. Page and node may be of different versions: reload the page.`,
      statusCode,
    );
  }
}

/** The API refuses in the form of RFC 9457: `title` says what, `detail` what to do. */
export function problemOf(body: unknown, statusCode: number): ApiError {
  const said = (typeof body === "object" && body !== null ? body : {}) as { title?: unknown; detail?: unknown };
  const title = typeof said.title === "string" && said.title.length > 0 ? said.title : `The node answered with ${statusCode}`;
  const remedy = typeof said.detail === "string" && said.detail.length > 0 ? said.detail : "Try again; the node's log says more.";
  return new ApiError(title, remedy, statusCode);
}
