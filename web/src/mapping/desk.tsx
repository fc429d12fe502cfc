// What a diagnosis means now, what it may mean, and any other concept; several can be decided at once.

import { Badge, Button, Group, List, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../parts/keys";
import { Answered } from "../parts/states";
import { NO_MATCH, asItIs, type Said, type useDeciding } from "./deciding";
import classes from "./mapping.module.css";
import { useConcept, useConcepts, useSuggestions, writtenAs, type Diagnosis } from "./queries";

interface Props {
  diagnoses: Diagnosis[];
  deciding: ReturnType<typeof useDeciding>;
}

export function Desk({ diagnoses, deciding: { decide, undo } }: Props) {
  const { t } = useTranslation();
  const first = diagnoses[0] as Diagnosis;
  const suggestions = useSuggestions(first.radiology_condition_id);
  const items = suggestions.data?.items ?? [];
  const say = (said: (one: Diagnosis) => Said) => {
    if (!decide.isPending && !undo.isPending) decide.mutate({ diagnoses, said });
  };
  const approve = (concepts: number[], equivalence: Said["equivalence"]) => say(() => ({ status: "APPROVED", concepts, equivalence }));
  const approveOne = (place: number) => {
    const one = items[place];
    if (one) approve(one.targets.map(({ concept_id }) => concept_id), one.equivalence);
  };
  const canBeAsItIs = diagnoses.every((one) => one.targets.length > 0 && one.mapping_status !== "APPROVED");
  const asTheyAre = () => canBeAsItIs && say((one) => asItIs(one, "APPROVED"));
  const flag = () => say((one) => asItIs(one, "FLAGGED"));
  const none = () => say(() => NO_MATCH);
  useKeys({
    ...Object.fromEntries(items.map((_, place) => [String(place + 1), () => approveOne(place)])),
    a: asTheyAre,
    f: flag,
    n: none,
  });
  return (
    <Stack aria-busy={decide.isPending}>
      {diagnoses.length > 1 ? <Several diagnoses={diagnoses} /> : <One diagnosis={first} />}
      <Group>
        {canBeAsItIs && (
          <Button size="compact-sm" onClick={asTheyAre}>
            {t(diagnoses.length > 1 ? "mapping.asTheyAre" : "mapping.asItIs", { count: diagnoses.length })}
          </Button>
        )}
        <Button variant="default" size="compact-sm" onClick={flag}>
          {t("mapping.flag")}
        </Button>
        <Button variant="default" size="compact-sm" onClick={none}>
          {t("mapping.noMatch")}
        </Button>
        {diagnoses.length === 1 && first.mapping_revision > 0 && (
          <Button variant="default" size="compact-sm" loading={undo.isPending} onClick={() => undo.mutate(diagnoses)}>
            {t("mapping.undoLast")}
          </Button>
        )}
      </Group>
      <section>
        <Title order={3} size="h5">
          {t("mapping.suggestions")}
          {diagnoses.length > 1 && `: ${writtenAs(first)}`}
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
                    <Button size="compact-sm" loading={decide.isPending} onClick={() => approveOne(place)}>
                      {t(diagnoses.length > 1 ? "mapping.approveAll" : "mapping.approve", { count: diagnoses.length })}
                    </Button>
                  </li>
                ))}
              </ol>
            );
          }}
        </Answered>
      </section>
      <Search count={diagnoses.length} onApprove={(id) => approve([id], "EQUIVALENT")} />
    </Stack>
  );
}

function One({ diagnosis }: { diagnosis: Diagnosis }) {
  const { t, i18n } = useTranslation();
  return (
    <>
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
        <Status diagnosis={diagnosis} />
        {diagnosis.targets.map((target) => (
          <Text key={target.concept_id}>
            {target.concept_name ?? ""} ({target.concept_id})
          </Text>
        ))}
        {diagnosis.mapped_by && diagnosis.mapped_at && (
          <Text size="sm" c="dimmed">
            {diagnosis.mapped_by}, {new Date(diagnosis.mapped_at).toLocaleString(i18n.language)}
          </Text>
        )}
      </Group>
    </>
  );
}

function Several({ diagnoses }: { diagnoses: Diagnosis[] }) {
  const { t } = useTranslation();
  return (
    <>
      <Title order={2} size="h4">
        {t("mapping.several", { count: diagnoses.length })}
      </Title>
      <List size="sm" className={classes.several}>
        {diagnoses.map((one) => (
          <List.Item key={one.radiology_condition_id} className={classes.text}>
            {writtenAs(one)}
            {one.targets.length > 0 && ` → ${one.targets.map((target) => target.concept_name ?? target.concept_id).join(", ")}`}
          </List.Item>
        ))}
      </List>
    </>
  );
}

function Status({ diagnosis }: { diagnosis: Diagnosis }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" tt="none" color={diagnosis.mapping_status === "APPROVED" ? "green" : "gray"}>
      {t(`diagnosis.status.${diagnosis.mapping_status}`)}
    </Badge>
  );
}

/** What stands above a concept, and what below. */
function Peek({ id }: { id: number | undefined }) {
  const { t } = useTranslation();
  const concept = useConcept(id).data;
  if (!concept) return null;
  const below = concept.descendants.slice(0, 3).map((one) => one.concept_name);
  return (
    <Text size="sm" c="dimmed">
      {concept.parents.length > 0 && <>↑ {concept.parents.map((one) => one.concept_name).join(", ")} </>}
      {below.length > 0 && (
        <>
          ↓ {below.join(", ")}
          {concept.descendants_total > below.length && ` ${t("mapping.moreBelow", { count: concept.descendants_total - below.length })}`}
        </>
      )}
    </Text>
  );
}

function Search({ count, onApprove }: { count: number; onApprove: (id: number) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 250);
  const concepts = useConcepts(asked);
  const found = asked.length > 1 ? concepts.data?.items : undefined;
  return (
    <Stack gap="xs">
      <TextInput
        type="search"
        label={t("mapping.search")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={concepts.error?.message}
      />
      {found?.length === 0 && <Text c="dimmed">{t("mapping.noConcept")}</Text>}
      <ul className={classes.list}>
        {found?.map((concept) => (
          <li key={concept.concept_id} className={classes.suggestion}>
            <div>
              <Text>
                {concept.concept_name}{" "}
                <Text span size="sm" c="dimmed">
                  {concept.vocabulary_id} {concept.concept_code} · {concept.domain_id}
                </Text>
              </Text>
            </div>
            <Button size="compact-sm" variant="default" onClick={() => onApprove(concept.concept_id)}>
              {t(count > 1 ? "mapping.approveAll" : "mapping.approve", { count })}
            </Button>
          </li>
        ))}
      </ul>
    </Stack>
  );
}
