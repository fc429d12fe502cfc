// The pages by their address; whoever is not logged in sees one only.

import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Route, Switch } from "wouter";

import { useCaller } from "./api/session";
import { Login } from "./login/login";
import { Answered, Empty, Loading } from "./parts/states";
import { Shell } from "./shell";
import { Viewer } from "./viewer/viewer";

const Occurrence = lazy(() => import("./occurrence/occurrence"));
const Upload = lazy(() => import("./upload/upload"));
const Mapping = lazy(() => import("./mapping/mapping"));
const Datasets = lazy(() => import("./datasets/datasets"));
const NewDataset = lazy(() => import("./datasets/new"));
const Dataset = lazy(() => import("./datasets/dataset"));
const Operations = lazy(() => import("./operations/operations"));

export function App() {
  const caller = useCaller();
  const queries = useQueryClient();
  useEffect(() => {
    const ended = () => void queries.invalidateQueries({ queryKey: ["session"] });
    addEventListener("hashchange", ended);
    return () => removeEventListener("hashchange", ended);
  }, [queries]);
  return (
    <Answered query={caller}>
      {(who) =>
        who === null ? (
          <Login />
        ) : (
          <Shell caller={who}>
            <Suspense fallback={<Loading />}>
              <Pages />
            </Suspense>
          </Shell>
        )
      }
    </Answered>
  );
}

function Pages() {
  const { t } = useTranslation();
  return (
    <Switch>
      <Route path="/" component={Viewer} />
      <Route path="/occurrences/:id">{({ id }) => <Occurrence key={id} id={Number(id)} />}</Route>
      <Route path="/upload" component={Upload} />
      <Route path="/diagnoses" component={Mapping} />
      <Route path="/datasets" component={Datasets} />
      <Route path="/datasets/new" component={NewDataset} />
      <Route path="/datasets/:name/:version?">
        {({ name, version }) => <Dataset key={`${name}/${version ?? ""}`} name={name} version={version ?? "latest"} />}
      </Route>
      <Route path="/operations" component={Operations} />
      <Route>
        <Empty title={t("state.notFound")} />
      </Route>
    </Switch>
  );
}
