// What was read wrong is set right, for a whole series; who did it and why is kept.

import { Button, Select, Stack, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "../api/client";
import type { Series } from "./queries";

const PLANES = ["AXIAL", "CORONAL", "SAGITTAL", "OBLIQUE", "PROJECTION", "UNKNOWN"];
const PHASES = [
  "NON_CONTRAST", "ARTERIAL_EARLY", "ARTERIAL", "ARTERIAL_LATE", "PORTAL_VENOUS", "VENOUS", "NEPHROGRAPHIC", "EXCRETORY",
  "DELAYED", "HEPATOBILIARY", "POST_CONTRAST", "UNKNOWN",
];

export function Correct({ occurrence, series }: { occurrence: number; series: Series }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [plane, setPlane] = useState<string | null>(null);
  const [phase, setPhase] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const correct = useMutation({
    mutationFn: () =>
      body(
        api.POST("/api/v1/corrections", {
          body: {
            target: "series",
            ids: [occurrence],
            series: [series.series_instance_uid],
            set: { ...(plane && { plane }), ...(phase && { phase }) },
            reason,
            dry_run: false,
          },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["occurrence", occurrence] }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        correct.mutate();
      }}
    >
      <Stack gap="xs">
        <Title order={2} size="h5">
          {t("correct.title")}
        </Title>
        <Select label={t("correct.plane")} data={PLANES} value={plane} onChange={setPlane} clearable placeholder={series.image_plane} />
        <Select label={t("correct.phase")} data={PHASES} value={phase} onChange={setPhase} clearable placeholder={series.phases.join(", ")} />
        <TextInput
          label={t("correct.reason")}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={correct.error?.message}
          description={correct.data && t("correct.done", { count: correct.data.changed.images })}
        />
        <Button type="submit" variant="default" disabled={!reason.trim() || !(plane ?? phase)} loading={correct.isPending}>
          {t("correct.save")}
        </Button>
      </Stack>
    </form>
  );
}
