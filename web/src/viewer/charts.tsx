// What the studies found consist of, as bars that filter by a click.

import { Title, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { ListName, useFilter } from "./filters";
import type { Facets } from "./queries";
import classes from "./viewer.module.css";

const CHARTS: ListName[] = ["modality", "phase", "plane", "body_part"];
const BARS = 5;

export function Charts({ used, facets }: { used: ReturnType<typeof useFilter>; facets: Facets }) {
  const { t } = useTranslation();
  return (
    <div className={classes.charts}>
      {CHARTS.map((name) => {
        const values = (facets[name] ?? []).slice(0, BARS);
        const most = Math.max(1, ...values.map(({ count }) => count));
        if (!values.length) return null;
        return (
          <section key={name} aria-label={t(`filter.${name}`)}>
            <Title order={2} size="h6">
              {t(`filter.${name}`)}
            </Title>
            <ul className={classes.bars}>
              {values.map(({ value, count }) => (
                <li key={value}>
                  <UnstyledButton
                    className={classes.barRow}
                    aria-pressed={used.filter[name]?.includes(value) ?? false}
                    onClick={() => used.toggle(name, value)}
                  >
                    <span className={classes.cell}>{value}</span>
                    <span className={classes.meter} style={{ width: `${(100 * count) / most}%` }} />
                    <span className={classes.count}>{count.toLocaleString()}</span>
                  </UnstyledButton>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
