// The first step of a data set: whose images; the search in the address, or a saved one put there.

import { Fieldset, Group, Select, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { filterOfDocument, isEmpty, withFilter, type Filter, type useFilter } from "../viewer/filters";
import { useCohorts, useFacets, useOccurrences } from "../viewer/queries";

export function Who({ used: { filter, change } }: { used: ReturnType<typeof useFilter> }) {
  const { t } = useTranslation();
  const found = useOccurrences(filter, undefined);
  const total = found.isPlaceholderData ? undefined : found.data?.pages[0]?.total;
  return (
    <Fieldset legend={t("dataset.who")}>
      <Stack gap="xs">
        <Saved filter={filter} onChoose={change} />
        {isEmpty(filter) ? <Text>{t("dataset.everything")}</Text> : <Text>{t("dataset.whoText")}</Text>}
        <Said filter={filter} />
        <Group>
          {total !== undefined && <Text fw={600}>{t("viewer.found", { count: total })}</Text>}
          <Link href={`/?${withFilter(new URLSearchParams(), filter)}`}>{t("dataset.change")}</Link>
        </Group>
      </Stack>
    </Fieldset>
  );
}

/** What a search says, in words. */
function Said({ filter }: { filter: Filter }) {
  const { t } = useTranslation();
  const concepts = useFacets(filter).data?.condition_concept_id ?? [];
  const nameOf = (id: string) => concepts.find(({ value }) => value === id)?.name ?? id;
  const label = (name: string) => {
    const bound = /^(.+)_(min|max|from|to)$/.exec(name);
    if (!bound) return t(`filter.${name as "q"}`);
    return `${t(`filter.${bound[1] as "age"}`)} ${t(bound[2] === "min" || bound[2] === "from" ? "filter.from" : "filter.to")}`;
  };
  return (
    <dl>
      {Object.entries(filter).map(([name, value]) => (
        <Group key={name} gap="xs">
          <Text component="dt" c="dimmed">
            {label(name)}
          </Text>
          <Text component="dd" m={0}>
            {[value].flat().map(name === "condition_concept_id" ? nameOf : String).join(", ")}
          </Text>
        </Group>
      ))}
    </dl>
  );
}

/** One is chosen while the address says what it says. */
function Saved({ filter, onChoose }: { filter: Filter; onChoose: (filter: Filter) => void }) {
  const { t } = useTranslation();
  const cohorts = useCohorts().data?.items.map(({ name, filter }) => ({ name, filter: filterOfDocument(filter) })) ?? [];
  if (!cohorts.length) return null;
  const now = words(filter);
  return (
    <Select
      label={t("cohort.one")}
      placeholder={t("cohort.choose")}
      searchable
      allowDeselect={false}
      value={cohorts.find((one) => words(one.filter) === now)?.name ?? null}
      data={cohorts.map(({ name }) => name)}
      onChange={(name) => {
        const cohort = cohorts.find((one) => one.name === name);
        if (cohort) onChoose(cohort.filter);
      }}
    />
  );
}

const words = (filter: Filter) => withFilter(new URLSearchParams(), filter).toString();
