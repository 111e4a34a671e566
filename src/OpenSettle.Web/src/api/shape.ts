/** Checks of JSON, each of which says where it found what it did not expect. */

export type Read<T> = (value: unknown, where: string) => T;
export type Infer<R> = R extends Read<infer T> ? T : never;

export const text: Read<string> = (value, where) => (typeof value === "string" ? value : refuse(value, where, "a text"));

export const flag: Read<boolean> = (value, where) => (typeof value === "boolean" ? value : refuse(value, where, "true or false"));

/** A whole number that JSON carries without loss. */
export const whole: Read<number> = (value, where) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : refuse(value, where, "a whole number");

/** An amount: decimal digits in a text. A JSON number is refused, because it may have lost digits already. */
export const amount: Read<bigint> = (value, where) =>
  typeof value === "string" && /^\d{1,78}$/.test(value) ? BigInt(value) : refuse(value, where, "decimal digits in a text");

/** The value, or null; a field that is left out counts as null. */
export const nullable =
  <T>(read: Read<T>): Read<T | null> =>
  (value, where) =>
    value === null || value === undefined ? null : read(value, where);

export const list =
  <T>(read: Read<T>): Read<T[]> =>
  (value, where) =>
    Array.isArray(value) ? value.map((item, i) => read(item, `${where}[${i}]`)) : refuse(value, where, "a list");

/** An object with at least these fields; what a newer node adds is passed over. */
export const shape =
  <S extends Record<string, Read<unknown>>>(fields: S): Read<{ [K in keyof S]: Infer<S[K]> }> =>
  (value, where) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse(value, where, "an object");
    const given = value as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(fields).map(([name, read]) => [
        name,
        read(Object.hasOwn(given, name) ? given[name] : undefined, `${where}.${name}`),
      ]),
    ) as { [K in keyof S]: Infer<S[K]> };
  };

function refuse(value: unknown, where: string, wanted: string): never {
  const found =
    value === undefined
      ? "nothing"
      : value === null
        ? "null"
        : Array.isArray(value)
          ? "a list"
          : typeof value === "object"
            ? "an object"
            : `${typeof value} ${JSON.stringify(value).slice(0, 40)}`;
  throw new TypeError(`${where}: ${wanted} was expected, and ${found} came`);
}
