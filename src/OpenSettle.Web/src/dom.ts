/** Elements without markup: every text becomes a text node, so what came from outside stays text. */

export type Child = Node | string | null | undefined | false | readonly Child[];

type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

/** h("a", { class: "x", href: "#/" }, "text"); a function is a listener, `true` an attribute without value. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : String(value));
  }

  append(element, children);
  return element;
}

function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (typeof child === "string") parent.appendChild(document.createTextNode(child));
    else if (child instanceof Node) parent.appendChild(child);
    else append(parent, child);
  }
}

/**
 * A place whose content is made anew only when its data changed, so that polling neither flickers nor takes the focus
 * away. What had the focus gets it back by its `data-key`.
 */
export class Slot {
  readonly element: HTMLElement;
  #shown: string | undefined;

  constructor(element: HTMLElement) {
    this.element = element;
  }

  show(data: unknown, make: () => Child): void {
    const key = JSON.stringify(data, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
    if (key === this.#shown) return;
    this.#shown = key;
    const active = document.activeElement;
    const focused = active instanceof HTMLElement && this.element.contains(active) ? active.dataset["key"] : undefined;
    const content = document.createDocumentFragment();
    append(content, [make()]);
    this.element.replaceChildren(content);
    if (focused !== undefined)
      this.element.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

/** Says something to whoever listens to the page rather than looks at it. */
export function announce(message: string): void {
  const announcer = document.getElementById("announcer");
  if (announcer === null) return;
  announcer.textContent = "";
  // A moment of emptiness makes the same message count as a new one.
  setTimeout(() => (announcer.textContent = message), 50);
}
