/** What /find is asked, as the address of this page has it: read, checked in words, and written back. */

export interface Question {
  domain: string;
  minN: string;
  lowerBound: string;
  maxPrice: string;
  token: string;
  status: string;
  basis: string;
}

export const NAMES = ["domain", "minN", "lowerBound", "maxPrice", "token", "status", "basis"] as const;
export const STATUS_WORDS = ["active", "deprecated", "retired", "salvage"];
export const BASIS_WORDS = ["evaluated", "paidUsage"];

export function questionOf(query: URLSearchParams): Question {
  const read = (name: string): string => (query.get(name) ?? "").trim();
  return { domain: read("domain"), minN: read("minN"), lowerBound: read("lowerBound"), maxPrice: read("maxPrice"), token: read("token"), status: read("status"), basis: read("basis") };
}

/** What is wrong with a field, in words; nothing: the node will take it. */
export function problemsOf(question: Question, severalTokens: boolean): Partial<Record<keyof Question, string>> {
  const problems: Partial<Record<keyof Question, string>> = {};
  const { domain, minN, lowerBound, maxPrice, token, status, basis } = question;
  if (domain.length > 200) problems.domain = "A domain has at most 200 characters.";
  if (minN !== "" && !/^\d{1,18}$/.test(minN)) problems.minN = "A whole number of trials.";
  if (lowerBound !== "" && !(/^(?:0|1|0?\.\d{1,6}|[01]\.\d{1,6})$/.test(lowerBound) && !/^1\.\d*[1-9]/.test(lowerBound))) problems.lowerBound = "A share from 0 to 1, like 0.75.";
  if (maxPrice !== "" && !/^\d{1,40}(?:\.\d{1,24})?$/.test(maxPrice)) problems.maxPrice = "A decimal, in whole tokens for one use, like 0.002.";
  if (token !== "" && !/^0x[0-9a-fA-F]{40}$/.test(token)) problems.token = "A token's address.";
  else if (maxPrice !== "" && token === "" && severalTokens) problems.token = "A price is in a token: choose one.";
  if (status !== "" && !STATUS_WORDS.includes(status)) problems.status = `One of ${STATUS_WORDS.join(", ")}.`;
  if (basis !== "" && !BASIS_WORDS.includes(basis)) problems.basis = `One of ${BASIS_WORDS.join(", ")}.`;
  return problems;
}

/** What is given, by the names of the API and of this page's address. */
export const given = (question: Question): Record<string, string> => Object.fromEntries(NAMES.map((name) => [name, question[name]] as const).filter(([, value]) => value !== ""));

const quoted = (text: string): string => (/^[\w.:-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);

/** The command that asks the same. */
export function commandOf(question: Question): string {
  const options: readonly [string, string][] = [["--domain", question.domain], ["--min-n", question.minN], ["--lower-bound", question.lowerBound], ["--max-price", question.maxPrice], ["--token", question.token], ["--status", question.status], ["--basis", question.basis]];
  return ["opensettle find", ...options.filter(([, value]) => value !== "").map(([name, value]) => `${name} ${quoted(value)}`)].join(" ");
}
