// What has become of an upload's files, as it changes.

import { Badge, Button, Group, Progress, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { api, body, type Schemas } from "../api/client";
import { Rows } from "../parts/rows";
import { Answered } from "../parts/states";

type Counts = Schemas["Progress"];
const STAGES = ["received", "stored", "duplicate", "refused", "extracted", "no_picture", "catalogued", "failed"] as const;
const OUTCOMES = ["all", "stored", "duplicate", "same_image", "refused"] as const;
type Outcome = (typeof OUTCOMES)[number];

/** An upload of which nothing is pending is done, also between two batches: then the stream is opened again. */
function useCounts(uploadId: string, isSending: boolean): Counts | undefined {
  const [counts, setCounts] = useState<Counts>();
  useEffect(() => {
    const events = new EventSource(`/api/v1/uploads/${uploadId}/events`);
    const hear = (event: MessageEvent<string>) => setCounts(JSON.parse(event.data) as Counts);
    events.addEventListener("counts", hear);
    events.addEventListener("done", (event: MessageEvent<string>) => {
      hear(event);
      if (!isSending) events.close();
    });
    return () => events.close();
  }, [uploadId, isSending]);
  return counts;
}

interface Props {
  uploadId: string;
  isSending: boolean;
  /** Nothing is known to be missing. */
  isWhole: boolean;
}

export function UploadProgress({ uploadId, isSending, isWhole }: Props) {
  const { t } = useTranslation();
  const counts = useCounts(uploadId, isSending);
  if (!counts) return null;
  const settled = counts.catalogued + counts.failed + counts.deleted;
  const toCome = settled + counts.pending;
  return (
    <Stack component="section" aria-label={t("upload.stages")} gap="sm">
      <Title order={2} size="h4">
        {t("upload.stages")}
      </Title>
      <Progress value={toCome ? (100 * settled) / toCome : 0} aria-label={t("upload.stages")} />
      <Group gap="xs" data-testid="stages">
        {STAGES.filter((stage) => counts[stage] > 0).map((stage) => (
          <Badge key={stage} variant="light" tt="none" color={stage === "refused" || stage === "failed" ? "red" : "blue"}>
            {t(`upload.stage.${stage}`)} {counts[stage].toLocaleString()}
          </Badge>
        ))}
      </Group>
      {counts.done && !isSending && isWhole && counts.received > 0 && (
        <Group role="status">
          <Text>{t("upload.done")}</Text>
          <Button component={Link} href="/" variant="default">
            {t("upload.look")}
          </Button>
        </Group>
      )}
      <Outcomes uploadId={uploadId} received={counts.received} />
    </Stack>
  );
}

function Outcomes({ uploadId, received }: { uploadId: string; received: number }) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<Outcome>("all");
  const files = useInfiniteQuery({
    queryKey: ["upload", uploadId, "files", outcome, received],
    queryFn: ({ pageParam }) => page(uploadId, outcome, pageParam, 100),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: (before) => before,
  });
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t("upload.outcomes")}
        </Title>
        <Group gap="xs">
          <SegmentedControl
            value={outcome}
            onChange={(value) => setOutcome(value)}
            data={OUTCOMES.map((value) => ({ value, label: t(`upload.outcome.${value}`) }))}
          />
          <Button variant="default" onClick={() => void saveCsv(uploadId, outcome)}>
            {t("upload.csv")}
          </Button>
        </Group>
      </Group>
      <Answered query={files}>
        {(data) => (
          <Rows
            head={[t("upload.name"), t("datasets.state"), t("upload.reason")]}
            rows={data.pages
              .flatMap(({ items }) => items)
              .map((file) => [
                file.name,
                t(`upload.outcome.${file.outcome}`),
                file.reason ? `${file.reason.code}: ${file.reason.detail}` : "",
              ])}
          />
        )}
      </Answered>
      {files.hasNextPage && (
        <Button variant="default" onClick={() => void files.fetchNextPage()} loading={files.isFetchingNextPage}>
          {t("viewer.more")}
        </Button>
      )}
    </Stack>
  );
}

function page(uploadId: string, outcome: Outcome, cursor: string, limit: number) {
  return body(
    api.GET("/api/v1/uploads/{upload_id}/files", {
      params: {
        path: { upload_id: uploadId },
        query: { limit, ...(outcome !== "all" && { outcome }), ...(cursor && { cursor }) },
      },
    }),
  );
}

// Spreadsheets look past what is not seen, and fold full-width signs; a dash is typed for a minus.
const INVISIBLE = /^[\p{Z}\p{Cc}\p{Cf}\p{Mn}\u115f\u1160\u3164\uffa0]+/u;
const SIGN = /^[=+\-@\u2010-\u2015\u2212\u2795\u2796\u02d7\u2043\u06d4]/u;

/** A cell that a spreadsheet takes neither for a formula nor for two. */
export function cell(text: string): string {
  const seen = text.replace(/^'+/, "");
  const isFormula = /^\p{Cc}/u.test(seen) || SIGN.test(seen.replace(INVISIBLE, "").normalize("NFKC"));
  return `"${(isFormula ? `'${text}` : text).replaceAll('"', '""')}"`;
}

async function saveCsv(uploadId: string, outcome: Outcome): Promise<void> {
  const lines = ["name,outcome,code,detail,sha256\r\n"];
  let cursor: string | undefined;
  do {
    const found = await page(uploadId, outcome, cursor ?? "", 1000);
    for (const { name, outcome: became, reason, sha256 } of found.items) {
      lines.push(`${[name, became, reason?.code ?? "", reason?.detail ?? "", sha256 ?? ""].map(cell).join(",")}\r\n`);
    }
    cursor = found.next ?? undefined;
  } while (cursor);
  const address = URL.createObjectURL(new Blob(["\ufeff", ...lines], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `upload-${uploadId}.csv`;
  link.click();
  URL.revokeObjectURL(address);
}
