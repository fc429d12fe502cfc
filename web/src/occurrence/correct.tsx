// What was read wrong is set right, for a whole series or the whole study; who did it and why is kept.

import { Button, Select, Stack, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { api, body, type Schemas } from "../api/client";
import { studiesChanged } from "../api/stale";
import type { Occurrence } from "../viewer/queries";
import classes from "./occurrence.module.css";
import type { Series } from "./queries";

const PLANES = ["AXIAL", "CORONAL", "SAGITTAL", "OBLIQUE", "PROJECTION", "UNKNOWN"];
const PHASES = [
  "NON_CONTRAST", "ARTERIAL_EARLY", "ARTERIAL", "ARTERIAL_LATE", "PORTAL_VENOUS", "VENOUS", "NEPHROGRAPHIC", "EXCRETORY",
  "DELAYED", "HEPATOBILIARY", "POST_CONTRAST", "NOT_APPLICABLE", "UNKNOWN",
];
export const SHORTEST_REASON = 8; // of the server

type Said = Pick<Schemas["CorrectionRequest"], "target" | "ids" | "series" | "set">;

export function CorrectSeries({ occurrence, series }: { occurrence: number; series: Series }) {
  const { t } = useTranslation();
  const [plane, setPlane] = useState<string | null>(null);
  const [phase, setPhase] = useState<string | null>(null);
  const set = { ...(plane && { plane }), ...(phase && { phase }) };
  return (
    <Form
      title={t("correct.title")}
      said={{ target: "series", ids: [occurrence], series: [series.series_instance_uid], set }}
      done={({ images }) => t("correct.done", { count: images })}
    >
      <Select label={t("correct.plane")} data={PLANES} value={plane} onChange={setPlane} clearable placeholder={series.image_plane} />
      <Select label={t("correct.phase")} data={PHASES} value={phase} onChange={setPhase} clearable placeholder={series.phases.join(", ")} />
    </Form>
  );
}

export function CorrectStudy({ item }: { item: Occurrence }) {
  const { t } = useTranslation();
  const [protocol, setProtocol] = useState("");
  const [diagnosis, setDiagnosis] = useState("");
  const set = {
    ...(protocol.trim() && { protocol }),
    ...(diagnosis.trim() && { condition: { text: diagnosis, code: "", vocabulary: "" } }),
  };
  return (
    <Form
      title={t("correct.study")}
      said={{ target: "occurrence", ids: [item.radiology_occurrence_id], series: [], set }}
      done={() => t("correct.studyDone")}
    >
      <TextInput
        label={t("column.protocol")}
        value={protocol}
        placeholder={item.protocol ?? ""}
        onChange={(event) => setProtocol(event.currentTarget.value)}
      />
      <TextInput
        label={t("column.condition")}
        value={diagnosis}
        placeholder={item.condition ?? ""}
        onChange={(event) => setDiagnosis(event.currentTarget.value)}
      />
    </Form>
  );
}

interface FormProps {
  title: string;
  said: Said;
  done: (changed: Schemas["Outcome"]["changed"]) => string;
  children: ReactNode;
}

function Form({ title, said, done, children }: FormProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const correct = useMutation({
    mutationFn: () => body(api.POST("/api/v1/corrections", { body: { ...said, reason, dry_run: false } })),
    onSuccess: () => studiesChanged(queries),
  });
  return (
    <details>
      <summary className={classes.summary}>
        <Title order={2} size="h5">
          {title}
        </Title>
      </summary>
      <form
        aria-label={title}
        onSubmit={(event) => {
          event.preventDefault();
          correct.mutate();
        }}
      >
        <Stack gap="xs" mt="xs">
          {children}
          <TextInput
            label={t("correct.reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={correct.error?.message}
            description={correct.data ? done(correct.data.changed) : t("correct.reasonHelp", { count: SHORTEST_REASON })}
          />
          <Button
            type="submit"
            variant="default"
            disabled={reason.trim().length < SHORTEST_REASON || !Object.keys(said.set).length}
            loading={correct.isPending}
          >
            {t("correct.save")}
          </Button>
        </Stack>
      </form>
    </details>
  );
}
