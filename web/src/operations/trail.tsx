// Who did what: searched by what was done and by whom.

import { Autocomplete, Button, Group, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "../api/client";
import { Rows } from "../parts/rows";
import { Answered } from "../parts/states";
import { Part } from "./part";

const ACTIONS = [
  "key.created", "key.revoked", "session.opened", "caller.refused", "identity.read", "dataset.approved", "dataset.withdrawn",
  "dataset.downloaded", "dataset.linked",
];

export function Trail() {
  const { t } = useTranslation();
  const [action, setAction] = useState<string | null>(null);
  const [typed, setTyped] = useState("");
  const [subject] = useDebouncedValue(typed.trim(), 300);
  const trail = useInfiniteQuery({
    queryKey: ["trail", action, subject],
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/v1/callers/trail", {
          params: { query: { limit: 50, ...(action && { action }), ...(subject && { subject }), ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const subjects = trail.data?.pages.flatMap(({ items }) => items.map((one) => one.subject)) ?? [];
  return (
    <Part title={t("operations.trail")}>
      <Group align="flex-end">
        <Select
          label={t("operations.trailAction")}
          clearable
          searchable
          value={action}
          onChange={setAction}
          data={ACTIONS}
        />
        <Autocomplete label={t("operations.subject")} value={typed} onChange={setTyped} data={[...new Set(subjects)]} />
      </Group>
      <Answered query={trail}>
        {({ pages }) => (
          <Rows
            head={[t("operations.at"), t("operations.subject"), t("operations.trailAction"), t("upload.reason")]}
            rows={pages
              .flatMap(({ items }) => items)
              .map((one) => [new Date(one.at).toLocaleString(), one.subject, `${one.action} ${one.objects.join(" ")}`, one.reason])}
          />
        )}
      </Answered>
      {trail.hasNextPage && (
        <Button variant="default" onClick={() => void trail.fetchNextPage()} loading={trail.isFetchingNextPage}>
          {t("viewer.more")}
        </Button>
      )}
    </Part>
  );
}
