// Folders, files and archives go in, and what becomes of each is shown.

import { Alert, Button, Container, Group, Paper, Progress, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";

import { api, body } from "../api/client";
import { Answered, Failed } from "../parts/states";
import { chosenOf, droppedOf, type Chosen } from "./files";
import { UploadProgress } from "./progress";
import { FIELDS, openUpload, send, type Fields, type Sending } from "./sending";
import classes from "./upload.module.css";

export default function Upload() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [params, setParams] = useSearchParams();
  const uploadId = params.get("upload");
  const [chosen, setChosen] = useState<Chosen[]>([]);
  const [fields, setFields] = useState<Fields>({ hospital: "", diagnosis: "", diagnosis_code: "", vocabulary: "" });
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
      const id = await openUpload(fields);
      setParams({ upload: id });
      await send(id, fields.hospital.trim(), chosen, controller.signal, setSending);
      if (!controller.signal.aborted) setChosen([]);
    } catch (error) {
      if (!controller.signal.aborted) setFailed(error);
    } finally {
      stop.current = null;
      void queries.invalidateQueries({ queryKey: ["uploads"] });
    }
  };
  const isSending = sending !== undefined && chosen.length > 0 && sending.sent < chosen.length && !failed;
  useLeaving(isSending);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void droppedOf(event.dataTransfer.items).then(setChosen, setFailed);
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
        <div className={classes.fields}>
          {FIELDS.map((name) => (
            <TextInput
              key={name}
              label={t(`upload.${name}`)}
              description={t(`upload.${name}.help`)}
              value={fields[name]}
              onChange={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
            />
          ))}
        </div>
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

/** Who closes the tab while files are being sent is asked once more. */
function useLeaving(isAsked: boolean) {
  useEffect(() => {
    if (!isAsked) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isAsked]);
}
