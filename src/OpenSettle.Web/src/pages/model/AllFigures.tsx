/** Every figure of the passport in one table, to be filtered. */

import { useState } from "preact/hooks";
import type { Passport } from "../../api/passports.ts";
import { Empty, Table } from "../../parts/basics.tsx";
import { FigureValue, Level, Rests, Scope } from "../../parts/Figures.tsx";
import { counted } from "../../text/format.ts";
import { nameOfFigure } from "../../text/figures.ts";
import type { NameOf } from "./ModelPage.tsx";

const MOST_SHOWN = 25;

export function AllFigures({ passport, nameOf }: { passport: Passport; nameOf: NameOf }) {
  const [words, setWords] = useState("");
  const [all, setAll] = useState(false);
  const wanted = words.trim().toLowerCase();
  const found = passport.figures.filter((figure) => wanted === "" || `${figure.id} ${nameOfFigure(figure.id)} ${figure.scope} ${figure.level} ${figure.state}`.toLowerCase().includes(wanted));
  const shown = all ? found : found.slice(0, MOST_SHOWN);
  return (
    <>
      <p class="choice">
        <label for="figure-words">Filter</label>
        <input id="figure-words" type="text" placeholder="revenue, domain, attested, insufficient…" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
        <span class="note" role="status">
          {counted(found.length, "figure")}
        </span>
      </p>
      {found.length === 0 ? (
        <Empty title="No figure is called so">Try a part of its name, a token's address, a domain, a level or a state.</Empty>
      ) : (
        <Table label="Figures" head={["Figure", "Of", "Value", "Level", "What it rests on"]}>
          {shown.map((figure) => (
            <tr key={`${figure.id} ${figure.scope}`}>
              <td>
                {nameOfFigure(figure.id)}
                <code class="note figure-id">{figure.id.slice(0, 60)}</code>
              </td>
              <td>
                <Scope figure={figure} nameOf={nameOf} />
              </td>
              <td class="figure-cell">
                <FigureValue figure={figure} nameOf={nameOf} />
              </td>
              <td>
                <Level level={figure.level} />
              </td>
              <td>
                <Rests figure={figure} nameOf={nameOf} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {shown.length < found.length ? (
        <p class="actions">
          <button type="button" class="second" onClick={() => setAll(true)}>
            Show all {found.length}
          </button>
        </p>
      ) : null}
    </>
  );
}
