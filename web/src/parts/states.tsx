// Loading, empty, failed: each tells what is and what to do next.

import { Alert, Button, Center, Group, Loader, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/client";

export function Loading() {
  const { t } = useTranslation();
  return (
    <Center p="xl" role="status" aria-label={t("state.loading")}>
      <Loader />
    </Center>
  );
}

export function Empty({ title, help, children }: { title: string; help?: string; children?: ReactNode }) {
  return (
    <Center p="xl">
      <Stack align="center" gap="xs">
        <Text fw={600}>{title}</Text>
        {help && <Text c="dimmed">{help}</Text>}
        {children}
      </Stack>
    </Center>
  );
}

export function Failed({ error, again }: { error: unknown; again?: () => unknown }) {
  const { t } = useTranslation();
  const problem = error instanceof Problem ? error : undefined;
  const detail = problem?.status === 0 ? t("state.offline") : (problem?.message ?? String(error));
  return (
    <Alert color="red" role="alert" title={t("state.failed")} m="md">
      <Stack gap="xs" align="flex-start">
        <Text>{detail}</Text>
        {problem?.requestId && (
          <Text size="sm" c="dimmed">
            {t("state.request", { id: problem.requestId })}
          </Text>
        )}
        {again && (
          <Group>
            <Button variant="default" onClick={() => void again()}>
              {t("state.retry")}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

/** What a query has: its data, or the state it is in. */
export function Answered<T>({ query, children }: { query: Asked<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failed error={query.error} again={query.refetch} />;
  return <Loading />;
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => unknown;
}
