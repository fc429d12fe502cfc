// A data set and one of its versions: what is in it, how to have it, how it differs, how to cite it.

import { Alert, Badge, Button, Container, Group, Progress, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";

import { api, body, type Schemas } from "../api/client";
import { may, useCaller } from "../api/session";
import { Answered, Failed } from "../parts/states";
import { Balance, Counts, Exclusions, type Split } from "./holds";
import { FINAL, useDataset, useDiff, useOperation, useVersion, type Version } from "./queries";
import { Take } from "./take";
import { again } from "./wish";

/** What is under way, or ended otherwise than it should: its operation says why. */
const WORK = ["building", "failed", "cancelled"];

export default function DatasetPage({ name, version }: { name: string; version: string }) {
  const dataset = useDataset(name);
  const found = useVersion(name, version);
  return (
    <Container w="100%" py="md">
      <Answered query={dataset}>
        {(all) => <Answered query={found}>{(one) => <Shown dataset={all} version={one} />}</Answered>}
      </Answered>
    </Container>
  );
}

function Shown({ dataset, version }: { dataset: Schemas["Dataset"]; version: Version }) {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const before = dataset.items.find((one) => one.number < version.number && one.state === "ready");
  const caller = useCaller();
  const isSteward = caller.data ? may(caller.data, "steward") : false;
  const isThere = version.state === "ready" && !version.deleted && !version.withdrawn_at;
  return (
    <Stack>
      <Group justify="space-between" align="flex-end">
        <Title order={1} size="h2">
          {dataset.name}
        </Title>
        <Select
          label={t("datasets.versions")}
          value={version.version}
          allowDeselect={false}
          data={dataset.items.map((one) => one.version)}
          onChange={(value) => go(`/datasets/${dataset.name}/${value ?? "latest"}`)}
        />
      </Group>
      <Group gap="xs">
        <Badge variant="light" tt="none" color={version.state === "ready" ? "green" : "gray"} data-testid="state">
          {t(`dataset.state.${version.state as "ready"}`)}
        </Badge>
        <Text c="dimmed">{new Date(version.created_at).toLocaleString()}</Text>
        <Link href={again(version)}>{t("dataset.again")}</Link>
      </Group>
      {version.withdrawn_at && <Alert color="red">{t("dataset.withdrawn", { reason: version.withdrawn_reason })}</Alert>}
      {version.deleted > 0 && <Alert color="red">{t("dataset.deleted", { count: version.deleted })}</Alert>}
      {version.state === "waiting" && (
        <Alert color="yellow">
          {t("dataset.waits")}
          {isSteward && <Word version={version} deed="approve" />}
        </Alert>
      )}
      {WORK.includes(version.state) && <Building name={dataset.name} operationId={version.operation_id} />}
      {isThere && <Take version={version} />}
      {version.description && <Described description={version.description} />}
      <Exclusions exclusions={version.exclusions} />
      {isThere && isSteward && <Word version={version} deed="withdraw" />}
      {before && version.state === "ready" && <Against name={dataset.name} version={version.version} from={before.version} />}
    </Stack>
  );
}

function Building({ name, operationId }: { name: string; operationId: string }) {
  const { t } = useTranslation();
  const operation = useOperation(operationId, name);
  const cancel = useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/operations/{operation_id}", { params: { path: { operation_id: operationId } } })),
  });
  if (!operation) return null;
  return (
    <Stack gap="xs" role="status">
      <Progress value={operation.total ? (100 * operation.done) / operation.total : 0} aria-label={t("dataset.state.building")} />
      <Group>
        <Text>{t("dataset.building", { done: operation.done, total: operation.total })}</Text>
        {!FINAL.includes(operation.state) && (
          <Button size="compact-sm" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t("dataset.cancel")}
          </Button>
        )}
      </Group>
      {cancel.error && <Failed error={cancel.error} />}
      {operation.error && <Failed error={operation.error} />}
    </Stack>
  );
}

/** A steward's word on a version; why is kept. */
function Word({ version, deed }: { version: Version; deed: "approve" | "withdraw" }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const path = { name: version.name, version: version.version };
  const say = useMutation({
    mutationFn: async (): Promise<unknown> =>
      deed === "approve"
        ? body(api.POST("/api/v1/datasets/{name}/versions/{version}/approve", { params: { path }, body: { reason } }))
        : body(api.POST("/api/v1/datasets/{name}/versions/{version}/withdraw", { params: { path }, body: { reason } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["dataset", version.name] }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        say.mutate();
      }}
    >
      <Group align="flex-end">
        <TextInput
          label={`${t(`dataset.${deed}`)}: ${t("dataset.reason")}`}
          {...(deed === "withdraw" && { description: t("dataset.withdrawHelp") })}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={say.error?.message}
        />
        <Button type="submit" variant="default" disabled={reason.trim().length < 8} loading={say.isPending}>
          {t(`dataset.${deed}`)}
        </Button>
      </Group>
    </form>
  );
}

function Described({ description }: { description: Record<string, unknown> }) {
  const { t } = useTranslation();
  const faces = (description.recognizable_faces as { series: number } | undefined)?.series;
  const split = description.split_achieved as Split | null;
  return (
    <>
      <Counts counts={(description.counts ?? {}) as Record<string, number | Record<string, number>>} />
      {faces ? <Alert color="yellow">{t("dataset.faces", { count: faces })}</Alert> : null}
      {split && <Balance split={split} />}
    </>
  );
}

function Against({ name, version, from }: { name: string; version: string; from: string }) {
  const { t } = useTranslation();
  const diff = useDiff(name, version, from);
  return (
    <section>
      <Title order={2} size="h4">
        {t("dataset.diff")} ({from})
      </Title>
      <Answered query={diff}>
        {({ added, removed, changed, moved_persons: moved }) => <Text>{t("dataset.diffText", { added, removed, changed, moved })}</Text>}
      </Answered>
    </section>
  );
}
