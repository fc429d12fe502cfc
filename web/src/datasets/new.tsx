// A data set in three steps: who, what, and on which sides.

import { Button, Container, Group, Stack, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearch } from "wouter";

import { api, body } from "../api/client";
import { Failed } from "../parts/states";
import { useFilter } from "../viewer/filters";
import { Preview } from "./foreseen";
import { Sides } from "./sides";
import { What } from "./what";
import { Who } from "./who";
import { requestOf, wishOf, type Request, type Wish } from "./wish";

export default function NewDataset() {
  const { t } = useTranslation();
  const search = useSearch();
  const [, go] = useLocation();
  const queries = useQueryClient();
  const used = useFilter();
  const [wish, setWish] = useState(() => wishOf(new URLSearchParams(search)));
  const put = (part: Partial<Wish>) => setWish((before) => ({ ...before, ...part }));
  const request = requestOf(wish, used.filter);

  const create = useMutation({
    mutationFn: (wanted: Request) => body(api.POST("/api/v1/datasets", { body: wanted })),
    onSuccess: (accepted) => {
      void queries.invalidateQueries({ queryKey: ["datasets"] });
      void queries.invalidateQueries({ queryKey: ["dataset", accepted.dataset] });
      go(`/datasets/${accepted.dataset}/${accepted.version}`);
    },
  });

  return (
    <Container w="100%" py="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (request) create.mutate(request);
        }}
      >
        <Stack>
          <Title order={1} size="h2">
            {t("datasets.new")}
          </Title>
          <Who used={used} />
          <What wish={wish} put={put} />
          <Sides wish={wish} put={put} />
          <Preview request={request} />
          {create.error && <Failed error={create.error} />}
          <Group>
            <Button type="submit" disabled={!request} loading={create.isPending}>
              {t("dataset.build")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Container>
  );
}
