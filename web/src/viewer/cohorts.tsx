// Searches that were saved under a name.

import { Button, Group, Menu, Popover, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "../api/client";
import { asDocument, filterOfDocument, isEmpty, type useFilter } from "./filters";

export function Cohorts({ used }: { used: ReturnType<typeof useFilter> }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const cohorts = useQuery({
    queryKey: ["cohorts"],
    queryFn: () => body(api.GET("/api/v1/cohorts", { params: { query: { limit: 1000 } } })),
  });
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
          {cohorts.data?.items.map((cohort) => (
            <Button
              key={cohort.name}
              variant="subtle"
              justify="flex-start"
              onClick={() => used.change(filterOfDocument(cohort.filter))}
            >
              {cohort.name}
            </Button>
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
