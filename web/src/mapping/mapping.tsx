// Diagnoses as they were written become SNOMED concepts, the most frequent first, with the keyboard if one likes.

import { Badge, Button, Checkbox, Group, SegmentedControl, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";

import { api, body } from "../api/client";
import { studiesChanged } from "../api/stale";
import { useKeys } from "../parts/keys";
import { Answered, Empty } from "../parts/states";
import { useDeciding } from "./deciding";
import { Desk } from "./desk";
import classes from "./mapping.module.css";
import { Outcome } from "./outcome";
import { STATUSES, isWithoutMatch, useDiagnoses, writtenAs, type Diagnosis, type Status } from "./queries";

const idOf = (one: Diagnosis) => one.radiology_condition_id;

export default function Mapping() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const status = STATUSES.find((one) => one === params.get("status")) ?? "UNMAPPED";
  const diagnoses = useDiagnoses(status);
  const items = diagnoses.data?.pages.flatMap((page) => page.items) ?? [];
  const wanted = Number(params.get("diagnosis"));
  const place = Math.max(0, items.findIndex((one) => idOf(one) === wanted));
  const chosen = items[place];
  const [marks, setMarks] = useState<ReadonlySet<number>>(new Set());
  const marked = items.filter((one) => marks.has(idOf(one)));
  const acted = marked.length ? marked : chosen ? [chosen] : [];
  const choose = (diagnosis: Diagnosis | undefined) => {
    if (diagnosis) setParams({ status, diagnosis: String(idOf(diagnosis)) });
  };
  const mark = (ids: number[], isMarked: boolean) =>
    setMarks((before) => new Set(isMarked ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
  const deciding = useDeciding(
    (made) => {
      const gone = made.map(idOf);
      mark(gone, false);
      const rest = (one: Diagnosis) => !gone.includes(idOf(one));
      choose(items.slice(place).find(rest) ?? items.slice(0, place).reverse().find(rest));
    },
    (made) => choose(made[0]),
  );
  useKeys({
    j: () => choose(items[place + 1]),
    k: () => choose(items[place - 1]),
    x: () => chosen && mark([idOf(chosen)], !marks.has(idOf(chosen))),
    Escape: () => setMarks(new Set()),
  });
  return (
    <div className={classes.page}>
      <section className={classes.queue} aria-label={t("mapping.queue")}>
        <Stack gap="xs" p="md">
          <Title order={1} size="h3">
            {t("mapping.title")}
          </Title>
          <SegmentedControl
            orientation="vertical"
            value={status}
            onChange={(value) => {
              setMarks(new Set());
              setParams({ status: value });
            }}
            data={STATUSES.map((value: Status) => ({ value, label: t(`diagnosis.status.${value}`) }))}
          />
          <Exact />
          {items.length > 1 && (
            <Checkbox
              label={t("mapping.markAll", { count: items.length })}
              checked={marked.length === items.length}
              indeterminate={marked.length > 0 && marked.length < items.length}
              onChange={(event) => mark(items.map(idOf), event.currentTarget.checked)}
            />
          )}
        </Stack>
        <Answered query={diagnoses}>
          {() =>
            items.length ? (
              <ul className={classes.list}>
                {items.map((one) => (
                  <li key={idOf(one)} className={classes.row}>
                    <Checkbox
                      aria-label={t("mapping.mark", { text: writtenAs(one) })}
                      checked={marks.has(idOf(one))}
                      onChange={(event) => mark([idOf(one)], event.currentTarget.checked)}
                    />
                    <UnstyledButton className={classes.one} aria-current={one === chosen ? "true" : undefined} onClick={() => choose(one)}>
                      <Text size="sm" fw={600} className={classes.text}>
                        {writtenAs(one)}
                      </Text>
                      <Text size="sm" c="dimmed">
                        {t("mapping.studies", { count: one.occurrences })}
                        {isWithoutMatch(one) && ` · ${t("mapping.noMatch")}`}
                      </Text>
                    </UnstyledButton>
                  </li>
                ))}
              </ul>
            ) : (
              <Empty title={t("mapping.none")} />
            )
          }
        </Answered>
        {diagnoses.hasNextPage && (
          <Button variant="default" m="md" loading={diagnoses.isFetchingNextPage} onClick={() => void diagnoses.fetchNextPage()}>
            {t("viewer.more")}
          </Button>
        )}
      </section>
      <section className={classes.desk}>
        <Outcome deciding={deciding} />
        {acted[0] ? (
          <Desk key={idOf(acted[0])} diagnoses={acted} deciding={deciding} />
        ) : (
          !diagnoses.isPending && <Empty title={t("mapping.pick")} />
        )}
        <Text size="sm" c="dimmed" mt="lg">
          {t("mapping.keys")}
        </Text>
      </section>
    </div>
  );
}

function Exact() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const exact = useMutation({
    mutationFn: () => body(api.POST("/api/v1/diagnoses/approve-exact")),
    onSuccess: () => studiesChanged(queries),
  });
  return (
    <Group>
      <Button variant="default" loading={exact.isPending} onClick={() => exact.mutate()}>
        {t("mapping.exact")}
      </Button>
      {exact.data && <Badge variant="light">{t("mapping.exactDone", { count: exact.data.approved })}</Badge>}
      {exact.error && <Text c="red">{exact.error.message}</Text>}
    </Group>
  );
}
