// What a data set holds, held back and put on which side: of a version, and of one that is only thought of.

import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Name } from "../i18n/en";
import { Rows } from "../parts/rows";

type Sides = Record<string, { persons: number; pictures: number; share: number }>;
/** As the API says it: `all` has sides, every stratum values that have sides. */
export type Split = Record<string, Sides | Record<string, Sides>>;

export function Section({ title, children }: { title: Name; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <section>
      <Title order={2} size="h4">
        {t(title)}
      </Title>
      {children}
    </section>
  );
}

export function Counts({ counts }: { counts: Record<string, number | Record<string, number>> }) {
  const { t } = useTranslation();
  const said = (value: number | Record<string, number>) =>
    typeof value === "number"
      ? value.toLocaleString()
      : Object.entries(value).map(([one, count]) => `${one} ${count.toLocaleString()}`).join(" · ");
  return (
    <Section title="dataset.counts">
      <div data-testid="counts">
        <Rows
          head={[t("holds.of"), t("holds.count")]}
          rows={Object.entries(counts).map(([name, value]) => [t(`count.${name as "pictures"}`, { defaultValue: name }), said(value)])}
        />
      </div>
    </Section>
  );
}

export function Balance({ split }: { split: Split }) {
  const { t } = useTranslation();
  const parts = Object.entries(split).flatMap(([stratum, values]): [string, Sides][] =>
    stratum === "all"
      ? [[t("holds.all"), values as Sides]]
      : Object.entries(values as Record<string, Sides>).map(([value, sides]) => [
          `${t(`dataset.stratify.${stratum as "sex"}`)}: ${value || "–"}`,
          sides,
        ]),
  );
  return (
    <Section title="dataset.achieved">
      <div data-testid="balance">
        <Rows
          head={[t("holds.of"), t("holds.side"), t("count.persons"), t("holds.share"), t("count.pictures")]}
          rows={parts.flatMap(([name, sides]) =>
            Object.entries(sides).map(([side, { persons, share, pictures }]) => [
              name,
              side,
              persons.toLocaleString(),
              `${(100 * share).toFixed(1)} %`,
              pictures.toLocaleString(),
            ]),
          )}
        />
      </div>
    </Section>
  );
}

export function Exclusions({ exclusions }: { exclusions: Record<string, number> }) {
  const { t } = useTranslation();
  const reasons = Object.entries(exclusions);
  return (
    <Section title="dataset.exclusions">
      {reasons.length ? (
        <div data-testid="exclusions">
          <Rows
            head={[t("upload.reason"), t("holds.why"), t("count.images")]}
            rows={reasons.map(([reason, count]) => [
              reason,
              t(`heldBack.${reason as "localizer"}`, { defaultValue: "" }),
              count.toLocaleString(),
            ])}
          />
        </div>
      ) : (
        <p>{t("dataset.nothingHeld")}</p>
      )}
    </Section>
  );
}
