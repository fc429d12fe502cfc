// A data set in three steps: who, what, and on which sides.

import { Button, Checkbox, Container, Fieldset, Group, NumberInput, Radio, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearch } from "wouter";

import { api, body, type Schemas } from "../api/client";
import { Failed } from "../parts/states";
import { asDocument, filterOf, isEmpty, withFilter } from "../viewer/filters";
import { useOccurrences } from "../viewer/queries";
import { Preview } from "./foreseen";

type Request = Schemas["DatasetRequest"];
const MODES = ["phase", "plane", "both", "series", "flat"] as const;
const FORMATS = ["png", "png16", "dicom", "nifti"] as const;
const STRATA = ["sex", "modality", "hospital"] as const;
const SIDES = ["train", "validation", "test"] as const;

export default function NewDataset() {
  const { t } = useTranslation();
  const search = useSearch();
  const filter = useMemo(() => filterOf(new URLSearchParams(search)), [search]);
  const [, go] = useLocation();
  const queries = useQueryClient();
  const found = useOccurrences(filter, undefined);
  const asked = new URLSearchParams(search);
  const [name, setName] = useState(asked.get("name") ?? "");
  const [mode, setMode] = useState(MODES.find((one) => one === asked.get("mode")) ?? "phase");
  const [format, setFormat] = useState(FORMATS.find((one) => one === asked.get("format")) ?? "png");
  const [regular, setRegular] = useState(false);
  const [isSplit, setIsSplit] = useState(true);
  const [shares, setShares] = useState({ train: 70, validation: 15, test: 15 });
  const [strata, setStrata] = useState<string[]>([]);
  const sum = shares.train + shares.validation + shares.test;

  const isComplete = name.trim() !== "" && (!isSplit || sum === 100);
  const request: Request = {
    name: name.trim(),
    filter: asDocument(filter),
    mode,
    format,
    regular_volumes: regular,
    split: isSplit ? { train: shares.train / 100, validation: shares.validation / 100, test: shares.test / 100 } : null,
    stratify: isSplit ? (strata as NonNullable<Request["stratify"]>) : [],
  };

  const create = useMutation({
    mutationFn: () => body(api.POST("/api/v1/datasets", { body: request })),
    onSuccess: (accepted) => {
      void queries.invalidateQueries({ queryKey: ["datasets"] });
      void queries.invalidateQueries({ queryKey: ["dataset", accepted.dataset] });
      go(`/datasets/${accepted.dataset}/${accepted.version}`);
    },
  });
  const total = found.data?.pages[0]?.total;

  return (
    <Container w="100%" py="md">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <Title order={1} size="h2">
            {t("datasets.new")}
          </Title>
          <Fieldset legend={t("dataset.who")}>
            <Stack gap="xs">
              {isEmpty(filter) ? <Text>{t("dataset.everything")}</Text> : <Text>{t("dataset.whoText")}</Text>}
              <dl>
                {Object.entries(filter).map(([key, value]) => (
                  <Group key={key} gap="xs">
                    <Text component="dt" c="dimmed">
                      {t(`filter.${key as "modality"}`, { defaultValue: key })}
                    </Text>
                    <Text component="dd" m={0}>
                      {Array.isArray(value) ? value.join(", ") : value}
                    </Text>
                  </Group>
                ))}
              </dl>
              <Group>
                {total !== undefined && <Text fw={600}>{t("viewer.found", { count: total })}</Text>}
                <Link href={`/?${withFilter(new URLSearchParams(), filter)}`}>{t("dataset.change")}</Link>
              </Group>
            </Stack>
          </Fieldset>
          <Fieldset legend={t("dataset.what")}>
            <Stack>
              <TextInput label={t("datasets.name")} required maxLength={64} value={name} onChange={(event) => setName(event.currentTarget.value)} />
              <Radio.Group label={t("dataset.mode")} value={mode} onChange={(value) => setMode(value)}>
                <Group mt="xs">
                  {MODES.map((value) => (
                    <Radio key={value} value={value} label={t(`dataset.mode.${value}`)} />
                  ))}
                </Group>
              </Radio.Group>
              <Radio.Group label={t("dataset.format")} value={format} onChange={(value) => setFormat(value)}>
                <Group mt="xs">
                  {FORMATS.map((value) => (
                    <Radio key={value} value={value} label={t(`dataset.format.${value}`)} />
                  ))}
                </Group>
              </Radio.Group>
              <Checkbox label={t("dataset.regular")} checked={regular} onChange={(event) => setRegular(event.currentTarget.checked)} />
            </Stack>
          </Fieldset>
          <Fieldset legend={t("dataset.split")}>
            <Stack>
              <Checkbox label={t("dataset.withSplit")} checked={isSplit} onChange={(event) => setIsSplit(event.currentTarget.checked)} />
              {isSplit && (
                <>
                  <Group grow>
                    {SIDES.map((side) => (
                      <NumberInput
                        key={side}
                        label={t(`dataset.${side}`)}
                        min={0}
                        max={100}
                        value={shares[side]}
                        onChange={(value) => setShares({ ...shares, [side]: Number(value) })}
                        error={sum === 100 ? undefined : t("dataset.sum")}
                      />
                    ))}
                  </Group>
                  <Checkbox.Group label={t("dataset.stratify")} value={strata} onChange={setStrata}>
                    <Group mt="xs">
                      {STRATA.map((value) => (
                        <Checkbox key={value} value={value} label={t(`dataset.stratify.${value}`)} />
                      ))}
                    </Group>
                  </Checkbox.Group>
                </>
              )}
            </Stack>
          </Fieldset>
          <Preview request={isComplete ? request : null} />
          {create.error && <Failed error={create.error} />}
          <Group>
            <Button type="submit" disabled={!isComplete} loading={create.isPending}>
              {t("dataset.build")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Container>
  );
}
