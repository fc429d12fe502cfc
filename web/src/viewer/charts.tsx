// What the studies found consist of, as bars and tables that filter by a click.

import { Button, Title, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Name } from "../i18n/en";
import { asks, type Filter, type ListName, type useFilter } from "./filters";
import type { Distribution, Facets } from "./queries";
import classes from "./viewer.module.css";

type Used = ReturnType<typeof useFilter>;
type Cell = Distribution["year"][number];

const CHARTS: ListName[] = ["modality", "device", "body_part"];
const BARS = 4;
const MANY = 40;
const DECADE = 10;

export function Charts({ used, facets, spread }: { used: Used; facets: Facets; spread: Distribution | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <div className={classes.charts}>
        {CHARTS.map((name) => (
          <Bars
            key={name}
            used={used}
            title={`filter.${name}`}
            bars={(facets[name] ?? []).map(({ value, count }) => ({ text: value, count, filter: { [name]: [value] } }))}
          />
        ))}
        {spread && <Bars used={used} title="chart.year" bars={years(spread.year)} />}
      </div>
      {spread && (
        <details className={classes.crosses}>
          <summary>{t("chart.more")}</summary>
          <div className={classes.pair}>
            <Cross used={used} title="chart.ageSex" cells={spread.age_sex} filterOf={ageAndSex} textOf={decade} />
            <Cross used={used} title="chart.planePhase" cells={spread.plane_phase} filterOf={planeAndPhase} textOf={String} />
          </div>
        </details>
      )}
    </>
  );
}

interface Bar {
  text: string;
  count: number;
  filter: Filter;
}

/** The newest first. */
const years = (cells: Cell[]): Bar[] =>
  cells
    .toReversed()
    .map(({ first, count }) => ({ text: first, count, filter: { date_from: `${first}-01-01`, date_to: `${first}-12-31` } }));
const ageAndSex = ({ first, second }: Cell): Filter => ({
  age_min: String(Number(first)),
  age_max: String(Number(first) + DECADE - 1),
  sex: [second ?? ""],
});
const planeAndPhase = ({ first, second }: Cell): Filter => ({ plane: [first], phase: [second ?? ""] });
const decade = (first: string) => `${Number(first)}–${Number(first) + DECADE - 1}`;

function Bars({ used, title, bars }: { used: Used; title: Name; bars: Bar[] }) {
  const { t } = useTranslation();
  const [showsAll, setShowsAll] = useState(false);
  const most = Math.max(1, ...bars.map(({ count }) => count));
  if (!bars.length) return null;
  return (
    <section aria-label={t(title)}>
      <Title order={2} size="h6">
        {t(title)}
      </Title>
      <ul className={classes.bars}>
        {bars.slice(0, showsAll ? MANY : BARS).map(({ text, count, filter }) => (
          <li key={text}>
            <UnstyledButton className={classes.barRow} aria-pressed={asks(used.filter, filter)} onClick={() => used.turn(filter)}>
              <span className={classes.cell}>{text}</span>
              <span className={classes.meter} style={{ width: `${(100 * count) / most}%` }} />
              <span className={classes.count}>{count.toLocaleString()}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {bars.length > BARS && (
        <Button variant="subtle" size="compact-xs" onClick={() => setShowsAll(!showsAll)} aria-expanded={showsAll}>
          {showsAll ? t("filter.fewer") : t("filter.more", { count: Math.min(bars.length, MANY) - BARS })}
        </Button>
      )}
    </section>
  );
}

interface Crossed {
  used: Used;
  title: Name;
  cells: Cell[];
  filterOf: (cell: Cell) => Filter;
  textOf: (first: string) => string;
}

/** A table of counts; the more, the stronger its mark. */
function Cross({ used, title, cells, filterOf, textOf }: Crossed) {
  const { t } = useTranslation();
  const rows = [...new Set(cells.map(({ first }) => first))];
  const columns = [...new Set(cells.map(({ second }) => second ?? ""))];
  const most = Math.max(1, ...cells.map(({ count }) => count));
  if (!cells.length) return null;
  return (
    <section className={classes.cross}>
      <table>
        <caption>{t(title)}</caption>
        <thead>
          <tr>
            <td />
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row">{textOf(row)}</th>
              {columns.map((column) => {
                const cell = cells.find(({ first, second }) => first === row && second === column);
                if (!cell) return <td key={column} />;
                const filter = filterOf(cell);
                return (
                  <td key={column}>
                    <UnstyledButton
                      className={classes.crossed}
                      aria-label={`${textOf(row)}, ${column}: ${cell.count.toLocaleString()}`}
                      aria-pressed={asks(used.filter, filter)}
                      onClick={() => used.turn(filter)}
                    >
                      {cell.count.toLocaleString()}
                      <span className={classes.meter} style={{ width: `${(100 * cell.count) / most}%` }} />
                    </UnstyledButton>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
