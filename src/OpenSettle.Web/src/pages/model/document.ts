/** A model's document: any JSON that its owner chose. What is looked for may be missing, or anything else. */

export type Document = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Document => typeof value === "object" && value !== null && !Array.isArray(value);

/** The text of a field, or null where it has none. */
export function documentText(document: Document | null, ...path: string[]): string | null {
  let at: unknown = document;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  return typeof at === "string" && at.trim() !== "" ? at : null;
}

/** The texts of a list; what is no text is left out. */
export function documentTexts(document: Document | null, name: string): string[] {
  const value = document !== null && Object.hasOwn(document, name) ? document[name] : undefined;
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string" && one.trim() !== "") : [];
}

export interface Reported {
  task: string;
  dataset: string;
  metric: string;
  value: string;
}

/** Results of its own, which rank nothing. */
export function documentResults(document: Document | null): Reported[] {
  const value = document !== null && Object.hasOwn(document, "results") ? document["results"] : undefined;
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((one) => ({
    task: documentText(one, "task", "name") ?? documentText(one, "task", "type") ?? "",
    dataset: documentText(one, "dataset", "name") ?? "",
    metric: documentText(one, "metric", "name") ?? documentText(one, "metric", "type") ?? "",
    value: documentText(one, "metric", "value") ?? "",
  }));
}

/** Lines of a longer text, as many as a page has room for: a line's end would show as a sign of its own. */
export function linesOf(text: string, most: number): { lines: string[]; more: boolean } {
  const lines = text.slice(0, 20_000).split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== "");
  return { lines: lines.slice(0, most), more: lines.length > most || text.length > 20_000 };
}

/** An address that may be a link: http and https alone, nothing with a name and password in it. */
export function safeLink(text: string): string | null {
  if (!/^https?:\/\/[\x21-\x7e]{1,2000}$/i.test(text)) return null;
  try {
    const url = new URL(text);
    return (url.protocol === "http:" || url.protocol === "https:") && url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null;
  }
}
