// The first step of a data set: whose images; the search in the address, or a saved one put there.

import { Fieldset, Group, Select, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { filterOfDocument, isEmpty, withFilter, type Filter, type useFilter } from "../viewer/filters";
import { useCohorts, useOccurrences } from "../viewer/queries";

export function Who({ used: { filter, change } }: { used: ReturnType<typeof useFilter> }) {
  const { t } = useTranslation();
  const found = useOccurrences(filter, undefined);
  const total = found.isPlaceholderData ? undefined : found.data?.pages[0]?.total;
  return (
    <Fieldset legend={t("dataset.who")}>
      <Stack gap="xs">
        <Saved filter={filter} onChoose={change} />
        {isEmpty(filter) ? <Text>{t("dataset.everything")}</Text> : <Text>{t("dataset.whoText")}</Text>}
        <dl>
          {Object.entries(filter).map(([key, value]) => (
            <Group key={key} gap="xs">
              <Text component="dt" c="dimmed">
                {t(`filter.${key as "modality"}`, { defaultValue: key })}
              </Text>
              <Text component="dd" m={0}>
                {Array.isArray(value) ? value.join(", ") : value}
              </Text>
            </Group>
          ))}
        </dl>
        <Group>
          {total !== undefined && <Text fw={600}>{t("viewer.found", { count: total })}</Text>}
          <Link href={`/?${withFilter(new URLSearchParams(), filter)}`}>{t("dataset.change")}</Link>
        </Group>
      </Stack>
    </Fieldset>
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
