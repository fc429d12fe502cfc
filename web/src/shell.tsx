// Around every page: where one can go, the language, the colours, and who one is.

import { ActionIcon, Alert, Button, Text, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useRoute } from "wouter";

import { logOut, may, type Caller } from "./api/session";
import { speak } from "./i18n";
import type { Name } from "./i18n/en";
import classes from "./shell.module.css";

export function Shell({ caller, children }: { caller: Caller; children: ReactNode }) {
  const { t } = useTranslation();
  const { online } = useNetwork();
  const reads = may(caller, "researcher", "steward");
  return (
    <div className={classes.page}>
      <a className="skip" href="#content">
        {t("app.skip")}
      </a>
      <header className={classes.header}>
        <Text component={Link} href="/" fw={700} className={classes.name}>
          {t("app.title")}
        </Text>
        <nav className={classes.nav} aria-label={t("nav.main")}>
          {reads && <Place to="/" also="/occurrences/:id" name="nav.viewer" />}
          {may(caller, "bridge", "steward") && <Place to="/upload" name="nav.upload" />}
          {may(caller, "steward") && <Place to="/diagnoses" name="nav.mapping" />}
          {reads && <Place to="/datasets" also="/datasets/*?" name="nav.datasets" />}
          {may(caller, "operator") && <Place to="/operations" name="nav.operations" />}
          <a className={classes.place} href="/api/docs">
            {t("nav.docs")}
          </a>
        </nav>
        <Own caller={caller} />
      </header>
      <main id="content" className={classes.content} tabIndex={-1}>
        <div role="status">{!online && <Alert color="yellow">{t("state.noNetwork")}</Alert>}</div>
        {children}
      </main>
    </div>
  );
}

function Place({ to, also, name }: { to: string; also?: string; name: Name }) {
  const { t } = useTranslation();
  const [isHere] = useRoute(to);
  const [isBelow] = useRoute(also ?? to);
  return (
    <Link href={to} className={classes.place} aria-current={isHere || isBelow ? "page" : undefined}>
      {t(name)}
    </Link>
  );
}

function Own({ caller }: { caller: Caller }) {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  const leave = async () => {
    await logOut();
    queries.clear();
    location.reload();
  };
  return (
    <div className={classes.own}>
      <Text size="sm" className={classes.caller}>
        {caller.roles.join(", ")} · {caller.hospitals?.join(", ") ?? t("shell.allHospitals")}
      </Text>
      <Button
        variant="subtle"
        size="compact-sm"
        lang={i18n.language === "ko" ? "en" : "ko"}
        onClick={() => void speak(i18n.language === "ko" ? "en" : "ko")}
      >
        {t("shell.language")}
      </Button>
      <ActionIcon
        variant="subtle"
        aria-label={t(isDark ? "shell.light" : "shell.dark")}
        onClick={() => setColorScheme(isDark ? "light" : "dark")}
      >
        <span aria-hidden>{isDark ? "☀" : "☾"}</span>
      </ActionIcon>
      <Button variant="default" size="compact-sm" onClick={() => void leave()}>
        {t("shell.logout")}
      </Button>
    </div>
  );
}
