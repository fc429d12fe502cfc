"""What helm makes of values: wrong ones are refused in words, options render what a real API server would take."""

from pathlib import Path

import pytest
import yaml

from deploy.helm.__main__ import kubeconform
from deploy.helm.kinds import NEWEST, OLDEST, lay_out
from deploy.helm.rendering import CHART, OBSERVABILITY, ChartRefused, by_template, helm, objects, rendered, values_of
from tests.deploy.manifests import environment, one

pytestmark = pytest.mark.chart

_REFUSALS = {
    "gatway.enabled=false": "additional properties 'gatway' not allowed",
    "services.extract.replica=3": "additional properties 'replica' not allowed",
    "services.extract.replicas=three": "got string, want integer",
    "services.extract.limits.memory=5GB": "does not match pattern",
    "services.pixels.run={pixels}": "value must be one of 'ingest'",
    "settings.RCDM_PARTITION=3": "additional properties 'RCDM_PARTITION' not allowed",
    "settings.RCDM_PARTITIONS=0": "minimum: got 0, want 1",
    "settings.RCDM_SITE_KEY=secret": "additional properties 'RCDM_SITE_KEY' not allowed",
    "settings.RCDM_EVENTS=kafka://a:b@c:9092": "it holds a password",
    "settings.RCDM_DATABASE=postgresql://host/rcdm": "it is said in secrets too",
    "auth=none": "value must be one of 'keys', 'oidc'",
    "secrets.RCDM_DATABASE.key=": "at '/secrets/RCDM_DATABASE/key'",
    "secrets.RCDM_PASSWORD.key=a": "additional properties 'RCDM_PASSWORD' not allowed",
    "image.tag=latest": "latest is another image tomorrow",
    "route.parents=null": "missing property 'parents'",
    "kafka.bootstrapServers=": "KEDA must be told where Kafka is",
    "gateway.enabled=false": "several services need the gateway",
    "services.front=null": "none of them runs front",
    "services.catalog.claim.size=3Gi": "a volume belongs to one pod",
    "services.gateway.run={front}": "this name is taken",
    "auth=oidc": "write the issuer's https:// address",
    "services.all.run={up,ingest}": "up runs every service",
}
_CPU = ["--set", "services.extract.scaling.by=cpu"]
_INGRESS = [
    "--set",
    "route.enabled=false,ingress.enabled=true,ingress.host=rcdm.example.org,ingress.tlsSecret=rcdm-tls",
]
_OPTIONS = {
    "cpu": _CPU,
    "ingress": _INGRESS,
    "bare": [*_CPU, "--set", "network.enabled=false,migrate.enabled=false,route.enabled=false"],
    "unwatched": ["--set", "monitoring.serviceMonitor=false,monitoring.rules=false,monitoring.dashboard=false"],
    "oidc": ["--set", "auth=oidc,settings.RCDM_OIDC_ISSUER=https://sso.example.org,settings.RCDM_TRACES=http://o:4318"],
    "sasl": ["--set", "kafka.triggerAuthentication=kafka,kafka.scalerMetadata.sasl=scram_sha512,trust.configMap=ca"],
    "digest": ["--set", f"image.digest=sha256:{64 * 'a'},image.pullSecrets={{registry}}"],
}


@pytest.fixture(scope="module")
def locations(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return lay_out(tmp_path_factory.mktemp("schemas"))


@pytest.mark.parametrize(("value", "words"), _REFUSALS.items())
def test_a_wrong_value_is_refused_in_words(value: str, words: str) -> None:
    """G4: before anything reaches the cluster."""
    with pytest.raises(ChartRefused) as refused:
        rendered("cluster", ["--set", value])
    assert words in str(refused.value)


@pytest.mark.parametrize("missing", ["DATABASE", "EVENTS", "BLOBS", "SITE_KEY"])
def test_a_secret_that_nobody_named_is_asked_for(missing: str, tmp_path: Path) -> None:
    """G4, F14."""
    with pytest.raises(ChartRefused, match=rf"secrets\.RCDM_{missing}: .* write secrets\.RCDM_{missing}"):
        _rendered_without(f"  RCDM_{missing}: {{secret", "cluster", tmp_path)


def test_the_scaler_reads_the_group_that_the_services_are_in(tmp_path: Path) -> None:
    """G2: another prefix is another group, whose lag is always nothing."""
    events = "settings.RCDM_EVENTS=kafka://one:9092\\,two:9092/seoul?security=SSL"
    with pytest.raises(ChartRefused, match=r'says "seoul" and kafka\.prefix "wkuh"'):
        _rendered_without("  RCDM_EVENTS: {secret", "cluster", tmp_path, "--set", events)


def test_a_database_in_the_pod_asks_for_a_volume(tmp_path: Path) -> None:
    """G4: it would end with the pod."""
    with pytest.raises(ChartRefused, match=r"services\.all\.claim: .* write claim"):
        _rendered_without("    claim: {size", "one-pod", tmp_path)


def test_the_chart_does_not_install_without_a_decision_about_callers() -> None:
    """F14."""
    with pytest.raises(ChartRefused, match="missing property 'auth'"):
        helm("template", "rcdm", str(CHART))


@pytest.mark.parametrize("options", _OPTIONS.values(), ids=_OPTIONS)
def test_an_option_renders_what_every_schema_takes(options: list[str], locations: list[str]) -> None:
    text = rendered("cluster", options)
    for version in (OLDEST, NEWEST):
        answer = kubeconform(text, version, locations)
        assert answer.returncode == 0, answer.stdout


def test_a_setting_arrives_as_it_was_written(tmp_path: Path) -> None:
    """G4: helm holds every number as a float."""
    path = tmp_path / "more.yaml"
    path.write_text("settings: {RCDM_PART_BYTES: 2147483648, RCDM_IDLE_SECONDS: 2.5, RCDM_HOSPITAL: '007'}")
    text = rendered("cluster", ["--values", str(path)])
    container = one(objects(text), "Deployment", "rcdm-ingest")["spec"]["template"]["spec"]["containers"][0]
    said = environment(container)
    assert (said["RCDM_PART_BYTES"], said["RCDM_IDLE_SECONDS"], said["RCDM_HOSPITAL"]) == ("2147483648", "2.5", "007")


def test_scaling_by_processors_takes_the_place_of_scaling_by_lag() -> None:
    """G2."""
    (scaler,) = objects(by_template(rendered("cluster", _CPU))["scaling.yaml"])
    assert scaler["kind"] == "HorizontalPodAutoscaler"
    assert scaler["spec"]["scaleTargetRef"]["name"] == "rcdm-extract"


def test_an_ingress_takes_the_place_of_the_route_without_annotations() -> None:
    (door,) = objects(by_template(rendered("cluster", _INGRESS))["route.yaml"])
    assert door["kind"] == "Ingress"
    assert "annotations" not in door["metadata"]


def test_tokens_are_checked_with_keys_that_extract_never_fetches() -> None:
    """F17: who answers no clients needs no issuer."""
    policies = objects(by_template(rendered("cluster", _OPTIONS["oidc"]))["network.yaml"])
    reach = {one["metadata"]["name"]: str(one["spec"].get("egress")) for one in policies}
    assert "'port': 443" in reach["rcdm-catalog"]
    assert "'port': 443" not in reach["rcdm-extract"]


def test_prometheus_and_grafana_get_the_files_as_they_are() -> None:
    """G5."""
    found = objects(rendered("cluster"))
    assert one(found, "PrometheusRule", "rcdm-monitoring")["spec"] == yaml.safe_load(_text("rules.yaml"))
    assert one(found, "ConfigMap", "rcdm-dashboard")["data"] == {"rcdm.json": _text("dashboard.json")}


def test_a_misspelt_field_of_any_kind_is_found(locations: list[str]) -> None:
    """What validates must be able to refuse."""
    text = rendered("cluster")
    for right, wrong in {"revisionHistoryLimit": "revisionHistory", "minReplicaCount":
                         "minReplicas", "parentRefs": "parents", "podSelector": "pods"}.items():  # fmt: skip
        answer = kubeconform(text.replace(f"{right}:", f"{wrong}:"), NEWEST, locations)
        assert answer.returncode != 0, right


def test_the_packaged_chart_is_the_same_chart(tmp_path: Path) -> None:
    """The gateway's files are links in the checkout and files in the package."""
    helm("package", str(CHART), "--destination", str(tmp_path))
    (package,) = tmp_path.glob("rcdm-*.tgz")
    values = ("--namespace", "rcdm", "--values", str(values_of("cluster")))
    assert helm("template", "rcdm", str(package), *values) == rendered("cluster")


def test_the_release_tells_the_next_commands() -> None:
    notes = helm("install", "rcdm", str(CHART), "--dry-run=client", "--values", str(values_of("cluster")))
    assert "kubectl -n default get pods" in notes
    assert "service/rcdm-gateway" in notes


def _text(name: str) -> str:
    return (OBSERVABILITY / name).read_text()


def _rendered_without(start: str, example: str, folder: Path, *more: str) -> str:
    """An example without the lines that start so."""
    lines = values_of(example).read_text().splitlines(keepends=True)
    path = folder / "values.yaml"
    path.write_text("".join(line for line in lines if not line.startswith(start)))
    return helm("template", "rcdm", str(CHART), "--values", str(path), *more)
