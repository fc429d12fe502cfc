// A key, pasted or from the login link, becomes a session.

import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "../api/client";
import { keyOfLink, logIn } from "../api/session";

export function Login() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const [refused, setRefused] = useState<string>();

  const enter = useCallback(
    async (said: string) => {
      try {
        await logIn(said);
        await queries.invalidateQueries({ queryKey: ["session"] });
        if (queries.getQueryData(["session"]) === null) setRefused(t("login.noCookie"));
      } catch (error) {
        setRefused(error instanceof Problem ? error.message || t("state.offline") : String(error));
      }
    },
    [queries, t],
  );

  useEffect(() => {
    const follow = () => {
      const linked = keyOfLink();
      if (linked) void enter(linked);
    };
    follow();
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [enter]);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void enter(key.trim());
    setKey("");
  };

  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={420}>
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} size="h2">
              {t("login.title")}
            </Title>
            <PasswordInput
              label={t("login.key")}
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              error={refused}
              autoComplete="current-password"
            />
            <Text size="sm" c="dimmed">
              {t("login.help")}
            </Text>
            <Button type="submit" disabled={!key.trim()}>
              {t("login.enter")}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
