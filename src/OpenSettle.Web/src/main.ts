/** The page: a route, a view, and a status that is asked for every few seconds while somebody looks. */

import { ApiError, type ModelSummary, type Status, getModels, getStatus } from "./api.ts";
import { Slot, announce, h } from "./dom.ts";
import { ended, recognise } from "./format.ts";
import { accountView } from "./views/account.ts";
import { homeView } from "./views/home.ts";
import { missingView } from "./views/missing.ts";
import { modelView } from "./views/model.ts";
import type { View } from "./views/view.ts";

const POLL_MS = 4_000;
/** The API lists models all at once; beyond this many they are only looked up by id. */
const MOST_MODELS = 1_000;

const main = required("main");
const notices = new Slot(required("notices"));
const foot = new Slot(required("foot"));

let view: View | undefined;
let status: Status | undefined;
let problem: ApiError | undefined;
let answeredAt: Date | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let asking = false;
let modelsKnown: { at: string; list: Promise<ReadonlyMap<string, ModelSummary>> } | undefined;

const shared = {
  models(): Promise<ReadonlyMap<string, ModelSummary>> {
    if (status === undefined || status.models > MOST_MODELS) return Promise.resolve(new Map());
    const at = `${status.models} ${status.booksBlock}`;
    if (modelsKnown?.at !== at) {
      const list = getModels().then((models) => new Map(models.map((model) => [model.id.toLowerCase(), model])));
      modelsKnown = { at, list };
      list.catch(() => (modelsKnown = undefined));
    }

    return modelsKnown.list;
  },
};

function route(): View {
  const path = location.hash.replace(/^#\/?/, "");
  if (path === "") return homeView(shared);
  const [kind, id = "", more] = path.split("/");
  const found = more === undefined ? recognise(id) : null;
  if (kind === "accounts" && found?.kind === "account") return accountView(found.id, shared);
  if (kind === "models" && found?.kind === "model") return modelView(found.id, shared);
  return missingView();
}

function navigate(first: boolean): void {
  view?.close();
  view = route();
  main.replaceChildren(view.element);
  document.title = `${view.title} · OpenSettle`;
  if (!first) {
    window.scrollTo(0, 0);
    view.element.querySelector("h1")?.focus({ preventScroll: true });
  }

  if (status !== undefined) view.onStatus(status);
}

async function poll(): Promise<void> {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    status = await getStatus();
    problem = undefined;
    answeredAt = new Date();
  } catch (error) {
    problem = error instanceof ApiError ? error : new ApiError("This page made a mistake", `Reload it. ${String(error)}`);
  } finally {
    asking = false;
  }

  showNotices();
  if (status !== undefined && problem === undefined) view?.onStatus(status);
  if (!document.hidden) timer = setTimeout(() => void poll(), POLL_MS);
}

function showNotices(): void {
  const [now, failed] = [status, problem];
  notices.show([failed?.message, failed?.remedy, now?.halted, now?.trouble], () => [
    failed === undefined
      ? null
      : notice(
          "warn",
          failed.message,
          answeredAt === undefined
            ? `${failed.remedy} This page asks again by itself.`
            : `${failed.remedy} What you see is of ${answeredAt.toLocaleTimeString()}; this page asks again by itself.`,
        ),
    now === undefined || now.halted === null
      ? null
      : notice("bad", "Settlement is halted", `${ended(now.halted)} It does not go on by itself: an operator has to look.`),
    now === undefined || now.trouble === null
      ? null
      : notice("warn", "The node is in trouble", `${ended(now.trouble)} It tries again by itself.`),
  ]);
  foot.show([now?.contracts, now?.client], () =>
    now === undefined
      ? null
      : [
          h("span", {}, "Vault ", h("code", { class: "hex" }, now.contracts.vault)),
          h("span", {}, "Registry ", h("code", { class: "hex" }, now.contracts.registry)),
          h("span", {}, `Chain client ${now.client}`),
        ],
  );
}

const notice = (kind: string, title: string, words: string): HTMLElement =>
  h("div", { class: `notice ${kind}`, role: "alert" }, h("p", { class: "notice-title" }, title), h("p", {}, words));

function search(): void {
  const form = required("search");
  const field = required("query") as HTMLInputElement;
  const complaint = required("query-problem");
  const complain = (words: string): void => {
    complaint.textContent = words;
    if (words === "") field.removeAttribute("aria-invalid");
    else field.setAttribute("aria-invalid", "true");
  };
  field.addEventListener("input", () => complain(""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const found = recognise(field.value);
    if (found === null) {
      complain(
        field.value.trim() === ""
          ? "Enter an account address or a model id."
          : "That is neither an account (0x and 40 hexadecimal digits) nor a model (0x and 64). Check that it was copied whole.",
      );
      field.focus();
      return;
    }

    field.value = "";
    complain("");
    const target = `#/${found.kind}s/${found.id}`;
    if (location.hash === target) navigate(false);
    else location.hash = target;
    announce(`Looking up the ${found.kind}.`);
  });
}

function required(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no #${id}`);
  return element;
}

document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", () => navigate(false));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else void poll();
});
search();
navigate(true);
void poll();
