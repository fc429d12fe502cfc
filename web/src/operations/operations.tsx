// For who keeps the system running: how it does, what could not be handled, the audit, keys, and the trail.

import { Alert, Badge, Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { api, body, Problem } from "../api/client";
import { may, useCaller } from "../api/session";
import { Rows } from "../parts/rows";
import { Answered, Failed } from "../parts/states";
import { NewKey } from "./new-key";
import { EVERY_MS, Overview } from "./overview";
import { Part } from "./part";
import { Trail } from "./trail";

export default function Operations() {
  const { t } = useTranslation();
  const caller = useCaller();
  return (
    <Container w="100%" py="md">
      <Stack gap="xl">
        <Title order={1} size="h2">
          {t("operations.title")}
        </Title>
        <Overview />
        <Letters />
        <Audit />
        {caller.data && may(caller.data, "admin") && <Keys />}
        <Trail />
      </Stack>
    </Container>
  );
}

function Audit() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const audit = useQuery({
    queryKey: ["audit"],
    queryFn: async () => {
      try {
        return await body(api.GET("/api/v1/audit"));
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
    refetchInterval: ({ state }) => (state.data?.state === "running" ? 1000 : false),
  });
  const run = useMutation({
    mutationFn: () => body(api.POST("/api/v1/audit")),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["audit"] }),
  });
  return (
    <Part title={t("operations.audit")}>
      <Group>
        <Button variant="default" loading={run.isPending || audit.data?.state === "running"} onClick={() => run.mutate()}>
          {t("operations.auditRun")}
        </Button>
      </Group>
      <Answered query={audit}>
        {(last) => {
          if (!last) return <Text c="dimmed">{t("operations.auditNone")}</Text>;
          if (!last.report) return <Badge variant="light">{last.state}</Badge>;
          return (
            <Alert color={last.report.clean ? "green" : "red"} title={new Date(last.started_at).toLocaleString()}>
              {last.report.clean ? t("operations.auditClean") : t("operations.auditDirty", { count: last.report.findings?.length ?? 0 })}
              {Object.entries(last.report.faults ?? {}).map(([kind, count]) => (
                <Text key={kind} size="sm">
                  {kind}: {String(count)}
                </Text>
              ))}
            </Alert>
          );
        }}
      </Answered>
    </Part>
  );
}

function Letters() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const letters = useQuery({
    queryKey: ["letters"],
    queryFn: () => body(api.GET("/api/v1/dead-letters", { params: { query: { replayed: false, limit: 100 } } })),
    refetchInterval: EVERY_MS, // what still cannot be handled is back soon
  });
  const replay = useMutation({
    mutationFn: (id: number) =>
      body(api.POST("/api/v1/dead-letters/{dead_letter_id}/replay", { params: { path: { dead_letter_id: id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["letters"] }),
  });
  return (
    <Part title={t("operations.letters")}>
      <Answered query={letters}>
        {({ items }) =>
          items.length ? (
            <Rows
              head={[t("upload.reason"), t("operations.at"), ""]}
              rows={items.map((one) => [
                `${one.group}: ${one.reason}`,
                new Date(one.buried_at).toLocaleString(),
                <Button key="again" size="compact-sm" variant="default" onClick={() => replay.mutate(one.dead_letter_id)}>
                  {t("operations.replay")}
                </Button>,
              ])}
            />
          ) : (
            <Text c="dimmed">{t("operations.lettersNone")}</Text>
          )
        }
      </Answered>
      {replay.error && <Failed error={replay.error} />}
    </Part>
  );
}

function Keys() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const keys = useQuery({
    queryKey: ["keys"],
    queryFn: () => body(api.GET("/api/v1/keys", { params: { query: { limit: 1000 } } })),
  });
  const revoke = useMutation({
    mutationFn: (id: string) => body(api.DELETE("/api/v1/keys/{key_id}", { params: { path: { key_id: id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
  return (
    <Part title={t("operations.keys")}>
      <Answered query={keys}>
        {({ items }) =>
          items.length ? (
            <Rows
              head={[t("operations.keyName"), t("operations.keyRoles"), t("operations.keyState"), t("operations.keyEnds"), ""]}
              rows={items.map((one) => [
                one.name,
                one.roles.join(", "),
                one.state,
                new Date(one.expires_at).toLocaleDateString(),
                one.state === "living" && (
                  <Button key="revoke" size="compact-sm" variant="default" onClick={() => revoke.mutate(one.key_id)}>
                    {t("operations.revoke")}
                  </Button>
                ),
              ])}
            />
          ) : (
            <Text c="dimmed">{t("operations.keysNone")}</Text>
          )
        }
      </Answered>
      {revoke.error && <Failed error={revoke.error} />}
      <NewKey />
    </Part>
  );
}
