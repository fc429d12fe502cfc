// One diagnosis: what it means now, what it may mean, and any other concept.

import { Badge, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Answered, Failed } from "../parts/states";
import classes from "./mapping.module.css";
import { useConcept, useConcepts, useMapping, useSuggestions, type Diagnosis } from "./queries";

export function Desk({ diagnosis }: { diagnosis: Diagnosis }) {
  const { t } = useTranslation();
  const suggestions = useSuggestions(diagnosis.radiology_condition_id);
  const { approve, undo } = useMapping(diagnosis);
  const items = suggestions.data?.items ?? [];
  const approveOne = (place: number) => {
    const one = items[place];
    if (one) approve.mutate({ concepts: one.targets.map(({ concept_id }) => concept_id), equivalence: one.equivalence });
  };
  useHotkeys([
    ...Array.from({ length: 9 }, (_, place): [string, () => void] => [String(place + 1), () => approveOne(place)]),
    ["u", () => undo.mutate()],
  ]);
  const error = approve.error ?? undo.error;
  return (
    <Stack>
      <div>
        <Title order={2} size="h4" className={classes.text}>
          {diagnosis.source_text || "–"}
        </Title>
        <Text c="dimmed">
          {diagnosis.source_vocabulary_id} {diagnosis.source_code}
        </Text>
      </div>
      <Group aria-live="polite" data-testid="mapped">
        <Text fw={600}>{t("mapping.now")}:</Text>
        <Badge variant="light" tt="none" color={diagnosis.mapping_status === "APPROVED" ? "green" : "gray"}>
          {t(`diagnosis.status.${diagnosis.mapping_status as "UNMAPPED"}`)}
        </Badge>
        {diagnosis.targets.map((target) => (
          <Text key={target.concept_id}>
            {target.concept_name ?? ""} ({target.concept_id})
          </Text>
        ))}
        <Button variant="default" size="compact-sm" onClick={() => undo.mutate()} loading={undo.isPending}>
          {t("mapping.undo")}
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          onClick={() => approve.mutate({ concepts: [0], equivalence: "UNMATCHED" })}
        >
          {t("mapping.noMatch")}
        </Button>
      </Group>
      {error && <Failed error={error} />}
      <section>
        <Title order={3} size="h5">
          {t("mapping.suggestions")}
        </Title>
        <Answered query={suggestions}>
          {(found) => {
            if (found.vocabulary === null) return <Text c="dimmed">{t("mapping.noVocabulary")}</Text>;
            if (!found.items.length) return <Text c="dimmed">{t("mapping.noSuggestion")}</Text>;
            return (
              <ol className={classes.list}>
                {found.items.map((one, place) => (
                  <li key={one.targets.map(({ concept_id }) => concept_id).join(" ")} className={classes.suggestion}>
                    <div>
                      <Text fw={600}>
                        {place + 1}. {one.targets.map((target) => `${target.concept_name ?? ""} (${target.concept_id})`).join(" + ")}
                      </Text>
                      <Text size="sm" c="dimmed">
                        {Math.round(100 * one.score)} % · {one.method}
                        {one.matched_term && ` · ${one.matched_term}`}
                      </Text>
                      <Peek id={one.targets[0]?.concept_id} />
                    </div>
                    <Button size="compact-sm" loading={approve.isPending} onClick={() => approveOne(place)}>
                      {t("mapping.approve")}
                    </Button>
                  </li>
                ))}
              </ol>
            );
          }}
        </Answered>
      </section>
      <Search onApprove={(id) => approve.mutate({ concepts: [id], equivalence: "EQUIVALENT" })} />
    </Stack>
  );
}

/** What stands above a concept. */
function Peek({ id }: { id: number | undefined }) {
  const concept = useConcept(id);
  const parents = concept.data?.parents ?? [];
  if (!parents.length) return null;
  return (
    <Text size="sm" c="dimmed">
      ↑ {parents.map((one) => one.concept_name).join(", ")}
    </Text>
  );
}

function Search({ onApprove }: { onApprove: (id: number) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 250);
  const concepts = useConcepts(asked);
  return (
    <Stack gap="xs">
      <TextInput
        type="search"
        label={t("mapping.search")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={concepts.error?.message}
      />
      <ul className={classes.list}>
        {(asked.length > 1 ? (concepts.data?.items ?? []) : []).map((concept) => (
          <li key={concept.concept_id} className={classes.suggestion}>
            <Text>
              {concept.concept_name}{" "}
              <Text span size="sm" c="dimmed">
                {concept.vocabulary_id} {concept.concept_code} · {concept.domain_id}
              </Text>
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => onApprove(concept.concept_id)}>
              {t("mapping.approve")}
            </Button>
          </li>
        ))}
      </ul>
    </Stack>
  );
}
