// Folders, files and archives go in, and what becomes of each is shown.

import { Alert, Button, Container, Group, Paper, Progress, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";

import { api, body } from "../api/client";
import { Answered, Failed } from "../parts/states";
import { chosenOf, droppedOf, type Chosen } from "./files";
import { UploadProgress } from "./progress";
import { openUpload, send, type Sending } from "./sending";

export default function Upload() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [params, setParams] = useSearchParams();
  const uploadId = params.get("upload");
  const [chosen, setChosen] = useState<Chosen[]>([]);
  const [hospital, setHospital] = useState("");
  const [diagnosis, setDiagnosis] = useState("");
  const [sending, setSending] = useState<Sending>();
  const [failed, setFailed] = useState<unknown>();
  const [isOver, setIsOver] = useState(false);
  const stop = useRef<AbortController>(null);

  const start = async () => {
    const controller = new AbortController();
    stop.current = controller;
    setFailed(undefined);
    setSending({ sent: 0, skipped: 0 });
    try {
      const id = await openUpload(hospital.trim(), diagnosis.trim());
      setParams({ upload: id });
      await send(id, chosen, controller.signal, setSending);
      if (!controller.signal.aborted) setChosen([]);
    } catch (error) {
      if (!controller.signal.aborted) setFailed(error);
    } finally {
      stop.current = null;
      void queries.invalidateQueries({ queryKey: ["uploads"] });
    }
  };
  const isSending = sending !== undefined && chosen.length > 0 && sending.sent < chosen.length && !failed;
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void droppedOf(event.dataTransfer.items).then(setChosen);
  };

  return (
    <Container w="100%" py="md">
      <Stack>
        <Title order={1} size="h2">
          {t("upload.title")}
        </Title>
        <Paper
          withBorder
          p="xl"
          {...(isOver && { bg: "var(--raised)" })}
          onDragOver={(event) => {
            event.preventDefault();
            setIsOver(true);
          }}
          onDragLeave={() => setIsOver(false)}
          onDrop={onDrop}
        >
          <Stack align="center">
            <Text>{t("upload.drop")}</Text>
            <Group>
              <Choose label={t("upload.chooseFiles")} folder={false} onChoose={setChosen} />
              <Choose label={t("upload.chooseFolder")} folder onChoose={setChosen} />
            </Group>
          </Stack>
        </Paper>
        <Group grow align="flex-start">
          <TextInput label={t("upload.hospital")} description={t("upload.hospitalHelp")} value={hospital} onChange={(event) => setHospital(event.currentTarget.value)} />
          <TextInput label={t("upload.diagnosis")} description={t("upload.diagnosisHelp")} value={diagnosis} onChange={(event) => setDiagnosis(event.currentTarget.value)} />
        </Group>
        <Group>
          <Button disabled={!chosen.length} loading={isSending} onClick={() => void start()}>
            {t("upload.start", { count: chosen.length })}
          </Button>
          {isSending && (
            <Button variant="default" onClick={() => stop.current?.abort()}>
              {t("upload.stop")}
            </Button>
          )}
        </Group>
        {isSending && (
          <Stack gap="xs" role="status">
            <Progress value={(100 * sending.sent) / chosen.length} aria-label={t("upload.title")} />
            <Text size="sm">{t("upload.sending", { done: sending.sent, total: chosen.length })}</Text>
          </Stack>
        )}
        {sending && sending.skipped > 0 && <Text size="sm">{t("upload.skipped", { count: sending.skipped })}</Text>}
        {failed !== undefined && (
          <>
            <Failed error={failed} />
            <Alert>{t("upload.stopped")}</Alert>
          </>
        )}
        {uploadId && <UploadProgress key={uploadId} uploadId={uploadId} isSending={isSending} />}
        <Past choose={(id) => setParams({ upload: id })} />
      </Stack>
    </Container>
  );
}

function Choose({ label, folder, onChoose }: { label: string; folder: boolean; onChoose: (chosen: Chosen[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button variant="default" onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...(folder && { webkitdirectory: "" })}
        onChange={(event) => {
          onChoose(chosenOf(event.currentTarget.files));
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

function Past({ choose }: { choose: (id: string) => void }) {
  const { t } = useTranslation();
  const uploads = useQuery({
    queryKey: ["uploads"],
    queryFn: () => body(api.GET("/api/v1/uploads", { params: { query: { limit: 10 } } })),
  });
  return (
    <Stack component="section" gap="xs">
      <Title order={2} size="h4">
        {t("upload.past")}
      </Title>
      <Answered query={uploads}>
        {({ items }) =>
          items.length ? (
            <Stack gap={0} align="flex-start">
              {items.map((one) => (
                <Button key={one.upload_id} variant="subtle" onClick={() => choose(one.upload_id)}>
                  {new Date(one.created_at).toLocaleString()} · {one.hospital} · {one.received.toLocaleString()}
                </Button>
              ))}
            </Stack>
          ) : (
            <Text c="dimmed">{t("upload.noneYet")}</Text>
          )
        }
      </Answered>
    </Stack>
  );
}
