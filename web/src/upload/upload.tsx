// Folders, files and archives go in, and what becomes of each is shown.

import { Button, Checkbox, Container, Group, Paper, Progress, Stack, Text, TextInput, Title } from "@mantine/core";
import { useEffect, useRef, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";

import { Failed } from "../parts/states";
import { chosenOf, droppedOf, type Chosen } from "./files";
import { useFilling } from "./filling";
import { Interrupted } from "./interrupted";
import { Past } from "./past";
import { UploadProgress } from "./progress";
import { FIELDS, type Fields } from "./sending";
import classes from "./upload.module.css";

export default function Upload() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const uploadId = params.get("upload");
  const [chosen, setChosen] = useState<Chosen[]>([]);
  const [fields, setFields] = useState<Fields>({ hospital: "", diagnosis: "", diagnosis_code: "", vocabulary: "", assign_uids: false });
  const [isOver, setIsOver] = useState(false);
  const filling = useFilling({ onOpen: (id) => setParams({ upload: id }), onSent: () => setChosen([]) });
  const { interrupted, isSending, sending, failed } = filling;
  const goesOn = interrupted.upload !== undefined;
  useLeaving(isSending);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void droppedOf(event.dataTransfer.items).then(setChosen, filling.setFailed);
  };

  return (
    <Container w="100%" py="md">
      <Stack>
        <Title order={1} size="h2">
          {t("upload.title")}
        </Title>
        {interrupted.upload && !isSending && (
          <Interrupted
            upload={interrupted.upload}
            received={interrupted.received}
            hasChosen={chosen.length > 0}
            onForget={interrupted.forget}
          />
        )}
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
              disabled={isSending || goesOn}
              value={fields[name]}
              onChange={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
            />
          ))}
        </div>
        <Checkbox
          label={t("upload.assign_uids")}
          description={t("upload.assign_uids.help")}
          disabled={isSending || goesOn}
          checked={fields.assign_uids}
          onChange={(event) => setFields({ ...fields, assign_uids: event.currentTarget.checked })}
        />
        <Group>
          <Button disabled={!chosen.length || interrupted.isAsked} loading={isSending} onClick={() => void filling.start(fields, chosen)}>
            {t("upload.start", { count: chosen.length })}
          </Button>
          {isSending && (
            <Button variant="default" onClick={filling.stop}>
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
        {sending.skipped > 0 && <Text size="sm">{t("upload.skipped", { count: sending.skipped })}</Text>}
        {failed !== undefined && <Failed error={failed} />}
        {uploadId && (
          <UploadProgress key={uploadId} uploadId={uploadId} isSending={isSending} isWhole={interrupted.upload?.uploadId !== uploadId} />
        )}
        <Past />
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

/** Who closes the tab while files are being sent is asked once more. */
function useLeaving(isAsked: boolean) {
  useEffect(() => {
    if (!isAsked) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isAsked]);
}
