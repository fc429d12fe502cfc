// Searches that were saved under a name.

import { Button, CloseButton, Group, Menu, Popover, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "../api/client";
import { asDocument, filterOfDocument, isEmpty, type useFilter } from "./filters";
import { useCohorts } from "./queries";

export function Cohorts({ used }: { used: ReturnType<typeof useFilter> }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const cohorts = useCohorts();
  const save = useMutation({
    mutationFn: () => body(api.POST("/api/v1/cohorts", { body: { name, filter: asDocument(used.filter) } })),
    onSuccess: () => {
      setName("");
      return queries.invalidateQueries({ queryKey: ["cohorts"] });
    },
  });
  return (
    <Popover withinPortal position="bottom-end" shadow="md">
      <Popover.Target>
        <Button variant="default">{t("cohort.title")}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs" miw={240}>
          {cohorts.data?.items.length === 0 && <Text c="dimmed">{t("cohort.none")}</Text>}
          {cohorts.error && <Text c="red">{cohorts.error.message}</Text>}
          {cohorts.data?.items.map(({ name, filter }) => (
            <Saved key={name} name={name} onOpen={() => used.change(filterOfDocument(filter))} />
          ))}
          <form
            onSubmit={(event) => {
              event.preventDefault();
              save.mutate();
            }}
          >
            <Group align="flex-end" wrap="nowrap">
              <TextInput
                label={t("cohort.name")}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                error={save.error?.message}
              />
              <Button type="submit" disabled={!name.trim() || isEmpty(used.filter)} loading={save.isPending}>
                {t("cohort.save")}
              </Button>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** One of them: it opens, and goes when that is said twice. */
function Saved({ name, onOpen }: { name: string; onOpen: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [isAsked, setIsAsked] = useState(false);
  const remove = useMutation({
    mutationFn: () => body(api.DELETE("/api/v1/cohorts/{name}", { params: { path: { name } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["cohorts"] }),
  });
  if (isAsked)
    return (
      <Stack gap="xs" role="group" aria-label={t("cohort.delete", { name })}>
        <Text size="sm">{t("cohort.sure", { name })}</Text>
        {remove.error && (
          <Text size="sm" c="red" role="alert">
            {remove.error.message}
          </Text>
        )}
        <Group>
          <Button size="compact-sm" color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t("cohort.yes")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setIsAsked(false)}>
            {t("cohort.keep")}
          </Button>
        </Group>
      </Stack>
    );
  return (
    <Group wrap="nowrap" gap="xs" justify="space-between">
      <Button variant="subtle" justify="flex-start" onClick={onOpen}>
        {name}
      </Button>
      <CloseButton aria-label={t("cohort.delete", { name })} onClick={() => setIsAsked(true)} />
    </Group>
  );
}

export function Columns({ all, shown, onChange }: { all: { id: string; name: string }[]; shown: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useTranslation();
  return (
    <Menu closeOnItemClick={false} withinPortal position="bottom-end">
      <Menu.Target>
        <Button variant="default">{t("viewer.columns")}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {all.map(({ id, name }) => {
          const isShown = shown.includes(id);
          return (
            <Menu.Item
              key={id}
              role="menuitemcheckbox"
              aria-checked={isShown}
              leftSection={<span aria-hidden>{isShown ? "☑" : "☐"}</span>}
              onClick={() => onChange(isShown ? shown.filter((one) => one !== id) : [...shown, id])}
            >
              {name}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
