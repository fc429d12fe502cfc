// The filters beside the studies; each value with the number of studies it would leave.

import { Button, Checkbox, Group, NumberInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../api/client";
import { useKeys } from "../parts/keys";
import { Disease } from "./disease";
import { RANGES, boundsOf, isEmpty, type ListName, type RangeName, type useFilter } from "./filters";
import type { Facets } from "./queries";
import classes from "./viewer.module.css";

const FACETS: ListName[] = [
  "modality", "body_part", "phase", "plane", "sequence", "sex", "condition", "hospital", "device", "manufacturer", "protocol",
];
const FEW = 6;
/** How images were made. */
const MADE = RANGES.filter((name) => name !== "age");

type Used = ReturnType<typeof useFilter>;

export function Rail({ used, facets }: { used: Used; facets: Facets | undefined }) {
  const { t } = useTranslation();
  return (
    <Stack gap="lg" component="form" onSubmit={(event) => event.preventDefault()} aria-label={t("viewer.filters")}>
      <Text_ used={used} />
      <Disease used={used} names={facets?.condition_concept_id ?? []} />
      <Range used={used} name="age" />
      <Days used={used} />
      {FACETS.map((name) => (
        <Facet key={name} name={name} values={facets?.[name] ?? []} used={used} />
      ))}
      <details open={MADE.some((name) => boundsOf(name).some((bound) => used.filter[bound]))}>
        <summary className={classes.more}>{t("filter.acquisition")}</summary>
        <Stack gap="sm" mt="xs">
          {MADE.map((name) => (
            <Range key={name} used={used} name={name} />
          ))}
        </Stack>
      </details>
      <Tags used={used} />
      {!isEmpty(used.filter) && (
        <Button variant="default" onClick={() => used.change({})}>
          {t("viewer.clear")}
        </Button>
      )}
    </Stack>
  );
}

function Text_({ used }: { used: Used }) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.focus() });
  const said = used.filter.q ?? "";
  const [typed, setTyped] = useState({ said, text: said });
  const put = useDebouncedCallback((text: string) => used.put("q", text.trim()), 300);
  // Who goes back in the history sees what was searched for then.
  if (typed.said !== said) setTyped({ said, text: said });
  return (
    <TextInput
      ref={field}
      aria-keyshortcuts="/"
      label={t("filter.q")}
      description={t("filter.qHelp")}
      type="search"
      value={typed.text}
      onChange={(event) => {
        setTyped({ said, text: event.currentTarget.value });
        put(event.currentTarget.value);
      }}
    />
  );
}

function Facet({ name, values, used }: { name: ListName; values: Schemas["FacetValue"][]; used: Used }) {
  const { t } = useTranslation();
  const [showsAll, setShowsAll] = useState(false);
  const chosen = used.filter[name] ?? [];
  const known = new Set(values.map(({ value }) => value));
  // What is chosen stays, also when nothing has it any more.
  const all = [...chosen.filter((value) => !known.has(value)).map((value) => ({ value, count: 0 })), ...values];
  if (!all.length) return null;
  const shown = showsAll ? all : all.filter(({ value }, place) => place < FEW || chosen.includes(value));
  return (
    <fieldset className={classes.facet}>
      <Title order={2} size="h6" component="legend">
        {t(`filter.${name}`)}
      </Title>
      {shown.map(({ value, count }) => (
        <div key={value} className={classes.value}>
          <Checkbox
            size="sm"
            label={value}
            checked={chosen.includes(value)}
            onChange={() => used.toggle(name, value)}
            classNames={{ label: classes.label }}
          />
          <Text size="sm" className={classes.count}>
            {count.toLocaleString()}
          </Text>
        </div>
      ))}
      {all.length > FEW && (
        <Button variant="subtle" size="compact-xs" onClick={() => setShowsAll(!showsAll)} aria-expanded={showsAll}>
          {showsAll ? t("filter.fewer") : t("filter.more", { count: all.length - shown.length })}
        </Button>
      )}
    </fieldset>
  );
}

function Range({ used, name: range }: { used: Used; name: RangeName }) {
  const { t } = useTranslation();
  const label = `filter.${range}` as const;
  const put = useDebouncedCallback(used.put, 400);
  return (
    <fieldset className={classes.facet}>
      <Title order={2} size="h6" component="legend">
        {t(label)}
      </Title>
      <Group grow>
        {boundsOf(range).map((name, place) => (
          <NumberInput
            key={`${name} ${used.filter[name] ?? ""}`}
            aria-label={`${t(label)} ${t(place ? "filter.to" : "filter.from")}`}
            placeholder={t(place ? "filter.to" : "filter.from")}
            defaultValue={used.filter[name] ?? ""}
            min={0}
            allowDecimal={range !== "age"}
            hideControls
            onChange={(value) => put(name, String(value))}
          />
        ))}
      </Group>
    </fieldset>
  );
}

function Days({ used }: { used: Used }) {
  const { t } = useTranslation();
  return (
    <fieldset className={classes.facet}>
      <Title order={2} size="h6" component="legend">
        {t("filter.date")}
      </Title>
      <Group grow>
        {(["date_from", "date_to"] as const).map((name, place) => (
          <TextInput
            key={`${name} ${used.filter[name] ?? ""}`}
            type="date"
            aria-label={`${t("filter.date")} ${t(place ? "filter.to" : "filter.from")}`}
            defaultValue={used.filter[name] ?? ""}
            onBlur={(event) => used.put(name, event.currentTarget.value)}
          />
        ))}
      </Group>
    </fieldset>
  );
}

function Tags({ used }: { used: Used }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const add = () => {
    const said = text.trim();
    if (said && !used.filter.tag?.includes(said)) used.toggle("tag", said);
    setText("");
  };
  return (
    <Stack gap="xs">
      <Group align="flex-end" wrap="nowrap">
        <TextInput
          flex={1}
          label={t("filter.tag")}
          description={t("filter.tagHelp")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") add();
          }}
        />
        <Button variant="default" onClick={add} disabled={!text.trim()}>
          {t("filter.add")}
        </Button>
      </Group>
      {used.filter.tag?.map((said) => (
        <Checkbox key={said} size="sm" label={said} checked onChange={() => used.toggle("tag", said)} />
      ))}
    </Stack>
  );
}
