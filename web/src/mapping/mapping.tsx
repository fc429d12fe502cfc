// Diagnoses as they were written become SNOMED concepts, the most frequent first, with the keyboard if one likes.

import { Badge, Button, Group, SegmentedControl, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";

import { api, body } from "../api/client";
import { Answered, Empty } from "../parts/states";
import { Desk } from "./desk";
import classes from "./mapping.module.css";
import { STATUSES, useDiagnoses, type Diagnosis, type Status } from "./queries";

export default function Mapping() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const status = STATUSES.find((one) => one === params.get("status")) ?? "UNMAPPED";
  const diagnoses = useDiagnoses(status);
  const items = diagnoses.data?.pages.flatMap((page) => page.items) ?? [];
  const wanted = Number(params.get("diagnosis"));
  const place = Math.max(0, items.findIndex(({ radiology_condition_id: id }) => id === wanted));
  const chosen = items[place];
  const choose = (diagnosis: Diagnosis | undefined) => {
    if (diagnosis) setParams({ status, diagnosis: String(diagnosis.radiology_condition_id) });
  };
  useHotkeys([
    ["j", () => choose(items[place + 1])],
    ["k", () => choose(items[place - 1])],
  ]);
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
            onChange={(value) => setParams({ status: value })}
            data={STATUSES.map((value: Status) => ({ value, label: t(`diagnosis.status.${value}`) }))}
          />
          <Exact />
        </Stack>
        <Answered query={diagnoses}>
          {() =>
            items.length ? (
              <ul className={classes.list}>
                {items.map((one) => (
                  <li key={one.radiology_condition_id}>
                    <UnstyledButton className={classes.one} aria-current={one === chosen ? "true" : undefined} onClick={() => choose(one)}>
                      <Text size="sm" fw={600} className={classes.text}>
                        {one.source_text || one.source_code}
                      </Text>
                      <Text size="sm" c="dimmed">
                        {t("mapping.studies", { count: one.occurrences })}
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
          <Button variant="default" m="md" onClick={() => void diagnoses.fetchNextPage()}>
            {t("viewer.more")}
          </Button>
        )}
      </section>
      <section className={classes.desk}>
        {chosen ? <Desk key={chosen.radiology_condition_id} diagnosis={chosen} /> : <Empty title={t("mapping.pick")} />}
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
    onSuccess: () => queries.invalidateQueries({ queryKey: ["diagnoses"] }),
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
