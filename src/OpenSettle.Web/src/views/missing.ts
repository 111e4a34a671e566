import { h } from "../dom.ts";
import type { View } from "./view.ts";

/** A link that leads nowhere. */
export function missingView(): View {
  return {
    title: "Not found",
    element: h(
      "div",
      {},
      h("h1", { tabindex: -1 }, "There is no such page"),
      h(
        "p",
        {},
        "A link to an account ends in 0x and 40 hexadecimal digits, one to a model in 0x and 64. Look it up above, or go to the ",
        h("a", { href: "#/" }, "overview"),
        ".",
      ),
    ),
    onStatus: () => undefined,
    close: () => undefined,
  };
}
