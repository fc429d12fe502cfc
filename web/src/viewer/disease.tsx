// A disease by its concept, found while typing; with everything below it in the vocabulary.

import { Checkbox, Combobox, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body, type Schemas } from "../api/client";
import type { useFilter } from "./filters";

type Used = ReturnType<typeof useFilter>;

export function Disease({ used, names }: { used: Used; names: Schemas["FacetValue"][] }) {
  const { t } = useTranslation();
  const box = useCombobox();
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 250);
  const [heard, setHeard] = useState<Record<string, string>>({});
  const concepts = useQuery({
    queryKey: ["concepts", asked],
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/concepts", { params: { query: { q: asked, domain: "Condition", limit: 12 } }, signal })),
    enabled: asked.length > 1,
  });
  const found = asked.length > 1 ? (concepts.data?.items ?? []) : [];
  const nameOf = (id: string) => names.find(({ value }) => value === id)?.name ?? heard[id] ?? id;
  const choose = (id: string) => {
    const concept = found.find((one) => String(one.concept_id) === id);
    if (concept) setHeard({ ...heard, [id]: concept.concept_name });
    if (!used.filter.condition_concept_id?.includes(id)) used.toggle("condition_concept_id", id);
    setText("");
    box.closeDropdown();
  };
  return (
    <div>
      <Combobox store={box} onOptionSubmit={choose} withinPortal={false}>
        <Combobox.Target>
          <TextInput
            label={t("filter.condition_concept_id")}
            placeholder={t("filter.findDisease")}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              box.openDropdown();
            }}
            onBlur={() => box.closeDropdown()}
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={!found.length}>
          <Combobox.Options>
            {found.map((concept) => (
              <Combobox.Option key={concept.concept_id} value={String(concept.concept_id)}>
                {concept.concept_name}
              </Combobox.Option>
            ))}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {used.filter.condition_concept_id?.map((id) => (
        <Checkbox
          key={id}
          mt="xs"
          size="sm"
          label={nameOf(id)}
          checked
          onChange={() => used.toggle("condition_concept_id", id)}
        />
      ))}
    </div>
  );
}
